/* SPDX-License-Identifier: Apache-2.0 */
/* client/registration_machine: sequences, versions, Updates, Disable, rule by rule, and a walk of random
 * events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/registration_machine.h"
#include "lwm2m/message.h"
#include "operation/outgoing.h"

#define S     USEC_PER_SEC
#define START (1000 * S) /* any CLOCK_BOOTTIME */
#define DAY   86400

#define CLOSE      REGISTRATION_ACTION_CLOSE
#define DEREGISTER REGISTRATION_ACTION_DEREGISTER
#define OPEN       REGISTRATION_ACTION_OPEN
#define UPDATE     REGISTRATION_ACTION_UPDATE
#define REGISTERED REGISTRATION_ACTION_REGISTERED

#define EVENT(t)                               \
        {                                      \
                .type = REGISTRATION_EVENT_##t \
        }
#define STAGE(s)                                                          \
        {                                                                 \
                .type = REGISTRATION_EVENT_STAGE, .stage = CONNECTION_##s \
        }
#define ANSWERED(c)                                              \
        {                                                        \
                .type = REGISTRATION_EVENT_ANSWERED, .code = (c) \
        }
#define UPDATED(c)                                                      \
        {                                                               \
                .type = REGISTRATION_EVENT_UPDATE_ANSWERED, .code = (c) \
        }
#define PARTS(p)                                                \
        {                                                       \
                .type = REGISTRATION_EVENT_UPDATE, .parts = (p) \
        }
#define TIMER_AFTER(s)                                                                    \
        {                                                                                 \
                .type = REGISTRATION_EVENT_TIMER, .last_message = START + (uint64_t)(s)*S \
        }
#define DISABLE(s)                                                    \
        {                                                             \
                .type = REGISTRATION_EVENT_DISABLE, .duration = (s)*S \
        }

/* The defaults of /1/x/17 to /1/x/20 and a lifetime of a day. */
static const RegistrationPolicy defaults = {
        .retry_count = 5,
        .retry_timer = 60 * S,
        .sequence_delay = DAY * S,
        .sequence_retry_count = 1,
        .lifetime = DAY,
};

static const Failure clock_not_set = {FAILURE_CLOCK_NOT_SET, "it is 1970"};

/* Whatever fails has a reason; an answer is the server's no. */
static unsigned step(RegistrationMachine *machine, const RegistrationEvent *event, uint64_t now)
{
        static const Failure silence = {FAILURE_TIMEOUT, "it did not answer"};
        static const Failure no = {FAILURE_REGISTRATION_REJECTED, "it said no"};
        RegistrationEvent with_reason = *event;

        if (!event->failure)
                with_reason.failure = event->type == REGISTRATION_EVENT_ANSWERED ? &no : &silence;
        return registration_step(machine, &with_reason, now);
}

/* One event at a time (s after START), and what has to be true after it. deadline: s after START, 0: none.
 */
typedef struct Step {
        uint64_t at;
        RegistrationEvent event;
        unsigned actions;
        ServerState state;
        uint64_t attempt;
        uint64_t deadline;
} Step;

static void walk(const char *title, const RegistrationPolicy *policy, const Step *steps, size_t n,
        RegistrationMachine *machine)
{
        *machine = (RegistrationMachine){.policy = *policy, .announced = LWM2M_1_1};
        machine->queue_mode = policy->queue_timeout > 0;
        for (size_t i = 0; i < n; i++) {
                unsigned actions = step(machine, &steps[i].event, START + steps[i].at * S);
                uint64_t deadline = steps[i].deadline > 0 ? START + steps[i].deadline * S : 0;

                if (actions != steps[i].actions || machine->state != steps[i].state ||
                        machine->attempt != steps[i].attempt || machine->deadline != deadline)
                        fail_msg("%s, step %zu: actions %#x, state %s, attempt %llu, deadline %lld s", title,
                                i, actions, server_state_to_string(machine->state),
                                (unsigned long long)machine->attempt,
                                machine->deadline ? (long long)(machine->deadline - START) / (long long)S
                                                  : -1);
        }
}

#define WALK(title, policy, machine, ...)                               \
        do {                                                            \
                static const Step steps[] = {__VA_ARGS__};              \
                                                                        \
                walk(title, policy, steps, ELEMENTSOF(steps), machine); \
        } while (false)

/* -- Sequences -- */

