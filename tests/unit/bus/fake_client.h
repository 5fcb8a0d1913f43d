/* SPDX-License-Identifier: Apache-2.0 */
/* The client: the functions that the bus layer calls, linked instead of the real ones. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "client/methods.h"

struct Client {
        ClientState state;
        ClientServer servers[4];
        size_t n_servers;
        History history;
        ClientCounters counters; /* its own, and of each server */
        const ClientListener *listener;
        void *listener_userdata;
        int result;        /* of every request */
        char request[128]; /* the last one */
        /* Of a Send: what comes of it at once, or its answer is still to come. */
        int outcome;
        const char *sentence;
        bool silent;
        ClientSent sent;
        void *sent_userdata;
        /* Of a reading: what it gives at once, or it is silent. */
        const RecordList *values;
        ClientRead read;
        void *read_userdata;
};

int client_add_listener(Client *client, const ClientListener *listener, void *userdata)
{
        client->listener = listener;
        client->listener_userdata = userdata;
        return 0;
}

const ClientState *client_state(const Client *client)
{
        return &client->state;
}

const History *client_history(const Client *client)
{
        return &client->history;
}

size_t client_servers(const Client *client, uint16_t ret[LIMIT_SERVER_ACCOUNTS])
{
        for (size_t i = 0; i < client->n_servers; i++)
                ret[i] = client->servers[i].short_server_id;
        return client->n_servers;
}

int client_server(const Client *client, uint16_t short_server_id, ClientServer *ret)
{
        for (size_t i = 0; i < client->n_servers; i++)
                if (client->servers[i].short_server_id == short_server_id) {
                        *ret = client->servers[i];
                        return 0;
                }
        return -ENOENT;
}

void client_counters(Client *client, ClientCounters *ret)
{
        *ret = client->counters;
}

int client_server_counters(Client *client, uint16_t short_server_id, ClientCounters *ret)
{
        ClientServer server;

        *ret = client->counters;
        return client_server(client, short_server_id, &server);
}

static int request(Client *client, const char *name)
{
        (void)snprintf(client->request, sizeof(client->request), "%s", name);
        return client->result;
}

bool client_waits(const Client *client)
{
        return false;
}

int client_restart(Client *client)
{
        return request(client, "restart");
}

int client_reset(Client *client)
{
        return request(client, "reset");
}

int client_bootstrap(Client *client)
{
        return request(client, "bootstrap");
}

int client_server_update(Client *client, uint16_t short_server_id)
{
        (void)snprintf(client->request, sizeof(client->request), "update %u", (unsigned)short_server_id);
        return client->result;
}

int client_server_send(Client *client, uint16_t short_server_id, const PathList *paths, int format,
        ClientSent callback, void *userdata)
{
        int n = snprintf(
                client->request, sizeof(client->request), "send %u %d", (unsigned)short_server_id, format);

        for (size_t i = 0; i < paths->n; i++)
                n += snprintf(client->request + n, sizeof(client->request) - (size_t)n, " %s",
                        PATH_TEXT(&paths->items[i]));
        client->sent = callback;
        client->sent_userdata = userdata;
        if (client->result == 0 && !client->silent)
                callback(userdata, client->outcome, client->sentence);
        return client->result;
}

int client_server_disable(Client *client, uint16_t short_server_id, uint32_t seconds)
{
        (void)snprintf(client->request, sizeof(client->request), "disable %u %u", (unsigned)short_server_id,
                (unsigned)seconds);
        return client->result;
}

int client_read(Client *client, const PathList *paths, ClientRead callback, void *userdata)
{
        int n = snprintf(client->request, sizeof(client->request), "read");

        for (size_t i = 0; i < paths->n; i++)
                n += snprintf(client->request + n, sizeof(client->request) - (size_t)n, " %s",
                        PATH_TEXT(&paths->items[i]));
        client->read = callback;
        client->read_userdata = userdata;
        if (client->result == 0 && !client->silent)
                callback(userdata, client->outcome, client->values);
        return client->result;
}

size_t client_objects(const Client *client, ClientObject ret[LIMIT_OBJECTS])
{
        ret[0] = (ClientObject){.id = 1, .version = "1.1", .instances = {0, 7}, .n_instances = 2};
        ret[1] = (ClientObject){.id = 3303, .version = "1.0"};
        return 2;
}
