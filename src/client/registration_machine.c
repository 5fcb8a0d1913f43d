/* SPDX-License-Identifier: Apache-2.0 */
/* Registration with one LwM2M Server as a pure step function. */
#include "client/registration_machine.h"

#include "client/clock_patience.h"
#include "client/network_limiter.h"
#include "lwm2m/message.h"

#define NEVER 0

/* So many registrations that a server takes and drops within LOSS_WINDOW are begun anew at once, as one does
 * for a server that is restarted; further ones by the delays of a sequence. */
#define LOSSES_FREE 3
#define LOSS_WINDOW (60 * USEC_PER_SEC) /* the default of /1/x/18: Core TS, table 6.2.1.1 */

/* One refusal may have been forged: alerts of a handshake are plaintext (design.md 12). */
#define REFUSALS_MAX 2

/* Nobody is asleep without a registration. */
static void enter(RegistrationMachine *m, ServerState state, uint64_t deadline)
{
        m->asleep = m->asleep && server_state_is_registered(state);
        m->state = state;
        m->deadline = deadline;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
        return a == NEVER ? b : b == NEVER ? a : MIN_OF(a, b);
}

/* A registration stands. */
static void stand(RegistrationMachine *m)
{
        if (m->asleep)
                enter(m, SERVER_SLEEPING, m->update_at);
        else
                enter(m, SERVER_REGISTERED, earlier(m->update_at, m->sleep_at));
}

static void stay_awake(RegistrationMachine *m, uint64_t since)
{
        m->asleep = false;
        m->sleep_at = m->queue_mode ? since + m->policy.queue_timeout : NEVER;
}

static void renewed(RegistrationMachine *m, uint64_t now)
{
        m->update_at = registration_update_at(&m->policy, now);
        stay_awake(m, now);
        stand(m);
}

static unsigned fall_asleep(RegistrationMachine *m, uint64_t last_message, uint64_t now)
{
        if (last_message + m->policy.queue_timeout > now)
                stay_awake(m, last_message);
        else
                m->asleep = true;
        stand(m);
        return 0;
}

/* While an Update is to wake it, too. */
static unsigned heard(RegistrationMachine *m, uint64_t now)
{
        if (!m->asleep)
                return 0;
        stay_awake(m, now);
        if (m->state == SERVER_SLEEPING)
                stand(m);
        return 0;
}

bool registration_is_awake(const RegistrationMachine *machine)
{
        return server_state_is_registered(machine->state) && !machine->asleep;
}

/* The one way into a wait after a failure, and into `failed`: neither is without its reason, nor ends before
 * the server wants to be asked again. */
static unsigned wait_after(
        RegistrationMachine *m, ServerState state, uint64_t deadline, const Failure failure[static 1])
{
        assert(failure && failure->name != FAILURE_NONE);
        m->last_error = *failure;
        m->by_network = false;
        m->anew = 0;
        m->resumed_until = NEVER;
        enter(m, state, deadline == NEVER ? NEVER : MAX_OF(deadline, m->not_before));
        return REGISTRATION_ACTION_CLOSE;
}

static unsigned open_attempt(RegistrationMachine *m)
{
        m->pending = 0;
        m->sending = 0;
        enter(m, SERVER_RESOLVING, NEVER);
        return REGISTRATION_ACTION_CLOSE | REGISTRATION_ACTION_OPEN;
}

static unsigned first_sequence(RegistrationMachine *m)
{
        m->attempt = 1;
        m->sequence = 1;
        m->anew = 0;
        return open_attempt(m);
}

static unsigned begin(RegistrationMachine *m, uint64_t now)
{
        uint64_t begins_at;

        if (m->begun)
                return 0;
        m->begun = true;
        begins_at = m->succeeded ? now : now + MIN_OF(m->policy.initial_delay, REGISTRATION_DELAY_MAX);
        begins_at = MAX_OF(begins_at, m->not_before);
        if (begins_at <= now)
                return first_sequence(m);
        enter(m, SERVER_IDLE, begins_at);
        return 0;
}

