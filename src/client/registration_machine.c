/* SPDX-License-Identifier: Apache-2.0 */
/* Registration with one LwM2M Server as a pure step function. */
#include "client/registration_machine.h"

#include "lwm2m/message.h"

#define NEVER 0

/* An Update leaves this long before the lifetime ends, or at its half: MAX_TRANSMIT_WAIT, RFC 7252, 4.8.2.
 */
#define UPDATE_MARGIN_SEC 93

#define DELAY_MIN USEC_PER_SEC /* a server may allow no delay at all; nobody is hammered */

/* So many registrations that a server takes and drops within LOSS_WINDOW are begun anew at once, as one does
 * for a server that is restarted; further ones by the delays of a sequence. */
#define LOSSES_FREE 3
#define LOSS_WINDOW (60 * USEC_PER_SEC) /* the default of /1/x/18: Core TS, table 6.2.1.1 */

/* A delay of a month is as good as any longer one, and cannot overflow. */
#define BACKOFF_MAX (31 * 86400 * USEC_PER_SEC)

static void enter(RegistrationMachine *m, ServerState state, uint64_t deadline)
{
        m->state = state;
        m->deadline = deadline;
}

static uint64_t update_deadline(const RegistrationMachine *m, uint64_t now)
{
        int64_t lifetime = m->policy.lifetime;

        if (lifetime <= 0)
                return NEVER;
        lifetime = MIN_OF(lifetime, (int64_t)UINT32_MAX);
        return now + (uint64_t)lifetime * USEC_PER_SEC -
               MIN_OF((uint64_t)lifetime * USEC_PER_SEC / 2, UPDATE_MARGIN_SEC * USEC_PER_SEC);
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
        return open_attempt(m);
}

static unsigned begin(RegistrationMachine *m, uint64_t now)
{
        if (m->begun)
                return 0;
        m->begun = true;
        if (m->succeeded || m->policy.initial_delay == 0)
                return first_sequence(m);
        enter(m, SERVER_IDLE, now + MIN_OF(m->policy.initial_delay, BACKOFF_MAX));
        return 0;
}

static uint64_t attempt_delay(const RegistrationMachine *m)
{
        uint64_t delay = m->policy.retry_timer;

        for (uint64_t i = 1; i < m->attempt && delay < BACKOFF_MAX; i++)
                delay *= 2;
        return MAX_OF(MIN_OF(delay, BACKOFF_MAX), DELAY_MIN);
}

static uint64_t sequence_deadline(const RegistrationMachine *m, uint64_t now)
{
        return m->policy.sequence_delay == USEC_INFINITY ? NEVER
                                                         : now + MAX_OF(m->policy.sequence_delay, DELAY_MIN);
}

static unsigned sequence_ended(RegistrationMachine *m, uint64_t now)
{
        if (m->sequence < MAX_OF(m->policy.sequence_retry_count, 1) &&
                m->policy.sequence_delay != USEC_INFINITY) {
                m->sequence++;
                m->attempt = 0;
                enter(m, SERVER_RETRY_WAIT, sequence_deadline(m, now));
        } else
                enter(m, SERVER_FAILED, sequence_deadline(m, now));
        return REGISTRATION_ACTION_CLOSE;
}

static unsigned attempt_failed(RegistrationMachine *m, uint64_t now)
{
        if (m->attempt >= MAX_OF(m->policy.retry_count, 1))
                return sequence_ended(m, now);
        enter(m, SERVER_RETRY_WAIT, now + attempt_delay(m));
        return REGISTRATION_ACTION_CLOSE;
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

static unsigned update_due(RegistrationMachine *m, unsigned parts)
{
        if (!server_state_is_registered(m->state))
                return 0;
        m->pending |= parts | UPDATE_PENDING;
        return m->state == SERVER_REGISTERED ? send_update(m) : 0;
}

/* A registration that stood is gone: at once again, within LOSSES_FREE, so that a server that answers and
 * drops us is not hammered. */
static unsigned lost(RegistrationMachine *m, uint64_t now)
{
        m->losses = now - m->registered_at < LOSS_WINDOW ? m->losses + 1 : 0;
        if (m->losses <= LOSSES_FREE)
                return first_sequence(m);
        m->pending = m->sending = 0;
        m->attempt = MIN_OF(m->losses - LOSSES_FREE, MAX_OF(m->policy.retry_count, 1));
        m->sequence = 1;
        return attempt_failed(m, now);
}

/* 4.12: at once again with the next lower version, not counted as an attempt. */
static unsigned answered(RegistrationMachine *m, uint8_t code, uint64_t now)
{
        if (!attempt_runs(m))
                return 0;
        if (code == CODE_CREATED) {
                m->succeeded = true;
                m->registered_at = now;
                enter(m, SERVER_REGISTERED, update_deadline(m, now));
                return REGISTRATION_ACTION_REGISTERED;
        }
        if (code == CODE_PRECONDITION_FAILED && m->announced > LWM2M_1_0) {
                m->announced--;
                return open_attempt(m);
        }
        if (CODE_CLASS(code) == 4 && code != CODE_TOO_MANY_REQUESTS)
                return sequence_ended(m, now);
        return attempt_failed(m, now);
}

static unsigned update_answered(RegistrationMachine *m, uint8_t code, uint64_t now)
{
        if (m->state != SERVER_UPDATING)
                return 0;
        if (code != CODE_CHANGED)
                return lost(m, now);
        m->losses = 0;
        enter(m, SERVER_REGISTERED, update_deadline(m, now));
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
        enter(m, SERVER_DISABLED, now + duration);
        return actions;
}

static unsigned timer(RegistrationMachine *m, uint64_t now)
{
        if (m->deadline == NEVER || now < m->deadline)
                return 0;
        switch (m->state) {
        case SERVER_REGISTERED:
                return update_due(m, 0);
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
        case SERVER_SLEEPING:
        case _SERVER_STATE_MAX:
                return 0;
        }
        return 0;
}

unsigned registration_step(RegistrationMachine *machine, const RegistrationEvent *event, uint64_t now)
{
        switch (event->type) {
        case REGISTRATION_EVENT_BEGIN:
                return begin(machine, now);
        case REGISTRATION_EVENT_STAGE:
                return stage(machine, event->stage);
        case REGISTRATION_EVENT_ANSWERED:
                return answered(machine, event->code, now);
        case REGISTRATION_EVENT_FAILED:
                if (server_state_is_registered(machine->state))
                        return lost(machine, now);
                return attempt_runs(machine) ? attempt_failed(machine, now) : 0;
        case REGISTRATION_EVENT_UPDATE_ANSWERED:
                return update_answered(machine, event->code, now);
        case REGISTRATION_EVENT_UPDATE:
                return update_due(machine, event->parts);
        case REGISTRATION_EVENT_DISABLE:
                return disable(machine, event->duration, now);
        case REGISTRATION_EVENT_TIMER:
                return timer(machine, now);
        case REGISTRATION_EVENT_HALT:
                if (machine->state == SERVER_FAILED)
                        machine->deadline = NEVER;
                return 0;
        }
        return 0;
}
