/* SPDX-License-Identifier: Apache-2.0 */
/* A Reload takes effect. */
#include "client/reload.h"

#include "client/accounts.h"
#include "client/core.h"
#include "client/generations.h"
#include "client/policy.h"
#include "util/log.h"
#include "util/message_ids.h"

/* Where others were tried the order begins anew with the stored ones: an attempt that runs is not theirs,
 * and nothing that its peer answers speaks for them. */
static void reload_bootstrap_server(Client *client)
{
        bool others = core_restore(client), replaced = generations_replace_bootstrap(client);

        if (replaced) {
                log_event(LOG_NOTICE, MESSAGE_ID_ACCOUNTS_REPLACED,
                        "bootstrap.server has changed in the configuration: "
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
        bool others = core_restore(client), renewed = generations_renew_credentials(client, before);

        if (renewed) {
                log_event(LOG_NOTICE, MESSAGE_ID_ACCOUNTS_REPLACED,
                        "A credential has changed in the configuration: it is replaced in the accounts.");
                accounts_apply(client, SESSIONS_ANEW_WHERE_FAILED, true);
        }
        if (renewed || others || client->sequence.state == SEQUENCE_FAILURE)
                core_step(client, SEQUENCE_EVENT_RENEWED);
}

void reload_apply(Client *client)
{
        _cleanup_(dataset_freep) Dataset *before = NULL;
        unsigned flags = client->reload.flags;
        const Lwm2mVersion version = client->context.settings.version;
        const bool queue_mode = client->context.settings.queue_mode;
        bool failed = client->sequence.state == SEQUENCE_FAILURE, anew;

        client->reload.waiting = false;
        client->reload.flags = 0;
        if (client_context_set(&client->context, &client->reload.settings.settings) < 0) {
                (void)log_oom();
                return;
        }
        client->sequence.policy = policy_of_sequence(&client->context.settings);
        before = TAKE_PTR(client->factory);
        client->factory = TAKE_PTR(client->reload.factory);
        for (size_t i = 0; i < client->n_listeners; i++)
                if (client->listeners[i].listener->reloaded)
                        client->listeners[i].listener->reloaded(client->listeners[i].userdata);
        if (flags & CLIENT_RELOAD_ACCOUNTS) {
                log_event(LOG_NOTICE, MESSAGE_ID_ACCOUNTS_REPLACED,
                        "servers or endpoint have changed in the configuration: its accounts replace the "
                        "stored ones.");
                (void)core_reset(client, true);
                return;
        }
        if (flags & CLIENT_RELOAD_BOOTSTRAP_SERVER)
                reload_bootstrap_server(client);
        if (flags & CLIENT_RELOAD_CREDENTIALS)
                reload_credentials(client, before);
        /* Another announcement: a registration has one version only, and an Update cannot say that there is
         * no Queue Mode any more. In failure there is none, and what is failed stays so until it begins
         * again. */
        anew = client->context.settings.version != version ||
               client->context.settings.queue_mode != queue_mode;
        accounts_apply(client, anew && !failed ? SESSIONS_ANEW : SESSIONS_KEPT, true);
        if (flags & CLIENT_RELOAD_DEVICE)
                for (size_t i = 0; i < client->n_servers; i++)
                        server_update(client->servers[i], 0);
}
