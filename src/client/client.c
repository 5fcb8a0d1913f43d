/* SPDX-License-Identifier: Apache-2.0 */
/* The client's door: life cycle, state, methods. */
#include "client/client.h"

#include <stdio.h>

#include "client/accounts.h"
#include "client/core.h"
#include "client/decide.h"
#include "client/events.h"
#include "client/network_look.h"
#include "client/object_list.h"
#include "client/readings.h"
#include "client/serving.h"
#include "client/stored.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/utf8.h"

static int on_stopped(sd_event_source *source, void *userdata)
{
        Client *client = userdata;

        client->stopped(client->stopped_userdata);
        return 0;
}

/* Known from the state directory; a moment of this boot moves with the clock like any other. */
static void set_last_bootstrap(Client *client, uint64_t stamp)
{
        int64_t at = (int64_t)stamp - client->context.offsets.realtime;

        if (stamp > 0 && at > 0 && (uint64_t)at <= client->status_at)
                client->last_bootstrap_at = (uint64_t)at;
        else
                client->last_bootstrap_before = stamp;
}

/* Copies of what the client is to begin with. */
static int take(Client *client, const ClientSettings *settings, const ClientAccounts *accounts)
{
        Dataset *factory = NULL;
        int r;

        r = dataset_copy(accounts->factory, &factory);
        if (r < 0)
                return r;
        (void)dataset_free(client->factory);
        client->factory = factory;
        client->flags = accounts->flags;
        set_last_bootstrap(client, accounts->last_bootstrap);
        return client_context_set(&client->context, settings);
}

static void put_in_force(Client *client, bool unsaved)
{
        accounts_apply(client, SESSIONS_ANEW, false);
        accounts_arm_purge(client);
        if (unsaved)
                stored_save(client);
        state_publish(client);
}

int client_new(sd_event *event, const Clock *clock, Store *store, const ClientSettings *settings,
        const ClientAccounts *accounts, const ClientStorage *storage, void *storage_userdata, Client **ret)
{
        _cleanup_(client_freep) Client *client = calloc(1, sizeof(*client));
        int r;

        if (!client)
                return -ENOMEM;
        client->context.event = sd_event_ref(event);
        client->context.clock = clock;
        client->context.store = store;
        client->server_handler = &events_server;
        client->storage = storage;
        client->storage_userdata = storage_userdata;
        client->storage_directory = accounts->directory;
        client->state.key_log = accounts->key_log ?: "";
        clock_offsets_renew(clock, &client->context.offsets);
        client->status_at = clock_boottime(clock);
        r = take(client, settings, accounts);
        if (r >= 0)
                r = resolver_new(event, &client->context.resolver);
        if (r >= 0)
                r = decide_new(client);
        if (r >= 0)
                r = network_look_new(client);
        if (r >= 0)
                r = task_new(event, on_stopped, client, "stopped", &client->stop_task);
        if (r >= 0)
                r = serving_new(client, &client->serving);
        if (r >= 0)
                r = readings_new(client, &client->readings);
        if (r >= 0)
                r = object_list_new(client, &client->object_list);
        if (r >= 0)
                r = bootstrap_new(&client->context, &events_bootstrap, client, &client->bootstrap);
        if (r < 0)
                return r;
        store_set_listener(store, &events_store, client);
        put_in_force(client, accounts->unsaved);
        *ret = TAKE_PTR(client);
        return 0;
}

void client_wait(Client *client, const Failure *failure, uint64_t again, bool may_reset)
{
        client->waits = true;
        client->may_reset = may_reset;
        client->wait_until = again;
        client->last_error = *failure;
        state_publish(client);
}

bool client_waits(const Client *client)
{
        return client->waits;
}

int client_load(Client *client, const ClientSettings *settings, const ClientAccounts *accounts)
{
        int r;

        r = take(client, settings, accounts);
        if (r < 0)
                return r;
        client->waits = false;
        client->last_error = (Failure){0};
        put_in_force(client, accounts->unsaved);
        return 0;
}

Client *client_free(Client *client)
{
        if (!client)
                return NULL;
        client->sequence.state = SEQUENCE_STOPPING;
        client->n_listeners = 0;
        store_set_listener(client->context.store, NULL, NULL);
        client->readings = readings_free(client->readings);
        client->object_list = object_list_free(client->object_list);
        for (size_t i = 0; i < client->n_servers; i++)
                (void)server_free(client->servers[i]);
        client->serving = serving_free(client->serving);
        (void)bootstrap_free(client->bootstrap);
        (void)resolver_free(client->context.resolver);
        decide_done(client);
        network_look_done(client);
        sd_event_source_disable_unref(client->stop_task);
        (void)dataset_free(client->factory);
        (void)dataset_free(client->kept);
        (void)dataset_free(client->reload.factory);
        client_context_done(&client->reload.settings);
        sd_event_unref(client->context.event);
        client_context_done(&client->context);
        history_done(&client->context.history);
        free(client);
        return NULL;
}

int client_add_listener(Client *client, const ClientListener *listener, void *userdata)
{
        if (client->n_listeners >= CLIENT_LISTENERS_MAX)
                return -E2BIG;
        client->listeners[client->n_listeners].listener = listener;
        client->listeners[client->n_listeners].userdata = userdata;
        client->n_listeners++;
        return 0;
}

void client_take_history(Client *client, History *history)
{
        history_done(&client->context.history);
        client->context.history = *history;
        *history = (History){.n = 0};
        client->history_seen = client->history_saved = client->context.history.changes;
}