static unsigned sequence_ended(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        if (m->sequence < MAX_OF(m->policy.sequence_retry_count, 1) &&
                m->policy.sequence_delay != USEC_INFINITY) {
                m->sequence++;
                m->attempt = 0;
                return wait_after(m, SERVER_RETRY_WAIT, registration_sequence_at(&m->policy, now), failure);
        }
        return wait_after(m, SERVER_FAILED, registration_sequence_at(&m->policy, now), failure);
}

/* An attempt that the network has caused takes the place of none: unless the server has said no, the wait
 * that it has interrupted goes on to its end. So a link that flaps neither uses attempts up nor puts the
 * next one off. */
static bool resumes(const RegistrationMachine *m, const Failure *failure)
{
        return m->resumed_until != NEVER && failure_is_of_the_way(failure->name);
}

/* True: this is the second failure in a row after which no further attempt helps. */
static bool is_refused(RegistrationMachine *m, const Failure *failure)
{
        m->refusals = failure->is_final ? m->refusals + 1 : 0;
        return m->refusals >= REFUSALS_MAX;
}

static unsigned attempt_failed(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        if (is_refused(m, failure))
                return sequence_ended(m, now, failure);
        if (clock_patience(&m->clock_unset, failure->name == FAILURE_CLOCK_NOT_SET, now)) {
                uint64_t delay = registration_attempt_delay(&m->policy, m->attempt);

                /* The timer begins this one again; one of the network's may be none. */
                m->attempt -= MIN_OF(m->attempt, 1);
                return wait_after(m, SERVER_RETRY_WAIT, now + delay, failure);
        }
        if (resumes(m, failure))
                return wait_after(
                        m, m->resumed, MAX_OF(m->resumed_until, now + REGISTRATION_DELAY_MIN), failure);
        if (m->attempt >= MAX_OF(m->policy.retry_count, 1))
                return sequence_ended(m, now, failure);
        return wait_after(
                m, SERVER_RETRY_WAIT, now + registration_attempt_delay(&m->policy, m->attempt), failure);
}

static bool attempt_runs(const RegistrationMachine *m)
{
        return m->state == SERVER_RESOLVING || m->state == SERVER_HANDSHAKING ||
               m->state == SERVER_REQUESTING;
}

static unsigned send_update(RegistrationMachine *m)
{
        m->sending = m->pending & ~UPDATE_PENDING;
        m->pending = 0;
        enter(m, SERVER_UPDATING, NEVER);
        return REGISTRATION_ACTION_UPDATE;
}

/* While Register or an Update is under way it waits for the answer: what is under way was built before. An
 * attempt that is yet to begin carries the new values by itself. */
static unsigned update_due(RegistrationMachine *m, unsigned parts)
{
        if (!server_state_is_registered(m->state) && !attempt_runs(m))
                return 0;
        m->pending |= parts | UPDATE_PENDING;
        return m->state == SERVER_REGISTERED || m->state == SERVER_SLEEPING ? send_update(m) : 0;
}

/* A registration that stood is gone: at once again, within LOSSES_FREE, so that a server that answers and
 * drops us is not hammered, and unless it has asked to be left alone. */
static unsigned lost(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        m->losses = now - m->registered_at < LOSS_WINDOW ? m->losses + 1 : 0;
        if (m->losses <= LOSSES_FREE)
                (void)is_refused(m, failure);
        if (m->losses <= LOSSES_FREE && m->not_before <= now) {
                m->last_error = *failure;
                return first_sequence(m);
        }
        m->pending = m->sending = 0;
        if (m->losses <= LOSSES_FREE) {
                m->attempt = 0;
                m->sequence = 1;
                return wait_after(m, SERVER_RETRY_WAIT, now, failure);
        }
        m->attempt = MIN_OF(m->losses - LOSSES_FREE, MAX_OF(m->policy.retry_count, 1));
        m->sequence = 1;
        return attempt_failed(m, now, failure);
}

