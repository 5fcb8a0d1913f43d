/* SPDX-License-Identifier: Apache-2.0 */
/* The Bootstrap Sequence as a pure step function. */
#include "client/sequence_machine.h"

#define NEVER 0

static bool any_registered(const SequenceFacts *facts)
{
        return facts->registered_since != NEVER;
}

static void set_until(SequenceMachine *m, uint64_t until)
{
        m->until = until;
        m->at_last = false;
}

/* From the beginning of the order: at start, after a registration, after everything has failed. */
static void begin_round(SequenceMachine *m, bool at_once)
{
        m->state = SEQUENCE_RUNNING;
        m->trial = m->furthest = TRY_SERVERS;
        set_until(m, NEVER);
        m->finishes = 0;
        m->at_once = at_once;
        m->trigger = at_once ? TRIGGER_RESTART : TRIGGER_NO_ACCOUNT;
}

/* Whether other accounts than the stored ones are in force. */
static bool tries_others(const SequenceMachine *m)
{
        return m->trial > TRY_BOOTSTRAP && m->trial < TRY_NOTHING;
}

/* /1/x/16 false on every server forbids a bootstrap: to the configuration always, to a bootstrap only as
 * long as its accounts are known to work, so that no mistake of a server is for good. */
static bool bootstrap_allowed(const SequenceMachine *m, const SequenceFacts *facts, uint64_t now)
{
        if (facts->bootstrap_wanted)
                return true;
        if (!facts->bootstrapped)
                return false;
        return !facts->proven || !m->ever_registered || now - m->registered_at >= SEQUENCE_FORBIDS_USEC;
}

static bool may_try(const SequenceMachine *m, SequenceTrial trial, const SequenceFacts *facts, uint64_t now)
{
        if (!(facts->known & 1U << trial))
                return false;
        switch (trial) {
        case TRY_BOOTSTRAP:
                /* A Bootstrap Server whose accounts never work must not keep the rest from its turn. */
                return m->finishes <= m->policy.retry_count && bootstrap_allowed(m, facts, now);
        case TRY_BOOTSTRAP_OF_LAST_GOOD:
        case TRY_BOOTSTRAP_OF_CONFIGURATION:
                return bootstrap_allowed(m, facts, now);
        case TRY_SERVERS_OF_LAST_GOOD:
        case TRY_SERVERS_OF_CONFIGURATION:
                return true;
        case TRY_SERVERS:
        case TRY_NOTHING:
        case _SEQUENCE_TRIAL_MAX:
                break;
        }
        return false;
}

/* By the policy of now: a Reload may have turned `stay` into `restart`, or back. */
static void wait_in_failure(SequenceMachine *m, uint64_t now)
{
        if (m->policy.restart_delay == 0)
                set_until(m, NEVER);
        else if (m->until == NEVER)
                set_until(m, now + m->policy.restart_delay);
}

static unsigned fail(SequenceMachine *m, uint64_t now)
{
        m->state = SEQUENCE_FAILURE;
        m->trial = TRY_NOTHING;
        set_until(m, NEVER);
        wait_in_failure(m, now);
        return SEQUENCE_ACTION_RESTORE | SEQUENCE_ACTION_GIVE_UP | SEQUENCE_ACTION_HALT |
               SEQUENCE_ACTION_FAILED;
}

