/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out what the sequence machine decides, from the loop. */
#include "client/core.h"

#include "client/accounts.h"
#include "client/failure_text.h"
#include "client/generations.h"
#include "operation/outgoing.h"
#include "util/log.h"
#include "util/message_ids.h"

/* -- Facts -- */

static SequenceFacts facts_of(Client *client, uint64_t now)
{
        OrderedServer order[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, order);
        SequenceFacts facts = {
                .series_runs = state_bootstrap_runs(client),
                .any_server = n > 0,
                .all_failed = registration_order_all_failed(order, n),
                .bootstrap_wanted = registration_order_wants_bootstrap(order, n),
                .bootstrapped = client->flags & SAVE_BOOTSTRAPPED,
                .proven = client->flags & SAVE_PROVEN,
                .replaced = client->replaced,
                .purge_due = client->purge_at > 0 && now >= client->purge_at,
        };

        for (size_t i = 0; i < n; i++) {
                uint64_t since = server_registered_since(client->servers[i]);

                facts.any_disabled = facts.any_disabled || order[i].state == SERVER_DISABLED;
                if (since > 0 && (facts.registered_since == 0 || since < facts.registered_since))
                        facts.registered_since = since;
        }
        return facts;
}

/* -- Actions -- */

/* Returns whether others than the stored ones were in force. */
bool core_restore(Client *client)
{
        bool servers = false;

        if (!generations_restore(client, &servers))
                return false;
        accounts_apply(client, servers ? SESSIONS_ANEW : SESSIONS_KEPT, true);
        return true;
}

static void try_others(Client *client)
{
        SequenceTrial trial = client->sequence.trial;
        int r;

        r = generations_try(client, trial);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_INTERNAL_ERROR,
                        "Other accounts cannot be put in force: %m");
        else
                accounts_apply(client,
                        trial == TRY_SERVERS_OF_LAST_GOOD || trial == TRY_SERVERS_OF_CONFIGURATION
                                ? SESSIONS_ANEW
                                : SESSIONS_KEPT,
                        true);
}

static void purge(Client *client)
{
        if (generations_purge(client))
                accounts_apply(client, SESSIONS_KEPT, false);
        accounts_arm_purge(client);
}

static const char *why_aborted(SequenceEvent event)
{
        switch (event) {
        case SEQUENCE_EVENT_STOP:
                return "The daemon was stopped.";
        case SEQUENCE_EVENT_RESTART:
                return "A restart was asked for.";
        case SEQUENCE_EVENT_RESET:
                return "The machine was about to be rebooted."; /* else the history is forgotten */
        case SEQUENCE_EVENT_START:
        case SEQUENCE_EVENT_RENEWED:
        case SEQUENCE_EVENT_BOOTSTRAP:
        case SEQUENCE_EVENT_ASKED:
        case SEQUENCE_EVENT_REGISTERED:
        case SEQUENCE_EVENT_FINISH:
        case SEQUENCE_EVENT_FINISHED:
        case SEQUENCE_EVENT_EXHAUSTED:
        case SEQUENCE_EVENT_CHANCE:
        case SEQUENCE_EVENT_CHANGED:
        case SEQUENCE_EVENT_TIMER:
        case _SEQUENCE_EVENT_MAX:
                break;
        }
        return "";
}

/* Restart(), Reset(), stop: nobody waits any more for what a server has asked for, either. */
static void abort_series(Client *client, SequenceEvent event)
{
        bootstrap_abort(client->bootstrap, why_aborted(event));
        store_rollback(client->context.store);
        client->exhausted = false;
        for (size_t i = 0; i < client->n_servers; i++)
                server_ignore_wait(client->servers[i]);
}

static void begin_series(Client *client, bool now)
{
        if (bootstrap_account(client->bootstrap))
                bootstrap_begin(client->bootstrap, client->sequence.trigger, now);
        else
                bootstrap_abort(client->bootstrap, "There is no Bootstrap-Server Account any more.");
}

/* `failure` always has a reason, from the moment that it shows: that of what failed last. */
static void find_reason(Client *client)
{
        if (client->last_error.name != FAILURE_NONE)
                return;
        if (client->n_servers > 0)
                failure_set_registration_late(&client->last_error, server_account(client->servers[0]));
        else
                failure_set_nothing_to_try(&client->last_error);
}

static void tell_failure(Client *client)
{
        const char *kept = client->n_servers > 0 ? " The accounts from before are kept." : "";
        const LogAbout about = {
                .message_id = MESSAGE_ID_EVERYTHING_FAILED,
                .error = failure_name_to_string(client->last_error.name),
        };

        if (client->context.settings.on_failure == ON_FAILURE_RESTART)
                log_full(LOG_ERR, 0, &about,
                        "Everything that could be tried has failed; it begins again in %llu s "
                        "(restart_delay).%s",
                        (unsigned long long)(client->context.settings.restart_delay / USEC_PER_SEC), kept);
        else
                log_full(LOG_ERR, 0, &about,
                        "Everything that could be tried has failed; \"lwm2mctl restart\" begins again.%s",
                        kept);
}

