/* SPDX-License-Identifier: Apache-2.0 */
/* client/bootstrap_machine: a series of attempts, rule by rule, and a walk of random events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "client/bootstrap_machine.h"
#include "lwm2m/message.h"

#define S         USEC_PER_SEC
#define START     (1000 * S) /* any CLOCK_BOOTTIME */
#define STEPS_MAX 24
#define NO_RANDOM 0.0

#define OPEN      BOOTSTRAP_ACTION_OPEN
#define CLOSE     BOOTSTRAP_ACTION_CLOSE
#define SILENT    BOOTSTRAP_ACTION_SILENT
#define REFUSED   BOOTSTRAP_ACTION_REFUSED
#define EXHAUSTED BOOTSTRAP_ACTION_EXHAUSTED
/* Nothing came of the pack: the Bootstrap-Request follows. */
#define GO_ON (BOOTSTRAP_ACTION_ROLLBACK | BOOTSTRAP_ACTION_REQUEST)

#define EVENT(t)                            \
        {                                   \
                .type = BOOTSTRAP_EVENT_##t \
        }
#define STAGE(s)                                                       \
        {                                                              \
                .type = BOOTSTRAP_EVENT_STAGE, .stage = CONNECTION_##s \
        }
#define ANSWERED(c)                                           \
        {                                                     \
                .type = BOOTSTRAP_EVENT_ANSWERED, .code = (c) \
        }
#define OPERATION(ok)                                              \
        {                                                          \
                .type = BOOTSTRAP_EVENT_OPERATION, .success = (ok) \
        }

/* Six attempts, 60 s doubled and capped at 240 s, without jitter. */
static const BootstrapPolicy plain = {
        .retry_count = 5,
        .retry_delay = 60 * S,
        .retry_delay_max = 240 * S,
        .timeout = 247 * S,
};

/* The same with LwM2M 1.2. */
static const BootstrapPolicy packed = {
        .retry_count = 5,
        .retry_delay = 60 * S,
        .retry_delay_max = 240 * S,
        .timeout = 247 * S,
        .has_pack = true,
};

/* One event at a time (s after START), and what has to be true after it. deadline: s after START, 0: none.
 */
typedef struct Step {
        uint64_t at;
        BootstrapEvent event;
        unsigned actions;
        BootstrapPhase phase;
        unsigned attempt;
        uint64_t deadline;
} Step;

static void walk(const char *title, const BootstrapPolicy *policy, double random, const Step *steps,
        size_t n, BootstrapMachine *machine)
{
        *machine = (BootstrapMachine){.policy = *policy};
        for (size_t i = 0; i < n; i++) {
                unsigned actions = bootstrap_step(machine, &steps[i].event, START + steps[i].at * S, random);
                uint64_t deadline = steps[i].deadline > 0 ? START + steps[i].deadline * S : 0;

                if (actions != steps[i].actions || machine->phase != steps[i].phase ||
                        machine->attempt != steps[i].attempt || machine->deadline != deadline)
                        fail_msg("%s, step %zu: actions %#x, phase %d, attempt %u, deadline %lld s", title,
                                i, actions, machine->phase, machine->attempt,
                                machine->deadline ? (long long)(machine->deadline - START) / (long long)S
                                                  : -1);
        }
}

#define WALK(title, policy, random, ...)                                        \
        do {                                                                    \
                static const Step steps[] = {__VA_ARGS__};                      \
                BootstrapMachine walked;                                        \
                                                                                \
                walk(title, policy, random, steps, ELEMENTSOF(steps), &walked); \
        } while (false)

/* -- Spacing -- */

static void test_attempts_are_spaced_by_the_capped_back_off(void **state)
{
        WALK("1 + 5 attempts", &plain, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {10, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 70},
                {69, EVENT(TIMER), 0, BOOTSTRAP_RETRY_WAIT, 1, 70},
                {70, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {100, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 220},
                {220, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 3, 0},
                {300, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 3, 540},
                {540, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 4, 0},
                {600, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 4, 840},
                {840, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 5, 0},
                {900, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 5, 1140},
                {1140, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 6, 0},
                {1200, EVENT(FAILED), CLOSE | EXHAUSTED, BOOTSTRAP_IDLE, 6, 0},
                {1201, EVENT(TIMER), 0, BOOTSTRAP_IDLE, 6, 0});
}

static void test_no_retries(void **state)
{
        static const BootstrapPolicy once = {
                .retry_count = 0, .retry_delay = 60 * S, .retry_delay_max = 60 * S};

        WALK("retry_count 0", &once, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {5, EVENT(FAILED), CLOSE | EXHAUSTED, BOOTSTRAP_IDLE, 1, 0});
}

/* The jitter is added, never taken away, and in proportion to the delay after its cap. */
static void test_jitter(void **state)
{
        static const struct {
                double jitter, random;
                uint64_t delays[4]; /* s, before retry 1 .. 4 */
        } rows[] = {
                {0.0, 1.0, {60, 120, 240, 240}},
                {0.5, 0.0, {60, 120, 240, 240}},
                {0.5, 0.5, {75, 150, 300, 300}},
                {0.5, 1.0, {90, 180, 360, 360}},
                {1.0, 1.0, {120, 240, 480, 480}},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                BootstrapMachine machine = {.policy = plain};

                machine.policy.jitter = rows[i].jitter;
                (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START, rows[i].random);
                for (size_t j = 0; j < 4; j++) {
                        uint64_t now = START + j * 1000 * S;

                        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(FAILED), now, rows[i].random);
                        if (machine.deadline != now + rows[i].delays[j] * S)
                                fail_msg("row %zu, retry %zu: %llu s", i, j + 1,
                                        (unsigned long long)((machine.deadline - now) / S));
                        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(TIMER), machine.deadline, 0.0);
                }
        }
}