/* Each Bootstrap-Server Account has a series of its own; only that of the one in force may have begun. */
static unsigned begin_trial(SequenceMachine *m, SequenceTrial trial, uint64_t now)
{
        bool at_once = m->at_once;

        m->trial = trial;
        if (trial > m->furthest) {
                m->furthest = trial;
                m->finishes = 0;
        }
        switch (trial) {
        case TRY_BOOTSTRAP:
                m->at_once = false;
                return SEQUENCE_ACTION_HALT |
                       (at_once ? SEQUENCE_ACTION_BEGIN_SERIES_NOW : SEQUENCE_ACTION_BEGIN_SERIES);
        case TRY_BOOTSTRAP_OF_LAST_GOOD:
        case TRY_BOOTSTRAP_OF_CONFIGURATION:
                return SEQUENCE_ACTION_TRY | SEQUENCE_ACTION_HALT | SEQUENCE_ACTION_BEGIN_SERIES_NOW;
        case TRY_SERVERS_OF_LAST_GOOD:
        case TRY_SERVERS_OF_CONFIGURATION:
                set_until(m, now + SEQUENCE_SERVERS_USEC);
                return SEQUENCE_ACTION_TRY;
        case TRY_SERVERS:
        case TRY_NOTHING:
        case _SEQUENCE_TRIAL_MAX:
                break;
        }
        return 0;
}

/* After a Finish whose accounts do not work the Bootstrap-Server Account in force goes on; else the order
 * goes on where it was: it never goes back in a round, and so comes to its end. */
static unsigned next_trial(SequenceMachine *m, const SequenceFacts *facts, uint64_t now)
{
        if (facts->any_server)
                m->trigger = TRIGGER_REGISTRATION_FAILED;
        if (m->trial == TRY_SERVERS && may_try(m, TRY_BOOTSTRAP, facts, now))
                return begin_trial(m, TRY_BOOTSTRAP, now);
        for (SequenceTrial next = MAX_OF(m->furthest, TRY_BOOTSTRAP) + 1; next < TRY_NOTHING; next++)
                if (may_try(m, next, facts, now))
                        return begin_trial(m, next, now);
        return fail(m, now);
}

static unsigned purge(const SequenceMachine *m, const SequenceFacts *facts)
{
        bool possible = m->state == SEQUENCE_RUNNING || m->state == SEQUENCE_FAILURE;

        /* An account that has never worked must not become the only one. */
        if (!facts->purge_due || !possible || facts->series_runs || !facts->proven || tries_others(m))
                return 0;
        return SEQUENCE_ACTION_PURGE;
}

static void note_registration(SequenceMachine *m, const SequenceFacts *facts, uint64_t now)
{
        uint64_t since = any_registered(facts) ? facts->registered_since : m->registered_since;

        /* One that is dropped at once does not renew the day that the first one gave. */
        if (since != NEVER && (!m->ever_registered || now >= since + SEQUENCE_LASTS_USEC)) {
                m->ever_registered = true;
                m->registered_at = now;
        }
        m->registered_since = facts->registered_since;
}

/* When a registration of now has lasted; NEVER: there is none, or nothing of the round is left. */
static uint64_t end_of_round(const SequenceMachine *m, const SequenceFacts *facts)
{
        bool fresh = m->furthest == TRY_SERVERS && m->finishes == 0 && m->until == NEVER;

        return fresh || !any_registered(facts) ? NEVER : facts->registered_since + SEQUENCE_LASTS_USEC;
}

/* What comes next depends on the servers in force alone. */
static bool waits_for_servers(const SequenceMachine *m, const SequenceFacts *facts)
{
        return m->state == SEQUENCE_RUNNING && !facts->series_runs && !any_registered(facts) &&
               !facts->any_disabled;
}

/* They have come to nothing: each by itself, or all together by their time. */
static bool servers_failed(const SequenceMachine *m, const SequenceFacts *facts, uint64_t now)
{
        return waits_for_servers(m, facts) && (facts->all_failed || (m->until != NEVER && now >= m->until));
}

/* When those that have not had their turn have it. */
static uint64_t last_turn(const SequenceMachine *m)
{
        return m->until - SEQUENCE_AT_LAST_USEC;
}

/* All together by their time: they count as failed, unless others take their place at once. */
static unsigned after_servers(SequenceMachine *m, const SequenceFacts *facts, uint64_t now)
{
        unsigned actions = next_trial(m, facts, now);

        if (!facts->all_failed && m->trial < TRY_SERVERS_OF_LAST_GOOD)
                actions |= SEQUENCE_ACTION_GIVE_UP;
        return actions;
}

