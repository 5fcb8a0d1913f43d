/* SPDX-License-Identifier: Apache-2.0 */
/* Registration with one LwM2M Server as a pure step function. */
#include "client/registration_machine.h"

#include "client/network_limiter.h"
#include "lwm2m/message.h"
#include "util/clock.h"

#define NEVER 0

/* A registration stands. */
static void stand(RegistrationMachine *m)
{
        if (m->asleep)
                registration_enter(m, SERVER_SLEEPING, m->update_at);
        else
                registration_enter(m, SERVER_REGISTERED, clock_earlier(m->update_at, m->sleep_at));
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

static unsigned begin(RegistrationMachine *m, uint64_t now)
{
        uint64_t begins_at;

        if (m->begun)
                return 0;
        m->begun = true;
        begins_at = m->succeeded ? now : now + MIN_OF(m->policy.initial_delay, REGISTRATION_DELAY_MAX);
        begins_at = MAX_OF(begins_at, m->not_before);
        if (begins_at <= now)
                return registration_first_sequence(m);
        registration_enter(m, SERVER_IDLE, begins_at);
        return 0;
}

static unsigned send_update(RegistrationMachine *m)
{
        m->sending = m->pending & ~UPDATE_PENDING;
        m->pending = 0;
        registration_enter(m, SERVER_UPDATING, NEVER);
        return REGISTRATION_ACTION_UPDATE;
}

/* While Register or an Update is under way it waits for the answer: what is under way was built before. An
 * attempt that is yet to begin carries the new values by itself. */
static unsigned update_due(RegistrationMachine *m, unsigned parts)
{
        if (!server_state_is_registered(m->state) && !registration_attempt_runs(m))
                return 0;
        m->pending |= parts | UPDATE_PENDING;
        return m->state == SERVER_REGISTERED || m->state == SERVER_SLEEPING ? send_update(m) : 0;
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
        if (!registration_attempt_runs(m))
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
                return registration_open_attempt(m);
        }
        return is_rejection(event->code) ? registration_sequence_ended(m, now, event->failure)
                                         : registration_attempt_failed(m, now, event->failure);
}

static unsigned update_answered(RegistrationMachine *m, const RegistrationEvent *event, uint64_t now)
{
        if (m->state != SERVER_UPDATING)
                return 0;
        heed(m, event, now);
        if (event->code != CODE_CHANGED)
                return registration_lost(m, now, event->failure);
        m->losses = 0;
        renewed(m, now);
        return m->pending ? send_update(m) : 0;
}

static unsigned stage(RegistrationMachine *m, ConnectionStage stage)
{
        if (!registration_attempt_runs(m))
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
        registration_enter(m, SERVER_DISABLED, now + duration);
        return actions;
}

static unsigned give_up(RegistrationMachine *m, const Failure failure[static 1])
{
        Failure last = m->last_error.name != FAILURE_NONE ? m->last_error : *failure;

        if (m->state == SERVER_FAILED)
                return 0;
        m->begun = true;
        return registration_wait(m, SERVER_FAILED, NEVER, &last);
}

static unsigned network(RegistrationMachine *m, uint64_t now)
{
        if (!registration_waits_for_way(m, now))
                return 0;
        m->by_network = true;
        m->anew = 0;
        m->resumed = m->state;
        m->resumed_until = m->deadline;
        return registration_open_attempt(m);
}

static unsigned stranded(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        unsigned actions = 0;

        if (server_state_is_registered(m->state))
                actions = registration_lost(m, now, failure);
        else if (registration_attempt_runs(m) && m->anew < NETWORK_LIMIT_ANEW) {
                m->anew++;
                actions = registration_open_attempt(m);
        } else if (registration_attempt_runs(m))
                actions = registration_attempt_failed(m, now, failure);
        m->by_network = registration_attempt_runs(m);
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
                return registration_open_attempt(m);
        case SERVER_IDLE:
        case SERVER_DISABLED:
        case SERVER_FAILED:
                return registration_first_sequence(m);
        case SERVER_RESOLVING:
        case SERVER_HANDSHAKING:
        case SERVER_REQUESTING:
        case SERVER_UPDATING:
        case _SERVER_STATE_MAX:
                return 0;
        }
        return 0;
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
                return machine->state == SERVER_IDLE ? registration_first_sequence(machine) : 0;
        case REGISTRATION_EVENT_STAGE:
                return stage(machine, event->stage);
        case REGISTRATION_EVENT_ANSWERED:
                return answered(machine, event, now);
        case REGISTRATION_EVENT_FAILED:
                if (server_state_is_registered(machine->state))
                        return registration_lost(machine, now, event->failure);
                return registration_attempt_runs(machine)
                               ? registration_attempt_failed(machine, now, event->failure)
                               : 0;
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
