/* SPDX-License-Identifier: Apache-2.0 */
/* util/parse: strict numbers, durations, sizes, suggestions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/parse.h"

static void test_u64(void **state)
{
        static const struct {
                const char *text;
                uint64_t maximum;
                int r;
                uint64_t value;
        } table[] = {
                {"0", 10, 0, 0},
                {"10", 10, 0, 10},
                {"11", 10, -ERANGE, 0},
                {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
                {"18446744073709551616", UINT64_MAX, -ERANGE, 0},
                {"99999999999999999999999", UINT64_MAX, -ERANGE, 0},
                {"", 10, -EINVAL, 0},
                {" 1", 10, -EINVAL, 0},
                {"1 ", 10, -EINVAL, 0},
                {"+1", 10, -EINVAL, 0},
                {"-1", 10, -EINVAL, 0},
                {"0x1", 10, -EINVAL, 0},
                {"1.", 10, -EINVAL, 0},
                {"99999999999999999999999x", 10, -EINVAL, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                uint64_t value = 77;

                assert_int_equal(parse_u64(table[i].text, table[i].maximum, &value), table[i].r);
                assert_true(value == (table[i].r < 0 ? 77 : table[i].value));
        }
}

static void test_i64(void **state)
{
        static const struct {
                const char *text;
                int r;
                int64_t value;
        } table[] = {
                {"0", 0, 0},
                {"-0", 0, 0},
                {"-750", 0, -750},
                {"9223372036854775807", 0, INT64_MAX},
                {"9223372036854775808", -ERANGE, 0},
                {"-9223372036854775808", 0, INT64_MIN},
                {"-9223372036854775809", -ERANGE, 0},
                {"-", -EINVAL, 0},
                {"--1", -EINVAL, 0},
                {"- 1", -EINVAL, 0},
                {"1e3", -EINVAL, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                int64_t value = 77;

                assert_int_equal(parse_i64(table[i].text, &value), table[i].r);
                assert_true(value == (table[i].r < 0 ? 77 : table[i].value));
        }
}

static void test_double(void **state)
{
        static const struct {
                const char *text;
                int r;
                double value;
        } table[] = {
                {"-12", 0, -12},
                {"3.25", 0, 3.25},
                {"1e-3", 0, 0.001},
                {"1E+3", 0, 1000},
                {"0.00000000006667", 0, 6.667e-11},
                {"123456789012345678901234567890", 0, 123456789012345678901234567890.0},
                {"1e999", -ERANGE, 0},
                {"", -EINVAL, 0},
                {".5", -EINVAL, 0},
                {"5.", -EINVAL, 0},
                {"1e", -EINVAL, 0},
                {"+1", -EINVAL, 0},
                {"nan", -EINVAL, 0},
                {"inf", -EINVAL, 0},
                {"0x1p3", -EINVAL, 0},
                {"1,5", -EINVAL, 0},
                {" 1", -EINVAL, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                double value = 77;

                assert_int_equal(parse_double(table[i].text, &value), table[i].r);
                assert_true(value == (table[i].r < 0 ? 77 : table[i].value));
        }
}

static void test_boolean(void **state)
{
        bool value = false;

        assert_int_equal(parse_boolean("true", &value), 0);
        assert_true(value);
        assert_int_equal(parse_boolean("false", &value), 0);
        assert_false(value);
        assert_int_equal(parse_boolean("True", &value), -EINVAL);
        assert_int_equal(parse_boolean("yes", &value), -EINVAL);
        assert_int_equal(parse_boolean("1", &value), -EINVAL);
        assert_int_equal(parse_boolean("", &value), -EINVAL);
}

static void test_duration(void **state)
{
        static const struct {
                const char *text;
                int r;
                uint64_t usec;
        } table[] = {
                {"30", 0, 30000000},
                {"0.5", 0, 500000},
                {"0", 0, 0},
                {"500ms", 0, 500000},
                {"0.5ms", 0, 500},
                {"30s", 0, 30000000},
                {"4min", 0, 240000000},
                {"1.5h", 0, 5400000000},
                {"1d", 0, 86400000000},
                {"0.000001", 0, 1},
                {"0.0000001", -EINVAL, 0},
                {"0.0001ms", -EINVAL, 0},
                {"1.", -EINVAL, 0},
                {".5s", -EINVAL, 0},
                {"-1", -EINVAL, 0},
                {"1 s", -EINVAL, 0},
                {"1m", -EINVAL, 0},
                {"12x", -EINVAL, 0},
                {"", -EINVAL, 0},
                {"s", -EINVAL, 0},
                {"99999999999999999999", -ERANGE, 0},
                {"18446744073710s", -ERANGE, 0},
                {"300000000d", -ERANGE, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                uint64_t usec = 77;

                assert_int_equal(parse_duration(table[i].text, &usec), table[i].r);
                assert_true(usec == (table[i].r < 0 ? 77 : table[i].usec));
        }
}

static void test_size(void **state)
{
        uint64_t size = 77;

        assert_int_equal(parse_size("12", &size), 0);
        assert_int_equal(size, 12);
        assert_int_equal(parse_size("3GiB", &size), 0);
        assert_true(size == 3ULL << 30);
        assert_int_equal(parse_size("64KiB", &size), 0);
        assert_int_equal(size, 65536);
        assert_int_equal(parse_size("1MiB", &size), 0);
        assert_int_equal(size, 1048576);
        assert_int_equal(parse_size("1K", &size), -EINVAL);
        assert_int_equal(parse_size("1 KiB", &size), -EINVAL);
        assert_int_equal(parse_size("KiB", &size), -EINVAL);
        assert_int_equal(parse_size("-1", &size), -EINVAL);
        assert_int_equal(parse_size("18446744073709551615KiB", &size), -ERANGE);
}

static void test_suggest(void **state)
{
        static const char *const keys[] = {"retry_count", "retry_delay", "retry_delay_max", "uri"};
        static const struct {
                const char *word, *suggestion;
        } table[] = {
                {"retry_cout", "retry_count"},
                {"retry_delai", "retry_delay"},
                {"retry-delay-max", "retry_delay_max"},
                {"url", "uri"},
                {"lifetime", NULL},
                {"abc", NULL},
                {"nri", "uri"},
                {"nope", NULL}, /* three edits off, and four letters */
                {"un", NULL},
                {"", NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const char *found = parse_suggest(table[i].word, keys, ELEMENTSOF(keys));

                if (table[i].suggestion)
                        assert_string_equal(found, table[i].suggestion);
                else
                        assert_null(found);
        }
        assert_null(parse_suggest("a word that is far too long to be a key of any configuration file at all",
                keys, ELEMENTSOF(keys)));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_u64),
                cmocka_unit_test(test_i64),
                cmocka_unit_test(test_double),
                cmocka_unit_test(test_boolean),
                cmocka_unit_test(test_duration),
                cmocka_unit_test(test_size),
                cmocka_unit_test(test_suggest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
