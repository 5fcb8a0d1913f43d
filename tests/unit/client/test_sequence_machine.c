/* SPDX-License-Identifier: Apache-2.0 */
/* client/sequence_machine: what is tried after what, rule by rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "client/sequence_machine.h"

#define S     USEC_PER_SEC
#define START (1000 * S) /* any CLOCK_BOOTTIME */
#define DAY   86400
#define LAST  1800 /* SEQUENCE_AT_LAST_USEC, s */
#define NONE  0

#define ABORT     SEQUENCE_ACTION_ABORT_SERIES
#define FORGET    SEQUENCE_ACTION_FORGET_ATTEMPTS
#define RESTORE   SEQUENCE_ACTION_RESTORE
#define TRY       SEQUENCE_ACTION_TRY
#define RENEW     SEQUENCE_ACTION_RENEW
#define PROVE     SEQUENCE_ACTION_PROVE
#define PURGE     SEQUENCE_ACTION_PURGE
#define AT_LAST   SEQUENCE_ACTION_BEGIN_AT_LAST
#define GIVE_UP   SEQUENCE_ACTION_GIVE_UP
#define HALT      SEQUENCE_ACTION_HALT
#define BEGIN     SEQUENCE_ACTION_BEGIN_SERIES
#define BEGIN_NOW SEQUENCE_ACTION_BEGIN_SERIES_NOW
#define FAIL      (RESTORE | GIVE_UP | HALT | SEQUENCE_ACTION_FAILED)

/* Facts: nothing registered; every account is known unless a test says otherwise. */
#define ALL           ((1U << _SEQUENCE_TRIAL_MAX) - 1)
#define KNOW(t)       (1U << TRY_##t)
#define WAITING       .known = ALL, .bootstrap_wanted = true
#define FAILED        WAITING, .all_failed = true
#define FORBIDDEN     .known = ALL, .all_failed = true
#define SERIES        FAILED, .series_runs = true
#define OTHERS        .known = KNOW(SERVERS_OF_CONFIGURATION), .all_failed = true
#define DISABLED      WAITING, .any_disabled = true
#define REGISTERED(s) WAITING, .registered_since = START + (s)*S

/* Added to facts. */
#define SERIES_RUNS , .series_runs = true
#define PROVEN      , .proven = true
#define REPLACED    , .replaced = true
#define DUE         , .purge_due = true

/* Six Finishes at most, an hour in failure. */
static const SequencePolicy plain = {.retry_count = 5, .restart_delay = 3600 * S};
static const SequencePolicy stay = {.retry_count = 5};

/* One event at a time (s after START), and what has to be true after it. deadline: s after START, 0: none.
 */
typedef struct Step {
        uint64_t at;
        SequenceEvent event;
        SequenceFacts facts;
        unsigned actions;
        SequenceState state;
        SequenceTrial trial;
        uint64_t deadline;
} Step;

#define STEP(at, event, facts, actions, state, trial, deadline)                                        \
        {                                                                                              \
                at, SEQUENCE_EVENT_##event, {facts}, actions, SEQUENCE_##state, TRY_##trial, deadline, \
        }

static void walk(const char *title, SequenceMachine *machine, const Step *steps, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                unsigned actions = sequence_machine_step(
                        machine, steps[i].event, &steps[i].facts, START + steps[i].at * S);
                uint64_t deadline = steps[i].deadline > 0 ? START + steps[i].deadline * S : 0;

                if (actions != steps[i].actions || machine->state != steps[i].state ||
                        machine->trial != steps[i].trial || machine->deadline != deadline)
                        fail_msg("%s, step %zu: actions %#x, state %d, trial %d, deadline %lld s", title, i,
                                actions, (int)machine->state, (int)machine->trial,
                                machine->deadline ? (long long)(machine->deadline - START) / (long long)S
                                                  : -1);
        }
}

#define WALK(title, sequence_policy, ...)                                \
        do {                                                             \
                static const Step steps[] = {__VA_ARGS__};               \
                SequenceMachine walked = {.policy = *(sequence_policy)}; \
                                                                         \
                walk(title, &walked, steps, ELEMENTSOF(steps));          \
        } while (false)

/* -- The order -- */