/* -- What the server asks for (Max-Age) -- */

#define ASKS(c, s)                                                           \
        {                                                                    \
                .type = BOOTSTRAP_EVENT_ANSWERED, .code = (c), .wait = (s)*S \
        }

static void test_wait_that_the_server_asks_for(void **state)
{
        static const BootstrapPolicy jittered = {
                .retry_count = 1, .retry_delay = 60 * S, .retry_delay_max = 60 * S, .jitter = 1.0};

        WALK("the longer of it and of the back-off", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, ASKS(CODE_UNAVAILABLE, 300), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 302},
                {302, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {303, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 2, 0},
                {304, ASKS(CODE_UNAVAILABLE, 10), CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 424},
                {424, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 3, 0},
                {425, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 3, 665});
        WALK("and the jitter on it", &jittered, 0.5, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, ASKS(CODE_UNAVAILABLE, 300), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 452});
        WALK("it outlives its series, whoever begins the next one", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, ASKS(CODE_TOO_MANY_REQUESTS, 3600), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 3602},
                {10, EVENT(BEGIN_NOW), 0, BOOTSTRAP_HOLD_OFF, 0, 3602},
                {3602, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 1, 0});
        WALK("but not a bootstrap that has succeeded", &packed, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, ASKS(CODE_UNAVAILABLE, 3600), GO_ON, BOOTSTRAP_REQUESTING, 1, 0},
                {3, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 250},
                {4, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0},
                {5, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 1, 65});
        WALK("nor an abort", &plain, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, ASKS(CODE_UNAVAILABLE, 3600), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 3602},
                {3, EVENT(ABORT), 0, BOOTSTRAP_IDLE, 1, 0},
                {4, EVENT(BEGIN_NOW), OPEN, BOOTSTRAP_RESOLVING, 1, 0});
}

static void test_delay_does_not_overflow(void **state)
{
        BootstrapMachine machine = {.policy = {.retry_count = 1000,
                                            .retry_delay = S,
                                            .retry_delay_max = 7 * 86400 * S,
                                            .jitter = 1.0}};
        uint64_t now = START, last = 0;

        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), now, 1.0);
        for (unsigned i = 0; i < 1000; i++) {
                assert_int_equal(bootstrap_step(&machine, &(BootstrapEvent)EVENT(FAILED), now, 1.0), CLOSE);
                assert_true(machine.deadline - now >= last);
                assert_true(machine.deadline - now <= 14 * 86400 * S);
                last = machine.deadline - now;
                now = machine.deadline;
                assert_int_equal(bootstrap_step(&machine, &(BootstrapEvent)EVENT(TIMER), now, 1.0), OPEN);
        }
        assert_int_equal(last, 14 * 86400 * S);
        assert_int_equal(
                bootstrap_step(&machine, &(BootstrapEvent)EVENT(FAILED), now, 1.0), CLOSE | EXHAUSTED);
}

static void test_every_kind_of_failure_counts(void **state)
{
        static const struct {
                const char *title;
                BootstrapEvent before[3];
                size_t n;
                BootstrapEvent failure;
        } rows[] = {
                {"name not resolved", {{0}}, 0, EVENT(FAILED)},
                {"handshake", {STAGE(HANDSHAKING)}, 1, EVENT(FAILED)},
                {"silence", {STAGE(HANDSHAKING), STAGE(REQUESTING)}, 2, EVENT(FAILED)},
                {"lost in the session", {STAGE(REQUESTING), ANSWERED(CODE_CHANGED)}, 2, EVENT(FAILED)},
                {"4.00", {STAGE(REQUESTING)}, 1, ANSWERED(CODE_BAD_REQUEST)},
                {"4.03", {STAGE(REQUESTING)}, 1, ANSWERED(CODE_FORBIDDEN)},
                {"4.04", {STAGE(REQUESTING)}, 1, ANSWERED(CODE_NOT_FOUND)},
                {"4.15", {STAGE(REQUESTING)}, 1, ANSWERED(CODE_UNSUPPORTED_FORMAT)},
                {"4.29", {STAGE(REQUESTING)}, 1, ANSWERED(CODE_TOO_MANY_REQUESTS)},
                {"5.00", {STAGE(REQUESTING)}, 1, ANSWERED(CODE_INTERNAL_ERROR)},
                {"5.03", {STAGE(REQUESTING)}, 1, ANSWERED(CODE_UNAVAILABLE)},
                {"4.04 after the first operation", {STAGE(REQUESTING), OPERATION(true)}, 2,
                        ANSWERED(CODE_NOT_FOUND)},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                BootstrapMachine machine = {.policy = plain};
                unsigned actions;

                (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START, NO_RANDOM);
                for (size_t j = 0; j < rows[i].n; j++)
                        assert_int_equal(bootstrap_step(&machine, &rows[i].before[j], START, NO_RANDOM), 0);
                actions = bootstrap_step(&machine, &rows[i].failure, START + S, NO_RANDOM);
                if (actions != CLOSE || machine.phase != BOOTSTRAP_RETRY_WAIT || machine.attempt != 1 ||
                        machine.deadline != START + 61 * S)
                        fail_msg("%s: actions %#x, phase %d", rows[i].title, actions, machine.phase);
        }
}

/* -- Hold-off and counter -- */

