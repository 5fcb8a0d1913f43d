/* SPDX-License-Identifier: Apache-2.0 */
/* What lwm2mctl writes: times that people take, columns that stand straight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "ctl/format.h"
#include "output.h"

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define NOW    (1700000000 * USEC_PER_SEC) /* Tue 2023-11-14 22:13:20 UTC */

static void durations(void **state)
{
        static const struct {
                uint64_t usec;
                const char *expected;
        } cases[] = {
                {0, "0ms"},
                {999, "0ms"},
                {USEC_PER_SEC - 1, "999ms"},
                {USEC_PER_SEC, "1.0s"},
                {9 * USEC_PER_SEC + 940 * USEC_PER_MSEC, "9.9s"},
                {10 * USEC_PER_SEC, "10s"},
                {2 * MINUTE - 1, "119s"},
                {2 * MINUTE, "2min"},
                {3 * HOUR, "3h"},
                {UINT64_MAX, "213503982d"},
        };
        char text[FORMAT_TIME_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                format_duration(cases[i].usec, text);
                assert_string_equal(text, cases[i].expected);
        }
}

static void how_long_it_took(void **state)
{
        char text[FORMAT_TIME_SIZE];

        format_took(NOW, NOW + 3 * MINUTE, text);
        assert_string_equal(text, "3min");
        format_took(NOW, NOW - DAY, text);
        assert_string_equal(text, "0ms");
        format_took(moment_now().realtime - 5 * HOUR, 0, text);
        assert_string_equal(text, "5h");
        format_took(moment_now().realtime + DAY, 0, text);
        assert_string_equal(text, "0ms");
}

static void sizes(void **state)
{
        static const struct {
                uint64_t bytes;
                const char *expected;
        } cases[] = {
                {0, "0 B"},
                {1023, "1023 B"},
                {1024, "1.0 KiB"},
                {1536, "1.5 KiB"},
                {200 * 1024 * 1024, "200.0 MiB"},
                {(uint64_t)5 << 40, "5120.0 GiB"},
                {UINT64_MAX, "17179869184.0 GiB"},
        };
        char text[FORMAT_SIZE_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                format_size(cases[i].bytes, text);
                assert_string_equal(text, cases[i].expected);
        }
}

static void distances(void **state)
{
        static const struct {
                uint64_t usec;
                const char *expected;
        } cases[] = {
                {NOW, "now"},
                {NOW + 999999, "now"},
                {NOW + 80 * USEC_PER_SEC, "in 80s"},
                {NOW - 119 * USEC_PER_SEC, "119s ago"},
                {NOW - 2 * MINUTE, "2min ago"},
                {NOW + 119 * MINUTE, "in 119min"},
                {NOW + 2 * HOUR, "in 2h"},
                {NOW - 47 * HOUR - 59 * MINUTE, "47h ago"},
                {NOW - 2 * DAY, "2d ago"},
                {NOW + 400 * DAY, "in 400d"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[FORMAT_TIME_SIZE];

                format_distance((Moment){.realtime = cases[i].usec}, (Moment){.realtime = NOW}, text);
                assert_string_equal(text, cases[i].expected);
        }
}

/* The wall clock of one of the two was set by years; nobody sets the other one. */
static void distances_are_counted_by_clock_monotonic(void **state)
{
        Moment now = {.realtime = NOW, .monotonic = HOUR};
        char text[FORMAT_TIME_SIZE];

        format_distance((Moment){NOW - 9999 * DAY, HOUR - 2 * MINUTE}, now, text);
        assert_string_equal(text, "2min ago");
        format_distance((Moment){NOW - 9999 * DAY, HOUR + 2 * MINUTE}, now, text);
        assert_string_equal(text, "in 2min");
        format_distance((Moment){NOW - 2 * DAY, 0}, now, text);
        assert_string_equal(text, "2d ago");
}

static void times_are_local(void **state)
{
        char text[FORMAT_TIME_SIZE];

        assert_int_equal(setenv("TZ", "CET-1", 1), 0);
        tzset();
        format_time((Moment){.realtime = NOW - 2 * MINUTE}, (Moment){.realtime = NOW}, text);
        assert_string_equal(text, "Tue 2023-11-14 23:11:20 CET (2min ago)");
        format_time((Moment){0}, (Moment){.realtime = NOW}, text);
        assert_string_equal(text, "never");
        format_clock(NOW, text);
        assert_string_equal(text, "23:13:20");
}

static void fields_are_aligned(void **state)
{
        FILE *file = open_output();

        format_field(file, 8, "Status", "%s (%s)", "registered", "idle");
        format_field(file, 8, "Endpoint", "%s", "\x1b[31mred\nx");
        format_field(file, 8, "Binding", "%s",
                "\xc2\x9b"
                "31m\xc3\x9b\xc2\xa0\xc2");
        format_field(file, 8, "Cipher", "%s", "\xe2\x80\xaeSHA");
        assert_output(file, "  Status: registered (idle)\n"
                            "Endpoint:  [31mred x\n"
                            " Binding:   31m\xc3\x9b\xc2\xa0?\n"
                            "  Cipher:    SHA\n");
}

static void table_is_aligned(void **state)
{
        static const char *const head[] = {"SSID", "NAME", "ERROR", NULL};
        static const char *const rows[][3] = {{"1", "Ger\xc3\xa4t", "-"}, {"65534", "x", "Timeout"}};
        Table table = {};
        FILE *file = open_output();

        assert_int_equal(table_begin(&table, head), 0);
        assert_true(table_is_empty(&table));
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                assert_int_equal(table_add_row(&table, rows[i]), 0);
        assert_false(table_is_empty(&table));
        table_print(&table, file);
        table_done(&table);
        assert_output(file, "SSID   NAME   ERROR\n"
                            "1      Ger\xc3\xa4t  -\n"
                            "65534  x      Timeout\n");
}

static void long_lines_are_broken(void **state)
{
        static const struct {
                unsigned columns;
                const char *lines, *expected;
        } cases[] = {
                {20, "Key: short\nOther: x\n", "Key: short\nOther: x\n"},
                {20, "Key: a sentence that is long\n", "Key: a sentence that\n     is long\n"},
                {19, "Key: a sentence that is long\n", "Key: a sentence\n     that is long\n"},
                {12, "Key: abcdefghijklmnop\n", "Key:\n     abcdefg\n     hijklmn\n     op\n"},
                {10, "Key: \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xb6\n",
                        "Key: \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\n     \xc3\xb6\n"},
                {10, "Key: \x1b[31mgreen\x1b[0m \x1b[32mred\x1b[0m",
                        "Key: \x1b[31mgreen\x1b[0m\n     \x1b[32mred\x1b[0m\n"},
                {1, "ab", "a\nb\n"},
                {10, "", ""},
                {10, "\n", "\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                FILE *file = open_output();

                format_wrapped(file, cases[i].lines, cases[i].columns, 5);
                assert_output(file, cases[i].expected);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(durations),
                cmocka_unit_test(how_long_it_took),
                cmocka_unit_test(sizes),
                cmocka_unit_test(distances),
                cmocka_unit_test(distances_are_counted_by_clock_monotonic),
                cmocka_unit_test(times_are_local),
                cmocka_unit_test(fields_are_aligned),
                cmocka_unit_test(table_is_aligned),
                cmocka_unit_test(long_lines_are_broken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
