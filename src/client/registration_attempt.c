/* SPDX-License-Identifier: Apache-2.0 */
/* The attempts at a registration. */
#include "client/registration_attempt.h"

#include "client/clock_patience.h"

#define NEVER 0

/* So many registrations that a server takes and drops within LOSS_WINDOW are begun anew at once, as one does
 * for a server that is restarted; further ones by the delays of a sequence. */
#define LOSSES_FREE 3
#define LOSS_WINDOW (60 * USEC_PER_SEC) /* the default of /1/x/18: Core TS, table 6.2.1.1 */

/* One refusal may have been forged: alerts of a handshake are plaintext (design.md 12). */
#define REFUSALS_MAX 2

/* Nobody is asleep without a registration. */
void registration_enter(RegistrationMachine *m, ServerState state, uint64_t deadline)
{
        m->asleep = m->asleep && server_state_is_registered(state);
        m->state = state;
        m->deadline = deadline;
}

unsigned registration_wait(
        RegistrationMachine *m, ServerState state, uint64_t deadline, const Failure failure[static 1])
{
        assert(failure && failure->name != FAILURE_NONE);
        m->last_error = *failure;
        m->by_network = false;
        m->anew = 0;
        m->resumed_until = NEVER;
        registration_enter(m, state, deadline == NEVER ? NEVER : MAX_OF(deadline, m->not_before));
        return REGISTRATION_ACTION_CLOSE;
}

unsigned registration_open_attempt(RegistrationMachine *m)
{
        m->pending = 0;
        m->sending = 0;
        registration_enter(m, SERVER_RESOLVING, NEVER);
        return REGISTRATION_ACTION_CLOSE | REGISTRATION_ACTION_OPEN;
}

unsigned registration_first_sequence(RegistrationMachine *m)
{
        m->attempt = 1;
        m->sequence = 1;
        m->anew = 0;
        return registration_open_attempt(m);
}

bool registration_attempt_runs(const RegistrationMachine *m)
{
        return m->state == SERVER_RESOLVING || m->state == SERVER_HANDSHAKING ||
               m->state == SERVER_REQUESTING;
}

unsigned registration_sequence_ended(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        if (m->sequence < MAX_OF(m->policy.sequence_retry_count, 1) &&
                m->policy.sequence_delay != USEC_INFINITY) {
                m->sequence++;
                m->attempt = 0;
                return registration_wait(
                        m, SERVER_RETRY_WAIT, registration_sequence_at(&m->policy, now), failure);
        }
        return registration_wait(m, SERVER_FAILED, registration_sequence_at(&m->policy, now), failure);
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

unsigned registration_attempt_failed(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        if (is_refused(m, failure))
                return registration_sequence_ended(m, now, failure);
        if (clock_patience(&m->clock_unset, failure->name == FAILURE_CLOCK_NOT_SET, now)) {
                uint64_t delay = registration_attempt_delay(&m->policy, m->attempt);

                /* The timer begins this one again; one of the network's may be none. */
                m->attempt -= MIN_OF(m->attempt, 1);
                return registration_wait(m, SERVER_RETRY_WAIT, now + delay, failure);
        }
        if (resumes(m, failure))
                return registration_wait(
                        m, m->resumed, MAX_OF(m->resumed_until, now + REGISTRATION_DELAY_MIN), failure);
        if (m->attempt >= MAX_OF(m->policy.retry_count, 1))
                return registration_sequence_ended(m, now, failure);
        return registration_wait(
                m, SERVER_RETRY_WAIT, now + registration_attempt_delay(&m->policy, m->attempt), failure);
}

unsigned registration_lost(RegistrationMachine *m, uint64_t now, const Failure failure[static 1])
{
        m->losses = now - m->registered_at < LOSS_WINDOW ? m->losses + 1 : 0;
        if (m->losses <= LOSSES_FREE)
                (void)is_refused(m, failure);
        if (m->losses <= LOSSES_FREE && m->not_before <= now) {
                m->last_error = *failure;
                return registration_first_sequence(m);
        }
        m->pending = m->sending = 0;
        if (m->losses <= LOSSES_FREE) {
                m->attempt = 0;
                m->sequence = 1;
                return registration_wait(m, SERVER_RETRY_WAIT, now, failure);
        }
        m->attempt = MIN_OF(m->losses - LOSSES_FREE, MAX_OF(m->policy.retry_count, 1));
        m->sequence = 1;
        return registration_attempt_failed(m, now, failure);
}

static bool waits(const RegistrationMachine *m)
{
        return (m->state == SERVER_RETRY_WAIT || m->state == SERVER_FAILED) && m->deadline != NEVER;
}

bool registration_waits_for_way(const RegistrationMachine *m, uint64_t now)
{
        return waits(m) && m->not_before <= now && failure_is_of_the_way(m->last_error.name);
}

bool registration_waits_for_clock(const RegistrationMachine *m)
{
        return waits(m) && m->last_error.name == FAILURE_CLOCK_NOT_SET;
}
