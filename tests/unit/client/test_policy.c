/* SPDX-License-Identifier: Apache-2.0 */
/* client/policy: what of an account is granted (design.md 9.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "client/policy.h"

#define S     USEC_PER_SEC
#define DAY   86400ULL
#define NEVER 4294967295ULL /* /1/x/19 */

static const ClientSettings settings = {
        .retry_count = 5,
        .retry_delay = 60 * S,
        .retry_delay_max = 3600 * S,
        .jitter = 0.5,
        .bootstrap_timeout = 247 * S,
        .update_interval_max = DAY * S,
        .preferred_content_format = FORMAT_NONE,
};

typedef struct Numbers {
        uint64_t initial_delay, retry_count, retry_timer, sequence_delay, sequence_retry_count;
} Numbers;

static Account account_of(const Numbers *numbers)
{
        return (Account){
                .server_instance = 3,
                .initial_delay = numbers->initial_delay,
                .retry_count = numbers->retry_count,
                .retry_timer = numbers->retry_timer,
                .sequence_delay = numbers->sequence_delay,
                .sequence_retry_count = numbers->sequence_retry_count,
                .lifetime = 300,
        };
}

/* What a server wrote, what the configuration has (NULL: no such account), what counts (times in s, delay of
 * UINT64_MAX: never), and what the journal says. */
static void test_numbers_of_a_server(void **state)
{
        static const Numbers own = {7200, 1000, 2 * DAY, 30 * DAY, 200};
        static const struct {
                const char *title;
                Numbers written;
                const Numbers *configured;
                Numbers counts;
                const char *note;
        } rows[] = {
                {"defaults", {0, 5, 60, DAY, 1}, NULL, {0, 5, 60, DAY, 1}, ""},
                {"the caps themselves", {3600, 100, DAY, 7 * DAY, 100}, NULL, {3600, 100, DAY, 7 * DAY, 100},
                        ""},
                {"one more each", {3601, 101, DAY + 1, 7 * DAY + 1, 101}, NULL,
                        {3600, 100, DAY, 7 * DAY, 100},
                        "/1/3/14 = 3601 counts as 3600, /1/3/17 = 101 counts as 100, "
                        "/1/3/18 = 86401 counts as 86400, /1/3/19 = 604801 counts as 604800, "
                        "/1/3/20 = 101 counts as 100"},
                {"the largest", {4294967295, 4294967295, 4294967295, 4294967294, 4294967295}, NULL,
                        {3600, 100, DAY, 7 * DAY, 100},
                        "/1/3/14 = 4294967295 counts as 3600, /1/3/17 = 4294967295 counts as 100, "
                        "/1/3/18 = 4294967295 counts as 86400, /1/3/19 = 4294967294 counts as 604800, "
                        "/1/3/20 = 4294967295 counts as 100"},
                {"never is granted", {0, 5, 60, NEVER, 1}, NULL, {0, 5, 60, UINT64_MAX, 1}, ""},
                {"the configuration's own", {7200, 1000, 2 * DAY, 30 * DAY, 200}, &own,
                        {7200, 1000, 2 * DAY, 30 * DAY, 200}, ""},
                {"another one beside it", {7200, 1001, 2 * DAY, 30 * DAY, 200}, &own,
                        {7200, 100, 2 * DAY, 30 * DAY, 200}, "/1/3/17 = 1001 counts as 100"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Account account = account_of(&rows[i].written);
                const Account configured = rows[i].configured ? account_of(rows[i].configured) : account;
                const Numbers *counts = &rows[i].counts;
                char note[POLICY_NOTE_SIZE];
                const RegistrationPolicy policy =
                        policy_of_server(&account, rows[i].configured ? &configured : NULL, &settings, note);

                assert_int_equal(policy.initial_delay, counts->initial_delay * S);
                assert_int_equal(policy.retry_count, counts->retry_count);
                assert_int_equal(policy.retry_timer, counts->retry_timer * S);
                assert_int_equal(policy.sequence_delay,
                        counts->sequence_delay == UINT64_MAX ? USEC_INFINITY : counts->sequence_delay * S);
                assert_int_equal(policy.sequence_retry_count, counts->sequence_retry_count);
                assert_int_equal(policy.lifetime, 300);
                assert_int_equal(policy.update_interval_max, DAY * S);
                if (strcmp(note, rows[i].note) != 0)
                        fail_msg("%s: %s", rows[i].title, note);
        }
}

static void test_hold_off(void **state)
{
        static const struct {
                int64_t written;
                bool configured, proven;
                uint64_t counts;
        } rows[] = {
                {0, false, false, 0},
                {30, true, false, 30},
                {30, true, true, 30},
                {100000, true, false, 100000},
                {30, false, true, 30},
                {3600, false, true, 3600},
                {3601, false, true, 3600},
                {4294967295, false, true, 3600},
                /* What has never answered has no claim to a wait. */
                {30, false, false, 0},
                {4294967295, false, false, 0},
                {-1, true, true, 0},
                {INT64_MAX, true, true, 4294967295},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Account account = {.hold_off_time = rows[i].written};
                const BootstrapPolicy policy =
                        policy_of_bootstrap(&account, rows[i].configured, rows[i].proven, &settings);

                if (policy.hold_off != rows[i].counts * S)
                        fail_msg("row %zu: %llu s", i, (unsigned long long)(policy.hold_off / S));
        }
}

static void test_bootstrap_takes_the_settings(void **state)
{
        const Account account = {.hold_off_time = 0};
        ClientSettings other = settings;
        BootstrapPolicy policy = policy_of_bootstrap(&account, true, true, &settings);

        assert_int_equal(policy.retry_count, 5);
        assert_int_equal(policy.retry_delay, 60 * S);
        assert_int_equal(policy.retry_delay_max, 3600 * S);
        assert_int_equal(policy.timeout, 247 * S);
        assert_true(policy.jitter > 0.4 && policy.jitter < 0.6);
        assert_false(policy.has_format);
        assert_false(policy.has_pack);
        other.preferred_content_format = FORMAT_TLV;
        assert_true(policy_of_bootstrap(&account, true, true, &other).has_format);
        other.version = LWM2M_1_2;
        assert_true(policy_of_bootstrap(&account, true, true, &other).has_pack);
}

/* RFC 7252, 5.9.3.4 and RFC 8516, 4; at most an hour (design.md 9.11). */
static void test_wait_of_an_answer(void **state)
{
        static const struct {
                uint8_t code;
                uint32_t max_age;
                uint64_t wait;
        } rows[] = {
                {CODE_UNAVAILABLE, 0, 0},
                {CODE_UNAVAILABLE, 1, 1},
                {CODE_UNAVAILABLE, 3600, 3600},
                {CODE_UNAVAILABLE, 3601, 3600},
                {CODE_UNAVAILABLE, UINT32_MAX, 3600},
                {CODE_TOO_MANY_REQUESTS, 300, 300},
                /* How long a representation, or a refusal of another kind, stays fresh is no wish. */
                {CODE_INTERNAL_ERROR, 300, 0},
                {CODE_FORBIDDEN, 300, 0},
                {CODE_CHANGED, 300, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Response response = {.code = rows[i].code, .max_age = rows[i].max_age};

                assert_int_equal(policy_wait_of(&response), rows[i].wait * S);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers_of_a_server),
                cmocka_unit_test(test_hold_off),
                cmocka_unit_test(test_bootstrap_takes_the_settings),
                cmocka_unit_test(test_wait_of_an_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
