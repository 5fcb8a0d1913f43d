/* SPDX-License-Identifier: Apache-2.0 */
/* client/sequence: priority order and Failure Block (Core TS, table 6.2.1.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/registration_order.h"

#define SERVERS_MAX 4

/* .state, .begun; then priority and block */
#define FREE(s)                             \
        {                                   \
                .state = (s), .begun = true \
        }
#define FREE_NEW                     \
        {                            \
                .state = SERVER_IDLE \
        }
#define ORDERED(p, s)                                                              \
        {                                                                          \
                .state = (s), .begun = true, .has_priority = true, .priority = (p) \
        }
#define BLOCKING(p, s)                                                                                    \
        {                                                                                                 \
                .state = (s), .begun = true, .has_priority = true, .priority = (p), .failure_block = true \
        }
#define ORDERED_NEW(p)                                                      \
        {                                                                   \
                .state = SERVER_IDLE, .has_priority = true, .priority = (p) \
        }

static const struct {
        const char *title;
        OrderedServer servers[SERVERS_MAX];
        size_t n;
        const char *may_begin; /* one letter a server: y or n */
        const char *failed;    /* likewise: counts as failed */
} rows[] = {
        {"unordered ones begin at once, all of them", {FREE_NEW, FREE_NEW}, 2, "yy", "nn"},
        {"one that has begun does not begin again", {FREE(SERVER_RETRY_WAIT), FREE(SERVER_IDLE)}, 2, "nn",
                "nn"},
        {"the lowest priority is first", {ORDERED_NEW(2), ORDERED_NEW(1), ORDERED_NEW(3)}, 3, "nyn", "nnn"},
        {"priority 0 is before 1", {ORDERED_NEW(1), ORDERED_NEW(0)}, 2, "ny", "nn"},
        {"equal priorities: one after the other", {ORDERED_NEW(7), ORDERED_NEW(7)}, 2, "yn", "nn"},
        {"an unordered one waits for nobody", {ORDERED_NEW(1), FREE_NEW, ORDERED_NEW(2)}, 3, "yyn", "nnn"},
        {"nobody waits for an unordered one", {FREE(SERVER_RETRY_WAIT), ORDERED_NEW(1)}, 2, "ny", "nn"},
        {"the initial delay of the first keeps the second", {ORDERED(1, SERVER_IDLE), ORDERED_NEW(2)}, 2,
                "nn", "nn"},
        {"resolving keeps it", {ORDERED(1, SERVER_RESOLVING), ORDERED_NEW(2)}, 2, "nn", "nn"},
        {"handshaking keeps it", {ORDERED(1, SERVER_HANDSHAKING), ORDERED_NEW(2)}, 2, "nn", "nn"},
        {"requesting keeps it", {ORDERED(1, SERVER_REQUESTING), ORDERED_NEW(2)}, 2, "nn", "nn"},
        {"retry-wait keeps it", {ORDERED(1, SERVER_RETRY_WAIT), ORDERED_NEW(2)}, 2, "nn", "nn"},
        {"registered lets it go", {ORDERED(1, SERVER_REGISTERED), ORDERED_NEW(2)}, 2, "ny", "nn"},
        {"updating lets it go", {ORDERED(1, SERVER_UPDATING), ORDERED_NEW(2)}, 2, "ny", "nn"},
        {"disabled lets it go", {ORDERED(1, SERVER_DISABLED), ORDERED_NEW(2)}, 2, "ny", "nn"},
        {"asleep lets it go", {ORDERED(1, SERVER_SLEEPING), ORDERED_NEW(2)}, 2, "ny", "nn"},
        {"failed without Failure Block lets it go", {ORDERED(1, SERVER_FAILED), ORDERED_NEW(2)}, 2, "ny",
                "yn"},
        {"failed with Failure Block keeps it: both count as failed",
                {BLOCKING(1, SERVER_FAILED), ORDERED_NEW(2)}, 2, "nn", "yy"},
        {"registered with Failure Block lets it go", {BLOCKING(1, SERVER_REGISTERED), ORDERED_NEW(2)}, 2,
                "ny", "nn"},
        {"Failure Block does not touch unordered ones", {BLOCKING(1, SERVER_FAILED), FREE_NEW}, 2, "ny",
                "yn"},
        {"it blocks the whole line behind it",
                {ORDERED_NEW(3), ORDERED_NEW(2), BLOCKING(1, SERVER_FAILED), ORDERED_NEW(4)}, 4, "nnnn",
                "yyyy"},
        {"it does not block those before it",
                {ORDERED(1, SERVER_REGISTERED), BLOCKING(2, SERVER_FAILED), ORDERED_NEW(3)}, 3, "nnn",
                "nyy"},
        {"one that has begun is not blocked any more",
                {BLOCKING(1, SERVER_FAILED), ORDERED(2, SERVER_REGISTERED)}, 2, "nn", "yn"},
        {"behind one that only retries nobody has failed",
                {BLOCKING(1, SERVER_RETRY_WAIT), ORDERED_NEW(2), ORDERED_NEW(3)}, 3, "nnn", "nnn"},
        {"the last of a line whose others failed without block begins",
                {ORDERED(1, SERVER_FAILED), ORDERED(2, SERVER_FAILED), ORDERED_NEW(3)}, 3, "nny", "yyn"},
};

