/* SPDX-License-Identifier: Apache-2.0 */
/* util/clock: one moment on three clocks, of which one is set and one stands still while the machine sleeps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>

#include "config.h"
#include "util/clock.h"
#include "util/macro.h"

#define SECOND USEC_PER_SEC
#define YEAR   (365 * 86400 * USEC_PER_SEC)

typedef struct FakeClock {
        uint64_t boottime, realtime, monotonic;
} FakeClock;

static uint64_t read_boottime(void *userdata)
{
        return ((FakeClock *)userdata)->boottime;
}

static uint64_t read_realtime(void *userdata)
{
        return ((FakeClock *)userdata)->realtime;
}

static uint64_t read_monotonic(void *userdata)
{
        return ((FakeClock *)userdata)->monotonic;
}

#define CLOCK_OF(fake) ((Clock){read_boottime, read_realtime, read_monotonic, (fake)})

static void test_moments_follow_the_clock(void **state)
{
        FakeClock fake = {.boottime = 100 * SECOND, .realtime = 50 * YEAR, .monotonic = 100 * SECOND};
        const Clock clock = CLOCK_OF(&fake);
        ClockOffsets offsets = {0};

        clock_offsets_renew(&clock, &offsets);
        assert_int_equal(clock_shift(90 * SECOND, offsets.realtime), 50 * YEAR - 10 * SECOND);
        assert_int_equal(clock_shift(130 * SECOND, offsets.realtime), 50 * YEAR + 30 * SECOND);
        assert_int_equal(clock_shift(130 * SECOND, offsets.monotonic), 130 * SECOND);

        /* Set back, and an hour asleep. */
        fake = (FakeClock){.boottime = 3700 * SECOND, .realtime = 20 * YEAR, .monotonic = 100 * SECOND};
        clock_offsets_renew(&clock, &offsets);
        assert_int_equal(clock_shift(3690 * SECOND, offsets.realtime), 20 * YEAR - 10 * SECOND);
        assert_int_equal(clock_shift(3730 * SECOND, offsets.monotonic), 130 * SECOND);
}

static void test_none_stays_none(void **state)
{
        assert_int_equal(clock_shift(0, 5), 0);
        assert_int_equal(clock_shift(0, -5), 0);
        assert_int_equal(clock_shift(7, -7), 1); /* before the clock's beginning, but not none */
        assert_int_equal(clock_shift(7, -8), 1);
        assert_int_equal(clock_shift(7, -5), 2);
}

/* Two readings of one moment are never two numbers: nothing is told that has not changed. */
static void test_readings_that_differ_by_chance(void **state)
{
        FakeClock fake = {.boottime = 100 * SECOND, .realtime = 50 * YEAR, .monotonic = 100 * SECOND};
        const Clock clock = CLOCK_OF(&fake);
        ClockOffsets before = {0}, offsets;

        clock_offsets_renew(&clock, &before);
        offsets = before;
        fake.realtime += 40;
        fake.monotonic += 80;
        clock_offsets_renew(&clock, &offsets);
        assert_int_equal(offsets.realtime, before.realtime);
        assert_int_equal(offsets.monotonic, before.monotonic);
        fake.realtime += SECOND;
        clock_offsets_renew(&clock, &offsets);
        assert_int_equal(offsets.realtime, before.realtime + (int64_t)SECOND + 40);
        assert_int_equal(offsets.monotonic, before.monotonic);
}

static uint64_t fixed_realtime(void *userdata)
{
        return *(const uint64_t *)userdata;
}

/* Not before the build, and synchronized where somebody sees to that. */
static void test_clock_that_can_be_right(void **state)
{
        uint64_t now = BUILD_EPOCH * USEC_PER_SEC;
        const Clock clock = {.realtime = fixed_realtime, .userdata = &now};
        char folder[] = "/tmp/test-clock-XXXXXX", file[64];
        int fd;

        assert_true(clock_is_set(&clock, "/nonexistent"));
        assert_non_null(mkdtemp(folder));
        assert_false(clock_is_set(&clock, folder));
        (void)snprintf(file, sizeof(file), "%s/synchronized", folder);
        fd = creat(file, 0600);
        assert_return_code(fd, errno);
        (void)close(fd);
        assert_true(clock_is_set(&clock, folder));
        now -= USEC_PER_SEC;
        assert_false(clock_is_set(&clock, folder));
        assert_false(clock_is_set(&clock, "/nonexistent"));
        assert_int_equal(unlink(file), 0);
        assert_int_equal(rmdir(folder), 0);
}

/* RFC 8428, 4.5.3: what is smaller is relative to now. */
static void test_stamp_of_a_clock_that_was_never_set(void **state)
{
        uint64_t now = (UINT64_C(1) << 28) * USEC_PER_SEC;
        const Clock clock = {.realtime = fixed_realtime, .userdata = &now};

        assert_int_equal(clock_stamp(&clock), now);
        now--;
        assert_int_equal(clock_stamp(&clock), 0);
        now = 0;
        assert_int_equal(clock_stamp(&clock), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_moments_follow_the_clock),
                cmocka_unit_test(test_none_stays_none),
                cmocka_unit_test(test_readings_that_differ_by_chance),
                cmocka_unit_test(test_clock_that_can_be_right),
                cmocka_unit_test(test_stamp_of_a_clock_that_was_never_set),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
