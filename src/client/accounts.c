/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts become servers. */
#include "client/accounts.h"

#include "client/generations.h"
#include "client/policy.h"
#include "model/account_credentials.h"
#include "model/account_halves.h"
#include "util/log.h"

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
                return account_same_credentials(old, account);
        case SESSIONS_ANEW_WHERE_FAILED:
                return server_state(server) != SERVER_FAILED && account_same_credentials(old, account);
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

static void end_server(Server *server, bool deregister)
{
        if (deregister)
                server_deregister(server);
        else
                (void)server_free(server);
}

/* Ascending by Short Server ID, as the account list is. */
static void take_servers(Client *client, AccountList *list, const AccountList *configured,
        SessionRule sessions, bool deregister)
{
        Server *old[LIMIT_SERVER_ACCOUNTS];
        size_t n_old = client->n_servers;
        bool known[LIMIT_SERVER_ACCOUNTS] = {false};

        memcpy(old, client->servers, sizeof(old));
        client->n_servers = 0;
        for (size_t i = 0; i < list->n && client->n_servers < LIMIT_SERVER_ACCOUNTS; i++) {
                Account *account = &list->items[i];
                uint16_t id = account->short_server_id;
                Server **slot = &client->servers[client->n_servers];
                char note[POLICY_NOTE_SIZE];
                RegistrationPolicy policy = policy_of_server(
                        account, account_list_find(configured, id), &client->context.settings, note);
                size_t j = 0;

                if (!account->usable)
                        continue;
                while (j < n_old && (!old[j] || server_account(old[j])->short_server_id != id))
                        j++;
                if (j < n_old && keeps_session(client, old[j], account, sessions)) {
                        server_refresh(old[j], account, &policy, note);
                        *slot = TAKE_PTR(old[j]);
                } else {
                        bool succeeded = has_succeeded(client, j < n_old ? old[j] : NULL, sessions);
                        int r = server_new(
                                &client->context, succeeded, client->server_handler, client, slot);

                        if (r >= 0)
                                server_refresh(*slot, account, &policy, note);
                        if (r >= 0 && j < n_old)
                                server_inherit(*slot, old[j]);
                        if (r >= 0 && j < n_old && sessions == SESSIONS_ANEW)
                                server_inherit_wait(*slot, old[j]);
                        if (j < n_old)
                                end_server(TAKE_PTR(old[j]), deregister);
                        if (r < 0) {
                                (void)log_oom();
                                continue;
                        }
                }
                known[client->n_servers] = j < n_old;
                client->n_servers++;
        }
        for (size_t j = 0; j < n_old; j++)
                if (old[j]) {
                        uint16_t id = server_account(old[j])->short_server_id;

                        end_server(TAKE_PTR(old[j]), deregister);
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
                log_error_errno(r, "The accounts cannot be read, the old ones stay in force: %m");
        else {
                client->state.bootstrapped = account_list_usable(list) > 0;
                if (list->has_bootstrap)
                        take_bootstrap(client, &list->bootstrap);
                else
                        bootstrap_set_account(client->bootstrap, NULL, NULL);
                take_servers(client, list, list + 1, sessions, deregister);
                client->applied = true;
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