static void test_order(void **state)
{
        WALK("everything fails", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(0, CHANGED, WAITING, NONE, RUNNING, SERVERS, 2 * DAY - LAST),
                STEP(10, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(10, CHANGED, SERIES, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(20, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(20, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(30, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(30, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_CONFIGURATION, 0),
                STEP(40, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP_OF_CONFIGURATION, 0),
                STEP(40, CHANGED, FAILED, TRY, RUNNING, SERVERS_OF_LAST_GOOD, 0),
                STEP(40, CHANGED, WAITING, NONE, RUNNING, SERVERS_OF_LAST_GOOD, 40 + 2 * DAY - LAST),
                STEP(50, CHANGED, FAILED, TRY, RUNNING, SERVERS_OF_CONFIGURATION, 0),
                STEP(60, CHANGED, FAILED, FAIL, FAILURE, NOTHING, 3660),
                STEP(3659, TIMER, FAILED, NONE, FAILURE, NOTHING, 3660),
                STEP(3660, TIMER, FAILED, FORGET | RESTORE | RENEW, RUNNING, SERVERS, 0),
                /* Each Bootstrap-Server Account without a hold-off now. */
                STEP(3661, CHANGED, FAILED, HALT | BEGIN_NOW, RUNNING, BOOTSTRAP, 0));
}

static void test_what_is_not_known_is_skipped(void **state)
{
        /* Of bits 1 to 5 of .known: what is tried until failure. */
        for (unsigned known = 0; known < ALL; known += 1U << TRY_BOOTSTRAP) {
                SequenceMachine machine = {.policy = plain};
                SequenceFacts facts = {.known = known | KNOW(SERVERS), .all_failed = true};
                unsigned tried = 0;
                SequenceTrial last = TRY_SERVERS;

                facts.bootstrap_wanted = true;
                (void)sequence_machine_step(&machine, SEQUENCE_EVENT_START, &facts, START);
                (void)sequence_machine_step(&machine, SEQUENCE_EVENT_CHANGED, &facts, START);
                while (machine.state == SEQUENCE_RUNNING) {
                        assert_true(machine.trial > last);
                        last = machine.trial;
                        tried |= 1U << last;
                        (void)sequence_machine_step(&machine, SEQUENCE_EVENT_EXHAUSTED, &facts, START);
                        (void)sequence_machine_step(&machine, SEQUENCE_EVENT_CHANGED, &facts, START);
                }
                assert_int_equal(machine.state, SEQUENCE_FAILURE);
                assert_int_equal(tried, known & ~KNOW(NOTHING));
        }
}

/* A Finish of last-good's Bootstrap Server whose accounts are dead: what is behind it comes next. */
static void test_order_never_goes_back(void **state)
{
        WALK("a Finish in the middle", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(2, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(2, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(3, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(3, FINISHED, WAITING, NONE, RUNNING, SERVERS, 3 + 2 * DAY - LAST),
                /* Its own Bootstrap-Server Account is in force by now, and is asked again, */
                STEP(9, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(10, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                /* but the one of last-good has had its turn. */
                STEP(10, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_CONFIGURATION, 0));
}

static void test_finishes_that_lead_nowhere_are_counted(void **state)
{
        static const SequencePolicy once = {.retry_count = 1, .restart_delay = 3600 * S};

        WALK("two Finishes", &once, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(2, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP, 0),
                STEP(2, FINISHED, WAITING, NONE, RUNNING, SERVERS, 2 + 2 * DAY - LAST),
                STEP(3, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(4, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP, 0),
                STEP(4, FINISHED, WAITING, NONE, RUNNING, SERVERS, 2 + 2 * DAY - LAST),
                STEP(5, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0),
                /* The next one is counted from none. */
                STEP(6, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(6, FINISHED, WAITING, NONE, RUNNING, SERVERS, 2 + 2 * DAY - LAST),
                STEP(7, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0));
}

/* -- /1/x/16 -- */

static void test_bootstrap_that_is_forbidden(void **state)
{
        static const struct {
                const char *title;
                SequenceFacts facts;
                uint64_t registered; /* s after START, at which a registration ended; 0: never */
                SequenceTrial trial;
                uint64_t lasted; /* s; 0: since the start */
        } rows[] = {
                {"the configuration forbids it always", {FORBIDDEN}, DAY, TRY_SERVERS_OF_LAST_GOOD},
                {"and where it was never registered", {FORBIDDEN}, 0, TRY_SERVERS_OF_LAST_GOOD},
                {"a bootstrap that is not proven", {FORBIDDEN, .bootstrapped = true}, 2 * DAY,
                        TRY_BOOTSTRAP},
                {"one that is, but not since the start", {FORBIDDEN, .bootstrapped = true, .proven = true},
                        0, TRY_BOOTSTRAP},
                {"one that worked within a day", {FORBIDDEN, .bootstrapped = true, .proven = true},
                        2 * DAY + 1, TRY_SERVERS_OF_LAST_GOOD},
                {"one that worked a day ago", {FORBIDDEN, .bootstrapped = true, .proven = true}, 2 * DAY,
                        TRY_BOOTSTRAP},
                {"one that takes each registration and drops it",
                        {FORBIDDEN, .bootstrapped = true, .proven = true}, 2 * DAY + 1, TRY_BOOTSTRAP, 59},
                {"nothing forbids it", {FAILED, .proven = true}, 2 * DAY + 1, TRY_BOOTSTRAP},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                SequenceMachine machine = {.policy = plain};
                static const SequenceFacts waiting = {WAITING};
                uint64_t since = rows[i].lasted > 0 ? rows[i].registered - rows[i].lasted : 1;
                const SequenceFacts registered = {REGISTERED(since)};

                (void)sequence_machine_step(&machine, SEQUENCE_EVENT_START, &waiting, START);
                if (rows[i].lasted > 0) { /* the first one counts, however short */
                        (void)sequence_machine_step(&machine, SEQUENCE_EVENT_REGISTERED,
                                &(SequenceFacts){REGISTERED(1)}, START + S);
                        (void)sequence_machine_step(
                                &machine, SEQUENCE_EVENT_CHANGED, &waiting, START + 2 * S);
                }
                if (rows[i].registered > 0) {
                        (void)sequence_machine_step(
                                &machine, SEQUENCE_EVENT_REGISTERED, &registered, START + since * S);
                        (void)sequence_machine_step(
                                &machine, SEQUENCE_EVENT_CHANGED, &waiting, START + rows[i].registered * S);
                }
                (void)sequence_machine_step(
                        &machine, SEQUENCE_EVENT_CHANGED, &rows[i].facts, START + 3 * DAY * S);
                if (machine.trial != rows[i].trial)
                        fail_msg("%s: trial %d", rows[i].title, (int)machine.trial);
        }
}

/* -- The servers' time -- */

static void test_servers_have_two_days_together(void **state)
{
        WALK("nothing known behind them", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(5, CHANGED, WAITING, NONE, RUNNING, SERVERS, 5 + 2 * DAY - LAST),
                STEP(5 + 2 * DAY - LAST, TIMER, WAITING, AT_LAST, RUNNING, SERVERS, 5 + 2 * DAY),
                STEP(4 + 2 * DAY, TIMER, WAITING, NONE, RUNNING, SERVERS, 5 + 2 * DAY),
                STEP(5 + 2 * DAY, TIMER, WAITING, HALT | BEGIN | GIVE_UP, RUNNING, BOOTSTRAP, 5 + 2 * DAY),
                STEP(5 + 2 * DAY, CHANGED, SERIES, NONE, RUNNING, BOOTSTRAP, 0));
}

/* Others take their place: the new ones have not failed. */
static void test_servers_of_the_next_trial_are_not_given_up(void **state)
{
        WALK("no Bootstrap-Server Account", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(0, CHANGED, WAITING, NONE, RUNNING, SERVERS, 2 * DAY - LAST),
                STEP(2 * DAY, TIMER, .known = KNOW(SERVERS_OF_CONFIGURATION), TRY, RUNNING,
                        SERVERS_OF_CONFIGURATION, 4 * DAY - LAST),
                STEP(4 * DAY, TIMER, .known = KNOW(SERVERS_OF_CONFIGURATION), FAIL, FAILURE, NOTHING,
                        4 * DAY + 3600));
}

static void test_servers_of_a_further_finish_have_an_hour(void **state)
{
        WALK("time is used up", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(0, CHANGED, WAITING, NONE, RUNNING, SERVERS, 2 * DAY - LAST),
                STEP(2 * DAY, TIMER, WAITING, HALT | BEGIN | GIVE_UP, RUNNING, BOOTSTRAP, 2 * DAY - LAST),
                STEP(2 * DAY + 9, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP, 0),
                STEP(2 * DAY + 9, FINISHED, WAITING, NONE, RUNNING, SERVERS, 2 * DAY + 9 + 3600 - LAST));
}

static void test_disabled_server_stops_the_time(void **state)
{
        WALK("Disable", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(0, CHANGED, WAITING, NONE, RUNNING, SERVERS, 2 * DAY - LAST),
                STEP(9, CHANGED, DISABLED, NONE, RUNNING, SERVERS, 0),
                STEP(9 * DAY, CHANGED, DISABLED, NONE, RUNNING, SERVERS, 0),
                STEP(9 * DAY, CHANGED, WAITING, NONE, RUNNING, SERVERS, 11 * DAY - LAST));
}

/* -- A registration -- */

static void test_registration_proves_and_ends_the_round_once_it_lasts(void **state)
{
        WALK("after two bootstraps", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(2, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(2, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(3, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP_OF_LAST_GOOD, 0),
                /* Of the accounts of before. */
                STEP(3, REGISTERED, WAITING, NONE, COMMITTED, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(3, FINISHED, WAITING, NONE, RUNNING, SERVERS, 3 + 2 * DAY - LAST),
                STEP(4, REGISTERED, REGISTERED(4), PROVE | FORGET, RUNNING, SERVERS, 64),
                /* Lost at once: the order goes on where it was, the servers' time too, */
                STEP(5, CHANGED, WAITING, NONE, RUNNING, SERVERS, 3 + 2 * DAY - LAST),
                STEP(6, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(7, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(7, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_CONFIGURATION, 0),
                STEP(8, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP_OF_CONFIGURATION, 0),
                STEP(8, FINISHED, WAITING, NONE, RUNNING, SERVERS, 3 + 2 * DAY - LAST),
                /* this one stands for a minute, and it begins from its beginning. */
                STEP(9, REGISTERED, REGISTERED(9), PROVE | FORGET, RUNNING, SERVERS, 69),
                STEP(69, TIMER, REGISTERED(9), NONE, RUNNING, SERVERS, 0),
                STEP(70, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(71, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(71, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0));
}

static void test_registration_in_a_series_keeps_the_counter(void **state)
{
        WALK("two servers", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, REGISTERED, REGISTERED(1), PROVE | FORGET, RUNNING, SERVERS, 0),
                STEP(2, ASKED, REGISTERED(1), BEGIN, RUNNING, SERVERS, 0),
                STEP(3, REGISTERED, REGISTERED(1) SERIES_RUNS, PROVE, RUNNING, SERVERS, 0));
}

/* -- Bootstraps while registered -- */

static void test_asked(void **state)
{
        WALK("three triggers", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, REGISTERED, REGISTERED(1), PROVE | FORGET, RUNNING, SERVERS, 0),
                STEP(2, ASKED, REGISTERED(1), BEGIN, RUNNING, SERVERS, 0),
                /* While a series runs: nothing else. */
                STEP(3, ASKED, REGISTERED(1) SERIES_RUNS, NONE, RUNNING, SERVERS, 0),
                STEP(4, FINISH, REGISTERED(1) SERIES_RUNS, NONE, COMMITTED, SERVERS, 0),
                STEP(4, ASKED, REGISTERED(1), NONE, COMMITTED, SERVERS, 0),
                /* The server was not touched: its next trigger leads to a Bootstrap-Request too. */
                STEP(4, FINISHED, REGISTERED(1), PROVE | FORGET, RUNNING, SERVERS, 0),
                STEP(5, ASKED, REGISTERED(1), BEGIN, RUNNING, SERVERS, 0),
                STEP(6, EXHAUSTED, REGISTERED(1), FORGET, RUNNING, SERVERS, 0),
                STEP(6, CHANGED, REGISTERED(1), NONE, RUNNING, SERVERS, 0),
                STEP(7, ASKED, REGISTERED(1), BEGIN, RUNNING, SERVERS, 0));
}

static void test_another_account_has_a_counter_of_its_own(void **state)
{
        WALK("replaced", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(2, FINISH, SERIES, NONE, COMMITTED, BOOTSTRAP, 0),
                STEP(2, FINISHED, WAITING REPLACED, FORGET, RUNNING, SERVERS, 2 + 2 * DAY - LAST));
}

/* -- Purge -- */

static void test_purge_waits(void **state)
{
        WALK("for the end of a series", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, REGISTERED, REGISTERED(1), PROVE | FORGET, RUNNING, SERVERS, 0),
                STEP(2, ASKED, REGISTERED(1), BEGIN, RUNNING, SERVERS, 0),
                STEP(3, CHANGED, REGISTERED(1) SERIES_RUNS PROVEN DUE, NONE, RUNNING, SERVERS, 0),
                STEP(4, CHANGED, REGISTERED(1) PROVEN DUE, PURGE, RUNNING, SERVERS, 0),
                STEP(5, CHANGED, REGISTERED(1) PROVEN, NONE, RUNNING, SERVERS, 0));
        WALK("for a proof", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, WAITING DUE, NONE, RUNNING, SERVERS, 1 + 2 * DAY - LAST),
                STEP(2, REGISTERED, REGISTERED(2) DUE, PROVE | FORGET, RUNNING, SERVERS, 62),
                STEP(2, CHANGED, REGISTERED(2) PROVEN DUE, PURGE, RUNNING, SERVERS, 62));
        WALK("for the stored accounts", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, OTHERS DUE, TRY, RUNNING, SERVERS_OF_CONFIGURATION, 0),
                STEP(2, CHANGED, WAITING PROVEN DUE, NONE, RUNNING, SERVERS_OF_CONFIGURATION,
                        1 + 2 * DAY - LAST),
                STEP(3, CHANGED, OTHERS PROVEN DUE, FAIL, FAILURE, NOTHING, 3603),
                STEP(3, CHANGED, OTHERS PROVEN DUE, PURGE, FAILURE, NOTHING, 3603));
        WALK("for a start", &plain, STEP(0, CHANGED, WAITING PROVEN DUE, NONE, LOADING, SERVERS, 0),
                STEP(1, START, WAITING PROVEN DUE, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, WAITING PROVEN DUE, PURGE, RUNNING, SERVERS, 0));
}

/* -- Operators -- */

static void test_restart(void **state)
{
        WALK("in a series", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(2, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(2, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0),
                STEP(3, RESTART, SERIES, ABORT | FORGET | RESTORE | RENEW, RUNNING, SERVERS, 0),
                STEP(3, CHANGED, FAILED, HALT | BEGIN_NOW, RUNNING, BOOTSTRAP, 0));
}

/* What a restart has begun at once is a bootstrap only until something has registered. */
static void test_hold_off_is_back_after_a_registration(void **state)
{
        WALK("restarted", &plain,
                STEP(0, RESTART, WAITING, ABORT | FORGET | RESTORE | RENEW, RUNNING, SERVERS, 0),
                STEP(1, REGISTERED, REGISTERED(1), PROVE | FORGET, RUNNING, SERVERS, 0),
                STEP(2, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0));
}

static void test_bootstrap(void **state)
{
        WALK("in failure", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, .all_failed = true, FAIL, FAILURE, NOTHING, 3601),
                STEP(2, BOOTSTRAP, .all_failed = true, RESTORE | BEGIN_NOW, RUNNING, BOOTSTRAP, 0),
                STEP(2, CHANGED, SERIES, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(3, EXHAUSTED, FAILED, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(3, CHANGED, FAILED, TRY | HALT | BEGIN_NOW, RUNNING, BOOTSTRAP_OF_LAST_GOOD, 0));
        WALK("while registered", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, REGISTERED, REGISTERED(1), PROVE | FORGET, RUNNING, SERVERS, 0),
                STEP(2, BOOTSTRAP, REGISTERED(1), RESTORE | BEGIN_NOW, RUNNING, BOOTSTRAP, 61),
                STEP(2, CHANGED, REGISTERED(1) SERIES_RUNS, NONE, RUNNING, BOOTSTRAP, 0),
                STEP(3, EXHAUSTED, REGISTERED(1), FORGET, RUNNING, SERVERS, 0));
}

static void test_reload_of_the_account(void **state)
{
        WALK("in a series: who asked is served", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, FAILED, HALT | BEGIN, RUNNING, BOOTSTRAP, 0),
                STEP(2, RENEWED, SERIES, FORGET | BEGIN_NOW, RUNNING, SERVERS, 0));
        WALK("in failure", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, .all_failed = true, FAIL, FAILURE, NOTHING, 3601),
                STEP(2, RENEWED, .all_failed = true, FORGET | RENEW, RUNNING, SERVERS, 0));
        WALK("while registered", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(2, RENEWED, REGISTERED(1), FORGET, RUNNING, SERVERS, 0));
}

/* -- Failure -- */

static void test_on_failure(void **state)
{
        SequenceMachine machine = {.policy = stay};
        static const Step first[] = {STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANGED, .all_failed = true, FAIL, FAILURE, NOTHING, 0),
                STEP(DAY, TIMER, FAILED, NONE, FAILURE, NOTHING, 0)};
        static const Step second[] = {
                STEP(DAY, CHANGED, FAILED, NONE, FAILURE, NOTHING, DAY + 3600),
                STEP(DAY + 9, CHANGED, FAILED, NONE, FAILURE, NOTHING, DAY + 3600),
        };
        static const Step third[] = {
                STEP(DAY + 9, CHANGED, FAILED, NONE, FAILURE, NOTHING, 0),
                STEP(2 * DAY, RESTART, FAILED, ABORT | FORGET | RESTORE | RENEW, RUNNING, SERVERS, 0),
        };

        walk("stay", &machine, first, ELEMENTSOF(first));
        machine.policy = plain;
        walk("a Reload to restart", &machine, second, ELEMENTSOF(second));
        machine.policy = stay;
        walk("and back", &machine, third, ELEMENTSOF(third));
}

static void test_stop(void **state)
{
        WALK("nothing happens any more", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, STOP, WAITING, ABORT, STOPPING, SERVERS, 0),
                STEP(2, CHANGED, FAILED, NONE, STOPPING, SERVERS, 0),
                STEP(3, REGISTERED, REGISTERED(3), NONE, STOPPING, SERVERS, 0),
                STEP(4, ASKED, REGISTERED(3), NONE, STOPPING, SERVERS, 0),
                STEP(5, TIMER, FAILED, NONE, STOPPING, SERVERS, 0));
}

/* `last-good` is read only where the order goes on. */
static void test_when_it_decides(void **state)
{
        static const SequenceFacts failed = {FAILED}, waiting = {WAITING}, series = {SERIES};
        SequenceMachine machine = {.policy = plain};

        (void)sequence_machine_step(&machine, SEQUENCE_EVENT_START, &waiting, START);
        assert_true(sequence_machine_decides(&machine, SEQUENCE_EVENT_CHANGED, &failed, START));
        assert_false(sequence_machine_decides(&machine, SEQUENCE_EVENT_CHANGED, &waiting, START));
        assert_false(sequence_machine_decides(&machine, SEQUENCE_EVENT_CHANGED, &series, START));
        assert_false(sequence_machine_decides(&machine, SEQUENCE_EVENT_EXHAUSTED, &failed, START));
}

/* `failure` ends where it would end by itself; nothing else does. */
static void test_network_ends_failure(void **state)
{
        WALK("failure", &plain, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(1, CHANCE, FAILED, NONE, RUNNING, SERVERS, 0),
                STEP(2, CHANGED, OTHERS, TRY, RUNNING, SERVERS_OF_CONFIGURATION, 0),
                STEP(3, CHANGED, FAILED, FAIL, FAILURE, NOTHING, 3603),
                STEP(10, CHANCE, FAILED, FORGET | RESTORE | RENEW, RUNNING, SERVERS, 0));
        WALK("stopped", &stay, STEP(0, START, WAITING, NONE, RUNNING, SERVERS, 0),
                STEP(2, CHANGED, OTHERS, TRY, RUNNING, SERVERS_OF_CONFIGURATION, 0),
                STEP(3, CHANGED, FAILED, FAIL, FAILURE, NOTHING, 0),
                STEP(10, CHANCE, FAILED, NONE, FAILURE, NOTHING, 0));
}

/* What a series begins because of, or began because of where it goes on with another account. */
static void test_trigger(void **state)
{
#define SERVER , .any_server = true
#define STEP_TO(event, facts, trigger)                              \
        {                                                           \
                SEQUENCE_EVENT_##event, {facts}, TRIGGER_##trigger, \
        }
        static const struct {
                SequenceEvent event;
                SequenceFacts facts;
                BootstrapTrigger trigger;
        } steps[] = {
                STEP_TO(START, FAILED, NO_ACCOUNT),
                STEP_TO(CHANGED, FAILED, NO_ACCOUNT),
                STEP_TO(EXHAUSTED, FAILED, NO_ACCOUNT),
                STEP_TO(RESTART, FAILED, RESTART),
                STEP_TO(CHANGED, FAILED, RESTART),
                STEP_TO(EXHAUSTED, FAILED, RESTART),
                STEP_TO(CHANGED, FAILED, RESTART), /* with the account of last-good */
                STEP_TO(RESTART, FAILED SERVER, RESTART),
                STEP_TO(CHANGED, FAILED SERVER, REGISTRATION_FAILED),
                STEP_TO(FINISH, SERIES SERVER, REGISTRATION_FAILED),
                STEP_TO(FINISHED, FAILED SERVER, NO_ACCOUNT),
                STEP_TO(CHANGED, FAILED SERVER, REGISTRATION_FAILED),
                STEP_TO(RESTART, FAILED, RESTART),
                STEP_TO(REGISTERED, REGISTERED(1) SERVER, NO_ACCOUNT),
                STEP_TO(ASKED, REGISTERED(1) SERVER, SERVER_REQUEST),
                STEP_TO(REGISTERED, REGISTERED(1) SERVER SERIES_RUNS, SERVER_REQUEST),
                STEP_TO(RENEWED, REGISTERED(1) SERVER SERIES_RUNS, SERVER_REQUEST),
                STEP_TO(EXHAUSTED, REGISTERED(1) SERVER, NO_ACCOUNT),
                STEP_TO(BOOTSTRAP, REGISTERED(1) SERVER, METHOD),
                STEP_TO(RENEWED, REGISTERED(1) SERVER, NO_ACCOUNT),
        };
#undef STEP_TO
#undef SERVER
        SequenceMachine machine = {.policy = plain};

        for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
                (void)sequence_machine_step(&machine, steps[i].event, &steps[i].facts, START + i);
                if (machine.trigger != steps[i].trigger)
                        fail_msg("step %zu: %s", i, bootstrap_trigger_to_string(machine.trigger));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_what_is_not_known_is_skipped),
                cmocka_unit_test(test_order_never_goes_back),
                cmocka_unit_test(test_finishes_that_lead_nowhere_are_counted),
                cmocka_unit_test(test_bootstrap_that_is_forbidden),
                cmocka_unit_test(test_servers_have_two_days_together),
                cmocka_unit_test(test_servers_of_the_next_trial_are_not_given_up),
                cmocka_unit_test(test_servers_of_a_further_finish_have_an_hour),
                cmocka_unit_test(test_disabled_server_stops_the_time),
                cmocka_unit_test(test_registration_proves_and_ends_the_round_once_it_lasts),
                cmocka_unit_test(test_registration_in_a_series_keeps_the_counter),
                cmocka_unit_test(test_asked),
                cmocka_unit_test(test_another_account_has_a_counter_of_its_own),
                cmocka_unit_test(test_purge_waits),
                cmocka_unit_test(test_restart),
                cmocka_unit_test(test_hold_off_is_back_after_a_registration),
                cmocka_unit_test(test_bootstrap),
                cmocka_unit_test(test_reload_of_the_account),
                cmocka_unit_test(test_on_failure),
                cmocka_unit_test(test_stop),
                cmocka_unit_test(test_when_it_decides),
                cmocka_unit_test(test_network_ends_failure),
                cmocka_unit_test(test_trigger),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