/* everything: also what was tried in the place of those that are in force again. */
static void give_up(Client *client, bool everything)
{
        for (size_t i = 0; i < client->n_servers; i++) {
                const Account *account = server_account(client->servers[i]);
                Failure failure;

                if (everything)
                        failure_set_given_up(&failure, account, &client->last_error);
                else
                        failure_set_registration_late(&failure, account);
                server_give_up(client->servers[i], &failure);
        }
}

static void halt(Client *client)
{
        for (size_t i = 0; i < client->n_servers; i++)
                server_halt(client->servers[i]);
}

/* But for those that a failed one blocks, by their own /1/x/15. */
static void begin_at_last(Client *client)
{
        OrderedServer order[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, order);

        for (size_t i = 0; i < n; i++)
                if (registration_order_state(order, n, i) != SERVER_FAILED)
                        server_begin_now(client->servers[i]);
}

/* In the order of their values, which is that in which they make sense. */
static void carry_out(Client *client, SequenceEvent event, unsigned actions)
{
        if (actions & (SEQUENCE_ACTION_GIVE_UP | SEQUENCE_ACTION_FAILED))
                find_reason(client);
        if (actions & SEQUENCE_ACTION_ABORT_SERIES)
                abort_series(client, event);
        if (actions & SEQUENCE_ACTION_FORGET_ATTEMPTS)
                bootstrap_forget_attempts(client->bootstrap);
        if (actions & SEQUENCE_ACTION_RESTORE)
                (void)core_restore(client);
        if (actions & SEQUENCE_ACTION_TRY)
                try_others(client);
        if (actions & SEQUENCE_ACTION_RENEW)
                accounts_apply(client, SESSIONS_ANEW, false);
        if (actions & SEQUENCE_ACTION_PROVE)
                generations_prove_servers(client);
        if (actions & SEQUENCE_ACTION_PURGE)
                purge(client);
        if (actions & SEQUENCE_ACTION_BEGIN_AT_LAST)
                begin_at_last(client);
        if (actions & SEQUENCE_ACTION_GIVE_UP)
                give_up(client, actions & SEQUENCE_ACTION_FAILED);
        if (actions & SEQUENCE_ACTION_HALT)
                halt(client);
        if (actions & (SEQUENCE_ACTION_BEGIN_SERIES | SEQUENCE_ACTION_BEGIN_SERIES_NOW))
                begin_series(client, actions & SEQUENCE_ACTION_BEGIN_SERIES_NOW);
        if (actions & SEQUENCE_ACTION_FAILED)
                tell_failure(client);
}

void core_step(Client *client, SequenceEvent event)
{
        uint64_t now = clock_boottime(client->context.clock);
        SequenceFacts facts = facts_of(client, now);
        unsigned actions;

        if (sequence_machine_decides(&client->sequence, event, &facts, now))
                facts.known = generations_known(client);
        actions = sequence_machine_step(&client->sequence, event, &facts, now);
        carry_out(client, event, actions);
        timer_set(client->sequence_timer, client->sequence.deadline);
        if (actions != 0 || event != SEQUENCE_EVENT_CHANGED)
                state_decide_soon(client);
}

void core_finished(Client *client)
{
        client->last_error = (Failure){0};
        client->committed = true;
        state_publish(client);
        accounts_apply(client, SESSIONS_ANEW_WHERE_ADDRESSED, true);
        accounts_arm_purge(client);
        client->committed = false;
        core_step(client, SEQUENCE_EVENT_FINISHED);
}

int core_reset(Client *client, bool insist)
{
        int r;

        r = generations_reset(client, insist);
        if (r != 0)
                return r;
        client->waits = false;
        client->changing = true;
        core_step(client, SEQUENCE_EVENT_RESET);
        client->effects.n = 0;
        client->last_error = (Failure){0};
        accounts_apply(client, SESSIONS_ANEW, true);
        accounts_arm_purge(client);
        client->changing = false;
        state_publish(client);
        core_step(client, SEQUENCE_EVENT_START);
        return 0;
}

static void tell_left(ClientContext *context)
{
        Client *client = (Client *)((char *)context - offsetof(Client, context));

        context->deregistered = NULL; /* once: other servers are De-registered from later */
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->left)
                        client->listeners[i].listener->left(client->listeners[i].userdata);
}

void core_leave(Client *client)
{
        core_step(client, SEQUENCE_EVENT_RESET);
        client->effects.n = 0;
        accounts_apply(client, SESSIONS_ANEW, true);
        state_publish(client);
        if (client->context.deregistrations == 0)
                tell_left(&client->context);
        else
                client->context.deregistered = tell_left;
}
