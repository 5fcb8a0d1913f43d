/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a file, and what it is worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>

#include "daemon/file_value.h"

static int parse(const ResourceDef *resource, double scale, double offset, const char *text, Value *ret)
{
        const char *problem;
        int r = file_value_parse(resource, LWM2M_1_1, scale, offset, text, strlen(text), ret, &problem);

        assert_int_equal(r == 0, problem == NULL);
        return r;
}

static void floats(void **state)
{
        static const struct {
                const char *text;
                double scale, offset, value;
        } cases[] = {
                {"21.5\n", 1, 0, 21.5},
                {"48312\n", 0.001, 0, 48.312},
                {"20016\n", 0.001, 0, 20.016}, /* 20016 * 0.001 is another double */
                {"-5\n", 1, 0, -5},
                {"  7\t\r\n\n", 1, 0, 7},
                {"100", 0.5, -40, 10},
                {"1e3", 2, 1, 2001},
                {"3", 0, 4, 4},
        };
        const ResourceDef resource = {.type = VALUE_FLOAT};

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Value value;

                assert_int_equal(
                        parse(&resource, cases[i].scale, cases[i].offset, cases[i].text, &value), 0);
                assert_int_equal(value.type, VALUE_FLOAT);
                assert_true(value.real == cases[i].value);
        }
}

static void whole_numbers(void **state)
{
        static const struct {
                ValueType type;
                const char *text;
                double scale, offset;
                int64_t value;
        } cases[] = {
                {VALUE_INTEGER, "9223372036854775807\n", 1, 0, INT64_MAX},
                {VALUE_INTEGER, "-9223372036854775808\n", 1, 0, INT64_MIN},
                {VALUE_INTEGER, "9007199254740993", 1, 0, 9007199254740993}, /* not a double */
                {VALUE_INTEGER, "48512", 0.001, 0, 49},
                {VALUE_INTEGER, "-48512", 0.001, 0, -49},
                {VALUE_INTEGER, "2.5", 1, 0, 3},
                {VALUE_INTEGER, "10", 1, 0.4, 10},
                {VALUE_UNSIGNED, "18446744073709551615", 1, 0, -1},
                {VALUE_UNSIGNED, "0", 1, 0, 0},
                {VALUE_UNSIGNED, "-0.2", 1, 0, 0},
                {VALUE_TIME, "1769853600", 1, 0, 1769853600},
                {VALUE_TIME, "1769853600123", 0.001, 0, 1769853600},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const ResourceDef resource = {.type = cases[i].type};
                Value value;

                assert_int_equal(
                        parse(&resource, cases[i].scale, cases[i].offset, cases[i].text, &value), 0);
                assert_int_equal(value.type, cases[i].type);
                assert_int_equal(value.integer, cases[i].value);
        }
}

static void booleans(void **state)
{
        const ResourceDef resource = {.type = VALUE_BOOLEAN};
        Value value;

        assert_int_equal(parse(&resource, 1, 0, "1\n", &value), 0);
        assert_true(value.type == VALUE_BOOLEAN && value.boolean);
        assert_int_equal(parse(&resource, 1, 0, "0\n", &value), 0);
        assert_true(value.type == VALUE_BOOLEAN && !value.boolean);
        assert_int_equal(parse(&resource, 1, 0, " true ", &value), 0);
        assert_true(value.boolean);
        assert_int_equal(parse(&resource, 1, 0, "false", &value), 0);
        assert_false(value.boolean);
}

static void texts(void **state)
{
        static const struct {
                ValueType type;
                const char *text, *value;
        } cases[] = {
                {VALUE_STRING, " Köln, Haus 3 \n", "Köln, Haus 3"},
                {VALUE_STRING, "a\nb\n", "a\nb"},
                {VALUE_STRING, "\n", ""},
                {VALUE_STRING, "", ""},
                {VALUE_CORELNK, "</3/0>\n", "</3/0>"},
                {VALUE_OPAQUE, " \x01\xff\n", " \x01\xff\n"},
        };
        const ResourceDef link = {.type = VALUE_OBJLNK};
        Value value;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const ResourceDef resource = {.type = cases[i].type};

                assert_int_equal(parse(&resource, 1, 0, cases[i].text, &value), 0);
                assert_int_equal(value.type, cases[i].type);
                assert_int_equal(value.bytes.size, strlen(cases[i].value));
                assert_memory_equal(value.bytes.data, cases[i].value, value.bytes.size);
                value_done(&value);
        }
        assert_int_equal(parse(&link, 1, 0, "3:65535\n", &value), 0);
        assert_true(value.type == VALUE_OBJLNK && value.link.object == 3 && value.link.instance == 65535);
}