static void test_order(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                for (size_t j = 0; j < rows[i].n; j++) {
                        bool may = registration_order_may_begin(rows[i].servers, rows[i].n, j);
                        bool failed =
                                registration_order_state(rows[i].servers, rows[i].n, j) == SERVER_FAILED;

                        if (may != (rows[i].may_begin[j] == 'y'))
                                fail_msg("%s: server %zu may%s begin", rows[i].title, j, may ? "" : " not");
                        if (failed != (rows[i].failed[j] == 'y'))
                                fail_msg("%s: server %zu counts as %s", rows[i].title, j,
                                        failed ? "failed" : "not failed");
                        if (!failed)
                                assert_int_equal(registration_order_state(rows[i].servers, rows[i].n, j),
                                        rows[i].servers[j].state);
                }
}

static void test_all_failed(void **state)
{
        assert_true(registration_order_all_failed(NULL, 0));
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                bool expected = strchr(rows[i].failed, 'n') == NULL;

                if (registration_order_all_failed(rows[i].servers, rows[i].n) != expected)
                        fail_msg("%s: all failed is %d", rows[i].title, !expected);
        }
}

static void test_wants_bootstrap(void **state)
{
        static const OrderedServer never[] = {{.state = SERVER_FAILED}, {.state = SERVER_FAILED}};
        static const OrderedServer one[] = {
                {.state = SERVER_FAILED}, {.state = SERVER_FAILED, .bootstrap_on_failure = true}};

        assert_true(registration_order_wants_bootstrap(NULL, 0));
        assert_false(registration_order_wants_bootstrap(never, 2));
        assert_true(registration_order_wants_bootstrap(one, 2));
        assert_false(registration_order_wants_bootstrap(one, 1));
}

/* Whatever the states: as long as not everybody has failed, somebody is under way, resting or may begin, so
 * that the line never stands still. */
static void test_line_never_stands_still(void **state)
{
        static const uint64_t priorities[] = {1, 2, 2};
        size_t total = 1;

        for (size_t i = 0; i < 3; i++)
                total *= 2 * (_SERVER_STATE_MAX + 1);
        for (size_t code = 0; code < total; code++) {
                OrderedServer servers[3] = {0};
                size_t rest = code;
                bool moves = false;

                for (size_t i = 0; i < 3; i++) {
                        size_t choice = rest % (_SERVER_STATE_MAX + 1);

                        rest /= _SERVER_STATE_MAX + 1;
                        servers[i] = (OrderedServer){
                                .state = choice == _SERVER_STATE_MAX ? SERVER_IDLE : (ServerState)choice,
                                .begun = choice != _SERVER_STATE_MAX,
                                .has_priority = true,
                                .priority = priorities[i],
                                .failure_block = rest % 2,
                        };
                        rest /= 2;
                }
                for (size_t i = 0; i < 3; i++)
                        moves |= registration_order_may_begin(servers, 3, i) ||
                                 (servers[i].begun && servers[i].state != SERVER_FAILED);
                if (!moves && !registration_order_all_failed(servers, 3))
                        fail_msg("combination %zu stands still", code);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_all_failed),
                cmocka_unit_test(test_wants_bootstrap),
                cmocka_unit_test(test_line_never_stands_still),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
