/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts become servers. */
#include "client/accounts.h"

#include "client/generations.h"
#include "client/object_list.h"
#include "client/policy.h"
#include "client/serving.h"
#include "model/account_renewal.h"
#include "model/account_halves.h"
#include "util/log.h"
#include "util/message_ids.h"

typedef enum Notice {
        NOTICE_ADDED,
        NOTICE_CHANGED,
        NOTICE_REMOVED,
} Notice;

static void notify(Client *client, uint16_t short_server_id, Notice notice)
{
        for (size_t i = 0; i < client->n_listeners; i++) {
                const ClientListener *listener = client->listeners[i].listener;
                void (*call)(void *, uint16_t) = notice == NOTICE_ADDED     ? listener->server_added
                                                 : notice == NOTICE_CHANGED ? listener->server_changed
                                                                            : listener->server_removed;

                if (call)
                        call(client->listeners[i].userdata, short_server_id);
        }
}

static bool is_addressed(const Client *client, const Account *account)
{
        return store_was_touched(client->context.store, OBJECT_SECURITY, account->security_instance) ||
               store_was_touched(client->context.store, OBJECT_SERVER, account->server_instance);
}

static bool keeps_session(
        const Client *client, const Server *server, const Account *account, SessionRule sessions)
{
        const Account *old = server_account(server);

        switch (sessions) {
        case SESSIONS_ANEW:
                return false;
        case SESSIONS_KEPT:
                return credential_equal(&old->credential, &account->credential);
        case SESSIONS_ANEW_WHERE_FAILED:
                return server_state(server) != SERVER_FAILED &&
                       credential_equal(&old->credential, &account->credential);
        case SESSIONS_ANEW_WHERE_ADDRESSED:
                /* A failed one is tried anew: this bootstrap came because of it. */
                return server_state(server) != SERVER_FAILED &&
                       old->security_instance == account->security_instance &&
                       old->server_instance == account->server_instance && !is_addressed(client, old);
        }
        return false;
}

/* Of an account that gets a new session. What a bootstrap wrote has yet to succeed. */
static bool has_succeeded(const Client *client, const Server *old, SessionRule sessions)
{
        if (sessions != SESSIONS_ANEW)
                return false;
        return old ? server_has_succeeded(old) : client->flags & SAVE_PROVEN;
}

static void close_server(Client *client, Server *server, bool deregister)
{
        serving_forget(client->serving, server);
        server_close(server, deregister);
}

/* The place of the server with this Short Server ID, or NULL. */
static Server **find_server(Server *servers[], size_t n, uint16_t id)
{
        for (size_t i = 0; i < n; i++)
                if (servers[i] && server_account(servers[i])->short_server_id == id)
                        return &servers[i];
        return NULL;
}

/* The server of an account: the old one where its session is kept, else a new one in its place. *old, which
 * may be NULL, is taken or ended. NULL: out of memory. */
static Server *make_server(Client *client, Account *account, const AccountList *configured, Server **old,
        SessionRule sessions, bool deregister)
{
        char note[POLICY_NOTE_SIZE];
        RegistrationPolicy policy = policy_of_server(account,
                account_list_find(configured, account->short_server_id), &client->context.settings, note);
        Server *server;
        int r;

        if (*old && keeps_session(client, *old, account, sessions)) {
                server_refresh(*old, account, &policy, note);
                return TAKE_PTR(*old);
        }
        r = server_new(&client->context, has_succeeded(client, *old, sessions), client->server_handler,
                client, &server);
        if (r >= 0)
                server_refresh(server, account, &policy, note);
        if (*old)
                close_server(client, *old, deregister);
        if (r >= 0 && *old)
                server_inherit(server, *old);
        if (r >= 0 && *old && sessions == SESSIONS_ANEW)
                server_inherit_wait(server, *old);
        *old = server_free(*old);
        if (r >= 0)
                return server;
        (void)log_oom();
        return NULL;
}

/* Ascending by Short Server ID, as the account list is. */
static void take_servers(Client *client, AccountList *list, const AccountList *configured,
        SessionRule sessions, bool deregister)
{
        Server *old[LIMIT_SERVER_ACCOUNTS], *none = NULL;
        size_t n_old = client->n_servers;
        bool known[LIMIT_SERVER_ACCOUNTS] = {false};

        memcpy(old, client->servers, sizeof(old));
        client->n_servers = 0;
        for (size_t i = 0; i < list->n && client->n_servers < LIMIT_SERVER_ACCOUNTS; i++) {
                Account *account = &list->items[i];
                Server **before = find_server(old, n_old, account->short_server_id), *server;

                if (!account->usable)
                        continue;
                server = make_server(
                        client, account, configured, before ? before : &none, sessions, deregister);
                if (!server)
                        continue;
                known[client->n_servers] = before != NULL;
                client->servers[client->n_servers++] = server;
        }
        for (size_t j = 0; j < n_old; j++)
                if (old[j]) {
                        uint16_t id = server_account(old[j])->short_server_id;

                        close_server(client, old[j], deregister);
                        old[j] = server_free(old[j]);
                        notify(client, id, NOTICE_REMOVED);
                }
        /* Another session or other values: both show. */
        for (size_t i = 0; i < client->n_servers; i++)
                notify(client, server_account(client->servers[i])->short_server_id,
                        known[i] ? NOTICE_CHANGED : NOTICE_ADDED);
}

/* The Bootstrap-Server Account with its policy: the configuration's own Client Hold Off Time counts in full.
 */
static void take_bootstrap(Client *client, Account *account)
{
        bool configured = false;
        BootstrapPolicy policy;

        if (account_same_bootstrap(store_committed(client->context.store), client->factory, &configured) < 0)
                configured = false;
        policy = policy_of_bootstrap(
                account, configured, client->flags & SAVE_BOOTSTRAP_PROVEN, &client->context.settings);
        bootstrap_set_account(client->bootstrap, account, &policy);
}

void accounts_apply(Client *client, SessionRule sessions, bool deregister)
{
        Lwm2mVersion version = client->context.settings.version;
        AccountList *list = calloc(2, sizeof(*list)); /* in force, and configured */
        int r = -ENOMEM;

        if (list)
                r = account_list_read(store_committed(client->context.store), version, list);
        if (r == 0)
                r = account_list_read(client->factory, version, list + 1);
        if (r < 0)
                log_event_errno(LOG_ERR, r, MESSAGE_ID_INTERNAL_ERROR,
                        "The accounts cannot be read, the old ones stay in force: %m");
        else {
                client->state.bootstrapped = account_list_usable(list) > 0;
                if (list->has_bootstrap)
                        take_bootstrap(client, &list->bootstrap);
                else
                        bootstrap_set_account(client->bootstrap, NULL, NULL);
                take_servers(client, list, list + 1, sessions, deregister);
                object_list_accounts_changed(client->object_list);
        }
        for (size_t i = 0; list && i < 2; i++)
                account_list_done(list + i);
        free(list);
}

void accounts_arm_purge(Client *client)
{
        const Account *account = bootstrap_account(client->bootstrap);
        int64_t timeout = account && (client->flags & SAVE_BOOTSTRAPPED) ? account->account_timeout : 0;
        uint64_t at = 0;

        /* One that has never answered would take those that did with it. */
        if (timeout > 0 && generations_bootstrap_is_heard(client))
                at = clock_boottime(client->context.clock) +
                     (uint64_t)MIN_OF(timeout, INT32_MAX) * USEC_PER_SEC;
        client->purge_at = at;
        timer_set(client->purge_timer, at);
}
