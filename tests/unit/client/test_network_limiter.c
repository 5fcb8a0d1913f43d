/* SPDX-License-Identifier: Apache-2.0 */
/* client/network_limiter: a link that flaps, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/network_limiter.h"

#define S     USEC_PER_SEC
#define START (1000 * S) /* any CLOCK_BOOTTIME */
#define HOUR  3600

/* Something is to be done at .at; it is allowed at .next. Both s after START. */
typedef struct Row {
        uint64_t at, next;
} Row;

static void walk(const Row *rows, size_t n)
{
        NetworkLimiter limiter = {.next = 0};

        for (size_t i = 0; i < n; i++) {
                uint64_t next = network_limiter_next(&limiter, START + rows[i].at * S);

                if (next != START + rows[i].next * S)
                        fail_msg("row %zu: at %llu s", i, (unsigned long long)((next - START) / S));
                network_limiter_note(&limiter, next);
        }
}

static void test_once_in_ten_seconds(void **state)
{
        static const Row rows[] = {{0, 0}, {0, 10}, {10, 20}, {29, 30}, {41, 41}, {50, 51}};

        walk(rows, ELEMENTSOF(rows));
}

static void test_ten_times_an_hour(void **state)
{
        static const Row rows[] = {{0, 0}, {60, 60}, {120, 120}, {180, 180}, {240, 240}, {300, 300},
                {360, 360}, {420, 420}, {480, 480}, {540, 540}, {600, HOUR}, {HOUR, HOUR + 60},
                {HOUR + 100, HOUR + 120}, {HOUR + 540, HOUR + 540}, {HOUR + 541, HOUR + 550}};

        walk(rows, ELEMENTSOF(rows));
}

/* For two days, each second: 10 in each hour, the spacing aside. */
static void test_flapping_link(void **state)
{
        NetworkLimiter limiter = {.next = 0};
        size_t n = 0;

        for (uint64_t second = 0; second < 48 * HOUR; second++)
                if (network_limiter_next(&limiter, START + second * S) <= START + second * S) {
                        network_limiter_note(&limiter, START + second * S);
                        n++;
                }
        assert_int_equal(n, 480);
}

/* Sessions are renewed by the spacing alone. */
static void test_spacing_alone(void **state)
{
        NetworkLimiter limiter = {.next = 0};

        assert_int_equal(network_limiter_next_spaced(&limiter, START), START);
        for (uint64_t i = 0; i < 20; i++)
                network_limiter_note(&limiter, START + i * S);
        assert_int_equal(network_limiter_next_spaced(&limiter, START + 20 * S), START + 29 * S);
        assert_int_equal(network_limiter_next_spaced(&limiter, START + 30 * S), START + 30 * S);
        assert_int_equal(network_limiter_next(&limiter, START + 30 * S), START + (HOUR + 10) * S);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_once_in_ten_seconds),
                cmocka_unit_test(test_ten_times_an_hour),
                cmocka_unit_test(test_flapping_link),
                cmocka_unit_test(test_spacing_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
