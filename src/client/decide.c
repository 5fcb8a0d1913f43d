/* SPDX-License-Identifier: Apache-2.0 */
/* What happens from the loop, after the callback that asked for it has returned. */
#include "client/decide.h"

#include "client/about.h"
#include "client/accounts.h"
#include "client/core.h"
#include "client/object_list.h"
#include "client/policy.h"
#include "client/reload.h"
#include "client/stored.h"
#include "operation/outgoing.h"
#include "util/log.h"
#include "util/message_ids.h"

static void apply_effect(Client *client, const Effect *effect)
{
        Server *server = state_find_server(client, effect->short_server_id);
        const Store *store = client->context.store;

        switch (effect->type) {
        case EFFECT_STORE_CHANGED:
                accounts_apply(client, SESSIONS_KEPT, false);
                return;
        case EFFECT_BOOTSTRAP_TRIGGER:
                log_full(LOG_INFO, 0,
                        ABOUT_REQUESTER(MESSAGE_ID_BOOTSTRAP_ASKED, store, effect->short_server_id),
                        "LwM2M Server %u asks for a bootstrap.", effect->short_server_id);
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
                        log_full(LOG_INFO, 0, ABOUT(NULL, server_account(server)),
                                "LwM2M Server %u asks to be disabled.", effect->short_server_id);
                        server_disable(server, 0);
                }
                return;
        case EFFECT_FACTORY_RESET:
                log_full(LOG_NOTICE, 0,
                        ABOUT_REQUESTER(
                                MESSAGE_ID_FACTORY_RESET, store, effect->short_server_id, .path = "/3/0/5"),
                        "LwM2M Server %u resets the client to its configuration.", effect->short_server_id);
                (void)core_reset(client, false);
                return;
        case EFFECT_REBOOT:
                log_full(LOG_NOTICE, 0,
                        ABOUT_REQUESTER(MESSAGE_ID_REBOOT, store, effect->short_server_id, .path = "/3/0/4"),
                        "LwM2M Server %u reboots the machine.", effect->short_server_id);
                core_leave(client);
                return;
        case EFFECT_OBJECTS_CHANGED: /* followed with the request */
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

static void begin_servers(Client *client)
{
        OrderedServer order[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, order);

        for (size_t i = 0; i < n; i++)
                if (registration_order_may_begin(order, n, i))
                        server_begin(client->servers[i]);
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
                reload_apply(client);
        apply_effects(client);
        if (client->exhausted) {
                client->exhausted = false;
                core_step(client, SEQUENCE_EVENT_EXHAUSTED);
        }
        if (client->sequence.state == SEQUENCE_RUNNING)
                begin_servers(client);
        object_list_decide(client->object_list);
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
        stored_save(userdata);
        state_publish(userdata);
        return 0;
}

static int on_history_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        stored_save_history(userdata);
        return 0;
}

int decide_new(Client *client)
{
        sd_event *event = client->context.event;
        int r;

        client->sequence.policy = policy_of_sequence(&client->context.settings);
        r = task_new(event, on_decide, client, "decide", &client->decide_task);
        if (r >= 0)
                r = timer_new(event, on_sequence_timer, client, "sequence", &client->sequence_timer);
        if (r >= 0)
                r = timer_new(event, on_purge_timer, client, "account-timeout", &client->purge_timer);
        if (r >= 0)
                r = timer_new(event, on_storage_timer, client, "storage-retry", &client->storage_timer);
        if (r >= 0)
                r = timer_new(event, on_history_timer, client, "history", &client->history_timer);
        return r;
}

void decide_done(Client *client)
{
        sd_event_source_disable_unref(client->decide_task);
        sd_event_source_disable_unref(client->sequence_timer);
        sd_event_source_disable_unref(client->purge_timer);
        sd_event_source_disable_unref(client->storage_timer);
        sd_event_source_disable_unref(client->history_timer);
}
