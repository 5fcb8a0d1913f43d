/* SPDX-License-Identifier: Apache-2.0 */
/* Text into values, strictly: what is none is not guessed. */
#include "daemon/file_value.h"

#include <math.h>

#include "model/object.h"
#include "util/ascii.h"
#include "util/parse.h"

#define WORD_SIZE 64 /* bytes with the NUL; the longest double has 24 digits and signs in print */

static void cut_white_space(const uint8_t **data, size_t *size)
{
        while (*size > 0 && ascii_is_space((char)**data)) {
                (*data)++;
                (*size)--;
        }
        while (*size > 0 && ascii_is_space((char)(*data)[*size - 1]))
                (*size)--;
}

/* False: it is longer than any word, or holds a NUL. */
static bool take_word(const uint8_t *data, size_t size, char word[static WORD_SIZE])
{
        if (size >= WORD_SIZE || memchr(data, 0, size))
                return false;
        memcpy(word, data, size);
        word[size] = '\0';
        return true;
}

/* A whole number that nothing is done with keeps all its digits: a double has 53 bits. 0, -EINVAL (it is no
 * whole number), -ERANGE. */
static int parse_exactly(const char *word, Value *ret)
{
        int r;

        *ret = (Value){.type = VALUE_INTEGER};
        r = parse_i64(word, &ret->integer);
        if (r != -ERANGE || *word == '-')
                return r;
        *ret = (Value){.type = VALUE_UNSIGNED};
        return parse_u64(word, UINT64_MAX, &ret->unsigned_integer);
}

/* 0.001 is no double, but its inverse is: 21437 becomes 21.437, not 21.437000000000001. */
static double scaled(double number, double scale)
{
        double inverse = 1 / scale;

        return round(inverse) == inverse ? number / inverse : number * scale;
}

static int parse_number(const char *word, ValueType type, double scale, double offset, Value *ret)
{
        double real;
        int r = -EINVAL;

        if (type != VALUE_FLOAT && scale == 1 && offset == 0)
                r = parse_exactly(word, ret);
        if (r == -EINVAL) {
                r = parse_double(word, &real);
                if (r < 0)
                        return r;
                real = scaled(real, scale) + offset;
                if (!isfinite(real))
                        return -ERANGE;
                *ret = (Value){.type = VALUE_FLOAT, .real = type == VALUE_FLOAT ? real : round(real)};
        }
        return r < 0 || value_convert(ret, type) < 0 ? -ERANGE : 0;
}

static int parse_zero_or_one(const char *word, Value *ret)
{
        *ret = VALUE_BOOL(strcmp(word, "1") == 0);
        return ret->boolean || strcmp(word, "0") == 0 ? 0 : parse_boolean(word, &ret->boolean);
}

static int parse_text(ValueType type, const uint8_t *data, size_t size, Value *ret)
{
        int r = value_make_bytes(type == VALUE_OPAQUE ? VALUE_OPAQUE : VALUE_STRING, data, size, ret);

        return r < 0 ? r : value_convert(ret, type);
}

/* 0, -EINVAL, -ERANGE or -ENOMEM; what *ret holds is the caller's in any case. */
static int parse_as(
        ValueType type, double scale, double offset, const uint8_t *data, size_t size, Value *ret)
{
        char word[WORD_SIZE];

        if (value_type_has_bytes(type) || type == VALUE_OBJLNK)
                return parse_text(type, data, size, ret);
        if (!take_word(data, size, word))
                return -EINVAL;
        return type == VALUE_BOOLEAN ? parse_zero_or_one(word, ret)
                                     : parse_number(word, type, scale, offset, ret);
}

static const char *describe(ValueType type, int error)
{
        if (error == -ERANGE)
                return "holds a number that is out of range";
        if (type == VALUE_STRING || type == VALUE_CORELNK)
                return "does not hold text in UTF-8";
        if (type == VALUE_OBJLNK)
                return "does not hold a link such as 3:0";
        return type == VALUE_BOOLEAN ? "does not hold 0, 1, true or false"
                                     : "does not hold a decimal number";
}

int file_value_parse(const ResourceDef *resource, Lwm2mVersion version, double scale, double offset,
        const void *data, size_t size, Value *ret, const char **ret_problem)
{
        const uint8_t *p = data;
        int r;

        if (resource->type != VALUE_OPAQUE)
                cut_white_space(&p, &size);
        *ret = (Value){0};
        r = parse_as(resource->type, scale, offset, p, size, ret);
        if (r == -ENOMEM)
                return r;
        *ret_problem = r < 0 ? describe(resource->type, r) : NULL;
        if (r == 0 && resource_check_value(resource, ret, version))
                *ret_problem = "holds a value that is out of the Resource's range";
        if (!*ret_problem)
                return 0;
        value_done(ret);
        return FILE_VALUE_E_UNUSABLE;
}
