/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out what the sequence machine decides, from the loop. */
#include "client/core.h"

#include "client/accounts.h"
#include "client/failure_text.h"
#include "client/generations.h"
#include "operation/outgoing.h"
#include "util/log.h"

/* -- Facts -- */

static SequenceFacts facts_of(Client *client, uint64_t now)
{
        OrderedServer order[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, order);
        SequenceFacts facts = {
                .series_runs = state_bootstrap_runs(client),
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
static bool restore(Client *client)
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
                log_warning_errno(r, "Other accounts cannot be put in force: %m");
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

static void begin_series(Client *client, bool now)
{
        if (bootstrap_account(client->bootstrap))
                bootstrap_begin(client->bootstrap, now);
        else
                bootstrap_abort(client->bootstrap);
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

        if (client->context.settings.on_failure == ON_FAILURE_RESTART)
                log_error("Everything that could be tried has failed; it begins again in %llu s "
                          "(restart_delay).%s",
                        (unsigned long long)(client->context.settings.restart_delay / USEC_PER_SEC), kept);
        else
                log_error("Everything that could be tried has failed; \"lwm2mctl restart\" begins again.%s",
                        kept);
}

static void for_each_server(Client *client, void (*call)(Server *server))
{
        for (size_t i = 0; i < client->n_servers; i++)
                call(client->servers[i]);
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
static void carry_out(Client *client, unsigned actions)
{
        if (actions & (SEQUENCE_ACTION_GIVE_UP | SEQUENCE_ACTION_FAILED))
                find_reason(client);
        if (actions & SEQUENCE_ACTION_ABORT_SERIES) {
                bootstrap_abort(client->bootstrap);
                store_rollback(client->context.store);
                client->exhausted = false;
        }
        if (actions & SEQUENCE_ACTION_FORGET_ATTEMPTS)
                bootstrap_forget_attempts(client->bootstrap);
        if (actions & SEQUENCE_ACTION_RESTORE)
                (void)restore(client);
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
                for_each_server(client, server_give_up);
        if (actions & SEQUENCE_ACTION_HALT)
                for_each_server(client, server_halt);
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
        carry_out(client, actions);
        timer_set(client->sequence_timer, client->sequence.deadline);
        if (actions != 0 || event != SEQUENCE_EVENT_CHANGED)
                state_decide_soon(client);
}

/* -- Effects of operations -- */

static void apply_effect(Client *client, const Effect *effect)
{
        Server *server = state_find_server(client, effect->short_server_id);

        switch (effect->type) {
        case EFFECT_STORE_CHANGED:
                accounts_apply(client, SESSIONS_KEPT, false);
                return;
        case EFFECT_BOOTSTRAP_TRIGGER:
                log_info("LwM2M Server %u asks for a bootstrap.", effect->short_server_id);
                core_step(client, SEQUENCE_EVENT_ASKED);
                return;
        case EFFECT_UPDATE_TRIGGER:
                if (server)
                        server_update(server, 0);
                return;
        case EFFECT_LIFETIME_CHANGED:
                if (server)
                        server_update(server, UPDATE_LIFETIME);
                return;
        case EFFECT_BINDING_CHANGED:
                if (server && server_announced(server) == LWM2M_1_0)
                        server_update(server, UPDATE_BINDING);
                return;
        case EFFECT_DISABLE:
                if (server) {
                        log_info("LwM2M Server %u asks to be disabled.", effect->short_server_id);
                        server_disable(server, 0);
                }
                return;
        case EFFECT_BOOTSTRAP_FINISHED:
        case EFFECT_BOOTSTRAP_REFUSED:
        case _EFFECT_TYPE_MAX:
                return;
        }
}

static void apply_effects(Client *client)
{
        const Effects effects = client->effects;

        client->effects = (Effects){.n = 0};
        for (size_t i = 0; i < effects.n; i++)
                apply_effect(client, &effects.items[i]);
}

/* -- Reload -- */

/* Where others were tried the order begins anew with the stored ones: an attempt that runs is not theirs,
 * and nothing that its peer answers speaks for them. */
static void reload_bootstrap_server(Client *client)
{
        bool others = restore(client), replaced = generations_replace_bootstrap(client);

        if (replaced) {
                log_notice("bootstrap.server has changed in the configuration: "
                           "it replaces the stored Bootstrap-Server Account.");
                client->exhausted = false;
                accounts_apply(client, SESSIONS_KEPT, false);
                accounts_arm_purge(client);
        }
        if (replaced || others)
                core_step(client, SEQUENCE_EVENT_RENEWED);
}

static void reload_credentials(Client *client, const Dataset *before)
{
        bool others = restore(client), renewed = generations_renew_credentials(client, before);

        if (renewed) {
                log_notice("A credential has changed in the configuration: it is replaced in the accounts.");
                accounts_apply(client, SESSIONS_ANEW_WHERE_FAILED, true);
        }
        if (renewed || others || client->sequence.state == SEQUENCE_FAILURE)
                core_step(client, SEQUENCE_EVENT_RENEWED);
}

static SequencePolicy sequence_policy(const ClientSettings *settings)
{
        return (SequencePolicy){
                .retry_count = settings->retry_count,
                .restart_delay = settings->on_failure == ON_FAILURE_RESTART ? settings->restart_delay : 0,
        };
}

static void apply_reload(Client *client)
{
        _cleanup_(dataset_freep) Dataset *before = NULL;
        unsigned flags = client->reload.flags;
        Lwm2mVersion version = client->context.settings.version;
        bool failed = client->sequence.state == SEQUENCE_FAILURE;

        client->reload.waiting = false;
        client->reload.flags = 0;
        if (client_context_set(&client->context, &client->reload.settings.settings) < 0) {
                (void)log_oom();
                return;
        }
        client->sequence.policy = sequence_policy(&client->context.settings);
        before = TAKE_PTR(client->factory);
        client->factory = TAKE_PTR(client->reload.factory);
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->reloaded)
                        client->listeners[i].listener->reloaded(client->listeners[i].userdata);
        if (flags & CLIENT_RELOAD_ACCOUNTS) {
                log_notice("servers or endpoint have changed in the configuration: its accounts replace the "
                           "stored ones.");
                (void)core_reset(client, true);
                return;
        }
        if (flags & CLIENT_RELOAD_BOOTSTRAP_SERVER)
                reload_bootstrap_server(client);
        if (flags & CLIENT_RELOAD_CREDENTIALS)
                reload_credentials(client, before);
        /* Other tables, another announcement: a session has one version only. In failure there is none, and
         * what is failed stays so until it begins again. */
        accounts_apply(client,
                client->context.settings.version != version && !failed ? SESSIONS_ANEW : SESSIONS_KEPT,
                true);
        if (flags & CLIENT_RELOAD_DEVICE)
                for (size_t i = 0; i < client->n_servers; i++)
                        server_update(client->servers[i], 0);
}

/* -- Deciding -- */

static void begin_servers(Client *client)
{
        OrderedServer order[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, order);

        for (size_t i = 0; i < n; i++)
                if (registration_order_may_begin(order, n, i))
                        server_begin(client->servers[i]);
}

static void announce_objects(Client *client)
{
        if (client->applied)
                for_each_server(client, server_announce_objects);
        client->applied = false;
}

static void decide(Client *client)
{
        switch (client->sequence.state) {
        case SEQUENCE_LOADING:
        case SEQUENCE_COMMITTED: /* its 2.04 has not left yet */
        case SEQUENCE_STOPPING:
        case _SEQUENCE_STATE_MAX:
                return;
        case SEQUENCE_RUNNING:
        case SEQUENCE_FAILURE:
                break;
        }
        if (client->reload.waiting && !store_candidate(client->context.store))
                apply_reload(client);
        apply_effects(client);
        if (client->exhausted) {
                client->exhausted = false;
                core_step(client, SEQUENCE_EVENT_EXHAUSTED);
        }
        if (client->sequence.state == SEQUENCE_RUNNING)
                begin_servers(client);
        announce_objects(client);
        core_step(client, SEQUENCE_EVENT_CHANGED);
}

static int on_decide(sd_event_source *source, void *userdata)
{
        Client *client = userdata;

        decide(client);
        state_publish(client);
        return 0;
}

static int on_sequence_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        core_step(userdata, SEQUENCE_EVENT_TIMER);
        return 0;
}

static int on_purge_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        core_step(userdata, SEQUENCE_EVENT_CHANGED);
        return 0;
}

static int on_storage_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        generations_save(userdata);
        state_publish(userdata);
        return 0;
}

int core_new(Client *client)
{
        sd_event *event = client->context.event;
        int r;

        client->sequence.policy = sequence_policy(&client->context.settings);
        r = task_new(event, on_decide, client, "decide", &client->decide_task);
        if (r >= 0)
                r = timer_new(event, on_sequence_timer, client, "sequence", &client->sequence_timer);
        if (r >= 0)
                r = timer_new(event, on_purge_timer, client, "account-timeout", &client->purge_timer);
        if (r >= 0)
                r = timer_new(event, on_storage_timer, client, "storage-retry", &client->storage_timer);
        return r;
}

void core_done(Client *client)
{
        sd_event_source_disable_unref(client->decide_task);
        sd_event_source_disable_unref(client->sequence_timer);
        sd_event_source_disable_unref(client->purge_timer);
        sd_event_source_disable_unref(client->storage_timer);
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
