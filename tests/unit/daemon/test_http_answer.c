/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of answer means, and what another attempt can be asked with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/http_answer.h"

#define ETAG "\"1\""
#define DATE "Sat, 28 Nov 2026 12:00:00 GMT"

static const HttpQuestion from_start = {0, ""}, from_byte_100 = {100, ETAG};
static HttpPackage package;

static HttpVerdict judge(const HttpQuestion *question, HttpAnswer answer)
{
        return http_answer_judge(&answer, question, &package);
}

static void statuses(void **state)
{
        static const struct {
                int status;
                HttpVerdict verdict;
        } cases[] = {
                {200, HTTP_PACKAGE},
                {201, HTTP_REFUSED},
                {204, HTTP_REFUSED},
                {206, HTTP_REFUSED},
                {300, HTTP_REFUSED},
                {301, HTTP_REDIRECT},
                {302, HTTP_REDIRECT},
                {303, HTTP_REDIRECT},
                {304, HTTP_REFUSED},
                {305, HTTP_REFUSED},
                {307, HTTP_REDIRECT},
                {308, HTTP_REDIRECT},
                {400, HTTP_REFUSED},
                {401, HTTP_REFUSED},
                {403, HTTP_REFUSED},
                {404, HTTP_REFUSED},
                {408, HTTP_LATER},
                {410, HTTP_REFUSED},
                {416, HTTP_REFUSED},
                {425, HTTP_LATER},
                {429, HTTP_LATER},
                {500, HTTP_LATER},
                {503, HTTP_LATER},
                {599, HTTP_LATER},
                {0, HTTP_REFUSED},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_int_equal(
                        judge(&from_start, (HttpAnswer){.status = cases[i].status}), cases[i].verdict);
        assert_int_equal(judge(&from_byte_100, (HttpAnswer){.status = 416}), HTTP_ANEW);
}

static void a_whole_package(void **state)
{
        assert_int_equal(judge(&from_byte_100, (HttpAnswer){200, 1000, NULL, ETAG, DATE}), HTTP_PACKAGE);
        assert_int_equal(package.offset, 0);
        assert_int_equal(package.total, 1000);
        assert_int_equal(judge(&from_start, (HttpAnswer){200, -1, NULL, NULL, NULL}), HTTP_PACKAGE);
        assert_int_equal(package.total, 0);
}

static void validators(void **state)
{
        char longest[DOWNLOAD_VALIDATOR_SIZE + 2];
        static const struct {
                const char *etag, *last_modified, *validator;
        } cases[] = {
                {ETAG, DATE, ETAG},
                {NULL, DATE, DATE},
                {"W/\"1\"", DATE, DATE},
                {"W/\"1\"", NULL, ""},
                {NULL, NULL, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                (void)judge(&from_start, (HttpAnswer){200, -1, NULL, cases[i].etag, cases[i].last_modified});
                assert_string_equal(package.validator, cases[i].validator);
        }
        memset(longest, '"', sizeof(longest));
        longest[DOWNLOAD_VALIDATOR_SIZE] = 0;
        (void)judge(&from_start, (HttpAnswer){200, -1, NULL, longest, NULL});
        assert_string_equal(package.validator, longest);
        longest[DOWNLOAD_VALIDATOR_SIZE] = '"';
        longest[DOWNLOAD_VALIDATOR_SIZE + 1] = 0;
        (void)judge(&from_start, (HttpAnswer){200, -1, NULL, longest, NULL});
        assert_string_equal(package.validator, "");
}

static void a_part(void **state)
{
        assert_int_equal(judge(&from_byte_100, (HttpAnswer){206, 900, "bytes 100-999/1000", ETAG, NULL}),
                HTTP_PACKAGE);
        assert_int_equal(package.offset, 100);
        assert_int_equal(package.total, 1000);
        assert_string_equal(package.validator, ETAG);
        assert_int_equal(
                judge(&from_byte_100, (HttpAnswer){206, 900, "Bytes 100-999/*", NULL, NULL}), HTTP_PACKAGE);
        assert_int_equal(package.total, 0);
}

static void a_part_of_something_else(void **state)
{
        static const char *const ranges[] = {
                NULL,
                "",
                "bytes",
                "bytes ",
                "bytes 100",
                "bytes 100-",
                "bytes 100-999",
                "bytes 100-999/",
                "bytes 100-999/x",
                "bytes 99-999/1000",
                "bytes 101-999/1000",
                "bytes 0-999/1000",
                "bytes 100-999/999",
                "bytes 100-99/1000",
                "bytes */1000",
                "bytes -100-999/1000",
                "bytes 100-999/99999999999999999999999",
                "bytes 100-18446744073709551615/*",
                "blocks 100-999/1000",
        };

        for (size_t i = 0; i < ELEMENTSOF(ranges); i++)
                assert_int_equal(
                        judge(&from_byte_100, (HttpAnswer){206, 900, ranges[i], ETAG, NULL}), HTTP_ANEW);
        assert_int_equal(judge(&from_byte_100, (HttpAnswer){206, 900, "bytes 100-999/1000", "\"2\"", NULL}),
                HTTP_ANEW);
        assert_int_equal(judge(&(HttpQuestion){100, DATE}, (HttpAnswer){206, 900, "bytes 100-999/1000", NULL,
                                                                   "Sun, 29 Nov 2026 12:00:00 GMT"}),
                HTTP_ANEW);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(statuses),
                cmocka_unit_test(a_whole_package),
                cmocka_unit_test(validators),
                cmocka_unit_test(a_part),
                cmocka_unit_test(a_part_of_something_else),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
