/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/value_text: what people write, and what they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>

#include "lwm2m/value_text.h"

#define BYTES(t, text, n) ((Value){.type = (t), .bytes = {(uint8_t *)(text), (n)}})
#define TEXT(text)        BYTES(VALUE_STRING, text, sizeof(text) - 1)
#define UNSIGNED(v)       ((Value){.type = VALUE_UNSIGNED, .unsigned_integer = (v)})
#define FLOAT(v)          ((Value){.type = VALUE_FLOAT, .real = (v)})
#define TIME(v)           ((Value){.type = VALUE_TIME, .integer = (v)})
#define LINK(o, i)        ((Value){.type = VALUE_OBJLNK, .link = {(o), (i)}})

/* A value and the text that is shown; read back it is the same value. */
static void test_both_ways(void **state)
{
        const struct {
                Value value;
                const char *text;
        } table[] = {
                {TEXT(""), ""},
                {TEXT("Grüße, 21.5"), "Grüße, 21.5"},
                {TEXT("base64:AQ=="), "base64:AQ=="},
                {TEXT("two\nlines"), "two\nlines"},
                {BYTES(VALUE_CORELNK, "</3/0>", 6), "</3/0>"},
                {VALUE_INT(0), "0"},
                {VALUE_INT(INT64_MIN), "-9223372036854775808"},
                {VALUE_INT(INT64_MAX), "9223372036854775807"},
                {UNSIGNED(UINT64_MAX), "18446744073709551615"},
                {FLOAT(21.5), "21.5"},
                {FLOAT(0.1), "0.1"},
                {FLOAT(-0.0), "-0"},
                {FLOAT(1e22), "10000000000000000000000"},
                {FLOAT(1e-7), "0.0000001"},
                {VALUE_BOOL(true), "true"},
                {VALUE_BOOL(false), "false"},
                {BYTES(VALUE_OPAQUE, "", 0), "base64:"},
                {BYTES(VALUE_OPAQUE, "\0\xff", 2), "base64:AP8="},
                {TIME(0), "1970-01-01T00:00:00Z"},
                {TIME(-1), "1969-12-31T23:59:59Z"},
                {TIME(1769853600), "2026-01-31T10:00:00Z"},
                {TIME(951827696), "2000-02-29T12:34:56Z"},
                {TIME(-62167219200), "0000-01-01T00:00:00Z"},
                {TIME(-62167219201), "-62167219201"},
                {TIME(253402300799), "9999-12-31T23:59:59Z"},
                {TIME(253402300800), "253402300800"},
                {TIME(INT64_MAX), "9223372036854775807"},
                {LINK(3, 0), "3:0"},
                {LINK(65535, 65535), "65535:65535"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Value value = {0};
                char *text = NULL;

                assert_int_equal(value_format_text(&table[i].value, &text), 0);
                assert_string_equal(text, table[i].text);
                assert_int_equal(value_parse_text(table[i].value.type, text, &value), 0);
                assert_true(value_equal(&value, &table[i].value));
                free(text);
                value_done(&value);
        }
}

static void test_other_spellings(void **state)
{
        const struct {
                const char *text;
                Value value;
        } table[] = {
                {"1e3", FLOAT(1000)},
                {"21", FLOAT(21)},
                {"1", VALUE_BOOL(true)},
                {"0", VALUE_BOOL(false)},
                {"1769853600", TIME(1769853600)},
                {"-1", TIME(-1)},
                {"ffff:ffff", LINK(65535, 65535)},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Value value = {0};

                assert_int_equal(value_parse_text(table[i].value.type, table[i].text, &value), 0);
                assert_true(value_equal(&value, &table[i].value));
        }
}

static void test_refused(void **state)
{
        static const struct {
                ValueType type;
                const char *text;
        } table[] = {
                {VALUE_NONE, ""},
                {_VALUE_TYPE_MAX, "1"},
                {VALUE_STRING, "\xff"},
                {VALUE_CORELNK, "\xc3"},
                {VALUE_INTEGER, ""},
                {VALUE_INTEGER, "1.5"},
                {VALUE_INTEGER, "+1"},
                {VALUE_INTEGER, " 1"},
                {VALUE_INTEGER, "1 "},
                {VALUE_INTEGER, "0x10"},
                {VALUE_INTEGER, "9223372036854775808"},
                {VALUE_UNSIGNED, "-1"},
                {VALUE_UNSIGNED, "18446744073709551616"},
                {VALUE_FLOAT, "nan"},
                {VALUE_FLOAT, "inf"},
                {VALUE_FLOAT, "1,5"},
                {VALUE_FLOAT, ".5"},
                {VALUE_FLOAT, "1e999"},
                {VALUE_BOOLEAN, "True"},
                {VALUE_BOOLEAN, "yes"},
                {VALUE_BOOLEAN, "2"},
                {VALUE_OPAQUE, ""},
                {VALUE_OPAQUE, "AQ=="},
                {VALUE_OPAQUE, "base64:A"},
                {VALUE_OPAQUE, "base64:A Q="},
                {VALUE_TIME, "2026-01-31"},
                {VALUE_TIME, "2026-01-31T10:00:00"},
                {VALUE_TIME, "2026-01-31T10:00:00+01:00"},
                {VALUE_TIME, "2026-01-31 10:00:00Z"},
                {VALUE_TIME, "2026-01-31T10:00:00Z "},
                {VALUE_TIME, "2026-02-29T10:00:00Z"},
                {VALUE_TIME, "2026-13-01T10:00:00Z"},
                {VALUE_TIME, "2026-00-01T10:00:00Z"},
                {VALUE_TIME, "2026-01-00T10:00:00Z"},
                {VALUE_TIME, "2026-01-31T24:00:00Z"},
                {VALUE_TIME, "2026-01-31T10:60:00Z"},
                {VALUE_TIME, "2026-01-31T10:00:60Z"},
                {VALUE_TIME, "2026-01-31T10:00: 0Z"},
                {VALUE_TIME, "1.5"},
                {VALUE_OBJLNK, "3"},
                {VALUE_OBJLNK, "3:65536"},
                {VALUE_OBJLNK, "3:0:1"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Value value = VALUE_INT(42);

                assert_int_equal(value_parse_text(table[i].type, table[i].text, &value), -EINVAL);
                assert_true(value_equal(&value, &VALUE_INT(42)));
        }
}

/* What somebody gave out over D-Bus is shown, and cannot be set. */
static void test_no_numbers(void **state)
{
        static const struct {
                double real;
                const char *text;
        } table[] = {{NAN, "nan"}, {-NAN, "nan"}, {INFINITY, "inf"}, {-INFINITY, "-inf"}};
        char *text;

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(value_format_text(&FLOAT(table[i].real), &text), 0);
                assert_string_equal(text, table[i].text);
                free(text);
        }
        assert_int_equal(value_format_text(&(Value){0}, &text), -EINVAL);
}

static void test_longest_floats(void **state)
{
        static const double table[] = {DBL_TRUE_MIN, -DBL_TRUE_MIN, DBL_MIN, DBL_MAX, -DBL_MAX, M_PI,
                1.0 / 3, 5e-324, 2.2250738585072011e-308};
        char text[VALUE_FLOAT_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Value value = {0};

                assert_null(strchr(value_format_float(table[i], text), 'e'));
                assert_int_equal(value_parse_text(VALUE_FLOAT, text, &value), 0);
                assert_true(value.real == table[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_both_ways),
                cmocka_unit_test(test_other_spellings),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_no_numbers),
                cmocka_unit_test(test_longest_floats),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
