/* SPDX-License-Identifier: Apache-2.0 */
/* A series of bootstrap attempts as a pure step function. */
#include "client/bootstrap_machine.h"

#include "client/clock_patience.h"
#include "client/network_limiter.h"
#include "lwm2m/message.h"

#define NEVER 0

/* Between an attempt that has outlasted the wait which it had interrupted, and the next one. */
#define RESUMED_MIN USEC_PER_SEC

static uint64_t with_jitter(const BootstrapMachine *m, uint64_t delay, double random)
{
        return delay + (uint64_t)((double)delay * m->policy.jitter * random);
}

/* retry_delay * 2^(n-1) before retry n, capped; the loop ends at the cap, so it cannot overflow. */
static uint64_t retry_delay(const BootstrapMachine *m, unsigned retry)
{
        uint64_t delay = m->policy.retry_delay;

        for (unsigned i = 1; i < retry && delay < m->policy.retry_delay_max; i++)
                delay *= 2;
        return MIN_OF(delay, m->policy.retry_delay_max);
}

static void enter(BootstrapMachine *m, BootstrapPhase phase, uint64_t deadline)
{
        m->phase = phase;
        m->deadline = deadline;
}

/* The longer of the delay and of what the server has asked for, and the jitter on it: those that it has told
 * the same do not come back all at once. */
static void enter_wait(
        BootstrapMachine *m, BootstrapPhase phase, uint64_t delay, uint64_t now, double random)
{
        uint64_t asked = m->not_before > now ? m->not_before - now : 0;

        enter(m, phase, now + with_jitter(m, MAX_OF(delay, asked), random));
}

static unsigned open_attempt(BootstrapMachine *m, bool by_network)
{
        m->by_network = by_network;
        m->refused = false;
        m->repeats = false;
        m->pack = m->policy.has_pack && !m->without_pack && !m->pack_lost;
        m->pack_lost = false;
        enter(m, BOOTSTRAP_RESOLVING, NEVER);
        return BOOTSTRAP_ACTION_OPEN;
}

static unsigned start_attempt(BootstrapMachine *m)
{
        m->attempt++;
        m->anew = 0;
        m->resumed_until = NEVER;
        return open_attempt(m, false);
}

/* The next attempt after its delay, or the end of the series; repeats: the same attempt once more. */
static unsigned wait_or_give_up(BootstrapMachine *m, bool repeats, uint64_t now, double random)
{
        m->by_network = false;
        m->repeats = repeats;
        m->resumed_until = NEVER;
        if (m->attempt > m->policy.retry_count && !repeats) {
                enter(m, BOOTSTRAP_IDLE, NEVER);
                return BOOTSTRAP_ACTION_EXHAUSTED;
        }
        enter_wait(m, BOOTSTRAP_RETRY_WAIT, retry_delay(m, m->attempt), now, random);
        return 0;
}

/* Attempt 1, once it is allowed. */
static unsigned first_attempt(BootstrapMachine *m, uint64_t hold_off, uint64_t now, double random)
{
        if (hold_off == 0 && m->not_before <= now)
                return start_attempt(m);
        enter_wait(m, BOOTSTRAP_HOLD_OFF, hold_off, now, random);
        return 0;
}

static unsigned begin(BootstrapMachine *m, uint64_t now, double random)
{
        if (m->phase != BOOTSTRAP_IDLE)
                return 0;
        m->of_the_way = false;
        if (m->attempt > 0)
                return wait_or_give_up(m, false, now, random);
        return first_attempt(m, m->policy.hold_off, now, random);
}

static unsigned close_running(const BootstrapMachine *m)
{
        return bootstrap_attempt_runs(m) ? BOOTSTRAP_ACTION_CLOSE : 0;
}

static unsigned begin_now(BootstrapMachine *m, uint64_t now, double random)
{
        unsigned close = close_running(m);

        bootstrap_reset_counter(m);
        return close | first_attempt(m, 0, now, random);
}

bool bootstrap_attempt_runs(const BootstrapMachine *machine)
{
        switch (machine->phase) {
        case BOOTSTRAP_RESOLVING:
        case BOOTSTRAP_HANDSHAKING:
        case BOOTSTRAP_REQUESTING:
        case BOOTSTRAP_PROVISIONING:
                return true;
        case BOOTSTRAP_IDLE:
        case BOOTSTRAP_HOLD_OFF:
        case BOOTSTRAP_RETRY_WAIT:
        case _BOOTSTRAP_PHASE_MAX:
                return false;
        }
        return false;
}

static unsigned abort_series(BootstrapMachine *m)
{
        unsigned close = close_running(m);

        bootstrap_forget_wait(m);
        enter(m, BOOTSTRAP_IDLE, NEVER);
        return close;
}

/* An attempt that the network has caused takes the place of none: unless the server has said no, or asked to
 * be left alone for longer, the wait that it has interrupted goes on to its end. So a link that flaps
 * neither uses attempts up nor puts the next one off. */
