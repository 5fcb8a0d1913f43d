/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/install_window: what is one, and when it opens, also where summer time begins and ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "daemon/install_window.h"
#include "util/clock.h"

#define ZONE "CET-1CEST,M3.5.0/2,M10.5.0/3" /* Central Europe, without a zone database */

static uint64_t at(const char *text)
{
        struct tm tm = {.tm_isdst = -1};

        assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
        return (uint64_t)mktime(&tm) * USEC_PER_SEC;
}

static void test_words(void **state)
{
        static const char *const wrong[] = {"", "02:00", "2:00-5:00", "02:00-24:00", "02:60-05:00",
                "02:00 05:00", "02:00-05:00 ", "02:00-02:00", "aa:00-05:00", "02.00-05.00", "02:00--5:00"};
        InstallWindow window = {0};

        assert_int_equal(install_window_parse("02:00-05:30", &window), 0);
        assert_int_equal(window.begin, 120);
        assert_int_equal(window.end, 330);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(install_window_parse(wrong[i], &window), -EINVAL);
}

static void test_opens_at(void **state)
{
        static const struct {
                const char *window, *now, *opens; /* NULL: is open */
        } cases[] = {
                {"02:00-05:00", "2026-11-28 01:59:59", "2026-11-28 02:00:00"},
                {"02:00-05:00", "2026-11-28 02:00:00", NULL},
                {"02:00-05:00", "2026-11-28 04:59:59", NULL},
                {"02:00-05:00", "2026-11-28 05:00:00", "2026-11-29 02:00:00"},
                {"02:00-05:00", "2026-12-31 23:00:00", "2027-01-01 02:00:00"},
                {"22:30-01:00", "2026-11-28 22:29:00", "2026-11-28 22:30:00"},
                {"22:30-01:00", "2026-11-28 23:59:00", NULL},
                {"22:30-01:00", "2026-11-28 00:59:00", NULL},
                {"22:30-01:00", "2026-11-28 01:00:00", "2026-11-28 22:30:00"},
                /* Summer time begins at two: there is no half past two. */
                {"02:30-02:45", "2026-03-29 01:00:00", "2026-03-29 03:30:00"},
                {"02:30-05:00", "2026-03-28 12:00:00", "2026-03-29 03:30:00"},
                {"04:00-05:00", "2026-03-28 12:00:00", "2026-03-29 04:00:00"},
                {"04:00-05:00", "2026-10-24 12:00:00", "2026-10-25 04:00:00"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                InstallWindow window;
                uint64_t opens;

                assert_int_equal(install_window_parse(cases[i].window, &window), 0);
                opens = install_window_opens_at(&window, at(cases[i].now));
                assert_int_equal(opens, cases[i].opens ? at(cases[i].opens) : 0);
        }
        assert_int_equal(install_window_opens_at(&(InstallWindow){0}, at("2026-11-28 02:00:00")), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),
                cmocka_unit_test(test_opens_at),
        };

        (void)setenv("TZ", ZONE, 1);
        tzset();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
