/* SPDX-License-Identifier: Apache-2.0 */
/* Methods of D-Bus. */
#include "client/methods.h"

#include "client/accounts.h"
#include "client/core.h"
#include "client/object_list.h"
#include "client/readings.h"
#include "client/sending.h"

int client_restart(Client *client)
{
        /* Committed, but what follows from it has not happened yet. */
        bool finished = client->sequence.state == SEQUENCE_COMMITTED;

        if (client->sequence.state == SEQUENCE_STOPPING)
                return 0;
        if (client->waits)
                return CLIENT_E_INVALID_CONFIGURATION;
        client->changing = true;
        core_step(client, SEQUENCE_EVENT_RESTART);
        if (finished)
                accounts_arm_purge(client);
        client->changing = false;
        return 0;
}

void client_leave(Client *client)
{
        if (client->sequence.state != SEQUENCE_STOPPING && !client->waits)
                core_leave(client);
}

int client_reset(Client *client)
{
        if (client->sequence.state == SEQUENCE_STOPPING)
                return 0;
        if (client->waits && !client->may_reset)
                return CLIENT_E_INVALID_CONFIGURATION;
        return core_reset(client, false);
}

int client_bootstrap(Client *client)
{
        if (client->waits)
                return CLIENT_E_INVALID_CONFIGURATION;
        /* In hold-off, retry-wait or failure attempt 1 begins at once; one at work is left alone. */
        if (client->sequence.state == SEQUENCE_COMMITTED ||
                bootstrap_attempt_runs(bootstrap_machine(client->bootstrap)))
                return CLIENT_E_BOOTSTRAP_IN_PROGRESS;
        if (!bootstrap_account(client->bootstrap))
                return CLIENT_E_NO_BOOTSTRAP_SERVER_ACCOUNT;
        if (client->sequence.state == SEQUENCE_STOPPING)
                return 0;
        client->exhausted = false;
        bootstrap_ignore_wait(client->bootstrap);
        core_step(client, SEQUENCE_EVENT_BOOTSTRAP);
        return 0;
}

static int registered_server(const Client *client, uint16_t short_server_id, Server **ret)
{
        Server *server = state_find_server(client, short_server_id);

        if (!server)
                return -ENOENT;
        if (!server_state_is_registered(server_state(server)))
                return CLIENT_E_NOT_REGISTERED;
        *ret = server;
        return 0;
}

int client_server_update(Client *client, uint16_t short_server_id)
{
        Server *server;
        int r = registered_server(client, short_server_id, &server);

        if (r == 0)
                server_update(server, 0);
        return r;
}

int client_server_disable(Client *client, uint16_t short_server_id, uint32_t seconds)
{
        Server *server;
        int r = registered_server(client, short_server_id, &server);

        if (r == 0)
                server_disable(server, (uint64_t)seconds * USEC_PER_SEC);
        return r;
}

int client_server_send(Client *client, uint16_t short_server_id, const PathList *paths, int format,
        ClientSent callback, void *userdata)
{
        Server *server;
        int r = registered_server(client, short_server_id, &server);

        return r == 0 ? sending_begin(client, server, paths, format, callback, userdata) : r;
}

int client_read(Client *client, const PathList *paths, ClientRead callback, void *userdata)
{
        return readings_begin(client->readings, 0, paths, callback, userdata);
}

size_t client_objects(const Client *client, ClientObject ret[LIMIT_OBJECTS])
{
        return object_list_describe(client->object_list, ret);
}