void client_start(Client *client)
{
        if (client->sequence.state == SEQUENCE_LOADING && !client->waits)
                core_step(client, SEQUENCE_EVENT_START);
}

static void tell_stopped(ClientContext *context)
{
        Client *client = (Client *)((char *)context - offsetof(Client, context));

        task_set(client->stop_task, true);
}

void client_stop(Client *client, void (*done)(void *userdata), void *userdata)
{
        if (client->sequence.state == SEQUENCE_STOPPING)
                return;
        client->stopped = done;
        client->stopped_userdata = userdata;
        core_step(client, SEQUENCE_EVENT_STOP);
        stored_save_history(client);
        for (size_t i = 0; i < client->n_servers; i++) {
                serving_forget(client->serving, client->servers[i]);
                server_deregister(client->servers[i]);
        }
        client->n_servers = 0;
        if (client->context.deregistrations == 0)
                tell_stopped(&client->context);
        else
                client->context.deregistered = tell_stopped;
}

const ClientState *client_state(const Client *client)
{
        return &client->state;
}

const History *client_history(const Client *client)
{
        return &client->context.history;
}

/* What has failed by the clock alone has another chance with the right one: design.md section 12. */
static void retry_by_clock(Client *client)
{
        switch (client->sequence.state) {
        case SEQUENCE_RUNNING:
        case SEQUENCE_COMMITTED:
                bootstrap_clock_was_set(client->bootstrap);
                for (size_t i = 0; i < client->n_servers; i++)
                        server_clock_was_set(client->servers[i]);
                break;
        case SEQUENCE_FAILURE:
                if (client->last_error.name == FAILURE_CLOCK_NOT_SET)
                        core_step(client, SEQUENCE_EVENT_CHANCE);
                break;
        case SEQUENCE_LOADING:
        case SEQUENCE_STOPPING:
        case _SEQUENCE_STATE_MAX:
                break;
        }
}

void client_clock_was_set(Client *client)
{
        int64_t before = client->context.offsets.realtime, step;

        clock_offsets_renew(client->context.clock, &client->context.offsets);
        history_shift(&client->context.history, client->context.offsets.realtime - before);
        step = (client->context.offsets.realtime - before) / (int64_t)USEC_PER_SEC;
        if (step != 0)
                log_event(LOG_INFO, MESSAGE_ID_CLOCK_SET, "The clock was set %s by %lld s.",
                        step > 0 ? "forward" : "back", (long long)llabs(step));
        for (size_t i = 0; i < client->n_servers; i++)
                client->server_handler->changed(client, client->servers[i]);
        retry_by_clock(client);
        state_publish(client);
}

void client_network_changed(Client *client)
{
        network_look_soon(client);
}

size_t client_servers(const Client *client, uint16_t ret[LIMIT_SERVER_ACCOUNTS])
{
        for (size_t i = 0; i < client->n_servers; i++)
                ret[i] = server_account(client->servers[i])->short_server_id;
        return client->n_servers;
}

int client_server(const Client *client, uint16_t short_server_id, ClientServer *ret)
{
        const Server *server = state_find_server(client, short_server_id);

        if (!server)
                return -ENOENT;
        server_describe(server, ret);
        return 0;
}

static void collect(const Client *client)
{
        for (size_t i = 0; i < client->n_servers; i++)
                (void)server_counters(client->servers[i]);
}

void client_take_traffic(Client *client, ClientTraffic *ret)
{
        collect(client);
        *ret = client->context.traffic;
        client->context.traffic = (ClientTraffic){.packets = 0};
}

void client_counters(Client *client, ClientCounters *ret)
{
        uint64_t *values = client->context.counters.values;

        collect(client);
        if (client->storage->count)
                client->storage->count(client->storage_userdata, &values[CLIENT_COUNTER_STORAGE_WRITES],
                        &values[CLIENT_COUNTER_STORAGE_FAILURES]);
        *ret = client->context.counters;
}

int client_server_counters(Client *client, uint16_t short_server_id, ClientCounters *ret)
{
        Server *server = state_find_server(client, short_server_id);

        if (!server)
                return -ENOENT;
        *ret = *server_counters(server);
        return 0;
}

void client_set_configuration_problem(Client *client, const char *problem)
{
        (void)snprintf(client->configuration_problem, sizeof(client->configuration_problem), "%s", problem);
        client->configuration_problem[utf8_cut(
                client->configuration_problem, strlen(client->configuration_problem))] = 0;
        state_publish(client);
}

void client_configuration_refused(Client *client, const char *problem)
{
        FailureName shown = client->state.last_error.name;

        if (shown != FAILURE_NONE && shown != FAILURE_INVALID_CONFIGURATION)
                return;
        failure_set(&client->last_error, FAILURE_INVALID_CONFIGURATION,
                "The old configuration stays in force, %s; correct the file and reload it.", problem);
        state_publish(client);
}

int client_reload(Client *client, const ClientSettings *settings, const Dataset *factory, unsigned flags)
{
        Dataset *copy = NULL;
        int r;

        r = dataset_copy(factory, &copy);
        if (r >= 0)
                r = client_context_set(&client->reload.settings, settings);
        if (r < 0) {
                (void)dataset_free(copy);
                return r;
        }
        if (client->last_error.name == FAILURE_INVALID_CONFIGURATION)
                client->last_error = (Failure){0};
        (void)dataset_free(client->reload.factory);
        client->reload.factory = copy;
        client->reload.flags = flags;
        client->reload.waiting = true;
        state_decide_soon(client);
        return 0;
}