static bool resumes(const BootstrapMachine *m, bool of_the_way)
{
        return of_the_way && m->resumed_until != NEVER && m->not_before <= m->resumed_until;
}

static unsigned attempt_failed(BootstrapMachine *m, bool of_the_way, uint64_t now, double random)
{
        if (!bootstrap_attempt_runs(m))
                return 0;
        m->of_the_way = of_the_way;
        if (resumes(m, of_the_way)) {
                enter(m, BOOTSTRAP_RETRY_WAIT, MAX_OF(m->resumed_until, now + RESUMED_MIN));
                m->by_network = false;
                m->resumed_until = NEVER;
                return BOOTSTRAP_ACTION_CLOSE;
        }
        return BOOTSTRAP_ACTION_CLOSE | wait_or_give_up(m, false, now, random);
}

/* A Bootstrap-Pack that has begun to come begins anew at another address; an operation leaves none. */
static unsigned stage(BootstrapMachine *m, ConnectionStage stage)
{
        if (!bootstrap_attempt_runs(m) || (m->phase == BOOTSTRAP_PROVISIONING && !m->pack))
                return 0;
        switch (stage) {
        case CONNECTION_RESOLVING:
                enter(m, BOOTSTRAP_RESOLVING, NEVER);
                break;
        case CONNECTION_HANDSHAKING:
                enter(m, BOOTSTRAP_HANDSHAKING, NEVER);
                break;
        case CONNECTION_REQUESTING:
                m->clock_unset = NEVER;
                enter(m, BOOTSTRAP_REQUESTING, NEVER);
                break;
        }
        return 0;
}

static void begin_session(BootstrapMachine *m, uint64_t now)
{
        m->session_end = now + MAX_OF(m->policy.timeout, BOOTSTRAP_SESSION_USEC);
        enter(m, BOOTSTRAP_PROVISIONING, now + m->policy.timeout);
}

/* Nothing came of the Bootstrap-Pack-Request: the Bootstrap-Request follows, as part of the same attempt.
 * What the server may have written meanwhile is not taken along. */
static unsigned request_without_pack(BootstrapMachine *m)
{
        m->pack = false;
        m->refused = false;
        enter(m, BOOTSTRAP_REQUESTING, NEVER);
        return BOOTSTRAP_ACTION_ROLLBACK | BOOTSTRAP_ACTION_REQUEST;
}

static unsigned unanswered(BootstrapMachine *m)
{
        return bootstrap_in_session(m) && m->pack ? request_without_pack(m) : 0;
}

static unsigned answered(BootstrapMachine *m, const BootstrapEvent *event, uint64_t now, double random)
{
        if (!bootstrap_in_session(m))
                return 0;
        if (event->wait > 0)
                m->not_before = now + event->wait;
        if (m->pack) {
                m->without_pack = bootstrap_lacks_pack(event->code);
                return request_without_pack(m);
        }
        if (bootstrap_refuses_format(m, event->code)) {
                m->without_format = true;
                return BOOTSTRAP_ACTION_REQUEST;
        }
        if (CODE_CLASS(event->code) != 2)
                return attempt_failed(m, false, now, random);
        if (m->phase == BOOTSTRAP_REQUESTING)
                begin_session(m, now);
        return 0;
}

/* The first operation starts the session timer whatever its answer; later only a success re-arms it, so that
 * garbage cannot keep a session open. */
static unsigned operation(BootstrapMachine *m, bool success, uint64_t now)
{
        if (m->phase == BOOTSTRAP_REQUESTING)
                begin_session(m, now);
        else if (m->phase == BOOTSTRAP_PROVISIONING && success)
                m->deadline = MIN_OF(now + m->policy.timeout, m->session_end);
        return 0;
}

/* Who has refused a Bootstrap-Pack for an hour, and has bootstrapped us then, may be asked again. */
static unsigned finished(BootstrapMachine *m)
{
        if (!bootstrap_in_session(m))
                return 0;
        bootstrap_forget_wait(m);
        enter(m, BOOTSTRAP_IDLE, NEVER);
        return 0;
}

static unsigned timer(BootstrapMachine *m, uint64_t now, double random)
{
        if (m->deadline == NEVER || now < m->deadline)
                return 0;
        switch (m->phase) {
        case BOOTSTRAP_RETRY_WAIT:
                if (m->repeats)
                        return open_attempt(m, false);
                /* A Reload may have lowered retry_count meanwhile. */
                return m->attempt > m->policy.retry_count ? wait_or_give_up(m, false, now, random)
                                                          : start_attempt(m);
        case BOOTSTRAP_HOLD_OFF:
                return start_attempt(m);
        case BOOTSTRAP_PROVISIONING:
                if (m->pack)
                        return request_without_pack(m);
                return (m->refused ? BOOTSTRAP_ACTION_REFUSED : BOOTSTRAP_ACTION_SILENT) |
                       attempt_failed(m, !m->refused, now, random);
        case BOOTSTRAP_IDLE:
        case BOOTSTRAP_RESOLVING:
        case BOOTSTRAP_HANDSHAKING:
        case BOOTSTRAP_REQUESTING:
        case _BOOTSTRAP_PHASE_MAX:
                return 0;
        }
        return 0;
}