static unsigned look(SequenceMachine *m, const SequenceFacts *facts, uint64_t now)
{
        if (m->state == SEQUENCE_FAILURE)
                wait_in_failure(m, now);
        if (servers_failed(m, facts, now))
                return after_servers(m, facts, now);
        if (m->state != SEQUENCE_RUNNING || facts->series_runs)
                return 0;
        if (end_of_round(m, facts) != NEVER && now >= end_of_round(m, facts))
                begin_round(m, false);
        if (facts->any_disabled)
                set_until(m, NEVER);
        else if (!any_registered(facts) && m->until == NEVER)
                set_until(m, now + SEQUENCE_SERVERS_USEC);
        if (!waits_for_servers(m, facts) || m->at_last || now < last_turn(m))
                return 0;
        m->at_last = true;
        return SEQUENCE_ACTION_BEGIN_AT_LAST;
}

static unsigned restart(SequenceMachine *m)
{
        begin_round(m, true);
        return SEQUENCE_ACTION_FORGET_ATTEMPTS | SEQUENCE_ACTION_RESTORE | SEQUENCE_ACTION_RENEW;
}

static unsigned registered(SequenceMachine *m, const SequenceFacts *facts)
{
        /* Between a Finish and its consequences a 2.01 still speaks for the accounts of before. */
        if (m->state != SEQUENCE_RUNNING)
                return 0;
        m->at_once = false;
        if (!facts->series_runs)
                m->trigger = TRIGGER_NO_ACCOUNT;
        return SEQUENCE_ACTION_PROVE | (facts->series_runs ? 0 : SEQUENCE_ACTION_FORGET_ATTEMPTS);
}

static unsigned finished(SequenceMachine *m, const SequenceFacts *facts, uint64_t now)
{
        unsigned finishes = m->finishes + 1;
        uint64_t until = m->until;
        SequenceTrial furthest = m->furthest;

        if (m->state != SEQUENCE_COMMITTED)
                return 0;
        begin_round(m, false);
        /* A server that the bootstrap did not touch: its /1/x/9 stays alive. */
        if (any_registered(facts))
                return SEQUENCE_ACTION_PROVE | SEQUENCE_ACTION_FORGET_ATTEMPTS;
        m->finishes = finishes;
        m->furthest = furthest;
        set_until(m, until == NEVER ? now + SEQUENCE_SERVERS_USEC
                                    : MAX_OF(until, now + SEQUENCE_SERVERS_AGAIN_USEC));
        return facts->replaced ? SEQUENCE_ACTION_FORGET_ATTEMPTS : 0;
}

static unsigned exhausted(SequenceMachine *m, const SequenceFacts *facts)
{
        if (m->state != SEQUENCE_RUNNING)
                return 0;
        /* Not in `failure`: else /1/x/9 of this server would be dead for good. */
        if (any_registered(facts)) {
                begin_round(m, false);
                return SEQUENCE_ACTION_FORGET_ATTEMPTS;
        }
        m->trial = MAX_OF(m->trial, TRY_BOOTSTRAP);
        m->furthest = MAX_OF(m->furthest, TRY_BOOTSTRAP);
        return 0;
}

static unsigned asked(SequenceMachine *m, const SequenceFacts *facts)
{
        if (m->state != SEQUENCE_RUNNING || facts->series_runs)
                return 0;
        m->trigger = TRIGGER_SERVER_REQUEST;
        return SEQUENCE_ACTION_BEGIN_SERIES;
}

static unsigned bootstrap_now(SequenceMachine *m)
{
        begin_round(m, false);
        m->trial = m->furthest = TRY_BOOTSTRAP;
        m->trigger = TRIGGER_METHOD;
        return SEQUENCE_ACTION_RESTORE | SEQUENCE_ACTION_BEGIN_SERIES_NOW;
}

