/* SPDX-License-Identifier: Apache-2.0 */
/* A repository's silence, its failures, and the end of everyone's patience. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/download_patience.h"

#define START (1000 * USEC_PER_SEC)
#define MIB   (1024 * 1024)

static DownloadPatience patience;
static uint64_t now;

static int setup(void **state)
{
        now = START;
        download_patience_init(&patience, now, 0, 0);
        return 0;
}

static void begin(void)
{
        download_patience_begin(&patience, now);
}

static bool tries_again(void)
{
        return download_patience_failed(&patience, now, 0, 0.0);
}

/* At its deadline, and not a moment before. */
static void assert_next(uint64_t after, DownloadVerdict verdict)
{
        assert_int_equal(download_patience_deadline(&patience), now + after);
        assert_int_equal(download_patience_judge(&patience, now + after - 1), DOWNLOAD_WAIT);
        assert_int_equal(download_patience_judge(&patience, now + after), verdict);
        now += after;
}

static void silence_ends_an_attempt(void **state)
{
        begin();
        now += 10 * USEC_PER_SEC;
        download_patience_heard(&patience, now, 1);
        assert_next(60 * USEC_PER_SEC, DOWNLOAD_SILENT);
}

static void slow_is_not_silent(void **state)
{
        begin();
        for (uint64_t i = 1; i <= 1000; i++) {
                now += 59 * USEC_PER_SEC;
                assert_int_equal(download_patience_judge(&patience, now), DOWNLOAD_WAIT);
                download_patience_heard(&patience, now, i);
        }
}

static void silence_of_who_is_held_is_ours(void **state)
{
        begin();
        download_patience_hold(&patience, now, true);
        now += 600 * USEC_PER_SEC;
        assert_int_equal(download_patience_judge(&patience, now), DOWNLOAD_WAIT);
        download_patience_hold(&patience, now, false);
        assert_next(60 * USEC_PER_SEC, DOWNLOAD_SILENT);
}

static void there_are_six_attempts(void **state)
{
        const uint64_t delays[] = {10, 20, 40, 80, 160};

        for (size_t i = 0; i < ELEMENTSOF(delays); i++) {
                begin();
                assert_true(tries_again());
                assert_next(delays[i] * USEC_PER_SEC, DOWNLOAD_BEGIN);
        }
        begin();
        assert_false(tries_again());
}

static void each_mebibyte_counts_anew(void **state)
{
        for (uint64_t i = 1; i <= 40; i++) {
                begin();
                download_patience_heard(&patience, now, i * MIB / 5);
                assert_true(tries_again());
                now = download_patience_deadline(&patience);
        }
}

static void less_than_that_does_not(void **state)
{
        for (unsigned i = 0; i < 5; i++) {
                begin();
                download_patience_heard(&patience, now, MIB - 1);
                assert_true(tries_again());
                now = download_patience_deadline(&patience);
        }
        begin();
        download_patience_heard(&patience, now, MIB - 1);
        assert_false(tries_again());
}

/* One that cannot be gone on with brings the same MiB each time. */
static void the_same_mebibyte_counts_once(void **state)
{
        unsigned attempts = 0;

        do {
                begin();
                for (uint64_t i = 1; i <= 4; i++)
                        download_patience_heard(&patience, now, i * MIB);
                attempts++;
        } while (tries_again());
        assert_int_equal(attempts, 6);
}

static void what_was_there_before_does_not_count(void **state)
{
        download_patience_init(&patience, now, 0, 100 * MIB);
        for (unsigned i = 0; i < 5; i++) {
                begin();
                download_patience_heard(&patience, now, 100 * MIB + 1);
                assert_true(tries_again());
        }
        begin();
        assert_false(tries_again());
}

static void all_of_it_takes_a_day_at_most(void **state)
{
        uint64_t received = 0;

        begin();
        while (download_patience_judge(&patience, now) != DOWNLOAD_OVER &&
                now - START < 48 * 3600 * USEC_PER_SEC) {
                now += 30 * USEC_PER_SEC;
                download_patience_heard(&patience, now, received += MIB);
        }
        assert_int_equal(now - START, 24 * 3600 * USEC_PER_SEC);
}

static void the_day_goes_on_after_a_restart(void **state)
{
        uint64_t elapsed;

        now += 3600 * USEC_PER_SEC;
        elapsed = download_patience_elapsed(&patience, now);
        assert_int_equal(elapsed, 3600 * USEC_PER_SEC);
        now = 5 * USEC_PER_SEC; /* of another boot */
        download_patience_init(&patience, now, elapsed, 0);
        assert_next(23 * 3600 * USEC_PER_SEC, DOWNLOAD_OVER);
        assert_int_equal(download_patience_elapsed(&patience, now), 24 * 3600 * USEC_PER_SEC);
        download_patience_init(&patience, now, 48 * 3600 * USEC_PER_SEC, 0);
        assert_int_equal(download_patience_judge(&patience, now), DOWNLOAD_OVER);
}

static void a_repository_may_ask_for_an_hour(void **state)
{
        begin();
        assert_true(download_patience_failed(&patience, now, 600 * USEC_PER_SEC, 0.0));
        assert_next(600 * USEC_PER_SEC, DOWNLOAD_BEGIN);
        begin();
        assert_true(download_patience_failed(&patience, now, UINT64_MAX, 0.0));
        assert_next(3600 * USEC_PER_SEC, DOWNLOAD_BEGIN);
        begin();
        assert_true(download_patience_failed(&patience, now, 1, 0.0)); /* not less than our own */
        assert_next(40 * USEC_PER_SEC, DOWNLOAD_BEGIN);
}

static void a_fleet_does_not_come_as_one(void **state)
{
        begin();
        assert_true(download_patience_failed(&patience, now, 0, 1.0));
        assert_next(15 * USEC_PER_SEC, DOWNLOAD_BEGIN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(silence_ends_an_attempt, setup),
                cmocka_unit_test_setup(slow_is_not_silent, setup),
                cmocka_unit_test_setup(silence_of_who_is_held_is_ours, setup),
                cmocka_unit_test_setup(there_are_six_attempts, setup),
                cmocka_unit_test_setup(each_mebibyte_counts_anew, setup),
                cmocka_unit_test_setup(less_than_that_does_not, setup),
                cmocka_unit_test_setup(the_same_mebibyte_counts_once, setup),
                cmocka_unit_test_setup(what_was_there_before_does_not_count, setup),
                cmocka_unit_test_setup(all_of_it_takes_a_day_at_most, setup),
                cmocka_unit_test_setup(the_day_goes_on_after_a_restart, setup),
                cmocka_unit_test_setup(a_repository_may_ask_for_an_hour, setup),
                cmocka_unit_test_setup(a_fleet_does_not_come_as_one, setup),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