/* 4.xx says that this server will not take us as we are; 4.08, 4.13 and 4.29 speak of the transfer. */
static bool is_rejection(uint8_t code)
{
        return CODE_CLASS(code) == 4 && code != CODE_INCOMPLETE && code != CODE_TOO_LARGE &&
               code != CODE_TOO_MANY_REQUESTS;
}

static void heed(RegistrationMachine *m, const RegistrationEvent *event, uint64_t now)
{
        if (event->wait > 0)
                m->not_before = now + event->wait;
}

/* 4.12: at once again with the next lower version, not counted as an attempt. */
static unsigned answered(RegistrationMachine *m, const RegistrationEvent *event, uint64_t now)
{
        if (!attempt_runs(m))
                return 0;
        heed(m, event, now);
        if (event->code == CODE_CREATED) {
                m->succeeded = true;
                m->registered_at = now;
                m->refusals = 0;
                m->by_network = false;
                m->resumed_until = NEVER;
                m->last_error = (Failure){0};
                renewed(m, now);
                return REGISTRATION_ACTION_REGISTERED | (m->pending ? send_update(m) : 0);
        }
        if (event->code == CODE_PRECONDITION_FAILED && m->announced > LWM2M_1_0) {
                m->announced--;
                return open_attempt(m);
        }
        return is_rejection(event->code) ? sequence_ended(m, now, event->failure)
                                         : attempt_failed(m, now, event->failure);
}

static unsigned update_answered(RegistrationMachine *m, const RegistrationEvent *event, uint64_t now)
{
        if (m->state != SERVER_UPDATING)
                return 0;
        heed(m, event, now);
        if (event->code != CODE_CHANGED)
                return lost(m, now, event->failure);
        m->losses = 0;
        renewed(m, now);
        return m->pending ? send_update(m) : 0;
}

static unsigned stage(RegistrationMachine *m, ConnectionStage stage)
{
        if (!attempt_runs(m))
                return 0;
        switch (stage) {
        case CONNECTION_RESOLVING:
                m->state = SERVER_RESOLVING;
                break;
        case CONNECTION_HANDSHAKING:
                m->state = SERVER_HANDSHAKING;
                break;
        case CONNECTION_REQUESTING:
                m->clock_unset = NEVER;
                m->state = SERVER_REQUESTING;
                break;
        }
        return 0;
}

static unsigned disable(RegistrationMachine *m, uint64_t duration, uint64_t now)
{
        unsigned actions = server_state_is_registered(m->state) ? REGISTRATION_ACTION_DEREGISTER
                                                                : REGISTRATION_ACTION_CLOSE;

        m->begun = true;
        m->pending = 0;
        m->by_network = false;
        m->resumed_until = NEVER;
        enter(m, SERVER_DISABLED, now + duration);
        return actions;
}

static unsigned give_up(RegistrationMachine *m, const Failure failure[static 1])
{
        Failure last = m->last_error.name != FAILURE_NONE ? m->last_error : *failure;

        if (m->state == SERVER_FAILED)
                return 0;
        m->begun = true;
        return wait_after(m, SERVER_FAILED, NEVER, &last);
}

bool registration_waits_for_way(const RegistrationMachine *machine, uint64_t now)
{
        bool waits = machine->state == SERVER_RETRY_WAIT || machine->state == SERVER_FAILED;

        return waits && machine->deadline != NEVER && machine->not_before <= now &&
               failure_is_of_the_way(machine->last_error.name);
}

static unsigned network(RegistrationMachine *m, uint64_t now)
{
        if (!registration_waits_for_way(m, now))
                return 0;
        m->by_network = true;
        m->anew = 0;
        m->resumed = m->state;
        m->resumed_until = m->deadline;
        return open_attempt(m);
}

