/* SPDX-License-Identifier: Apache-2.0 */
/* What happens next: the Bootstrap Sequence over all machines (Core TS 6.1.2). */
#include "client/core.h"

#include "client/accounts.h"
#include "operation/outgoing.h"
#include "util/log.h"

static void begin_servers(Client *client)
{
        OrderedServer sequence[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, sequence);

        for (size_t i = 0; i < n; i++)
                if (registration_order_may_begin(sequence, n, i))
                        server_begin(client->servers[i]);
}

static int on_restart_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Client *client = userdata;

        bootstrap_forget_attempts(client->bootstrap);
        core_enter_sequence(client, true);
        return 0;
}

static void enter_failure(Client *client)
{
        const ClientSettings *settings = &client->context.settings;
        const char *kept = client->n_servers > 0 ? " The accounts from before are kept." : "";

        client->mode = MODE_FAILURE;
        client->restart_at = settings->on_failure == ON_FAILURE_RESTART
                                     ? clock_boottime(client->context.clock) + settings->restart_delay
                                     : 0;
        for (size_t i = 0; i < client->n_servers; i++)
                server_halt(client->servers[i]);
        timer_set(client->restart_timer, client->restart_at);
        if (client->restart_at > 0)
                log_error("Everything that could be tried has failed; it begins again in %llu s "
                          "(restart_delay).%s",
                        (unsigned long long)(settings->restart_delay / USEC_PER_SEC), kept);
        else
                log_error("Everything that could be tried has failed; Restart() begins again.%s", kept);
}

/* Neither servers nor a way to get some: the last account was purged. */
static bool is_without_account(const Client *client)
{
        return client->n_servers == 0 && !bootstrap_account(client->bootstrap) &&
               (client->flags & SAVE_PURGED);
}

static void all_servers_failed(Client *client, const OrderedServer *sequence, size_t n)
{
        bool now = client->skip_hold_off;

        if (is_without_account(client)) {
                client->mode = MODE_NO_ACCOUNT;
                return;
        }
        if (!bootstrap_account(client->bootstrap) || !registration_order_wants_bootstrap(sequence, n)) {
                enter_failure(client);
                return;
        }
        client->skip_hold_off = false;
        for (size_t i = 0; i < client->n_servers; i++)
                server_halt(client->servers[i]);
        bootstrap_begin(client->bootstrap, now);
}

static void after_exhausted_series(Client *client)
{
        OrderedServer sequence[LIMIT_SERVER_ACCOUNTS];

        client->exhausted = false;
        accounts_fall_back(client);
        if (is_without_account(client))
                client->mode = MODE_NO_ACCOUNT;
        else if (registration_order_all_failed(sequence, state_order(client, sequence)))
                enter_failure(client);
        else if (state_any_registered(client))
                /* Not in `failure`: else /1/x/9 of this server would be dead for good. */
                bootstrap_forget_attempts(client->bootstrap);
}

