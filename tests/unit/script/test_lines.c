/* SPDX-License-Identifier: Apache-2.0 */
/* script/lines: the same lines, however the bytes come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "script/lines.h"

/* What came, a line each; never more than there is room for. */
typedef struct Seen {
        char text[4 * LINE_SIZE_MAX];
        size_t size;
} Seen;

static void on_line(void *userdata, const char *line)
{
        Seen *seen = userdata;
        size_t size = strlen(line);

        assert_true(size > 0 && size <= LINE_SIZE_MAX && seen->size + size + 2 < sizeof(seen->text));
        memcpy(seen->text + seen->size, line, size);
        seen->size += size;
        seen->text[seen->size++] = '|';
        seen->text[seen->size] = '\0';
}

static void test_every_split(void **state)
{
        static const struct {
                const char *bytes;
                size_t size;
                const char *lines;
        } table[] = {
                {"", 0, ""}, {"\n\n\r\n", 4, ""}, {"one\ntwo\n", 8, "one|two|"}, {"one\ntwo", 7, "one|two|"},
                {"10%\r20%\r\ndone", 13, "10%|20%|done|"}, {"a\0b\x1b[2J\x7f", 8, "a?b [2J |"},
                {"\xc3\xa4\xff\xe2\x82\n", 6,
                        "\xc3\xa4?|"}, /* a beginning of a character at the end is cut */
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (size_t first = 0; first <= table[i].size; first++) {
                        Lines lines = {0};
                        Seen seen = {0};

                        lines_feed(&lines, table[i].bytes, first, on_line, &seen);
                        lines_feed(&lines, table[i].bytes + first, table[i].size - first, on_line, &seen);
                        lines_end(&lines, on_line, &seen);
                        assert_string_equal(seen.text, table[i].lines);
                }
}

static void test_long_line_is_cut(void **state)
{
        Lines lines = {0};
        Seen seen = {0};

        for (size_t i = 0; i < 10 * LINE_SIZE_MAX; i++)
                lines_feed(&lines, "x", 1, on_line, &seen);
        lines_feed(&lines, "\nnext\n", 6, on_line, &seen);
        assert_int_equal(seen.size, LINE_SIZE_MAX + strlen("|next|"));
        assert_string_equal(seen.text + LINE_SIZE_MAX, "|next|");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_split),
                cmocka_unit_test(test_long_line_is_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