static unsigned stranded(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        unsigned actions = 0;

        if (server_state_is_registered(m->state))
                actions = lost(m, now, failure);
        else if (attempt_runs(m) && m->anew < NETWORK_LIMIT_ANEW) {
                m->anew++;
                actions = open_attempt(m);
        } else if (attempt_runs(m))
                actions = attempt_failed(m, now, failure);
        m->by_network = attempt_runs(m);
        return actions;
}

static unsigned timer(RegistrationMachine *m, uint64_t last_message, uint64_t now)
{
        if (m->deadline == NEVER || now < m->deadline)
                return 0;
        switch (m->state) {
        case SERVER_REGISTERED:
        case SERVER_SLEEPING:
                return m->update_at != NEVER && now >= m->update_at ? update_due(m, 0)
                                                                    : fall_asleep(m, last_message, now);
        case SERVER_RETRY_WAIT:
                m->attempt++;
                return open_attempt(m);
        case SERVER_IDLE:
        case SERVER_DISABLED:
        case SERVER_FAILED:
                return first_sequence(m);
        case SERVER_RESOLVING:
        case SERVER_HANDSHAKING:
        case SERVER_REQUESTING:
        case SERVER_UPDATING:
        case _SERVER_STATE_MAX:
                return 0;
        }
        return 0;
}

bool registration_waits_for_clock(const RegistrationMachine *machine)
{
        bool waits = machine->state == SERVER_RETRY_WAIT || machine->state == SERVER_FAILED;

        return waits && machine->deadline != NEVER && machine->last_error.name == FAILURE_CLOCK_NOT_SET;
}

static unsigned clock_set(RegistrationMachine *m, uint64_t now)
{
        if (!registration_waits_for_clock(m) || m->not_before > now)
                return 0;
        m->deadline = now;
        return timer(m, 0, now);
}

void registration_set_policy(RegistrationMachine *machine, const RegistrationPolicy *policy, uint64_t now)
{
        bool never = machine->policy.sequence_delay == USEC_INFINITY;
        bool other = machine->policy.queue_timeout != policy->queue_timeout;

        machine->policy = *policy;
        if (machine->state == SERVER_REGISTERED && other) {
                stay_awake(machine, now);
                stand(machine);
        }
        if (machine->state == SERVER_FAILED && never)
                machine->deadline = registration_sequence_at(policy, now);
}

unsigned registration_step(RegistrationMachine *machine, const RegistrationEvent *event, uint64_t now)
{
        switch (event->type) {
        case REGISTRATION_EVENT_BEGIN:
                return begin(machine, now);
        case REGISTRATION_EVENT_BEGIN_NOW:
                machine->begun = true;
                return machine->state == SERVER_IDLE ? first_sequence(machine) : 0;
        case REGISTRATION_EVENT_STAGE:
                return stage(machine, event->stage);
        case REGISTRATION_EVENT_ANSWERED:
                return answered(machine, event, now);
        case REGISTRATION_EVENT_FAILED:
                if (server_state_is_registered(machine->state))
                        return lost(machine, now, event->failure);
                return attempt_runs(machine) ? attempt_failed(machine, now, event->failure) : 0;
        case REGISTRATION_EVENT_UPDATE_ANSWERED:
                return update_answered(machine, event, now);
        case REGISTRATION_EVENT_UPDATE:
                return update_due(machine, event->parts);
        case REGISTRATION_EVENT_DISABLE:
                return disable(machine, event->duration, now);
        case REGISTRATION_EVENT_TIMER:
                return timer(machine, event->last_message, now);
        case REGISTRATION_EVENT_HALT:
                if (machine->state == SERVER_FAILED)
                        machine->deadline = NEVER;
                return 0;
        case REGISTRATION_EVENT_GIVE_UP:
                return give_up(machine, event->failure);
        case REGISTRATION_EVENT_NETWORK:
                return network(machine, now);
        case REGISTRATION_EVENT_STRANDED:
                return stranded(machine, now, event->failure);
        case REGISTRATION_EVENT_CLOCK:
                return clock_set(machine, now);
        case REGISTRATION_EVENT_HEARD:
                return heard(machine, now);
        }
        return 0;
}