static void test_hold_off_only_before_attempt_1(void **state)
{
        static const BootstrapPolicy policy = {.retry_count = 5,
                .retry_delay = 60 * S,
                .retry_delay_max = 240 * S,
                .hold_off = 30 * S,
                .jitter = 0.2,
                .timeout = 247 * S};

        WALK("with jitter before attempt 1, not before a retry", &policy, 1.0,
                {0, EVENT(BEGIN), 0, BOOTSTRAP_HOLD_OFF, 0, 36},
                {1, EVENT(BEGIN), 0, BOOTSTRAP_HOLD_OFF, 0, 36},
                {36, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {40, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 112},
                {112, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0});
        WALK("not for BEGIN_NOW", &policy, 1.0, {0, EVENT(BEGIN_NOW), OPEN, BOOTSTRAP_RESOLVING, 1, 0});
        WALK("BEGIN_NOW ends a hold-off", &policy, NO_RANDOM,
                {0, EVENT(BEGIN), 0, BOOTSTRAP_HOLD_OFF, 0, 30},
                {5, EVENT(BEGIN_NOW), OPEN, BOOTSTRAP_RESOLVING, 1, 0});
        WALK("not for a series after a Finish", &policy, NO_RANDOM,
                {0, EVENT(BEGIN_NOW), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0},
                {10, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 1, 70});
}

static void test_finish_does_not_reset_the_counter(void **state)
{
        static const BootstrapPolicy policy = {.retry_count = 2,
                .retry_delay = 60 * S,
                .retry_delay_max = 240 * S,
                .hold_off = 30 * S,
                .timeout = 247 * S};

        WALK("three Finishes, then failure at once", &policy, NO_RANDOM,
                {0, EVENT(BEGIN), 0, BOOTSTRAP_HOLD_OFF, 0, 30},
                {30, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {31, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {32, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 279},
                {33, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0},
                {100, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 1, 160},
                {160, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {161, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 2, 0},
                {162, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 2, 0},
                {200, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 2, 320},
                {320, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 3, 0},
                {321, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 3, 0},
                {322, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 3, 0},
                {400, EVENT(BEGIN), EXHAUSTED, BOOTSTRAP_IDLE, 3, 0},
                {500, EVENT(BEGIN), EXHAUSTED, BOOTSTRAP_IDLE, 3, 0},
                {600, EVENT(BEGIN_NOW), OPEN, BOOTSTRAP_RESOLVING, 1, 0});
}

static void test_counter_reset(void **state)
{
        BootstrapMachine machine;
        static const Step steps[] = {
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0},
        };

        walk("before the reset", &plain, NO_RANDOM, steps, ELEMENTSOF(steps), &machine);
        bootstrap_reset_counter(&machine);
        assert_int_equal(machine.attempt, 0);
        assert_int_equal(
                bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START + 3 * S, NO_RANDOM), OPEN);
        assert_int_equal(machine.attempt, 1);
}

static void test_begin_while_a_series_runs(void **state)
{
        WALK("BEGIN changes nothing, BEGIN_NOW starts attempt 1", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, EVENT(BEGIN), 0, BOOTSTRAP_RESOLVING, 1, 0},
                {2, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {3, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 250},
                {4, EVENT(BEGIN), 0, BOOTSTRAP_PROVISIONING, 1, 250},
                {5, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 65},
                {6, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 1, 65},
                {65, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {66, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 186},
                {70, EVENT(BEGIN_NOW), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {71, EVENT(BEGIN_NOW), CLOSE | OPEN, BOOTSTRAP_RESOLVING, 1, 0});
}

/* -- The session -- */

static void test_stages(void **state)
{
        WALK("the stages of two addresses; none while provisioning", &plain, NO_RANDOM,
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_IDLE, 0, 0},
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(HANDSHAKING), 0, BOOTSTRAP_HANDSHAKING, 1, 0},
                {2, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {3, STAGE(HANDSHAKING), 0, BOOTSTRAP_HANDSHAKING, 1, 0},
                {4, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {5, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 252},
                {6, STAGE(HANDSHAKING), 0, BOOTSTRAP_PROVISIONING, 1, 252},
                {7, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 67},
                {8, STAGE(REQUESTING), 0, BOOTSTRAP_RETRY_WAIT, 1, 67});
}

static void test_session_timer(void **state)
{
        WALK("starts with the 2.04; re-armed by success and blocks only", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {10, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 257},
                {20, OPERATION(false), 0, BOOTSTRAP_PROVISIONING, 1, 257},
                {30, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 277},
                {40, EVENT(BLOCK), 0, BOOTSTRAP_PROVISIONING, 1, 287},
                {50, EVENT(REFUSED), 0, BOOTSTRAP_PROVISIONING, 1, 287},
                {60, OPERATION(false), 0, BOOTSTRAP_PROVISIONING, 1, 287},
                {70, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 287},
                {286, EVENT(TIMER), 0, BOOTSTRAP_PROVISIONING, 1, 287});
        WALK("starts with the first operation, whatever its answer", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {5, OPERATION(false), 0, BOOTSTRAP_PROVISIONING, 1, 252},
                {6, OPERATION(false), 0, BOOTSTRAP_PROVISIONING, 1, 252});
        WALK("starts with a Finish that is refused", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {5, EVENT(REFUSED), 0, BOOTSTRAP_PROVISIONING, 1, 252});
        WALK("starts with a block", &plain, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {5, EVENT(BLOCK), 0, BOOTSTRAP_PROVISIONING, 1, 252});
}

static void test_session_end(void **state)
{
        static const BootstrapPolicy once = {.retry_count = 0, .timeout = 10 * S};

        WALK("ServerSilent", &plain, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {0, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 247},
                {247, EVENT(TIMER), CLOSE | SILENT, BOOTSTRAP_RETRY_WAIT, 1, 307});
        WALK("InconsistentConfiguration, not in the next attempt", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {0, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 247},
                {1, EVENT(REFUSED), 0, BOOTSTRAP_PROVISIONING, 1, 247},
                {2, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {249, EVENT(TIMER), CLOSE | REFUSED, BOOTSTRAP_RETRY_WAIT, 1, 309},
                {309, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {310, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 2, 0},
                {310, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 2, 557},
                {557, EVENT(TIMER), CLOSE | SILENT, BOOTSTRAP_RETRY_WAIT, 2, 677});
        WALK("a correction after a 4.06 is accepted", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {1, EVENT(REFUSED), 0, BOOTSTRAP_PROVISIONING, 1, 248},
                {2, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {3, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0});
        WALK("the last attempt", &once, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {0, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {0, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 10},
                {10, EVENT(TIMER), CLOSE | SILENT | EXHAUSTED, BOOTSTRAP_IDLE, 1, 0});
        WALK("a Finish outside of a session means nothing", &plain, NO_RANDOM,
                {0, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 0, 0},
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, EVENT(FINISHED), 0, BOOTSTRAP_RESOLVING, 1, 0},
                {2, EVENT(REFUSED), 0, BOOTSTRAP_RESOLVING, 1, 0},
                {3, OPERATION(true), 0, BOOTSTRAP_RESOLVING, 1, 0},
                {4, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_RESOLVING, 1, 0});
}

static void test_abort(void **state)
{
        WALK("closes what runs, keeps the counter", &plain, NO_RANDOM,
                {0, EVENT(ABORT), 0, BOOTSTRAP_IDLE, 0, 0},
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 61},
                {2, EVENT(ABORT), 0, BOOTSTRAP_IDLE, 1, 0},
                {3, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 1, 63},
                {63, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {64, EVENT(ABORT), CLOSE, BOOTSTRAP_IDLE, 2, 0},
                {65, EVENT(FAILED), 0, BOOTSTRAP_IDLE, 2, 0});
}

/* -- pct -- */

static void test_format_is_dropped(void **state)
{
        static const struct {
                bool configured;
                uint8_t code;
                bool sent_first, sent_next;
        } rows[] = {
                {true, CODE_UNSUPPORTED_FORMAT, true, false},
                {true, CODE_BAD_REQUEST, true, false},
                {true, CODE_FORBIDDEN, true, true},
                {true, CODE_INTERNAL_ERROR, true, true},
                {true, CODE_NOT_ACCEPTABLE, true, true},
                {false, CODE_BAD_REQUEST, false, false},
                {false, CODE_UNSUPPORTED_FORMAT, false, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                BootstrapMachine machine = {.policy = plain};
                unsigned actions;

                machine.policy.has_format = rows[i].configured;
                (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START, NO_RANDOM);
                assert_int_equal(bootstrap_sends_format(&machine), rows[i].sent_first);
                (void)bootstrap_step(&machine, &(BootstrapEvent)STAGE(REQUESTING), START, NO_RANDOM);
                actions =
                        bootstrap_step(&machine, &(BootstrapEvent)ANSWERED(rows[i].code), START, NO_RANDOM);
                if (rows[i].sent_first && !rows[i].sent_next) { /* at once, not counted, once only */
                        assert_int_equal(actions, BOOTSTRAP_ACTION_REQUEST);
                        assert_int_equal(machine.phase, BOOTSTRAP_REQUESTING);
                        assert_int_equal(machine.attempt, 1);
                        assert_false(bootstrap_sends_format(&machine));
                        actions = bootstrap_step(
                                &machine, &(BootstrapEvent)ANSWERED(rows[i].code), START, NO_RANDOM);
                }
                assert_int_equal(actions, CLOSE);
                for (unsigned j = 0; j < 2; j++) { /* not only for one attempt */
                        (void)bootstrap_step(
                                &machine, &(BootstrapEvent)EVENT(TIMER), machine.deadline, NO_RANDOM);
                        if (bootstrap_sends_format(&machine) != rows[i].sent_next)
                                fail_msg("row %zu: the pct is %s", i,
                                        rows[i].sent_next ? "missing" : "still there");
                        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(FAILED), START, NO_RANDOM);
                }
        }
}

/* -- Bootstrap-Pack -- */

#define ASK_FOR_PACK                                                \
        {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},         \
        {                                                           \
                1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0 \
        }

/* Whatever is wrong with it, the Bootstrap-Request follows in the same attempt; three codes are remembered.
 */
static void test_pack_that_does_not_come(void **state)
{
        static const struct {
                BootstrapEvent event;
                bool remembered;
        } rows[] = {
                {ANSWERED(CODE_NOT_FOUND), true},
                {ANSWERED(CODE_METHOD_NOT_ALLOWED), true},
                {ANSWERED(CODE_NOT_IMPLEMENTED), true},
                {ANSWERED(CODE_BAD_REQUEST), false},
                {ANSWERED(CODE_UNAUTHORIZED), false},
                {ANSWERED(CODE_FORBIDDEN), false},
                {ANSWERED(CODE_NOT_ACCEPTABLE), false},
                {ANSWERED(CODE_UNSUPPORTED_FORMAT), false},
                {ANSWERED(CODE_INTERNAL_ERROR), false},
                {ANSWERED(CODE_UNAVAILABLE), false},
                {ANSWERED(CODE_CHANGED), false},
                {ANSWERED(CODE_CONTENT), false}, /* one that cannot be used */
                {EVENT(UNANSWERED), false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                BootstrapMachine machine = {.policy = packed};

                (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START, NO_RANDOM);
                assert_true(machine.pack);
                (void)bootstrap_step(&machine, &(BootstrapEvent)STAGE(REQUESTING), START, NO_RANDOM);
                assert_int_equal(bootstrap_step(&machine, &rows[i].event, START + S, NO_RANDOM), GO_ON);
                assert_int_equal(machine.phase, BOOTSTRAP_REQUESTING);
                assert_int_equal(machine.deadline, 0);
                assert_int_equal(machine.attempt, 1);
                assert_false(machine.pack);
                assert_int_equal(machine.without_pack, rows[i].remembered);

                /* From here on it is an attempt as any, and the next one asks for a pack again, or not. */
                assert_int_equal(bootstrap_step(&machine, &(BootstrapEvent)ANSWERED(CODE_FORBIDDEN),
                                         START + 2 * S, NO_RANDOM),
                        CLOSE);
                assert_int_equal(
                        bootstrap_step(&machine, &(BootstrapEvent)EVENT(TIMER), machine.deadline, NO_RANDOM),
                        OPEN);
                assert_int_equal(machine.pack, !rows[i].remembered);
        }
}

static void test_pack_that_is_taken(void **state)
{
        WALK("in one piece", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0});
        WALK("in blocks", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, EVENT(BLOCK), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {9, EVENT(BLOCK), 0, BOOTSTRAP_PROVISIONING, 1, 256},
                {10, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0});
        WALK("its blocks begin anew at another address", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, EVENT(BLOCK), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {9, STAGE(HANDSHAKING), 0, BOOTSTRAP_HANDSHAKING, 1, 0},
                {10, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {11, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0});
}

static void test_pack_that_is_left_unfinished(void **state)
{
        WALK("a block is missing", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, EVENT(BLOCK), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {95, EVENT(UNANSWERED), GO_ON, BOOTSTRAP_REQUESTING, 1, 0},
                {96, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 343},
                {343, EVENT(TIMER), SILENT | CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 403});
        WALK("the server reads, and says no more", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {249, EVENT(TIMER), GO_ON, BOOTSTRAP_REQUESTING, 1, 0},
                {250, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 310});
        WALK("the server writes, a Finish is refused, and then a pack", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {3, EVENT(REFUSED), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {4, ANSWERED(CODE_CONTENT), GO_ON, BOOTSTRAP_REQUESTING, 1, 0},
                {5, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 1, 252},
                {252, EVENT(TIMER), SILENT | CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 312});
        WALK("the connection is lost", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 62});
}

/* The next attempt goes without, and the one behind it with a pack again. */
static void test_session_that_the_pack_request_costs(void **state)
{
        const BootstrapEvent lost = {.type = BOOTSTRAP_EVENT_FAILED, .lost = true};
        BootstrapMachine machine = {.policy = packed};

        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START, NO_RANDOM);
        for (unsigned i = 1; i <= 4; i++) {
                assert_int_equal(machine.attempt, i);
                assert_int_equal(machine.pack, i % 2);
                (void)bootstrap_step(&machine, &(BootstrapEvent)STAGE(REQUESTING), START, NO_RANDOM);
                assert_int_equal(bootstrap_step(&machine, &lost, START, NO_RANDOM), CLOSE);
                (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(TIMER), machine.deadline, NO_RANDOM);
        }

        /* Before it has been sent it costs nothing. */
        machine = (BootstrapMachine){.policy = packed};
        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START, NO_RANDOM);
        (void)bootstrap_step(&machine, &(BootstrapEvent)STAGE(HANDSHAKING), START, NO_RANDOM);
        (void)bootstrap_step(&machine, &lost, START, NO_RANDOM);
        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(TIMER), machine.deadline, NO_RANDOM);
        assert_true(machine.pack);
}

/* A Bootstrap Server that takes the request for a Bootstrap-Request, and finishes. */
static void test_finish_while_a_pack_is_wanted(void **state)
{
        WALK("writes and Finish", &packed, NO_RANDOM, ASK_FOR_PACK,
                {2, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 249},
                {3, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 1, 0},
                {4, ANSWERED(CODE_CONTENT), 0, BOOTSTRAP_IDLE, 1, 0});
}

/* The preferred format of the Bootstrap-Request that follows, as ever. */
static void test_format_behind_a_pack(void **state)
{
        BootstrapPolicy policy = packed;
        BootstrapMachine machine;

        policy.has_format = true;
        machine = (BootstrapMachine){.policy = policy};
        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), START, NO_RANDOM);
        (void)bootstrap_step(&machine, &(BootstrapEvent)STAGE(REQUESTING), START, NO_RANDOM);
        assert_false(bootstrap_refuses_format(&machine, CODE_UNSUPPORTED_FORMAT));
        assert_int_equal(bootstrap_step(&machine, &(BootstrapEvent)ANSWERED(CODE_UNSUPPORTED_FORMAT), START,
                                 NO_RANDOM),
                GO_ON);
        assert_true(bootstrap_sends_format(&machine));
        assert_int_equal(bootstrap_step(&machine, &(BootstrapEvent)ANSWERED(CODE_UNSUPPORTED_FORMAT), START,
                                 NO_RANDOM),
                BOOTSTRAP_ACTION_REQUEST);
        assert_false(bootstrap_sends_format(&machine));
}

static void test_no_pack_before_1_2(void **state)
{
        WALK("LwM2M 1.1", &plain, NO_RANDOM, ASK_FOR_PACK,
                {2, EVENT(UNANSWERED), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {3, ANSWERED(CODE_NOT_FOUND), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 63});
}

/* -- The walk -- */

#define WALK_STEPS 1000000
#define WALK_SEED  0x9e3779b97f4a7c15ULL

/* xorshift64*: the same numbers on every machine */
static uint64_t draw(uint64_t *seed)
{
        *seed ^= *seed >> 12;
        *seed ^= *seed << 25;
        *seed ^= *seed >> 27;
        return *seed * 2685821657736338717ULL;
}

static double draw_fraction(uint64_t *seed)
{
        return (double)(draw(seed) >> 40) / (double)((1U << 24) - 1);
}

static BootstrapEvent draw_event(uint64_t *seed)
{
        static const uint8_t codes[] = {
                CODE_CHANGED, CODE_BAD_REQUEST, CODE_UNSUPPORTED_FORMAT, CODE_INTERNAL_ERROR};
        BootstrapEventType type = (BootstrapEventType)(draw(seed) % (BOOTSTRAP_EVENT_ABORT + 1));

        /* The rare ones rarely, so that the walk gets deep. */
        if ((type == BOOTSTRAP_EVENT_ABORT || type == BOOTSTRAP_EVENT_BEGIN_NOW) && draw(seed) % 8 != 0)
                type = BOOTSTRAP_EVENT_TIMER;
        return (BootstrapEvent){
                .type = type,
                .stage = (ConnectionStage)(draw(seed) % 3),
                .code = codes[draw(seed) % ELEMENTSOF(codes)],
                .success = draw(seed) % 2,
                .of_the_way = draw(seed) % 2,
                .clock_unset = draw(seed) % 4 == 0,
        };
}

/* The attempt that it begins is not counted. */
static bool is_of_the_network(BootstrapEventType type)
{
        return type == BOOTSTRAP_EVENT_NETWORK || type == BOOTSTRAP_EVENT_STRANDED;
}

typedef struct Seen {
        size_t phases[_BOOTSTRAP_PHASE_MAX];
        size_t opened, closed, silent, refused, exhausted;
} Seen;

static bool needs_deadline(BootstrapPhase phase)
{
        return phase == BOOTSTRAP_HOLD_OFF || phase == BOOTSTRAP_RETRY_WAIT ||
               phase == BOOTSTRAP_PROVISIONING;
}

static bool runs(BootstrapPhase phase)
{
        return phase == BOOTSTRAP_RESOLVING || phase == BOOTSTRAP_HANDSHAKING ||
               phase == BOOTSTRAP_REQUESTING || phase == BOOTSTRAP_PROVISIONING;
}

static void check_step(const BootstrapMachine *old, const BootstrapEvent *event, unsigned actions,
        const BootstrapMachine *new, uint64_t now)
{
        const BootstrapPolicy *policy = &new->policy;

        /* A deadline exactly in the phases that end by themselves, never behind us, never without end. */
        assert_int_equal(new->deadline != 0, needs_deadline(new->phase));
        if (new->deadline != 0 && new->deadline != old->deadline) {
                assert_true(new->deadline >= now);
                assert_true(new->deadline - now <=
                            2 * MAX_OF(MAX_OF(policy->hold_off, policy->retry_delay_max), policy->timeout));
        }
        assert_true(new->attempt <= policy->retry_count + 1);
        if (runs(new->phase) || new->phase == BOOTSTRAP_RETRY_WAIT)
                assert_true(new->attempt >= 1);
        if (new->phase == BOOTSTRAP_RETRY_WAIT)
                assert_true(new->attempt <= policy->retry_count || new->repeats);
        assert_true(!new->repeats || new->phase == BOOTSTRAP_RETRY_WAIT || new->phase == BOOTSTRAP_IDLE);
        if (new->phase == BOOTSTRAP_HOLD_OFF)
                assert_int_equal(new->attempt, 0);

        /* A connection is there exactly while an attempt runs: what opens, closes. Only a Finish hands it
         * over. */
        if (actions & OPEN)
                assert_true(!runs(old->phase) || (actions & CLOSE));
        if (actions & CLOSE)
                assert_true(runs(old->phase));
        if (runs(old->phase) && !runs(new->phase))
                assert_true((actions & CLOSE) || event->type == BOOTSTRAP_EVENT_FINISHED);
        if (runs(new->phase) && !runs(old->phase))
                assert_true(actions & OPEN);
        if (actions & OPEN) {
                assert_int_equal(new->phase, BOOTSTRAP_RESOLVING);
                assert_int_equal(new->attempt, event->type == BOOTSTRAP_EVENT_BEGIN_NOW ? 1
                                               : is_of_the_network(event->type) || old->repeats
                                                       ? old->attempt
                                                       : old->attempt + 1);
                assert_int_equal(new->by_network, is_of_the_network(event->type));
        } else
                assert_int_equal(new->attempt, old->attempt);

        if (actions & EXHAUSTED) {
                assert_int_equal(new->phase, BOOTSTRAP_IDLE);
                assert_int_equal(new->attempt, policy->retry_count + 1);
                assert_false(actions & OPEN);
        }
        if (actions & (SILENT | REFUSED)) {
                assert_int_equal(old->phase, BOOTSTRAP_PROVISIONING);
                assert_int_equal(event->type, BOOTSTRAP_EVENT_TIMER);
                assert_true(now >= old->deadline);
                assert_int_equal((actions & REFUSED) != 0, old->refused);
                assert_true(!(actions & SILENT) || !(actions & REFUSED));
        }
        /* Another request leaves where a connection is, and never for a pack. */
        if (actions & BOOTSTRAP_ACTION_REQUEST) {
                assert_true(runs(old->phase));
                assert_int_equal(new->phase, BOOTSTRAP_REQUESTING);
                assert_false(new->pack);
        }
        assert_int_equal((actions & BOOTSTRAP_ACTION_ROLLBACK) != 0,
                runs(new->phase) && old->pack && !new->pack && !(actions & OPEN));
        if (old->phase == BOOTSTRAP_PROVISIONING &&
                new->phase == BOOTSTRAP_PROVISIONING &&new->deadline != old->deadline)
                assert_true(event->type == BOOTSTRAP_EVENT_BLOCK ||
                            (event->type == BOOTSTRAP_EVENT_OPERATION && event->success));
        assert_int_equal(bootstrap_in_session(new),
                new->phase == BOOTSTRAP_REQUESTING || new->phase == BOOTSTRAP_PROVISIONING);
}

static void count_step(Seen *seen, unsigned actions, BootstrapPhase phase)
{
        seen->phases[phase]++;
        seen->opened += (actions & OPEN) != 0;
        seen->closed += (actions & CLOSE) != 0;
        seen->silent += (actions & SILENT) != 0;
        seen->refused += (actions & REFUSED) != 0;
        seen->exhausted += (actions & EXHAUSTED) != 0;
}

static void walk_at_random(const BootstrapPolicy *policy, uint64_t seed, Seen *seen)
{
        BootstrapMachine machine = {.policy = *policy};
        uint64_t now = START;

        for (size_t i = 0; i < WALK_STEPS; i++) {
                BootstrapMachine old = machine;
                BootstrapEvent event = draw_event(&seed);
                unsigned actions;

                /* Sometimes a little later, sometimes exactly at the deadline. */
                now += draw(&seed) % (10 * S);
                if (event.type == BOOTSTRAP_EVENT_TIMER && machine.deadline > now && draw(&seed) % 2)
                        now = machine.deadline;
                actions = bootstrap_step(&machine, &event, now, draw_fraction(&seed));
                check_step(&old, &event, actions, &machine, now);
                count_step(seen, actions, machine.phase);
                if (machine.phase == BOOTSTRAP_IDLE && draw(&seed) % 4 == 0)
                        bootstrap_reset_counter(&machine); /* a registration */
                if (draw(&seed) % 16 == 0)
                        machine.without_pack = false; /* another account */
        }
}

/* -- The clock -- */

#define CLOCK_NOT_SET                                                 \
        {                                                             \
                .type = BOOTSTRAP_EVENT_FAILED, .clock_unset = (true) \
        }

/* The same attempt again and again, an hour long; then they count, and the series ends. */
static void test_clock_that_is_not_set_is_not_counted(void **state)
{
        BootstrapMachine machine = {.policy = plain};
        const BootstrapEvent failed = CLOCK_NOT_SET, fires = EVENT(TIMER);
        uint64_t now = START;
        unsigned actions;

        (void)bootstrap_step(&machine, &(BootstrapEvent)EVENT(BEGIN), now, NO_RANDOM);
        while (!((actions = bootstrap_step(&machine, &failed, now, NO_RANDOM)) & EXHAUSTED)) {
                assert_int_equal(actions, CLOSE);
                if (now - START < 3600 * S)
                        assert_int_equal(machine.deadline - now, 60 * S);
                now = machine.deadline;
                assert_int_equal(bootstrap_step(&machine, &fires, now, NO_RANDOM), OPEN);
                if (now - START <= 3600 * S)
                        assert_int_equal(machine.attempt, 1);
        }
        assert_int_equal(machine.attempt, 6);
        assert_int_equal(now - START, (3600 + 60 + 120 + 240 + 240 + 240) * S);
}

static void test_clock_that_is_set_ends_the_wait(void **state)
{
        WALK("the clock is set", &plain, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, EVENT(CLOCK), 0, BOOTSTRAP_RESOLVING, 1, 0},
                {2, CLOCK_NOT_SET, CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 62},
                {9, EVENT(CLOCK), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {10, EVENT(FAILED), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 70},
                {11, EVENT(CLOCK), 0, BOOTSTRAP_RETRY_WAIT, 1, 70},
                {70, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {71, CLOCK_NOT_SET, CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 191},
                {72, EVENT(ABORT), 0, BOOTSTRAP_IDLE, 2, 0},
                {73, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 2, 193},
                {193, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 3, 0});
}

/* -- The network -- */

#define FAILED_BY_THE_WAY                                            \
        {                                                            \
                .type = BOOTSTRAP_EVENT_FAILED, .of_the_way = (true) \
        }

/* Another way is tried at once and not counted; where it leads nowhere either, the wait goes on to its end.
 */
static void test_network_interrupts_a_wait(void **state)
{
        WALK("retry-wait", &plain, NO_RANDOM, {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, EVENT(NETWORK), 0, BOOTSTRAP_RESOLVING, 1, 0},
                {10, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 70},
                {20, EVENT(NETWORK), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {30, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 70},
                {40, EVENT(NETWORK), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {90, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 91},
                {91, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {92, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 212},
                {100, EVENT(NETWORK), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {101, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 2, 0},
                {102, ANSWERED(CODE_CHANGED), 0, BOOTSTRAP_PROVISIONING, 2, 349},
                {103, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 2, 0},
                {104, EVENT(NETWORK), 0, BOOTSTRAP_IDLE, 2, 0});
}

/* Whoever has said no is left alone, on every way; hold-off is not for the network to end. */
static void test_network_leaves_other_waits_alone(void **state)
{
        static const BootstrapPolicy patient = {
                .retry_count = 5, .retry_delay = 60 * S, .retry_delay_max = 240 * S, .hold_off = 30 * S};

        WALK("a no, also to an attempt that the network has caused", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, ANSWERED(CODE_FORBIDDEN), CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 62},
                {3, EVENT(NETWORK), 0, BOOTSTRAP_RETRY_WAIT, 1, 62},
                {62, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {63, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 183},
                {70, EVENT(NETWORK), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {71, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 2, 0},
                {72, ANSWERED(CODE_FORBIDDEN), CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 192},
                {73, EVENT(NETWORK), 0, BOOTSTRAP_RETRY_WAIT, 2, 192});
        WALK("hold-off", &patient, NO_RANDOM, {0, EVENT(BEGIN), 0, BOOTSTRAP_HOLD_OFF, 0, 30},
                {1, EVENT(NETWORK), 0, BOOTSTRAP_HOLD_OFF, 0, 30});
        WALK("Max-Age in answer to a Bootstrap-Pack-Request, and then silence", &packed, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {2, ASKS(CODE_UNAVAILABLE, 300), GO_ON, BOOTSTRAP_REQUESTING, 1, 0},
                {95, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 302},
                {100, EVENT(NETWORK), 0, BOOTSTRAP_RETRY_WAIT, 1, 302},
                {302, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {303, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 423},
                {310, EVENT(NETWORK), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {311, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 2, 0},
                {312, ASKS(CODE_UNAVAILABLE, 300), GO_ON, BOOTSTRAP_REQUESTING, 2, 0},
                {405, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 2, 612});
        WALK("the wait of a series that goes on", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 61},
                {61, EVENT(TIMER), OPEN, BOOTSTRAP_RESOLVING, 2, 0},
                {62, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 2, 0},
                {63, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 2, 310},
                {64, EVENT(FINISHED), 0, BOOTSTRAP_IDLE, 2, 0},
                {100, EVENT(BEGIN), 0, BOOTSTRAP_RETRY_WAIT, 2, 220},
                {101, EVENT(NETWORK), 0, BOOTSTRAP_RETRY_WAIT, 2, 220});
}

static void test_stranded_attempt_begins_anew(void **state)
{
        WALK("not counted, at each stage", &plain, NO_RANDOM,
                {0, EVENT(BEGIN), OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {1, STAGE(HANDSHAKING), 0, BOOTSTRAP_HANDSHAKING, 1, 0},
                {2, EVENT(STRANDED), CLOSE | OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {3, STAGE(REQUESTING), 0, BOOTSTRAP_REQUESTING, 1, 0},
                {4, OPERATION(true), 0, BOOTSTRAP_PROVISIONING, 1, 251},
                {5, EVENT(STRANDED), CLOSE | OPEN, BOOTSTRAP_RESOLVING, 1, 0},
                {6, FAILED_BY_THE_WAY, CLOSE, BOOTSTRAP_RETRY_WAIT, 1, 66},
                {7, EVENT(STRANDED), 0, BOOTSTRAP_RETRY_WAIT, 1, 66});
}

/* Else a link that flaps would keep a server that accepts and is silent for ever. */
static void test_attempt_that_is_stranded_again_and_again_has_failed(void **state)
{
        static const BootstrapEvent begin = EVENT(BEGIN), stranded = EVENT(STRANDED);
        BootstrapMachine machine = {.policy = plain};

        assert_int_equal(bootstrap_step(&machine, &begin, START, NO_RANDOM), OPEN);
        for (size_t i = 0; i < 10; i++)
                assert_int_equal(bootstrap_step(&machine, &stranded, START, NO_RANDOM), CLOSE | OPEN);
        assert_int_equal(bootstrap_step(&machine, &stranded, START, NO_RANDOM), CLOSE);
        assert_int_equal(machine.phase, BOOTSTRAP_RETRY_WAIT);
        assert_int_equal(machine.deadline, START + 60 * S);
}

static void test_random_walk(void **state)
{
        static const BootstrapPolicy policies[] = {
                {.retry_count = 5,
                        .retry_delay = 60 * S,
                        .retry_delay_max = 3600 * S,
                        .jitter = 0.2,
                        .hold_off = 10 * S,
                        .timeout = 247 * S,
                        .has_format = true},
                {.retry_count = 0, .retry_delay = S, .retry_delay_max = S, .hold_off = 5 * S, .timeout = S},
                {.retry_count = 1000,
                        .retry_delay = S,
                        .retry_delay_max = 7 * 86400 * S,
                        .jitter = 1.0,
                        .hold_off = 86400 * S,
                        .timeout = 86400 * S,
                        .has_format = true},
                {.retry_count = 1,
                        .retry_delay = 3600 * S,
                        .retry_delay_max = 3600 * S,
                        .hold_off = S,
                        .timeout = 30 * S},
                {.retry_count = 5,
                        .retry_delay = 60 * S,
                        .retry_delay_max = 3600 * S,
                        .hold_off = S,
                        .timeout = 30 * S,
                        .has_format = true,
                        .has_pack = true},
        };
        Seen seen = {0};

        for (size_t i = 0; i < ELEMENTSOF(policies); i++)
                walk_at_random(&policies[i], WALK_SEED + i, &seen);
        /* A walk that never gets somewhere would prove nothing about it. */
        for (size_t i = 0; i < _BOOTSTRAP_PHASE_MAX; i++)
                assert_true(seen.phases[i] > 1000);
        assert_true(seen.opened > 1000 && seen.closed > 1000 && seen.silent > 1000 && seen.refused > 1000 &&
                    seen.exhausted > 1000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_attempts_are_spaced_by_the_capped_back_off),
                cmocka_unit_test(test_no_retries),
                cmocka_unit_test(test_jitter),
                cmocka_unit_test(test_wait_that_the_server_asks_for),
                cmocka_unit_test(test_delay_does_not_overflow),
                cmocka_unit_test(test_every_kind_of_failure_counts),
                cmocka_unit_test(test_hold_off_only_before_attempt_1),
                cmocka_unit_test(test_finish_does_not_reset_the_counter),
                cmocka_unit_test(test_counter_reset),
                cmocka_unit_test(test_begin_while_a_series_runs),
                cmocka_unit_test(test_stages),
                cmocka_unit_test(test_session_timer),
                cmocka_unit_test(test_session_end),
                cmocka_unit_test(test_abort),
                cmocka_unit_test(test_format_is_dropped),
                cmocka_unit_test(test_network_interrupts_a_wait),
                cmocka_unit_test(test_network_leaves_other_waits_alone),
                cmocka_unit_test(test_clock_that_is_not_set_is_not_counted),
                cmocka_unit_test(test_clock_that_is_set_ends_the_wait),
                cmocka_unit_test(test_stranded_attempt_begins_anew),
                cmocka_unit_test(test_attempt_that_is_stranded_again_and_again_has_failed),
                cmocka_unit_test(test_pack_that_does_not_come),
                cmocka_unit_test(test_pack_that_is_taken),
                cmocka_unit_test(test_pack_that_is_left_unfinished),
                cmocka_unit_test(test_session_that_the_pack_request_costs),
                cmocka_unit_test(test_finish_while_a_pack_is_wanted),
                cmocka_unit_test(test_format_behind_a_pack),
                cmocka_unit_test(test_no_pack_before_1_2),
                cmocka_unit_test(test_random_walk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
