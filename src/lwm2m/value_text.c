/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people write them. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "lwm2m/value_text.h"
#include "util/ascii.h"
#include "util/parse.h"
#include "util/secret.h"

#define OPAQUE_PREFIX "base64:"
#define TIME_PATTERN  "dddd-dd-ddTdd:dd:ddZ" /* ISO 8601, UTC; d: a digit */
#define TIME_TEXT_MAX sizeof(TIME_PATTERN)
#define YEAR_MAX      9999            /* of four digits */
#define DIGITS_MAX    DBL_DECIMAL_DIG /* that identify any double */

static bool has_time_pattern(const char *text)
{
        const char *pattern = TIME_PATTERN;

        for (; *pattern; pattern++, text++)
                if (*pattern == 'd' ? !ascii_is_digit(*text) : *text != *pattern)
                        return false;
        return *text == '\0';
}

static bool is_same_time(const struct tm *a, const struct tm *b)
{
        return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
               a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

/* Has the pattern. A date or time that there is not, 30 February, comes back as another one. */
static int parse_date(const char *text, int64_t *ret)
{
        struct tm given = {0}, normal;

        if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &given.tm_year, &given.tm_mon, &given.tm_mday,
                    &given.tm_hour, &given.tm_min, &given.tm_sec) != 6)
                return -EINVAL;
        given.tm_year -= 1900;
        given.tm_mon -= 1;
        normal = given;
        *ret = timegm(&normal);
        return is_same_time(&given, &normal) ? 0 : -EINVAL;
}

static int parse_time(const char *text, int64_t *ret)
{
        return has_time_pattern(text) ? parse_date(text, ret) : parse_i64(text, ret);
}

static int parse_truth(const char *text, bool *ret)
{
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
                return parse_boolean(text, ret);
        *ret = text[0] == '1';
        return 0;
}

static int parse_opaque(const char *text, Value *value)
{
        if (strncmp(text, OPAQUE_PREFIX, strlen(OPAQUE_PREFIX)) != 0)
                return -EINVAL;
        text += strlen(OPAQUE_PREFIX);
        return parse_base64(text, strlen(text), false, &value->bytes.data, &value->bytes.size);
}

static int parse_link(const char *text, Value *value)
{
        _cleanup_(value_done) Value string = {0};
        int r;

        r = value_make_string(text, &string);
        if (r >= 0)
                r = value_convert(&string, VALUE_OBJLNK);
        if (r >= 0)
                *value = string;
        return r;
}

static int parse(ValueType type, const char *text, Value *value)
{
        *value = (Value){.type = type};
        switch (type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return value_make_bytes(type, text, strlen(text), value);
        case VALUE_INTEGER:
                return parse_i64(text, &value->integer);
        case VALUE_UNSIGNED:
                return parse_u64(text, UINT64_MAX, &value->unsigned_integer);
        case VALUE_FLOAT:
                return parse_double(text, &value->real);
        case VALUE_BOOLEAN:
                return parse_truth(text, &value->boolean);
        case VALUE_OPAQUE:
                return parse_opaque(text, value);
        case VALUE_TIME:
                return parse_time(text, &value->integer);
        case VALUE_OBJLNK:
                return parse_link(text, value);
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        return -EINVAL;
}

int value_parse_text(ValueType type, const char *text, Value *ret)
{
        Value value;
        int r;

        r = parse(type, text, &value);
        if (r < 0)
                return r == -ERANGE ? -EINVAL : r;
        *ret = value;
        return 0;
}

const char *value_format_float(double real, char buffer[VALUE_FLOAT_TEXT_MAX])
{
        int precision = 0, exponent;

        for (; precision < DIGITS_MAX; precision++) {
                (void)snprintf(buffer, VALUE_FLOAT_TEXT_MAX, "%.*e", precision, real);
                if (strtod(buffer, NULL) == real)
                        break;
        }
        exponent = (int)strtol(strchr(buffer, 'e') + 1, NULL, 10);
        (void)snprintf(buffer, VALUE_FLOAT_TEXT_MAX, "%.*f", MAX_OF(0, precision - exponent), real);
        return buffer;
}

static char *format_float(double real)
{
        char buffer[VALUE_FLOAT_TEXT_MAX];

        if (isnan(real))
                return strdup("nan");
        if (isinf(real))
                return strdup(real < 0 ? "-inf" : "inf");
        return strdup(value_format_float(real, buffer));
}

/* NULL when out of memory. */
static char *format_time(int64_t seconds)
{
        time_t time = seconds;
        struct tm tm;
        char *text;

        if (!gmtime_r(&time, &tm) || tm.tm_year + 1900 < 0 || tm.tm_year + 1900 > YEAR_MAX)
                return asprintf(&text, "%" PRIi64, seconds) < 0 ? NULL : text;
        text = malloc(TIME_TEXT_MAX);
        if (text)
                (void)snprintf(text, TIME_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ",
                        (unsigned)(tm.tm_year + 1900) % (YEAR_MAX + 1), (unsigned)(tm.tm_mon + 1) % 100,
                        (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
                        (unsigned)tm.tm_sec % 100);
        return text;
}

static char *format_opaque(const Value *value)
{
        char *base64 = format_base64(value->bytes.data, value->bytes.size), *text;

        if (!base64)
                return NULL;
        if (asprintf(&text, OPAQUE_PREFIX "%s", base64) < 0)
                text = NULL;
        secret_free_bytes(base64, strlen(base64));
        return text;
}

static char *format(const Value *value)
{
        char *text;

        switch (value->type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return strdup((const char *)value->bytes.data);
        case VALUE_INTEGER:
                return asprintf(&text, "%" PRIi64, value->integer) < 0 ? NULL : text;
        case VALUE_UNSIGNED:
                return asprintf(&text, "%" PRIu64, value->unsigned_integer) < 0 ? NULL : text;
        case VALUE_FLOAT:
                return format_float(value->real);
        case VALUE_BOOLEAN:
                return strdup(value->boolean ? "true" : "false");
        case VALUE_OPAQUE:
                return format_opaque(value);
        case VALUE_TIME:
                return format_time(value->integer);
        case VALUE_OBJLNK:
                return asprintf(&text, "%u:%u", (unsigned)value->link.object,
                               (unsigned)value->link.instance) < 0
                               ? NULL
                               : text;
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        return NULL;
}

int value_format_text(const Value *value, char **ret)
{
        char *text;

        if (value->type == VALUE_NONE || value->type >= _VALUE_TYPE_MAX)
                return -EINVAL;
        text = format(value);
        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}
