/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of JSON. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "codec/json_number.h"
#include "util/parse.h"

#define NUMBER_MAX   400             /* characters: DBL_TRUE_MIN with all of its 17 digits has 343 */
#define WHOLE_MAX    21              /* of 2^64 and -2^63 with a sign */
#define EXPONENT_MAX 10000           /* where a double has long become zero or infinite */
#define DIGITS_MAX   DBL_DECIMAL_DIG /* that identify any double */
#define FLOAT_MAX    32              /* characters of a sign, these digits, a point and "e-324" */

static bool is_part_of_number(char c)
{
        return (c >= '0' && c <= '9') || memchr("+-.eE", c, strlen("+-.eE"));
}

/* The digits of text without its point, zeros from the end on moved to the exponent and back: "-1.50e3" is
 * "-15" and 2, which is "-1500". */
static bool parse_whole(const char *text, Value *ret)
{
        char digits[NUMBER_MAX + WHOLE_MAX + 1];
        bool in_fraction = false;
        long exponent = 0;
        size_t n = 0;

        for (; *text != '\0' && *text != 'e' && *text != 'E'; text++) {
                if (*text == '.') {
                        in_fraction = true;
                        continue;
                }
                digits[n++] = *text;
                exponent -= in_fraction;
        }
        if (*text != '\0')
                exponent +=
                        MAX_OF(MIN_OF(strtol(text + 1, NULL, 10), (long)EXPONENT_MAX), (long)-EXPONENT_MAX);

        while (exponent < 0 && n > 1 && digits[n - 1] == '0') {
                n--;
                exponent++;
        }
        if (exponent < 0 || exponent > WHOLE_MAX)
                return false;
        memset(digits + n, '0', (size_t)exponent);
        digits[n + (size_t)exponent] = '\0';

        *ret = VALUE_INT(0);
        if (parse_i64(digits, &ret->integer) == 0)
                return true;
        *ret = (Value){.type = VALUE_UNSIGNED};
        return parse_u64(digits, UINT64_MAX, &ret->unsigned_integer) == 0;
}

int json_number_read(ByteReader *reader, Value *ret)
{
        char text[NUMBER_MAX + 1];
        const char *first;
        double real;
        size_t n = 0;
        int r;

        while (byte_reader_left(reader) > 0 && is_part_of_number((char)reader->data[reader->position])) {
                if (n == NUMBER_MAX)
                        return CODEC_E_LIMIT;
                text[n++] = (char)reader->data[reader->position++];
        }
        text[n] = '\0';

        first = text + (text[0] == '-');
        if (first[0] == '0' && first[1] >= '0' && first[1] <= '9')
                return CODEC_E_SYNTAX;
        r = parse_double(text, &real);
        if (r == -ERANGE) {
                *ret = (Value){0};
                return 0;
        }
        if (r < 0)
                return r == -EINVAL ? CODEC_E_SYNTAX : r;

        if (!parse_whole(text, ret) || (real == 0 && signbit(real)))
                *ret = (Value){.type = VALUE_FLOAT, .real = real};
        return 0;
}

static int write_float(ByteWriter *writer, double real)
{
        char text[FLOAT_MAX];
        int digits = 0;

        if (!isfinite(real))
                return CODEC_E_FORMAT;
        do
                (void)snprintf(text, sizeof(text), "%.*g", ++digits, real);
        while (digits < DIGITS_MAX && strtod(text, NULL) != real);
        byte_writer_add_string(writer, text);
        return writer->error;
}

int json_number_write(ByteWriter *writer, const Value *value)
{
        if (value->type == VALUE_FLOAT)
                return write_float(writer, value->real);
        if (value->type == VALUE_UNSIGNED)
                byte_writer_printf(writer, "%ju", (uintmax_t)value->unsigned_integer);
        else
                byte_writer_printf(writer, "%jd", (intmax_t)value->integer);
        return writer->error;
}
