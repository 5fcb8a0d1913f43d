/* SPDX-License-Identifier: Apache-2.0 */
/* Value of a Resource or Resource Instance. */
#include <math.h>
#include <strings.h>

#include "lwm2m/value.h"
#include "util/parse.h"
#include "util/secret.h"
#include "util/utf8.h"

#define VALUE_SIZE_MIN 8 /* bytes that a value counts at least */

bool value_type_has_bytes(ValueType type)
{
        return type == VALUE_STRING || type == VALUE_OPAQUE || type == VALUE_CORELNK;
}

bool value_type_is_number(ValueType type)
{
        return type == VALUE_INTEGER || type == VALUE_UNSIGNED || type == VALUE_FLOAT || type == VALUE_TIME;
}

int value_make_bytes(ValueType type, const void *data, size_t size, Value *ret)
{
        uint8_t *copy;

        assert(value_type_has_bytes(type));
        if (type != VALUE_OPAQUE && !utf8_is_valid(data, size))
                return -EINVAL;

        copy = malloc(size + 1);
        if (!copy)
                return -ENOMEM;
        if (size > 0)
                memcpy(copy, data, size);
        copy[size] = 0;

        *ret = (Value){.type = type, .bytes = {copy, size}};
        return 0;
}

int value_make_string(const char *text, Value *ret)
{
        return value_make_bytes(VALUE_STRING, text, strlen(text), ret);
}

int value_copy(const Value *value, Value *ret)
{
        if (value_type_has_bytes(value->type))
                return value_make_bytes(value->type, value->bytes.data, value->bytes.size, ret);
        *ret = *value;
        return 0;
}

void value_done(Value *value)
{
        if (!value)
                return;
        if (value_type_has_bytes(value->type))
                secret_free_bytes(value->bytes.data, value->bytes.size);
        *value = (Value){0};
}

bool value_equal(const Value *a, const Value *b)
{
        if (a->type != b->type)
                return false;

        switch (a->type) {
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                return true;
        case VALUE_INTEGER:
        case VALUE_TIME:
                return a->integer == b->integer;
        case VALUE_UNSIGNED:
                return a->unsigned_integer == b->unsigned_integer;
        case VALUE_FLOAT:
                /* Two that are not a number are one value: nothing has changed. */
                return a->real == b->real || (isnan(a->real) && isnan(b->real));
        case VALUE_BOOLEAN:
                return a->boolean == b->boolean;
        case VALUE_OBJLNK:
                return a->link.object == b->link.object && a->link.instance == b->link.instance;
        case VALUE_STRING:
        case VALUE_OPAQUE:
        case VALUE_CORELNK:
                return a->bytes.size == b->bytes.size &&
                       memcmp(a->bytes.data, b->bytes.data, a->bytes.size) == 0;
        }
        return false;
}

size_t value_size(const Value *value)
{
        return value_type_has_bytes(value->type) ? MAX_OF(value->bytes.size, (size_t)VALUE_SIZE_MIN)
                                                 : VALUE_SIZE_MIN;
}

/* A number as sign and magnitude. */
typedef struct Number {
        bool negative;
        uint64_t magnitude;
} Number;

static bool number_from_double(double real, Number *ret)
{
        /* 2^64 is the first double that does not fit; comparisons with a NaN are false. */
        if (!(fabs(real) < 0x1p64) || trunc(real) != real)
                return false;
        *ret = (Number){real < 0, (uint64_t)fabs(real)};
        return true;
}

static bool number_get(const Value *value, Number *ret)
{
        switch (value->type) {
        case VALUE_INTEGER:
        case VALUE_TIME:
                *ret = value->integer < 0 ? (Number){true, 0 - (uint64_t)value->integer}
                                          : (Number){false, (uint64_t)value->integer};
                return true;
        case VALUE_UNSIGNED:
                *ret = (Number){false, value->unsigned_integer};
                return true;
        case VALUE_FLOAT:
                return number_from_double(value->real, ret);
        case VALUE_NONE:
        case VALUE_STRING:
        case VALUE_BOOLEAN:
        case VALUE_OPAQUE:
        case VALUE_OBJLNK:
        case VALUE_CORELNK:
        case _VALUE_TYPE_MAX:
                return false;
        }
        return false;
}

static int convert_number(Value *value, ValueType wanted)
{
        Number number, back;
        double real;

        if (!number_get(value, &number))
                return -EINVAL;

        if (wanted == VALUE_FLOAT) {
                real = number.negative ? -(double)number.magnitude : (double)number.magnitude;
                if (!number_from_double(real, &back) || back.magnitude != number.magnitude)
                        return -EINVAL; /* above 2^53 not every number is a double */
                *value = (Value){.type = VALUE_FLOAT, .real = real};
        } else if (wanted == VALUE_UNSIGNED) {
                if (number.negative && number.magnitude != 0)
                        return -EINVAL;
                *value = (Value){.type = VALUE_UNSIGNED, .unsigned_integer = number.magnitude};
        } else {
                if (number.magnitude > (uint64_t)INT64_MAX + number.negative)
                        return -EINVAL;
                *value = (Value){
                        .type = wanted,
                        .integer = (int64_t)(number.negative ? 0 - number.magnitude : number.magnitude),
                };
        }
        return 0;
}

/* "O:I" in decimal, or the null link as one of OMA's examples writes it (Core TS, Appendix C). */
static int convert_link(Value *value)
{
        char text[sizeof("65535:65535")], *colon;
        uint64_t object, instance;

        if (value->type != VALUE_STRING || value->bytes.size >= sizeof(text))
                return -EINVAL;
        memcpy(text, value->bytes.data, value->bytes.size + 1);
        if (strcasecmp(text, "ffff:ffff") == 0)
                strcpy(text, "65535:65535");
        colon = strchr(text, ':');
        if (!colon)
                return -EINVAL;
        *colon = '\0';
        if (parse_u64(text, UINT16_MAX, &object) < 0 || parse_u64(colon + 1, UINT16_MAX, &instance) < 0)
                return -EINVAL;

        value_done(value);
        *value = (Value){.type = VALUE_OBJLNK, .link = {(uint16_t)object, (uint16_t)instance}};
        return 0;
}

int value_convert(Value *value, ValueType wanted)
{
        if (value->type == wanted)
                return 0;

        switch (wanted) {
        case VALUE_INTEGER:
        case VALUE_UNSIGNED:
        case VALUE_TIME:
        case VALUE_FLOAT:
                return convert_number(value, wanted);
        case VALUE_STRING:
        case VALUE_CORELNK:
                if (value->type != VALUE_STRING && value->type != VALUE_CORELNK)
                        return -EINVAL;
                value->type = wanted;
                return 0;
        case VALUE_OBJLNK:
                return convert_link(value);
        case VALUE_NONE:
        case VALUE_BOOLEAN:
        case VALUE_OPAQUE:
        case _VALUE_TYPE_MAX:
                return -EINVAL;
        }
        return -EINVAL;
}
