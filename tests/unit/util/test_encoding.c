/* SPDX-License-Identifier: Apache-2.0 */
/* util/encoding: hexadecimal, Base64 (vectors of RFC 4648, section 10), UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/encoding.h"

static void test_hex(void **state)
{
        static const struct {
                const char *text;
                bool skip_space;
                int r;
                size_t offset;
                const char *bytes;
        } table[] = {
                {"", false, 0, 0, ""},
                {"414243", false, 0, 0, "ABC"},
                {"4a4A", false, 0, 0, "JJ"},
                {"41 4\n2\t", true, 0, 0, "AB"},
                {"41 42", false, -EINVAL, 2, NULL},
                {"4142x0", true, -EINVAL, 4, NULL},
                {"0x41", false, -EINVAL, 1, NULL},
                {"414", false, -EINVAL, 2, NULL},
                {"41 4 ", true, -EINVAL, 5, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                size_t size = 77, offset = 0;
                uint8_t *data = NULL;

                assert_int_equal(parse_hex(table[i].text, strlen(table[i].text), table[i].skip_space, &data,
                                         &size, &offset),
                        table[i].r);
                if (table[i].r < 0) {
                        assert_int_equal(offset, table[i].offset);
                        assert_null(data);
                        continue;
                }
                assert_int_equal(size, strlen(table[i].bytes));
                assert_string_equal((char *)data, table[i].bytes);
                free(data);
        }
}

static void test_base64(void **state)
{
        static const struct {
                const char *bytes, *text;
        } table[] = {
                {"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"},
                {"\xfb\xff\xfe", "+//+"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char *text = format_base64((const uint8_t *)table[i].bytes, strlen(table[i].bytes));
                uint8_t *data = NULL;
                size_t size = 77;

                assert_string_equal(text, table[i].text);
                assert_int_equal(parse_base64(text, strlen(text), false, &data, &size), 0);
                assert_int_equal(size, strlen(table[i].bytes));
                assert_string_equal((char *)data, table[i].bytes);
                free(data);
                free(text);
        }
}

static void test_base64_url(void **state)
{
        static const char *const good[] = {"-__-", "-__-Zg", "-__-Zg=="};

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                uint8_t *data = NULL;
                size_t size;

                assert_int_equal(parse_base64(good[i], strlen(good[i]), true, &data, &size), 0);
                assert_int_equal(size, i == 0 ? 3 : 4);
                assert_memory_equal(data,
                        "\xfb\xff\xfe"
                        "f",
                        size);
                free(data);
        }
}

static void test_base64_broken(void **state)
{
        static const struct {
                const char *text;
                bool url;
        } table[] = {
                {"Zg", false},
                {"Zg=", false},
                {"Zg=", true},
                {"Z===", false},
                {"====", false},
                {"Z", true},
                {"Zh==", false}, /* bits left over */
                {"Zm9=", false},
                {"Zm 9", false},
                {"Zm9v\n", false},
                {"Zg==Zg==", false},
                {"-__-", false},
                {"+//+", true},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                uint8_t *data = NULL;
                size_t size;

                assert_int_equal(
                        parse_base64(table[i].text, strlen(table[i].text), table[i].url, &data, &size),
                        -EINVAL);
                assert_null(data);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hex),
                cmocka_unit_test(test_base64),
                cmocka_unit_test(test_base64_url),
                cmocka_unit_test(test_base64_broken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
