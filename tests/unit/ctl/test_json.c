/* SPDX-License-Identifier: Apache-2.0 */
/* What lwm2mctl writes for scripts: JSON that any parser takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "ctl/json.h"
#include "output.h"

static void strings(void **state)
{
        static const struct {
                const char *text, *expected;
        } cases[] = {
                {"", "\"\""},
                {"coap://[::1]:5683", "\"coap://[::1]:5683\""},
                {"a \"quote\" and \\", "\"a \\\"quote\\\" and \\\\\""},
                {"line\nbreak\ttab\rret\x01\x1f\x7f",
                        "\"line\\nbreak\\ttab\\u000dret\\u0001\\u001f\\u007f\""},
                {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
                {"\xff"
                 "A\xc3",
                        "\"\\ufffdA\\ufffd\""},
                {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
                {"\xe2\x80\xa8 \xe2\x80\xae \xe2\x81\xa6 \xe2\x81\xa9 \xe2\x80\x8f",
                        "\"\\u2028 \\u202e \\u2066 \\u2069 \xe2\x80\x8f\""},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                FILE *file = open_output();
                JsonWriter writer = JSON_WRITER(file, JSON_SHORT);

                json_string(&writer, cases[i].text);
                assert_output(file, cases[i].expected);
        }
}

static void numbers(void **state)
{
        static const struct {
                double number;
                const char *expected;
        } cases[] = {
                {0, "0"},
                {21.5, "21.5"},
                {-0.1, "-0.1"},
                {1e21, "1e+21"},
                {0.1 + 0.2, "0.30000000000000004"},
                {2.2250738585072014e-308, "2.2250738585072014e-308"},
                {NAN, "null"},
                {-INFINITY, "null"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                FILE *file = open_output();
                JsonWriter writer = JSON_WRITER(file, JSON_SHORT);

                json_real(&writer, cases[i].number);
                assert_output(file, cases[i].expected);
        }
}

static void write_example(JsonWriter *writer)
{
        json_begin(writer, '{');
        json_key(writer, "Number");
        json_unsigned(writer, UINT64_MAX);
        json_key(writer, "Lifetime");
        json_signed(writer, INT64_MIN);
        json_key(writer, "Error");
        json_begin(writer, '[');
        json_string(writer, "");
        json_boolean(writer, false);
        json_end(writer, '[');
        json_key(writer, "Empty");
        json_begin(writer, '{');
        json_end(writer, '{');
        json_end(writer, '{');
}

static void short_is_one_line(void **state)
{
        FILE *file = open_output();
        JsonWriter writer = JSON_WRITER(file, JSON_SHORT);

        write_example(&writer);
        assert_output(file, "{\"Number\":18446744073709551615,\"Lifetime\":-9223372036854775808,"
                            "\"Error\":[\"\",false],\"Empty\":{}}\n");
}

static void pretty_is_indented(void **state)
{
        FILE *file = open_output();
        JsonWriter writer = JSON_WRITER(file, JSON_PRETTY);

        write_example(&writer);
        assert_output(file, "{\n"
                            "        \"Number\": 18446744073709551615,\n"
                            "        \"Lifetime\": -9223372036854775808,\n"
                            "        \"Error\": [\n"
                            "                \"\",\n"
                            "                false\n"
                            "        ],\n"
                            "        \"Empty\": {}\n"
                            "}\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strings),
                cmocka_unit_test(numbers),
                cmocka_unit_test(short_is_one_line),
                cmocka_unit_test(pretty_is_indented),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