bool bootstrap_waits_for_way(const BootstrapMachine *machine, uint64_t now)
{
        return machine->phase == BOOTSTRAP_RETRY_WAIT && machine->of_the_way && machine->not_before <= now;
}

static unsigned network(BootstrapMachine *m, uint64_t now)
{
        if (!bootstrap_waits_for_way(m, now))
                return 0;
        m->anew = 0;
        m->resumed_until = m->deadline;
        return open_attempt(m, true);
}

static unsigned stranded(BootstrapMachine *m, uint64_t now, double random)
{
        if (!bootstrap_attempt_runs(m))
                return 0;
        if (m->anew >= NETWORK_LIMIT_ANEW)
                return attempt_failed(m, true, now, random);
        m->anew++;
        return BOOTSTRAP_ACTION_CLOSE | open_attempt(m, true);
}

bool bootstrap_waits_for_clock(const BootstrapMachine *machine)
{
        return machine->phase == BOOTSTRAP_RETRY_WAIT && machine->clock_unset != NEVER;
}

static unsigned clock_set(BootstrapMachine *m, uint64_t now, double random)
{
        if (!bootstrap_waits_for_clock(m) || m->not_before > now)
                return 0;
        m->deadline = now;
        return timer(m, now, random);
}

static unsigned failed(BootstrapMachine *m, const BootstrapEvent *event, uint64_t now, double random)
{
        /* A server that ends its sessions over the one request may know the other one. */
        m->pack_lost = m->pack && event->lost && bootstrap_in_session(m);
        if (!bootstrap_attempt_runs(m) || !clock_patience(&m->clock_unset, event->clock_unset, now))
                return attempt_failed(m, event->of_the_way, now, random);
        m->of_the_way = false;
        return BOOTSTRAP_ACTION_CLOSE | wait_or_give_up(m, true, now, random);
}

unsigned bootstrap_step(BootstrapMachine *machine, const BootstrapEvent *event, uint64_t now, double random)
{
        switch (event->type) {
        case BOOTSTRAP_EVENT_BEGIN:
                return begin(machine, now, random);
        case BOOTSTRAP_EVENT_BEGIN_NOW:
                return begin_now(machine, now, random);
        case BOOTSTRAP_EVENT_STAGE:
                return stage(machine, event->stage);
        case BOOTSTRAP_EVENT_ANSWERED:
                return answered(machine, event, now, random);
        case BOOTSTRAP_EVENT_UNANSWERED:
                return unanswered(machine);
        case BOOTSTRAP_EVENT_FAILED:
                return failed(machine, event, now, random);
        case BOOTSTRAP_EVENT_OPERATION:
                return operation(machine, event->success, now);
        case BOOTSTRAP_EVENT_BLOCK:
                return operation(machine, true, now);
        case BOOTSTRAP_EVENT_REFUSED:
                machine->refused = bootstrap_in_session(machine);
                return operation(machine, false, now);
        case BOOTSTRAP_EVENT_FINISHED:
                return finished(machine);
        case BOOTSTRAP_EVENT_TIMER:
                return timer(machine, now, random);
        case BOOTSTRAP_EVENT_NETWORK:
                return network(machine, now);
        case BOOTSTRAP_EVENT_STRANDED:
                return stranded(machine, now, random);
        case BOOTSTRAP_EVENT_CLOCK:
                return clock_set(machine, now, random);
        case BOOTSTRAP_EVENT_ABORT:
                return abort_series(machine);
        }
        return 0;
}

bool bootstrap_sends_format(const BootstrapMachine *machine)
{
        return machine->policy.has_format && !machine->without_format;
}

bool bootstrap_lacks_pack(uint8_t code)
{
        return code == CODE_NOT_FOUND || code == CODE_METHOD_NOT_ALLOWED || code == CODE_NOT_IMPLEMENTED;
}

bool bootstrap_refuses_format(const BootstrapMachine *machine, uint8_t code)
{
        return machine->phase == BOOTSTRAP_REQUESTING && !machine->pack && bootstrap_sends_format(machine) &&
               (code == CODE_UNSUPPORTED_FORMAT || code == CODE_BAD_REQUEST);
}

void bootstrap_forget_wait(BootstrapMachine *machine)
{
        machine->not_before = NEVER;
}

void bootstrap_reset_counter(BootstrapMachine *machine)
{
        machine->attempt = 0;
        machine->clock_unset = NEVER;
        machine->repeats = false;
        machine->without_format = false;
}

bool bootstrap_in_session(const BootstrapMachine *machine)
{
        return machine->phase == BOOTSTRAP_REQUESTING || machine->phase == BOOTSTRAP_PROVISIONING;
}