static void test_attempts_of_a_sequence(void **state)
{
        RegistrationMachine machine;

        WALK("60, 120, 240, 480 s, then failed for /1/x/19", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, STAGE(HANDSHAKING), 0, SERVER_HANDSHAKING, 1, 0},
                {2, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 62},
                {61, EVENT(TIMER), 0, SERVER_RETRY_WAIT, 1, 62},
                {62, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {100, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 2, 220},
                {220, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 3, 0},
                {300, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 3, 540},
                {540, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 4, 0},
                {600, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 4, 1080},
                {1080, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 5, 0},
                {1100, EVENT(FAILED), CLOSE, SERVER_FAILED, 5, 1100 + DAY},
                {1100 + DAY - 1, EVENT(TIMER), 0, SERVER_FAILED, 5, 1100 + DAY},
                {1100 + DAY, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
}

static const Failure refusal = {FAILURE_PSK_IDENTITY_UNKNOWN, "it knows no such identity", true};

#define REFUSED                                                        \
        {                                                              \
                .type = REGISTRATION_EVENT_FAILED, .failure = &refusal \
        }

static void test_second_refusal_in_a_row_ends_the_sequence(void **state)
{
        static const RegistrationPolicy twice = {.retry_count = 5,
                .retry_timer = 60 * S,
                .sequence_delay = 1000 * S,
                .sequence_retry_count = 2,
                .lifetime = DAY};
        RegistrationMachine machine;

        WALK("two in a row", &defaults, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, REFUSED, CLOSE, SERVER_RETRY_WAIT, 1, 61},
                {61, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {62, REFUSED, CLOSE, SERVER_FAILED, 2, 62 + DAY},
                {62 + DAY, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {63 + DAY, REFUSED, CLOSE, SERVER_FAILED, 1, 63 + 2 * DAY});
        WALK("another failure in between", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, REFUSED, CLOSE, SERVER_RETRY_WAIT, 1, 61},
                {61, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {62, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 2, 182},
                {182, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 3, 0},
                {183, REFUSED, CLOSE, SERVER_RETRY_WAIT, 3, 423});
        WALK("the next sequence of two", &twice, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, REFUSED, CLOSE, SERVER_RETRY_WAIT, 1, 61},
                {61, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {62, REFUSED, CLOSE, SERVER_RETRY_WAIT, 0, 1062});
        WALK("a session, and the handshake that follows", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 1 + DAY - 93},
                {2, REFUSED, CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {3, REFUSED, CLOSE, SERVER_FAILED, 1, 3 + DAY});
        WALK("a registration in between", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, REFUSED, CLOSE, SERVER_RETRY_WAIT, 1, 61},
                {61, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {62, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 2, 62 + DAY - 93},
                {63, REFUSED, CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {64, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 124});
}

#define ASKS(t, c, s)                                                      \
        {                                                                  \
                .type = REGISTRATION_EVENT_##t, .code = (c), .wait = (s)*S \
        }

static void test_wait_that_the_server_asks_for(void **state)
{
        static const RegistrationPolicy policy = {.retry_count = 3,
                .retry_timer = 10 * S,
                .sequence_delay = 30 * S,
                .sequence_retry_count = 1,
                .lifetime = DAY};
        RegistrationMachine machine;

        WALK("the longer of it and of the delay, in a sequence and after it", &policy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, ASKS(ANSWERED, CODE_UNAVAILABLE, 300), CLOSE, SERVER_RETRY_WAIT, 1, 301},
                {301, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {302, ASKS(ANSWERED, CODE_UNAVAILABLE, 5), CLOSE, SERVER_RETRY_WAIT, 2, 322},
                {322, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 3, 0},
                {323, ASKS(ANSWERED, CODE_TOO_MANY_REQUESTS, 60), CLOSE, SERVER_FAILED, 3, 383});
        WALK("of an Update: Register after it, else at once", &policy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 1 + DAY - 93},
                {2, PARTS(0), UPDATE, SERVER_UPDATING, 1, 0},
                {3, ASKS(UPDATE_ANSWERED, CODE_UNAVAILABLE, 100), CLOSE, SERVER_RETRY_WAIT, 0, 103},
                {103, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {104, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 104 + DAY - 93},
                {105, PARTS(0), UPDATE, SERVER_UPDATING, 1, 0},
                {106, UPDATED(CODE_UNAVAILABLE), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
}

static void test_several_sequences(void **state)
{
        static const RegistrationPolicy policy = {.retry_count = 2,
                .retry_timer = 10 * S,
                .sequence_delay = 100 * S,
                .sequence_retry_count = 2};
        RegistrationMachine machine;

        WALK("two sequences; the delays begin again", &policy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 10},
                {10, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {10, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 0, 110},
                {110, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {110, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 120},
                {120, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {120, EVENT(FAILED), CLOSE, SERVER_FAILED, 2, 220},
                {220, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
        assert_int_equal(machine.sequence, 1);
}

static void test_counts_of_zero_are_one(void **state)
{
        static const RegistrationPolicy policy = {.retry_timer = 10 * S, .sequence_delay = 100 * S};
        RegistrationMachine machine;

        WALK("one attempt, one sequence", &policy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(FAILED), CLOSE, SERVER_FAILED, 1, 101});
}

static void test_sequence_delay_never(void **state)
{
        static const RegistrationPolicy policy = {.retry_count = 1,
                .retry_timer = 10 * S,
                .sequence_delay = USEC_INFINITY,
                .sequence_retry_count = 3};
        RegistrationMachine machine;

        WALK("2^32-1: no further sequence, no restart", &policy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(FAILED), CLOSE, SERVER_FAILED, 1, 0},
                {1000000, EVENT(TIMER), 0, SERVER_FAILED, 1, 0});
}

/* A server may write /1/x/19 with LwM2M 1.2, that of a failed one too. */
static void test_sequence_delay_no_longer_never(void **state)
{
        RegistrationPolicy policy = {.retry_count = 1, .sequence_delay = USEC_INFINITY};
        RegistrationMachine machine;

        WALK("failed for ever", &policy, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(FAILED), CLOSE, SERVER_FAILED, 1, 0});
        registration_set_policy(&machine, &policy, START + 2 * S);
        assert_int_equal(machine.deadline, 0);
        policy.sequence_delay = 100 * S;
        registration_set_policy(&machine, &policy, START + 3 * S);
        assert_int_equal(machine.deadline, START + 103 * S);

        /* Others keep what they wait for. */
        policy.sequence_delay = 200 * S;
        registration_set_policy(&machine, &policy, START + 4 * S);
        assert_int_equal(machine.deadline, START + 103 * S);
}

static void test_halt(void **state)
{
        RegistrationMachine machine;

        WALK("no own restart any more", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(HALT), 0, SERVER_RESOLVING, 1, 0},
                {2, ANSWERED(CODE_FORBIDDEN), CLOSE, SERVER_FAILED, 1, 2 + DAY},
                {3, EVENT(HALT), 0, SERVER_FAILED, 1, 0}, {3 + DAY, EVENT(TIMER), 0, SERVER_FAILED, 1, 0});
        WALK("only a failed one halts", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 61},
                {2, EVENT(HALT), 0, SERVER_RETRY_WAIT, 1, 61});
}

static void test_initial_delay(void **state)
{
        static const RegistrationPolicy policy = {.initial_delay = 30 * S,
                .retry_count = 2,
                .retry_timer = 10 * S,
                .sequence_delay = 100 * S,
                .sequence_retry_count = 1,
                .lifetime = DAY};
        RegistrationMachine machine;

        WALK("before the first attempt, never again after a success", &policy, &machine,
                {0, EVENT(BEGIN), 0, SERVER_IDLE, 0, 30}, {1, EVENT(BEGIN), 0, SERVER_IDLE, 0, 30},
                {29, EVENT(TIMER), 0, SERVER_IDLE, 0, 30},
                {30, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {31, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 31 + DAY - 93},
                {32, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
        WALK("cut short", &policy, &machine, {0, EVENT(BEGIN), 0, SERVER_IDLE, 0, 30},
                {5, EVENT(BEGIN_NOW), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {6, EVENT(BEGIN_NOW), 0, SERVER_RESOLVING, 1, 0});
        WALK("before its turn", &policy, &machine,
                {0, EVENT(BEGIN_NOW), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(BEGIN), 0, SERVER_RESOLVING, 1, 0});
}

/* -- Answers to Register -- */

static void test_answers(void **state)
{
        static const struct {
                uint8_t code;
                unsigned actions;
                ServerState state;
        } rows[] = {
                {CODE_CREATED, REGISTERED, SERVER_REGISTERED},
                /* failed attempts of the sequence */
                {CODE_INCOMPLETE, CLOSE, SERVER_RETRY_WAIT},
                {CODE_TOO_LARGE, CLOSE, SERVER_RETRY_WAIT},
                {CODE_TOO_MANY_REQUESTS, CLOSE, SERVER_RETRY_WAIT},
                {CODE_INTERNAL_ERROR, CLOSE, SERVER_RETRY_WAIT},
                {CODE_NOT_IMPLEMENTED, CLOSE, SERVER_RETRY_WAIT},
                {CODE_UNAVAILABLE, CLOSE, SERVER_RETRY_WAIT},
                /* registered only after 2.01 */
                {CODE_CHANGED, CLOSE, SERVER_RETRY_WAIT},
                {CODE_CONTENT, CLOSE, SERVER_RETRY_WAIT},
                /* the end of the sequence */
                {CODE_BAD_REQUEST, CLOSE, SERVER_FAILED},
                {CODE_UNAUTHORIZED, CLOSE, SERVER_FAILED},
                {CODE_FORBIDDEN, CLOSE, SERVER_FAILED},
                {CODE_NOT_FOUND, CLOSE, SERVER_FAILED},
                {CODE_METHOD_NOT_ALLOWED, CLOSE, SERVER_FAILED},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_1};
                unsigned actions;

                (void)step(&machine, &(RegistrationEvent)EVENT(BEGIN), START);
                (void)step(&machine, &(RegistrationEvent)STAGE(REQUESTING), START);
                assert_int_equal(machine.state, SERVER_REQUESTING);
                actions = step(&machine, &(RegistrationEvent)ANSWERED(rows[i].code), START);
                if (actions != rows[i].actions || machine.state != rows[i].state)
                        fail_msg("%u.%02u: actions %#x, state %s", CODE_ARGS(rows[i].code), actions,
                                server_state_to_string(machine.state));
                assert_int_equal(machine.announced, LWM2M_1_1);
        }
}

static void test_rejection_ends_only_its_sequence(void **state)
{
        static const RegistrationPolicy policy = {.retry_count = 5,
                .retry_timer = 10 * S,
                .sequence_delay = 100 * S,
                .sequence_retry_count = 2};
        RegistrationMachine machine;

        WALK("the second sequence is tried after its delay", &policy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, ANSWERED(CODE_FORBIDDEN), CLOSE, SERVER_RETRY_WAIT, 0, 101},
                {101, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {102, ANSWERED(CODE_FORBIDDEN), CLOSE, SERVER_FAILED, 1, 202});
}

static void test_precondition_failed_lowers_the_version(void **state)
{
        RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_2};
        const RegistrationEvent refused = ANSWERED(CODE_PRECONDITION_FAILED);

        (void)step(&machine, &(RegistrationEvent)EVENT(BEGIN), START);
        (void)step(&machine, &(RegistrationEvent)EVENT(FAILED), START);
        (void)step(&machine, &(RegistrationEvent)EVENT(TIMER), START + 60 * S);
        assert_int_equal(machine.attempt, 2);
        assert_int_equal(step(&machine, &refused, START + 61 * S), CLOSE | OPEN);
        assert_int_equal(machine.announced, LWM2M_1_1);
        assert_int_equal(machine.attempt, 2); /* not counted */
        assert_int_equal(step(&machine, &refused, START + 62 * S), CLOSE | OPEN);
        assert_int_equal(machine.announced, LWM2M_1_0);
        assert_int_equal(machine.attempt, 2);
        assert_int_equal(step(&machine, &refused, START + 63 * S), CLOSE); /* a rejection */
        assert_int_equal(machine.state, SERVER_FAILED);
        assert_int_equal(machine.announced, LWM2M_1_0);
}

static void test_lowered_version_is_kept(void **state)
{
        RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_1};

        (void)step(&machine, &(RegistrationEvent)EVENT(BEGIN), START);
        (void)step(&machine, &(RegistrationEvent)ANSWERED(CODE_PRECONDITION_FAILED), START);
        (void)step(&machine, &(RegistrationEvent)ANSWERED(CODE_CREATED), START);
        assert_int_equal(machine.state, SERVER_REGISTERED);
        (void)step(&machine, &(RegistrationEvent)EVENT(FAILED), START);
        assert_int_equal(machine.state, SERVER_RESOLVING);
        assert_int_equal(machine.announced, LWM2M_1_0);
}

/* -- Updates -- */

static void test_update_in_time(void **state)
{
        static const struct {
                int64_t lifetime;  /* s */
                uint64_t deadline; /* msec after the 2.01, 0: no periodic Update */
        } rows[] = {
                {0, 0},
                {-1, 0},
                {1, 500},
                {2, 1000},
                {60, 30000},
                {185, 92500},
                {186, 93000},
                {187, 94000},
                {300, 207000},
                {86400, 86307000},
                {INT32_MAX, (INT32_MAX - 93ULL) * 1000},
                {UINT32_MAX, (INT32_MAX - 93ULL) * 1000},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_1};
                uint64_t expected = rows[i].deadline ? START + rows[i].deadline * USEC_PER_MSEC : 0;

                machine.policy.lifetime = rows[i].lifetime;
                (void)step(&machine, &(RegistrationEvent)EVENT(BEGIN), START);
                (void)step(&machine, &(RegistrationEvent)ANSWERED(CODE_CREATED), START);
                if (machine.deadline != expected)
                        fail_msg("lifetime %lld: Update after %llu ms", (long long)rows[i].lifetime,
                                (unsigned long long)((machine.deadline - START) / USEC_PER_MSEC));
        }
}

static void test_update_cycle(void **state)
{
        RegistrationMachine machine;

        WALK("Update, 2.04, the next one a lifetime later", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY - 93},
                {DAY - 94, EVENT(TIMER), 0, SERVER_REGISTERED, 1, DAY - 93},
                {DAY - 93, EVENT(TIMER), UPDATE, SERVER_UPDATING, 1, 0},
                {DAY - 92, UPDATED(CODE_CHANGED), 0, SERVER_REGISTERED, 1, DAY - 92 + DAY - 93});
        assert_int_equal(machine.sending, 0);
        assert_int_equal(machine.pending, 0);
}

static void test_failed_update_registers_anew(void **state)
{
        static const uint8_t codes[] = {CODE_NONE, CODE_BAD_REQUEST, CODE_NOT_FOUND, CODE_FORBIDDEN,
                CODE_TOO_MANY_REQUESTS, CODE_INTERNAL_ERROR, CODE_CREATED};

        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_1};
                unsigned actions;

                (void)step(&machine, &(RegistrationEvent)EVENT(BEGIN), START);
                (void)step(&machine, &(RegistrationEvent)EVENT(FAILED), START);
                (void)step(&machine, &(RegistrationEvent)EVENT(TIMER), START + 60 * S);
                (void)step(&machine, &(RegistrationEvent)ANSWERED(CODE_CREATED), START + 60 * S);
                (void)step(&machine, &(RegistrationEvent)PARTS(0), START + 61 * S);
                actions = step(&machine, &(RegistrationEvent)UPDATED(codes[i]), START + 62 * S);
                if (actions != (CLOSE | OPEN) || machine.state != SERVER_RESOLVING || machine.attempt != 1 ||
                        machine.sequence != 1)
                        fail_msg("%u.%02u: actions %#x, state %s", CODE_ARGS(codes[i]), actions,
                                server_state_to_string(machine.state));
        }
}

static void test_lost_session_registers_anew(void **state)
{
        RegistrationMachine machine;

        WALK("when registered", &defaults, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY - 93},
                {5, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
        WALK("when updating", &defaults, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY - 93},
                {5, PARTS(0), UPDATE, SERVER_UPDATING, 1, 0},
                {6, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {7, UPDATED(CODE_CHANGED), 0, SERVER_RESOLVING, 1, 0});
}

static void test_server_that_drops_each_registration_is_not_hammered(void **state)
{
        RegistrationPolicy hasty = defaults;
        RegistrationMachine machine;
        size_t opened = 0;
        uint64_t now = START;

        /* Three times at once, as for a server that is restarted; then by the delays of a sequence. */
        WALK("by the delays of a sequence", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY - 93},
                {1, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 1 + DAY - 93},
                {2, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {2, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 2 + DAY - 93},
                {3, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {3, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 3 + DAY - 93},
                {4, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 64},
                {64, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {64, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 2, 64 + DAY - 93},
                {65, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 2, 185},
                {185, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 3, 0},
                {185, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 3, 185 + DAY - 93},
                {300, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});

        /* Also when its account allows no delay at all, and by refused Updates: never twice in a second. */
        hasty.retry_timer = hasty.sequence_delay = 0;
        machine = (RegistrationMachine){.policy = hasty};
        opened += (step(&machine, &(RegistrationEvent)EVENT(BEGIN), now) & OPEN) != 0;
        while (now < START + 10 * S) {
                (void)step(&machine, &(RegistrationEvent)ANSWERED(CODE_CREATED), now);
                (void)step(&machine, &(RegistrationEvent)PARTS(0), now);
                opened += (step(&machine, &(RegistrationEvent)UPDATED(CODE_NOT_FOUND), now) & OPEN) != 0;
                opened += (step(&machine, &(RegistrationEvent)EVENT(TIMER), now) & OPEN) != 0;
                now += S / 100;
        }
        assert_in_range(opened, 4, 4 + 10);
}

static void test_parts_wait_for_the_update_under_way(void **state)
{
        RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_0};

        (void)step(&machine, &(RegistrationEvent)EVENT(BEGIN), START);
        (void)step(&machine, &(RegistrationEvent)ANSWERED(CODE_CREATED), START);
        assert_int_equal(step(&machine, &(RegistrationEvent)PARTS(UPDATE_LIFETIME), START), UPDATE);
        assert_int_equal(machine.sending, UPDATE_LIFETIME);
        assert_int_equal(step(&machine, &(RegistrationEvent)PARTS(UPDATE_BINDING), START), 0);
        assert_int_equal(step(&machine, &(RegistrationEvent)PARTS(UPDATE_OBJECTS), START), 0);
        assert_int_equal(machine.sending, UPDATE_LIFETIME);
        assert_int_equal(step(&machine, &(RegistrationEvent)UPDATED(CODE_CHANGED), START), UPDATE);
        assert_int_equal(machine.state, SERVER_UPDATING);
        assert_int_equal(machine.sending, UPDATE_BINDING | UPDATE_OBJECTS);
        assert_int_equal(machine.pending, 0);
        assert_int_equal(step(&machine, &(RegistrationEvent)UPDATED(CODE_CHANGED), START), 0);
        assert_int_equal(machine.state, SERVER_REGISTERED);

        /* One without parts is still one of its own. */
        assert_int_equal(step(&machine, &(RegistrationEvent)PARTS(0), START), UPDATE);
        assert_int_equal(machine.sending, 0);
        assert_int_equal(step(&machine, &(RegistrationEvent)PARTS(0), START), 0);
        assert_int_equal(step(&machine, &(RegistrationEvent)UPDATED(CODE_CHANGED), START), UPDATE);
        assert_int_equal(step(&machine, &(RegistrationEvent)UPDATED(CODE_CHANGED), START), 0);
}

static void test_no_update_unless_registered(void **state)
{
        RegistrationMachine machine;

        WALK("a Register carries everything", &defaults, &machine,
                {0, PARTS(UPDATE_LIFETIME), 0, SERVER_IDLE, 0, 0},
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, PARTS(UPDATE_LIFETIME), 0, SERVER_RESOLVING, 1, 0},
                {2, UPDATED(CODE_CHANGED), 0, SERVER_RESOLVING, 1, 0},
                {3, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 63},
                {4, PARTS(UPDATE_LIFETIME), 0, SERVER_RETRY_WAIT, 1, 63},
                {63, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {64, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 2, 64 + DAY - 93});
        assert_int_equal(machine.pending, 0);
}

/* A change of lifetime, of the binding, of the objects, in each state: whatever it is that tells of it, it
 * is told once. */
static void test_each_change_is_told_once_in_every_state(void **state)
{
        static const RegistrationEvent begin = EVENT(BEGIN), created = ANSWERED(CODE_CREATED),
                                       changed = UPDATED(CODE_CHANGED), refused = UPDATED(CODE_NOT_FOUND),
                                       failed = EVENT(FAILED), timer = EVENT(TIMER), no_parts = PARTS(0),
                                       lower = ANSWERED(CODE_PRECONDITION_FAILED), away = DISABLE(100);
        static const unsigned changes[] = {UPDATE_LIFETIME, UPDATE_BINDING, UPDATE_OBJECTS};
        static const struct {
                const char *title;
                const RegistrationEvent *before[6], *after[6];
                bool queue_mode;
                bool by_register; /* one that is built afterwards */
        } rows[] = {
                {"before its turn", {NULL}, {&begin, &created}, false, true},
                {"a Register is under way", {&begin}, {&created}, false, false},
                {"a Register that fails", {&begin}, {&failed, &timer, &created}, false, true},
                {"a Register for a lower version", {&begin}, {&lower, &created}, false, true},
                {"retry-wait", {&begin, &failed}, {&timer, &created}, false, true},
                {"registered", {&begin, &created}, {NULL}, false, false},
                {"asleep", {&begin, &created, &timer}, {NULL}, true, false},
                {"an Update is under way", {&begin, &created, &no_parts}, {&changed}, false, false},
                {"an Update wakes it", {&begin, &created, &timer, &no_parts}, {&changed}, true, false},
                {"an Update is pending", {&begin, &created, &no_parts, &no_parts}, {&changed}, false, false},
                {"an Update that is refused", {&begin, &created, &no_parts}, {&refused, &created}, false,
                        true},
                {"an Update whose session is lost", {&begin, &created, &no_parts}, {&failed, &created},
                        false, true},
                {"disabled", {&begin, &created, &away}, {&timer, &created}, false, true},
                {"disabled while a Register is under way", {&begin, &away}, {&timer, &created}, false, true},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                for (size_t j = 0; j < ELEMENTSOF(changes); j++) {
                        RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_2};
                        const RegistrationEvent change = PARTS(changes[j]);
                        unsigned told = 0, registers = 0;

                        machine.queue_mode = rows[i].queue_mode;
                        machine.policy.queue_timeout = 93 * S;
                        for (const RegistrationEvent *const *event = rows[i].before; *event; event++)
                                (void)step(&machine, *event, machine.deadline ?: START);
                        for (const RegistrationEvent *const *event = rows[i].after - 1;
                                event < rows[i].after || *event; event++) {
                                unsigned actions = step(&machine, event < rows[i].after ? &change : *event,
                                        machine.deadline ?: START);

                                registers += (actions & OPEN) != 0;
                                if (actions & UPDATE)
                                        told += (machine.sending & changes[j]) != 0;
                        }
                        if (told != !rows[i].by_register || (rows[i].by_register && registers == 0) ||
                                machine.pending & changes[j])
                                fail_msg("%s, %#x: told %u times, %u times registered, pending %#x",
                                        rows[i].title, changes[j], told, registers, machine.pending);
                }
}

/* -- Queue Mode -- */

static const RegistrationPolicy sleepy = {
        .retry_count = 5,
        .retry_timer = 60 * S,
        .sequence_delay = DAY * S,
        .sequence_retry_count = 1,
        .lifetime = DAY,
        .queue_timeout = 93 * S,
};

static void test_sleeps_when_nothing_has_been_said(void **state)
{
        RegistrationMachine machine;

        WALK("after the 2.01, and after the 2.04 that wakes it", &sleepy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 94},
                {93, EVENT(TIMER), 0, SERVER_REGISTERED, 1, 94},
                {94, TIMER_AFTER(1), 0, SERVER_SLEEPING, 1, 1 + DAY - 93},
                {DAY - 93, EVENT(TIMER), 0, SERVER_SLEEPING, 1, 1 + DAY - 93},
                {1 + DAY - 93, EVENT(TIMER), UPDATE, SERVER_UPDATING, 1, 0},
                {2 + DAY - 93, UPDATED(CODE_CHANGED), 0, SERVER_REGISTERED, 1, 2 + DAY},
                {2 + DAY, TIMER_AFTER(2 + DAY - 93), 0, SERVER_SLEEPING, 1, 2 + DAY - 93 + DAY - 93});
        WALK("each message keeps it awake", &sleepy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(50), 0, SERVER_REGISTERED, 1, 143},
                {143, TIMER_AFTER(51), 0, SERVER_REGISTERED, 1, 144},
                {144, TIMER_AFTER(51), 0, SERVER_SLEEPING, 1, DAY - 93});
        WALK("an Update is due before", (&(RegistrationPolicy){.lifetime = 60, .queue_timeout = 93 * S}),
                &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 30},
                {30, TIMER_AFTER(0), UPDATE, SERVER_UPDATING, 1, 0},
                {31, UPDATED(CODE_CHANGED), 0, SERVER_REGISTERED, 1, 61});
        WALK("for ever, without a lifetime", (&(RegistrationPolicy){.queue_timeout = 93 * S}), &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(0), 0, SERVER_SLEEPING, 1, 0});
        WALK("never without Queue Mode", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY - 93},
                {1000, EVENT(TIMER), 0, SERVER_REGISTERED, 1, DAY - 93});
}