static void unusable(void **state)
{
        static const struct {
                ValueType type;
                const char *text;
        } cases[] = {
                {VALUE_FLOAT, ""},
                {VALUE_FLOAT, "\n"},
                {VALUE_FLOAT, "21,5"},
                {VALUE_FLOAT, "21.5 C"},
                {VALUE_FLOAT, "1\n2\n"},
                {VALUE_FLOAT, "0x10"},
                {VALUE_FLOAT, "nan"},
                {VALUE_FLOAT, "inf"},
                {VALUE_FLOAT, "1e999"},
                {VALUE_FLOAT, "+1"},
                {VALUE_FLOAT, "1111111111111111111111111111111111111111111111111111111111111111"},
                {VALUE_INTEGER, "9223372036854775808"},
                {VALUE_INTEGER, "-9223372036854775809"},
                {VALUE_INTEGER, "1e30"},
                {VALUE_INTEGER, "no"},
                {VALUE_UNSIGNED, "-1"},
                {VALUE_UNSIGNED, "18446744073709551616"},
                {VALUE_TIME, "2026-01-31"},
                {VALUE_BOOLEAN, "2"},
                {VALUE_BOOLEAN, "on"},
                {VALUE_BOOLEAN, ""},
                {VALUE_BOOLEAN, "TRUE"},
                {VALUE_STRING, "\xff"},
                {VALUE_CORELNK, "\xc3\x28"},
                {VALUE_OBJLNK, "3"},
                {VALUE_OBJLNK, "3:65536"},
                {VALUE_NONE, "1"},
        };
        const ResourceDef number = {.type = VALUE_FLOAT};
        const char *problem;
        Value value;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const ResourceDef resource = {.type = cases[i].type};

                assert_int_equal(parse(&resource, 1, 0, cases[i].text, &value), FILE_VALUE_E_UNUSABLE);
                assert_int_equal(value.type, VALUE_NONE);
        }
        assert_int_equal(parse(&number, 1e308, 0, "1e10", &value), FILE_VALUE_E_UNUSABLE);
        assert_int_equal(file_value_parse(&number, LWM2M_1_1, 1, 0, "1\0002", 3, &value, &problem),
                FILE_VALUE_E_UNUSABLE);
        assert_int_equal(file_value_parse(&(ResourceDef){.type = VALUE_STRING}, LWM2M_1_1, 1, 0, "a\0b", 3,
                                 &value, &problem),
                FILE_VALUE_E_UNUSABLE);
}

/* After scale and offset, and of a text's length in bytes. */
static void range(void **state)
{
        const ResourceDef percent = {.type = VALUE_INTEGER, .has_range = true, .maximum = 100};
        const ResourceDef name = {.type = VALUE_STRING, .has_range = true, .minimum = 1, .maximum = 3};
        Value value;

        assert_int_equal(parse(&percent, 100, 0, "1.0", &value), 0);
        assert_int_equal(parse(&percent, 100, 0, "1.01", &value), FILE_VALUE_E_UNUSABLE);
        assert_int_equal(parse(&percent, 100, 0, "-0.01", &value), FILE_VALUE_E_UNUSABLE);
        assert_int_equal(parse(&name, 1, 0, "abc\n", &value), 0);
        value_done(&value);
        assert_int_equal(parse(&name, 1, 0, "abcd\n", &value), FILE_VALUE_E_UNUSABLE);
        assert_int_equal(parse(&name, 1, 0, "\n", &value), FILE_VALUE_E_UNUSABLE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(floats),
                cmocka_unit_test(whole_numbers),
                cmocka_unit_test(booleans),
                cmocka_unit_test(texts),
                cmocka_unit_test(unusable),
                cmocka_unit_test(range),
        };

        (void)setlocale(LC_ALL, "");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