static void apply_effect(Client *client, const Effect *effect)
{
        Server *server = state_find_server(client, effect->short_server_id);

        switch (effect->type) {
        case EFFECT_STORE_CHANGED:
                accounts_apply(client, SESSIONS_KEPT, false);
                return;
        case EFFECT_BOOTSTRAP_TRIGGER:
                if (state_bootstrap_runs(client))
                        return;
                if (bootstrap_account(client->bootstrap)) {
                        log_info("LwM2M Server %u asks for a bootstrap.", effect->short_server_id);
                        bootstrap_begin(client->bootstrap, false);
                } else
                        log_warning("LwM2M Server %u asks for a bootstrap, "
                                    "but there is no Bootstrap-Server Account.",
                                effect->short_server_id);
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

static void reload_bootstrap_server(Client *client)
{
        _cleanup_(dataset_freep) Dataset *dataset = NULL;
        bool running, renewed = client->mode == MODE_FAILURE || client->mode == MODE_NO_ACCOUNT;
        int r;

        r = dataset_copy(store_committed(client->context.store), &dataset);
        if (r == 0)
                r = account_replace_bootstrap(dataset, client->factory);
        if (r != 0) {
                log_error("The Bootstrap-Server Account of the configuration finds no room in the store, "
                          "the old one stays.");
                return;
        }
        log_notice("bootstrap.server has changed in the configuration: "
                   "it replaces the stored Bootstrap-Server Account.");
        running = state_bootstrap_runs(client);
        bootstrap_abort(client->bootstrap);
        store_replace(client->context.store, TAKE_PTR(dataset));
        client->flags &= ~(unsigned)SAVE_PURGED;
        client->exhausted = false;
        accounts_save(client, 0);
        bootstrap_forget_attempts(client->bootstrap);
        accounts_apply(client, renewed ? SESSIONS_ANEW : SESSIONS_KEPT, false);
        accounts_arm_purge(client);
        if (renewed)
                core_enter_sequence(client, false);
        else if (running && bootstrap_account(client->bootstrap))
                bootstrap_begin(client->bootstrap, true); /* who asked for it is served by the new account */
}

static void apply_reload(Client *client)
{
        unsigned flags = client->reload.flags;
        Lwm2mVersion version = client->context.settings.version;

        client->reload.waiting = false;
        client->reload.flags = 0;
        if (client_context_set(&client->context, &client->reload.settings.settings) < 0) {
                (void)log_oom();
                return;
        }
        (void)dataset_free(client->factory);
        client->factory = TAKE_PTR(client->reload.factory);
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->reloaded)
                        client->listeners[i].listener->reloaded(client->listeners[i].userdata);
        bootstrap_refresh(client->bootstrap);
        if (flags & CLIENT_RELOAD_ACCOUNTS)
                core_reset(client, true);
        else if (flags & CLIENT_RELOAD_BOOTSTRAP_SERVER)
                reload_bootstrap_server(client);
        /* Other tables, another announcement: a session has one version only. In failure there is none, and
         * what is failed stays so until it begins again. */
        if (client->context.settings.version != version && !(flags & CLIENT_RELOAD_ACCOUNTS))
                accounts_apply(client, client->mode == MODE_FAILURE ? SESSIONS_KEPT : SESSIONS_ANEW, true);
        if (flags & CLIENT_RELOAD_DEVICE)
                for (size_t i = 0; i < client->n_servers; i++)
                        server_update(client->servers[i], 0);
}

static void decide(Client *client)
{
        OrderedServer sequence[LIMIT_SERVER_ACCOUNTS];
        size_t n;

        if (client->finishing || client->mode == MODE_LOADING || client->mode == MODE_STOPPING)
                return;
        if (client->reload.waiting && !store_candidate(client->context.store))
                apply_reload(client);
        apply_effects(client);
        if (client->purge_due && !state_bootstrap_runs(client))
                accounts_purge(client);
        if (client->exhausted)
                after_exhausted_series(client);
        if (client->mode != MODE_RUNNING)
                return;
        begin_servers(client);
        n = state_order(client, sequence);
        if (!state_bootstrap_runs(client) && registration_order_all_failed(sequence, n))
                all_servers_failed(client, sequence, n);
}

static int on_decide(sd_event_source *source, void *userdata)
{
        Client *client = userdata;

        decide(client);
        state_publish(client);
        return 0;
}

int core_new(Client *client)
{
        int r;

        r = task_new(client->context.event, on_decide, client, "decide", &client->decide_task);
        if (r < 0)
                return r;
        return timer_new(
                client->context.event, on_restart_timer, client, "restart-delay", &client->restart_timer);
}

void core_enter_sequence(Client *client, bool restart)
{
        timer_set(client->restart_timer, 0);
        client->restart_at = 0;
        client->skip_hold_off = restart;
        client->mode = MODE_RUNNING;
        if (restart)
                accounts_apply(client, SESSIONS_ANEW, false);
        state_decide_soon(client);
}

int core_reset(Client *client, bool insist)
{
        int r;

        client->changing = true;
        r = accounts_reset(client, insist);
        client->changing = false;
        if (r != 0)
                return r;
        client->mode = MODE_LOADING;
        state_publish(client);
        core_enter_sequence(client, false);
        return 0;
}
