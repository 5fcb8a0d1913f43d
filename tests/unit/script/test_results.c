/* SPDX-License-Identifier: Apache-2.0 */
/* script/results: what is kept of an id is there again, and no line of a file does any harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "script/results.h"
#include "util/file.h"

static char folder[] = "/tmp/results-XXXXXX";

static int setup(void **state)
{
        return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
        (void)file_remove(folder, "results");
        return rmdir(folder);
}

static Result make(Verb verb, const char *id, uint8_t result, const char *text)
{
        Result made = {.verb = verb, .result = result, .reboot = result == 0};

        (void)snprintf(made.id, sizeof(made.id), "%s", id);
        (void)snprintf(made.text, sizeof(made.text), "%s", text);
        return made;
}

static void test_ids(void **state)
{
        char longest[RESULT_ID_MAX + 2];

        memset(longest, 'x', sizeof(longest));
        longest[RESULT_ID_MAX + 1] = '\0';
        assert_false(result_id_is_valid(longest));
        longest[RESULT_ID_MAX] = '\0';
        assert_true(result_id_is_valid(longest));
        assert_true(result_id_is_valid("!~/../$(x)"));
        assert_false(result_id_is_valid(""));
        assert_false(result_id_is_valid("a b"));
        assert_false(result_id_is_valid("a\n"));
        assert_false(result_id_is_valid("\x7f"));
        assert_false(result_id_is_valid("\xc3\xa4"));
}

static void test_kept_is_there_again(void **state)
{
        static Results kept, loaded;
        Result first = make(VERB_INSTALL, "one", 8, "interrupted  text ");
        Result other = make(VERB_BOOTED, "one", 0, "");

        memset(&kept, 0, sizeof(kept));
        assert_int_equal(results_keep(&kept, folder, &first), 0);
        assert_int_equal(results_keep(&kept, folder, &other), 0);
        first = make(VERB_INSTALL, "one", 0, "installed");
        assert_int_equal(results_keep(&kept, folder, &first), 0);

        memset(&loaded, 0, sizeof(loaded));
        assert_int_equal(results_load(&loaded, folder), 0);
        assert_int_equal(loaded.n, 2);
        assert_memory_equal(results_find(&loaded, VERB_INSTALL, "one"), &first, sizeof(first));
        assert_memory_equal(results_find(&loaded, VERB_BOOTED, "one"), &other, sizeof(other));
        assert_null(results_find(&loaded, VERB_INSTALL, "two"));
        assert_null(results_find(&loaded, VERB_BOOTED, "on"));
}

static void test_oldest_is_forgotten(void **state)
{
        static Results results;
        char id[16];

        memset(&results, 0, sizeof(results));
        for (unsigned i = 0; i < RESULTS_MAX + 3; i++) {
                Result result;

                (void)snprintf(id, sizeof(id), "id%u", i);
                result = make(VERB_INSTALL, id, 3, "");
                assert_int_equal(results_keep(&results, folder, &result), 0);
        }
        assert_int_equal(results.n, RESULTS_MAX);
        assert_null(results_find(&results, VERB_INSTALL, "id2"));
        assert_non_null(results_find(&results, VERB_INSTALL, "id3"));
}

static void test_lines_that_are_none(void **state)
{
        static const char text[] =
                "\n \ninstall\ninstall x\ninstall x 1\ninstall x 1 2 t\ninstall x 256 0 t\n"
                "install x +1 0 t\nremove x 1 1 t\ninstall x 1 1\ninstall  1 1 t\n"
                "install x 1 1 \x1b\ninstall x 1 1 \xff\ninstall good 1 1 t\ncut 1";
        static Results results;

        memset(&results, 0, sizeof(results));
        assert_int_equal(file_write_atomic(folder, "results", text, sizeof(text) - 1), 0);
        assert_int_equal(results_load(&results, folder), 0);
        assert_int_equal(results.n, 1);
        assert_non_null(results_find(&results, VERB_INSTALL, "good"));
}

static void test_no_file(void **state)
{
        static Results results;

        memset(&results, 0, sizeof(results));
        assert_int_equal(file_remove(folder, "results"), 0);
        assert_int_equal(results_load(&results, folder), 0);
        assert_int_equal(results.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids),
                cmocka_unit_test(test_kept_is_there_again),
                cmocka_unit_test(test_oldest_is_forgotten),
                cmocka_unit_test(test_lines_that_are_none),
                cmocka_unit_test(test_no_file),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
