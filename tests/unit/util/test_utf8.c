/* SPDX-License-Identifier: Apache-2.0 */
/* util/utf8: characters of RFC 3629, where a text is cut, what is printable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/utf8.h"

static void test_valid(void **state)
{
        static const struct {
                const char *text;
                size_t size;
                bool valid;
        } table[] = {
                {"", 0, true},
                {"ascii", 5, true},
                {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, true},
                {"\xf4\x8f\xbf\xbf", 4, true},
                {"a\0b", 3, false},
                {"\xc0\x80", 2, false}, /* overlong */
                {"\xe0\x9f\xbf", 3, false},
                {"\xf0\x8f\xbf\xbf", 4, false},
                {"\xed\xa0\x80", 3, false},     /* surrogate */
                {"\xf4\x90\x80\x80", 4, false}, /* above U+10FFFF */
                {"\xf5\x80\x80\x80", 4, false},
                {"\x80", 1, false},
                {"\xc3", 1, false},
                {"\xe2\x82", 2, false},
                {"\xc3"
                 "a",
                        2, false},
                {"\xe2\x82"
                 "a",
                        3, false},
                {"\xff", 1, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(utf8_is_valid(table[i].text, table[i].size), table[i].valid);
}

static void test_printable(void **state)
{
        static const struct {
                const char *text, *made; /* NULL: printable as it is */
        } table[] = {
                {"", NULL}, {"no lt ~", NULL}, {"Ger\xc3\xa4t \xe2\x82\xac \xf0\x9f\x98\x80", NULL},
                {"\xc2\xa0", NULL}, /* the first character behind C1 */
                {"two\nlines\tand \x1b[31m red\x7f", "two lines and  [31m red "},
                {"\xc2\x80 \xc2\x9b"
                 "31m \xc2\x9f",
                        "     31m   "}, /* C1: U+009B begins a sequence of a terminal */
                {"broken \xff\xfe end", "broken ?? end"}, {"overlong \xc0\xaf", "overlong ??"},
                {"surrogate \xed\xa0\x80", "surrogate ???"}, {"half \xe2\x82", "half ??"},
                {"half \xc2", "half ?"},
                {"not \xef\xbf\xbe \xef\xbf\xbf \xef\xb7\x90 \xef\xb7\xaf \xf0\x9f\xbf\xbf \xf4\x8f\xbf\xbe",
                        "not ??? ??? ??? ??? ???? ????"}, /* noncharacters, which D-Bus does not carry */
                {"\xef\xbf\xbd \xef\xb7\x8f \xef\xb7\xb0 \xf0\x9f\xbf\xbd", NULL}, /* their neighbours */
                {"\xe2\x80\xa8 \xe2\x80\xa9 \xe2\x80\xaa \xe2\x80\xae \xe2\x81\xa6 \xe2\x81\xa9",
                        "                       "}, /* lines broken and turned round */
                {"\xe2\x80\xa7 \xe2\x80\xaf \xe2\x81\xa5 \xe2\x81\xaa \xe2\x80\x8f", NULL}, /* not so */
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char text[64];

                strcpy(text, table[i].text);
                assert_int_equal(utf8_is_printable(text, strlen(text)), !table[i].made);
                utf8_make_printable(text, strlen(text));
                assert_string_equal(text, table[i].made ?: table[i].text);
                assert_true(utf8_is_printable(text, strlen(text)));
        }
        assert_false(utf8_is_printable("a\0b", 3));
}

static void test_cut(void **state)
{
        static const struct {
                const char *text;
                size_t size;
        } table[] = {
                {"", 0}, {"ascii", 5}, {"\xc3\xa4", 2}, {"a\xc3", 1}, {"a\xe2\x82", 1}, {"a\xe2\x82\xac", 4},
                {"a\xf0", 1}, {"a\xf0\x9f\x98", 1}, {"a\xf0\x9f\x98\x80", 5}, {"\xf0\x9f\x98", 0},
                {"\x80\x80\x80\x80", 4}, /* no character begins there */
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(utf8_cut(table[i].text, strlen(table[i].text)), table[i].size);
}

static size_t print(char *buffer, size_t size, const char *format, ...)
{
        va_list ap;
        size_t n;

        va_start(ap, format);
        n = utf8_vprintf(buffer, size, format, ap);
        va_end(ap);
        return n;
}

static void test_print(void **state)
{
        char text[8];

        assert_int_equal(print(text, sizeof(text), "%s", "1234567"), 7);
        assert_string_equal(text, "1234567");
        assert_int_equal(print(text, sizeof(text), "%s", "123456\xc3\xa4"), 6);
        assert_string_equal(text, "123456");
        assert_int_equal(print(text, sizeof(text), "%s\n%d", "a", 7), 3);
        assert_string_equal(text, "a 7");
        /* Broken, not cut */
        assert_int_equal(print(text, sizeof(text), "%s", "12345\xc3"), 6);
        assert_string_equal(text, "12345?");
        assert_int_equal(print(text, 1, "%s", "x"), 0);
        assert_string_equal(text, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_valid),
                cmocka_unit_test(test_printable),
                cmocka_unit_test(test_cut),
                cmocka_unit_test(test_print),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