static void test_what_wakes_it(void **state)
{
        RegistrationMachine machine;

        WALK("a request of the server", &sleepy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {10, EVENT(HEARD), 0, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(0), 0, SERVER_SLEEPING, 1, DAY - 93},
                {1000, EVENT(HEARD), 0, SERVER_REGISTERED, 1, 1093},
                {1093, TIMER_AFTER(1001), 0, SERVER_REGISTERED, 1, 1094},
                {1094, TIMER_AFTER(1001), 0, SERVER_SLEEPING, 1, DAY - 93});
        WALK("an Update that somebody asks for, once it is answered", &sleepy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(0), 0, SERVER_SLEEPING, 1, DAY - 93},
                {1000, PARTS(0), UPDATE, SERVER_UPDATING, 1, 0});
        assert_false(registration_is_awake(&machine));
        (void)step(&machine, &(RegistrationEvent)UPDATED(CODE_CHANGED), START + 1001 * S);
        assert_true(registration_is_awake(&machine));
        WALK("a request while an Update is to wake it", &sleepy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(0), 0, SERVER_SLEEPING, 1, DAY - 93},
                {1000, PARTS(0), UPDATE, SERVER_UPDATING, 1, 0},
                {1001, EVENT(HEARD), 0, SERVER_UPDATING, 1, 0});
        assert_true(registration_is_awake(&machine));
}

