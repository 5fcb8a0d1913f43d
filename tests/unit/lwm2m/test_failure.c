/* SPDX-License-Identifier: Apache-2.0 */
/* A failure's name is of the closed list; its sentence is one line of valid UTF-8, whatever the peer sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lwm2m/failure.h"
#include "util/utf8.h"

static void every_name_has_a_word(void **state)
{
        for (FailureName name = 0; name < _FAILURE_NAME_MAX; name++) {
                assert_non_null(failure_name_to_string(name));
                assert_int_equal(failure_name_from_string(failure_name_to_string(name)), name);
        }
        assert_string_equal(failure_name_to_string(FAILURE_NONE), "");
        assert_string_equal(failure_name_to_string(FAILURE_PSK_IDENTITY_UNKNOWN), "PskIdentityUnknown");
        assert_int_equal(failure_name_from_string("Nonsense"), -EINVAL);
}

static void sentence_is_printable(void **state)
{
        static const struct {
                const char *text, *expected;
        } cases[] = {
                {"No answer from coap://[::1]:5683.", "No answer from coap://[::1]:5683."},
                {"", ""},
                {"Ger\xc3\xa4t \xe2\x82\xac \xf0\x9f\x98\x80", "Ger\xc3\xa4t \xe2\x82\xac \xf0\x9f\x98\x80"},
                {"two\nlines\tand \x1b[31m red\x7f", "two lines and  [31m red "},
                {"broken \xff\xfe end", "broken ?? end"},
                {"overlong \xc0\xaf", "overlong ??"},
                {"surrogate \xed\xa0\x80", "surrogate ???"},
                {"half \xe2\x82", "half ??"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Failure failure;

                failure_set(&failure, FAILURE_BOOTSTRAP_REJECTED, "%s", cases[i].text);
                assert_int_equal(failure.name, FAILURE_BOOTSTRAP_REJECTED);
                assert_string_equal(failure.sentence, cases[i].expected);
        }
}

static void long_sentence_is_cut_between_characters(void **state)
{
        char text[2 * FAILURE_SENTENCE_SIZE] = "";
        Failure failure;

        /* Four lengths of the beginning put the cut at every place inside a character of four bytes. */
        for (size_t lead = 0; lead < 4; lead++) {
                memset(text, 'x', lead);
                for (size_t i = lead; i + 4 < sizeof(text); i += 4)
                        memcpy(text + i, "\xf0\x9f\x98\x80", 5);
                failure_set(&failure, FAILURE_TIMEOUT, "%s", text);
                assert_true(utf8_is_valid(failure.sentence, strlen(failure.sentence)));
                assert_null(strchr(failure.sentence, '?'));
                assert_in_range(
                        strlen(failure.sentence), FAILURE_SENTENCE_SIZE - 4, FAILURE_SENTENCE_SIZE - 1);
        }
}

static void old_sentence_may_be_an_argument(void **state)
{
        Failure failure;

        failure_set(&failure, FAILURE_TIMEOUT, "No answer");
        failure_set(&failure, FAILURE_TIMEOUT, "%s from %s", failure.sentence, "192.0.2.1");
        assert_string_equal(failure.sentence, "No answer from 192.0.2.1");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_name_has_a_word),
                cmocka_unit_test(sentence_is_printable),
                cmocka_unit_test(long_sentence_is_cut_between_characters),
                cmocka_unit_test(old_sentence_may_be_an_argument),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