/* Who asked for the series that runs is served by the new account. */
static unsigned renewed(SequenceMachine *m, const SequenceFacts *facts)
{
        unsigned actions = SEQUENCE_ACTION_FORGET_ATTEMPTS;
        BootstrapTrigger trigger = m->trigger;

        if (m->state == SEQUENCE_FAILURE)
                actions |= SEQUENCE_ACTION_RENEW;
        else if (facts->series_runs)
                actions |= SEQUENCE_ACTION_BEGIN_SERIES_NOW;
        begin_round(m, false);
        if (facts->series_runs)
                m->trigger = trigger;
        return actions;
}

static unsigned timer(SequenceMachine *m, uint64_t now)
{
        if (m->state != SEQUENCE_FAILURE || m->deadline == NEVER || now < m->deadline)
                return 0;
        return restart(m);
}

/* Only where it begins again by itself: `stopped` is an operator's wish. */
static unsigned chance(SequenceMachine *m)
{
        return m->state == SEQUENCE_FAILURE && m->deadline != NEVER ? restart(m) : 0;
}

static unsigned handle(SequenceMachine *m, SequenceEvent event, const SequenceFacts *facts, uint64_t now)
{
        switch (event) {
        case SEQUENCE_EVENT_START:
                begin_round(m, false);
                return 0;
        case SEQUENCE_EVENT_RESTART:
                return SEQUENCE_ACTION_ABORT_SERIES | restart(m);
        case SEQUENCE_EVENT_RESET:
                m->state = SEQUENCE_LOADING;
                return SEQUENCE_ACTION_ABORT_SERIES | SEQUENCE_ACTION_FORGET_ATTEMPTS;
        case SEQUENCE_EVENT_RENEWED:
                return renewed(m, facts);
        case SEQUENCE_EVENT_BOOTSTRAP:
                return bootstrap_now(m);
        case SEQUENCE_EVENT_ASKED:
                return asked(m, facts);
        case SEQUENCE_EVENT_REGISTERED:
                return registered(m, facts);
        case SEQUENCE_EVENT_FINISH:
                m->state = SEQUENCE_COMMITTED;
                return 0;
        case SEQUENCE_EVENT_FINISHED:
                return finished(m, facts, now);
        case SEQUENCE_EVENT_EXHAUSTED:
                return exhausted(m, facts);
        case SEQUENCE_EVENT_TIMER:
                return timer(m, now);
        case SEQUENCE_EVENT_CHANCE:
                return chance(m);
        case SEQUENCE_EVENT_STOP:
                m->state = SEQUENCE_STOPPING;
                return SEQUENCE_ACTION_ABORT_SERIES;
        case SEQUENCE_EVENT_CHANGED:
        case _SEQUENCE_EVENT_MAX:
                return 0;
        }
        return 0;
}

static bool looks(SequenceEvent event)
{
        return event == SEQUENCE_EVENT_CHANGED || event == SEQUENCE_EVENT_TIMER;
}

bool sequence_machine_decides(
        const SequenceMachine *machine, SequenceEvent event, const SequenceFacts *facts, uint64_t now)
{
        return looks(event) && servers_failed(machine, facts, now);
}

static uint64_t deadline(const SequenceMachine *m, const SequenceFacts *facts)
{
        if (m->state == SEQUENCE_FAILURE)
                return m->until;
        if (m->state != SEQUENCE_RUNNING || facts->series_runs)
                return NEVER;
        if (!waits_for_servers(m, facts))
                return end_of_round(m, facts);
        return facts->all_failed || m->until == NEVER ? NEVER : m->at_last ? m->until : last_turn(m);
}

unsigned sequence_machine_step(
        SequenceMachine *machine, SequenceEvent event, const SequenceFacts *facts, uint64_t now)
{
        unsigned actions;

        note_registration(machine, facts, now);
        actions = handle(machine, event, facts, now);
        if (actions == 0 && looks(event)) {
                actions = purge(machine, facts);
                if (actions == 0)
                        actions = look(machine, facts, now);
        }
        machine->deadline = deadline(machine, facts);
        return actions;
}