/* Only an Update that fails, or a session that is gone, leads to a Register. */
static void test_how_sleep_ends(void **state)
{
        RegistrationMachine machine;

        WALK("no answer", &sleepy, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(0), 0, SERVER_SLEEPING, 1, DAY - 93},
                {DAY - 93, EVENT(TIMER), UPDATE, SERVER_UPDATING, 1, 0},
                {DAY, UPDATED(CODE_NONE), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {DAY + 1, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY + 94});
        assert_true(registration_is_awake(&machine));
        WALK("the session is lost, or its way", &sleepy, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(0), 0, SERVER_SLEEPING, 1, DAY - 93},
                {500, EVENT(FAILED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {501, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 594},
                {594, TIMER_AFTER(501), 0, SERVER_SLEEPING, 1, 501 + DAY - 93},
                {1000, EVENT(STRANDED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
        assert_false(machine.asleep);
        WALK("disabled", &sleepy, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93},
                {93, TIMER_AFTER(0), 0, SERVER_SLEEPING, 1, DAY - 93},
                {100, DISABLE(50), DEREGISTER, SERVER_DISABLED, 1, 150});
        assert_false(machine.asleep);
}

static void test_another_time_to_stay_awake(void **state)
{
        RegistrationPolicy policy = sleepy;
        RegistrationMachine machine;

        WALK("registered", &sleepy, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 93});
        policy.queue_timeout = 20 * S;
        registration_set_policy(&machine, &policy, START + 10 * S);
        assert_int_equal(machine.deadline, START + 30 * S);
        registration_set_policy(&machine, &policy, START + 20 * S); /* the same again changes nothing */
        assert_int_equal(machine.deadline, START + 30 * S);
}

/* -- Disable -- */

static void test_disable(void **state)
{
        RegistrationMachine machine;

        WALK("De-register, rest, register anew", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY - 93},
                {10, DISABLE(100), DEREGISTER, SERVER_DISABLED, 1, 110},
                {11, EVENT(FAILED), 0, SERVER_DISABLED, 1, 110},
                {12, PARTS(UPDATE_LIFETIME), 0, SERVER_DISABLED, 1, 110},
                {13, ANSWERED(CODE_CREATED), 0, SERVER_DISABLED, 1, 110},
                {14, UPDATED(CODE_NONE), 0, SERVER_DISABLED, 1, 110},
                {15, EVENT(BEGIN), 0, SERVER_DISABLED, 1, 110},
                {16, EVENT(HALT), 0, SERVER_DISABLED, 1, 110},
                {109, EVENT(TIMER), 0, SERVER_DISABLED, 1, 110},
                {110, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
        WALK("with an Update under way", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {0, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, DAY - 93},
                {1, PARTS(0), UPDATE, SERVER_UPDATING, 1, 0},
                {2, PARTS(UPDATE_LIFETIME), 0, SERVER_UPDATING, 1, 0},
                {3, DISABLE(5), DEREGISTER, SERVER_DISABLED, 1, 8});
        assert_int_equal(machine.pending, 0);
        WALK("without a registration there is none to end", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, DISABLE(5), CLOSE, SERVER_DISABLED, 1, 6});
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

static RegistrationEvent draw_event(uint64_t *seed)
{
        static const uint8_t codes[] = {CODE_NONE, CODE_CREATED, CODE_CHANGED, CODE_FORBIDDEN,
                CODE_PRECONDITION_FAILED, CODE_TOO_MANY_REQUESTS, CODE_INTERNAL_ERROR};
        RegistrationEventType type = (RegistrationEventType)(draw(seed) % (REGISTRATION_EVENT_HEARD + 1));

        /* The rare ones rarely, so that the walk gets deep. */
        if (type == REGISTRATION_EVENT_GIVE_UP ||
                ((type == REGISTRATION_EVENT_HALT || type == REGISTRATION_EVENT_DISABLE) &&
                        draw(seed) % 8 != 0))
                type = REGISTRATION_EVENT_TIMER;
        return (RegistrationEvent){
                .type = type,
                .stage = (ConnectionStage)(draw(seed) % 3),
                .code = codes[draw(seed) % ELEMENTSOF(codes)],
                .parts = (unsigned)draw(seed) & (UPDATE_LIFETIME | UPDATE_BINDING | UPDATE_OBJECTS),
                .duration = draw(seed) % (100 * S),
                .failure = type == REGISTRATION_EVENT_FAILED && draw(seed) % 4 == 0 ? &clock_not_set : NULL,
        };
}

static bool tries(ServerState server)
{
        return server == SERVER_RESOLVING || server == SERVER_HANDSHAKING || server == SERVER_REQUESTING;
}

static bool is_registered(ServerState server)
{
        return server == SERVER_REGISTERED || server == SERVER_UPDATING || server == SERVER_SLEEPING;
}

static bool connected(ServerState server)
{
        return tries(server) || is_registered(server);
}

static void check_deadline(const RegistrationMachine *machine, uint64_t now, bool halted)
{
        bool set = machine->deadline != 0;

        switch (machine->state) {
        case SERVER_RETRY_WAIT:
        case SERVER_DISABLED:
                assert_true(set);
                break;
        case SERVER_IDLE:
                assert_int_equal(set, machine->begun);
                break;
        case SERVER_REGISTERED:
                assert_int_equal(set, machine->policy.lifetime > 0 || machine->queue_mode);
                break;
        case SERVER_SLEEPING:
                assert_true(machine->queue_mode);
                assert_int_equal(set, machine->policy.lifetime > 0);
                break;
        case SERVER_FAILED:
                assert_int_equal(set, machine->policy.sequence_delay != USEC_INFINITY && !halted);
                break;
        case SERVER_RESOLVING:
        case SERVER_HANDSHAKING:
        case SERVER_REQUESTING:
        case SERVER_UPDATING:
                assert_false(set); /* the connection keeps time */
                break;
        case _SERVER_STATE_MAX:
                fail();
        }
}

static void check_step(const RegistrationMachine *old, const RegistrationEvent *event, unsigned actions,
        const RegistrationMachine *new, uint64_t now)
{
        const RegistrationPolicy *policy = &new->policy;
        const unsigned parts = UPDATE_LIFETIME | UPDATE_BINDING | UPDATE_OBJECTS;

        if (new->deadline != 0 && new->deadline != old->deadline)
                assert_true(new->deadline >= now);
        assert_true(new->attempt <= MAX_OF(policy->retry_count, 1));
        assert_true(new->sequence <= MAX_OF(policy->sequence_retry_count, 1));
        assert_true(new->announced <= old->announced && old->announced - new->announced <= 1);
        assert_true(!old->begun || new->begun);

        /* A connection is there exactly while it is needed. */
        if (actions & OPEN) {
                assert_int_equal(new->state, SERVER_RESOLVING);
                assert_true(actions & CLOSE);
        }
        if (connected(old->state) && !connected(new->state))
                assert_true(actions & (CLOSE | DEREGISTER));
        if (!connected(old->state) && connected(new->state))
                assert_true(actions & OPEN);
        if (actions & DEREGISTER) {
                assert_true(is_registered(old->state));
                assert_int_equal(new->state, SERVER_DISABLED);
                assert_false(actions & CLOSE);
        }

        /* Registered only after a 2.01 to an attempt that ran. */
        assert_int_equal(
                (actions & REGISTERED) != 0, !is_registered(old->state) && is_registered(new->state));
        if (actions & REGISTERED) {
                assert_true(tries(old->state));
                assert_int_equal(event->type, REGISTRATION_EVENT_ANSWERED);
                assert_int_equal(event->code, CODE_CREATED);
                assert_true(new->registered_at > 0);
        }

        /* What is due is either pending behind an Update under way or being sent. */
        assert_int_equal(new->sending & ~parts, 0);
        assert_int_equal(new->pending & ~(parts | UPDATE_PENDING), 0);
        if (new->pending != 0) {
                assert_true(new->state != SERVER_REGISTERED &&new->state != SERVER_SLEEPING);
                assert_true(new->pending &UPDATE_PENDING);
        }
        /* No wait after a failure, and no end, is without its reason. */
        if (new->state == SERVER_RETRY_WAIT || new->state == SERVER_FAILED)
                assert_int_not_equal(new->last_error.name, FAILURE_NONE);
        if (actions & REGISTERED)
                assert_int_equal(new->last_error.name, FAILURE_NONE);
        if (actions & UPDATE)
                assert_int_equal(new->state, SERVER_UPDATING);
        if ((old->state == SERVER_REGISTERED || old->state == SERVER_SLEEPING) &&
                new->state == SERVER_UPDATING)
                assert_true(actions & UPDATE);
        /* Asleep by the timer alone, and awake as long as there was a message. */
        if (new->state == SERVER_SLEEPING && old->state != SERVER_SLEEPING) {
                assert_int_equal(event->type, REGISTRATION_EVENT_TIMER);
                assert_true(now >= event->last_message + policy->queue_timeout);
        }
        assert_true(!new->asleep || is_registered(new->state));
        assert_true(!new->asleep || new->state != SERVER_REGISTERED);
        if (tries(new->state))
                assert_int_equal(new->sending, 0);
        /* What the network has caused is an attempt, and one that is not counted. */
        assert_true(!new->by_network || tries(new->state));
        assert_true(new->resumed_until == 0 || new->by_network);
        if (event->type == REGISTRATION_EVENT_NETWORK)
                assert_int_equal(new->attempt, old->attempt);
}

static void walk_at_random(const RegistrationPolicy *policy, uint64_t seed, size_t seen[_SERVER_STATE_MAX])
{
        RegistrationMachine machine = {
                .policy = *policy, .announced = LWM2M_1_2, .queue_mode = policy->queue_timeout > 0};
        uint64_t now = START;
        bool halted = false;

        for (size_t i = 0; i < WALK_STEPS; i++) {
                RegistrationMachine old = machine;
                RegistrationEvent event = draw_event(&seed);
                unsigned actions;

                now += draw(&seed) % (10 * S);
                if (event.type == REGISTRATION_EVENT_TIMER && machine.deadline > now && draw(&seed) % 2)
                        now = machine.deadline;
                event.last_message = now - draw(&seed) % (20 * S);
                actions = step(&machine, &event, now);
                if (machine.state != SERVER_FAILED)
                        halted = false;
                else if (event.type == REGISTRATION_EVENT_HALT)
                        halted = true;
                check_step(&old, &event, actions, &machine, now);
                check_deadline(&machine, now, halted);
                seen[machine.state]++;
                /* A server that rests for ever is replaced by a fresh one, as after a bootstrap. */
                if (machine.state == SERVER_FAILED && machine.deadline == 0 && draw(&seed) % 4 == 0)
                        machine = (RegistrationMachine){.policy = *policy,
                                .announced = LWM2M_1_2,
                                .queue_mode = policy->queue_timeout > 0};
        }
}

/* -- The network -- */

/* Another way is tried at once and not counted; where it leads nowhere either, the wait goes on to its end.
 */
static void test_network_interrupts_a_wait(void **state)
{
        RegistrationMachine machine;

        WALK("retry-wait", &defaults, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(NETWORK), 0, SERVER_RESOLVING, 1, 0},
                {2, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 62},
                {10, EVENT(NETWORK), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {20, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 62},
                {30, EVENT(NETWORK), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {40, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 62},
                {62, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {63, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 2, 183},
                /* It outlasts the wait. */
                {180, EVENT(NETWORK), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {270, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 2, 271},
                {271, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 3, 0},
                {272, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 3, 272 + DAY - 93},
                {273, EVENT(NETWORK), 0, SERVER_REGISTERED, 3, 272 + DAY - 93});
}

static void test_network_interrupts_the_wait_of_a_failed_server(void **state)
{
        static const RegistrationPolicy once = {
                .retry_count = 1, .sequence_delay = 1000 * S, .sequence_retry_count = 1, .lifetime = DAY};
        RegistrationMachine machine;

        WALK("failed", &once, &machine, {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(FAILED), CLOSE, SERVER_FAILED, 1, 1001},
                {10, EVENT(NETWORK), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {20, EVENT(FAILED), CLOSE, SERVER_FAILED, 1, 1001},
                {30, EVENT(HALT), 0, SERVER_FAILED, 1, 0}, {31, EVENT(NETWORK), 0, SERVER_FAILED, 1, 0});
}

/* Whoever has said no is left alone, on every way. */
static void test_network_leaves_other_waits_alone(void **state)
{
        RegistrationMachine machine;

        WALK("5.03, then a no to an attempt that the network has caused", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {2, ANSWERED(CODE_UNAVAILABLE), CLOSE, SERVER_RETRY_WAIT, 1, 62},
                {3, EVENT(NETWORK), 0, SERVER_RETRY_WAIT, 1, 62},
                {62, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {63, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 2, 183},
                {70, EVENT(NETWORK), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {71, ANSWERED(CODE_UNAVAILABLE), CLOSE, SERVER_RETRY_WAIT, 2, 191},
                {72, EVENT(NETWORK), 0, SERVER_RETRY_WAIT, 2, 191},
                {73, DISABLE(500), CLOSE, SERVER_DISABLED, 2, 573},
                {74, EVENT(NETWORK), 0, SERVER_DISABLED, 2, 573});
        WALK("the initial delay", (&(RegistrationPolicy){.initial_delay = 30 * S}), &machine,
                {0, EVENT(BEGIN), 0, SERVER_IDLE, 0, 30}, {1, EVENT(NETWORK), 0, SERVER_IDLE, 0, 30});
}

/* Of a session that takes the place of one whose server had asked to be left alone. */
static void test_begins_when_the_server_wants_to_be_asked(void **state)
{
        static const RegistrationEvent begin = EVENT(BEGIN), timer = EVENT(TIMER);
        RegistrationMachine machine = {
                .policy = defaults, .announced = LWM2M_1_1, .not_before = START + 500 * S};

        machine.policy.initial_delay = 30 * S;
        assert_int_equal(step(&machine, &begin, START), 0);
        assert_int_equal(machine.state, SERVER_IDLE);
        assert_int_equal(machine.deadline, START + 500 * S);
        assert_int_equal(step(&machine, &timer, START + 500 * S), CLOSE | OPEN);
        assert_int_equal(machine.attempt, 1);
}

/* A session is renewed, an attempt begins anew: not counted. */
/* -- The clock -- */

#define CLOCK_NOT_SET                                                          \
        {                                                                      \
                .type = REGISTRATION_EVENT_FAILED, .failure = (&clock_not_set) \
        }

/* By the delays of the sequence, but no attempt is used up; an hour later they are. */
static void test_clock_that_is_not_set_is_not_counted(void **state)
{
        RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_1};
        const RegistrationEvent failed = CLOCK_NOT_SET, fires = EVENT(TIMER);
        uint64_t now = START;
        unsigned tries = 0;

        (void)step(&machine, &(RegistrationEvent)EVENT(BEGIN), now);
        while (machine.state != SERVER_FAILED) {
                assert_int_equal(step(&machine, &failed, now), CLOSE);
                if (machine.state == SERVER_FAILED)
                        break;
                tries++;
                if (now - START < 3600 * S)
                        assert_int_equal(machine.deadline - now, 60 * S);
                now = machine.deadline;
                assert_int_equal(step(&machine, &fires, now), CLOSE | OPEN);
                assert_int_equal(machine.attempt, now - START <= 3600 * S ? 1 : tries - 60 + 1);
        }
        assert_int_equal(tries, 60 + 4);
}

static void test_clock_that_is_set_ends_the_wait(void **state)
{
        RegistrationMachine machine;

        WALK("the clock is set", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, EVENT(CLOCK), 0, SERVER_RESOLVING, 1, 0},
                {2, STAGE(HANDSHAKING), 0, SERVER_HANDSHAKING, 1, 0},
                {3, CLOCK_NOT_SET, CLOSE, SERVER_RETRY_WAIT, 0, 63},
                {9, EVENT(CLOCK), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {10, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 70},
                {11, EVENT(CLOCK), 0, SERVER_RETRY_WAIT, 1, 70});
}

static void test_stranded(void **state)
{
        RegistrationMachine machine;

        WALK("an attempt and a session", &defaults, &machine,
                {0, EVENT(BEGIN), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1, STAGE(REQUESTING), 0, SERVER_REQUESTING, 1, 0},
                {2, EVENT(STRANDED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {3, EVENT(FAILED), CLOSE, SERVER_RETRY_WAIT, 1, 63},
                {4, EVENT(STRANDED), 0, SERVER_RETRY_WAIT, 1, 63},
                {63, EVENT(TIMER), CLOSE | OPEN, SERVER_RESOLVING, 2, 0},
                {64, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 2, 64 + DAY - 93},
                {1000, EVENT(STRANDED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0},
                {1001, ANSWERED(CODE_CREATED), REGISTERED, SERVER_REGISTERED, 1, 1001 + DAY - 93},
                {2000, PARTS(0), UPDATE, SERVER_UPDATING, 1, 0},
                {2001, EVENT(STRANDED), CLOSE | OPEN, SERVER_RESOLVING, 1, 0});
}

/* Else a link that flaps would keep an attempt for ever. */
static void test_attempt_that_is_stranded_again_and_again_has_failed(void **state)
{
        static const RegistrationEvent begin = EVENT(BEGIN), stranded = EVENT(STRANDED);
        RegistrationMachine machine = {.policy = defaults, .announced = LWM2M_1_1};

        assert_int_equal(step(&machine, &begin, START), CLOSE | OPEN);
        for (size_t i = 0; i < 10; i++)
                assert_int_equal(step(&machine, &stranded, START), CLOSE | OPEN);
        assert_int_equal(step(&machine, &stranded, START), CLOSE);
        assert_int_equal(machine.state, SERVER_RETRY_WAIT);
        assert_int_equal(machine.deadline, START + 60 * S);
}

static void test_random_walk(void **state)
{
        static const RegistrationPolicy policies[] = {
                {.retry_count = 5,
                        .retry_timer = 60 * S,
                        .sequence_delay = DAY * S,
                        .sequence_retry_count = 1,
                        .lifetime = DAY},
                {.retry_count = 0,
                        .retry_timer = 0,
                        .sequence_delay = 0,
                        .sequence_retry_count = 0,
                        .lifetime = 1},
                {.initial_delay = 30 * S,
                        .retry_count = 3,
                        .retry_timer = S,
                        .sequence_delay = 10 * S,
                        .sequence_retry_count = 4,
                        .lifetime = 0},
                {.initial_delay = UINT32_MAX * S,
                        .retry_count = UINT32_MAX,
                        .retry_timer = UINT32_MAX * S,
                        .sequence_delay = USEC_INFINITY,
                        .sequence_retry_count = UINT32_MAX,
                        .lifetime = 300},
                {.retry_count = 5,
                        .retry_timer = S,
                        .sequence_delay = 10 * S,
                        .sequence_retry_count = 1,
                        .lifetime = 60,
                        .queue_timeout = 10 * S},
                {.retry_count = 5, .sequence_delay = USEC_INFINITY, .queue_timeout = S},
        };
        size_t seen[_SERVER_STATE_MAX] = {0};

        for (size_t i = 0; i < ELEMENTSOF(policies); i++)
                walk_at_random(&policies[i], WALK_SEED + i, seen);
        /* A walk that never gets somewhere would prove nothing about it. */
        for (size_t i = 0; i < _SERVER_STATE_MAX; i++)
                assert_true(seen[i] > 100);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_attempts_of_a_sequence),
                cmocka_unit_test(test_second_refusal_in_a_row_ends_the_sequence),
                cmocka_unit_test(test_wait_that_the_server_asks_for),
                cmocka_unit_test(test_several_sequences),
                cmocka_unit_test(test_counts_of_zero_are_one),
                cmocka_unit_test(test_sequence_delay_never),
                cmocka_unit_test(test_sequence_delay_no_longer_never),
                cmocka_unit_test(test_halt),
                cmocka_unit_test(test_initial_delay),
                cmocka_unit_test(test_answers),
                cmocka_unit_test(test_rejection_ends_only_its_sequence),
                cmocka_unit_test(test_precondition_failed_lowers_the_version),
                cmocka_unit_test(test_lowered_version_is_kept),
                cmocka_unit_test(test_update_in_time),
                cmocka_unit_test(test_update_cycle),
                cmocka_unit_test(test_failed_update_registers_anew),
                cmocka_unit_test(test_lost_session_registers_anew),
                cmocka_unit_test(test_server_that_drops_each_registration_is_not_hammered),
                cmocka_unit_test(test_parts_wait_for_the_update_under_way),
                cmocka_unit_test(test_no_update_unless_registered),
                cmocka_unit_test(test_each_change_is_told_once_in_every_state),
                cmocka_unit_test(test_sleeps_when_nothing_has_been_said),
                cmocka_unit_test(test_what_wakes_it),
                cmocka_unit_test(test_how_sleep_ends),
                cmocka_unit_test(test_another_time_to_stay_awake),
                cmocka_unit_test(test_disable),
                cmocka_unit_test(test_network_interrupts_a_wait),
                cmocka_unit_test(test_network_interrupts_the_wait_of_a_failed_server),
                cmocka_unit_test(test_network_leaves_other_waits_alone),
                cmocka_unit_test(test_begins_when_the_server_wants_to_be_asked),
                cmocka_unit_test(test_clock_that_is_not_set_is_not_counted),
                cmocka_unit_test(test_clock_that_is_set_ends_the_wait),
                cmocka_unit_test(test_stranded),
                cmocka_unit_test(test_attempt_that_is_stranded_again_and_again_has_failed),
                cmocka_unit_test(test_random_walk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
