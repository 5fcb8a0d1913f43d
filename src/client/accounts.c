/* SPDX-License-Identifier: Apache-2.0 */
/* What the client does with accounts. */
#include "client/accounts.h"

#include "operation/outgoing.h"
#include "util/log.h"
#include "util/message_ids.h"

#define SAVE_RETRY_USEC (60 * USEC_PER_SEC) /* design.md section 7 */

static int on_save_again(sd_event_source *source, uint64_t usec, void *userdata)
{
        accounts_save(userdata, 0);
        state_publish(userdata);
        return 0;
}

static int save(const Client *client)
{
        const Dataset *dataset = store_committed(client->context.store);
        int r;

        r = client->storage->save(
                client->storage_userdata, dataset, client->flags, state_last_bootstrap(client));
        if (r >= 0 && (client->save_extra & SAVE_LAST_GOOD))
                r = client->storage->save_last_good(client->storage_userdata, dataset, client->flags);
        return r;
}

void accounts_save(Client *client, unsigned extra)
{
        uint64_t again = 0;
        int r;

        client->save_extra |= extra;
        r = save(client);
        if (r < 0) {
                bool first = client->storage_error.name == FAILURE_NONE;

                failure_set(&client->storage_error, FAILURE_STORAGE_FAILED,
                        "The accounts cannot be written to the state directory %s: %s. It is tried again "
                        "every minute; until then a restart would lose them. Check free space and "
                        "permissions there.",
                        client->storage_directory, strerror(-r));
                again = clock_boottime(client->context.clock) + SAVE_RETRY_USEC;
                if (first)
                        log_full(LOG_ERR, 0,
                                (LogField[]){{"MESSAGE_ID", MESSAGE_ID_STORAGE_FAILED}, {NULL, NULL}}, "%s",
                                client->storage_error.sentence);
        } else {
                if (client->storage_error.name != FAILURE_NONE)
                        log_notice("The accounts are written to the state directory %s again.",
                                client->storage_directory);
                client->storage_error = (Failure){0};
                client->save_extra = 0;
        }
        timer_set(client->storage_timer, again);
}

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
                return true;
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
static void take_servers(Client *client, AccountList *list, SessionRule sessions, bool deregister)
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
                size_t j = 0;

                if (!account->usable)
                        continue;
                while (j < n_old && (!old[j] || server_account(old[j])->short_server_id != id))
                        j++;
                if (j < n_old && keeps_session(client, old[j], account, sessions)) {
                        server_refresh(old[j], account);
                        *slot = TAKE_PTR(old[j]);
                } else {
                        bool succeeded = has_succeeded(client, j < n_old ? old[j] : NULL, sessions);
                        int r = server_new(
                                &client->context, account, succeeded, client->server_handler, client, slot);

                        if (r >= 0 && j < n_old)
                                server_inherit(*slot, old[j]);
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

void accounts_apply(Client *client, SessionRule sessions, bool deregister)
{
        AccountList *list = calloc(1, sizeof(*list));
        int r = -ENOMEM;

        if (list)
                r = account_list_read(
                        store_committed(client->context.store), client->context.settings.version, list);
        if (r < 0) {
                log_error_errno(r, "The accounts cannot be read, the old ones stay in force: %m");
                free(list);
                return;
        }
        client->state.bootstrapped = account_list_usable(list) > 0;
        bootstrap_set_account(client->bootstrap, list->has_bootstrap ? &list->bootstrap : NULL);
        take_servers(client, list, sessions, deregister);
        account_list_done(list);
        free(list);
}

void accounts_commit(Client *client)
{
        store_commit(client->context.store);
        client->flags = SAVE_BOOTSTRAPPED;
        client->last_bootstrap_at = clock_boottime(client->context.clock);
        client->save_extra = 0; /* what was proven is not what is stored now */
        accounts_save(client, 0);
        client->finishing = true;
}

/* What was purged stays out, whatever file or configuration still has it. */
static void remove_purged(const Client *client, Dataset *dataset)
{
        uint16_t instance = account_bootstrap_instance(dataset);

        if ((client->flags & SAVE_PURGED) && instance != ID_INVALID)
                (void)dataset_remove(dataset, &PATH_INSTANCE(OBJECT_SECURITY, instance));
}

void accounts_fall_back(Client *client)
{
        _cleanup_(dataset_freep) Dataset *dataset = NULL;
        unsigned flags = 0;
        bool last_good = true;
        int r;

        if (client->flags & SAVE_PROVEN)
                return;
        r = client->storage->load_last_good(client->storage_userdata, &dataset, &flags);
        if (r < 0) {
                last_good = false;
                flags = 0;
                r = dataset_copy(client->factory, &dataset);
        }
        if (r < 0) {
                log_error_errno(r, "No accounts to fall back to: %m");
                return;
        }
        remove_purged(client, dataset);
        flags |= client->flags & SAVE_PURGED;
        if (dataset_equal(dataset, store_committed(client->context.store)))
                return;
        log_full(LOG_NOTICE, 0, (LogField[]){{"MESSAGE_ID", MESSAGE_ID_FELL_BACK}, {NULL, NULL}},
                "The accounts of the last bootstrap have never worked; %s.",
                last_good ? "last-good, the last ones that did, are in force again"
                          : "those of the configuration are in force again");
        store_replace(client->context.store, TAKE_PTR(dataset));
        client->flags = flags;
        accounts_save(client, 0);
        accounts_apply(client, SESSIONS_ANEW, true);
        accounts_arm_purge(client);
}

static int on_purge(sd_event_source *source, uint64_t usec, void *userdata)
{
        Client *client = userdata;

        client->purge_due = true;
        state_decide_soon(client);
        return 0;
}

void accounts_arm_purge(Client *client)
{
        const Account *account = bootstrap_account(client->bootstrap);
        int64_t timeout = account && (client->flags & SAVE_BOOTSTRAPPED) ? account->account_timeout : 0;
        uint64_t at = 0;

        client->purge_due = false;
        if (timeout > 0)
                at = clock_boottime(client->context.clock) +
                     (uint64_t)MIN_OF(timeout, INT32_MAX) * USEC_PER_SEC;
        timer_set(client->purge_timer, at);
}

void accounts_purge(Client *client)
{
        _cleanup_(dataset_freep) Dataset *dataset = NULL;
        uint16_t instance = account_bootstrap_instance(store_committed(client->context.store));
        int r;

        client->purge_due = false;
        if (instance == ID_INVALID)
                return;
        r = dataset_copy(store_committed(client->context.store), &dataset);
        if (r < 0) {
                (void)log_oom();
                return;
        }
        (void)dataset_remove(dataset, &PATH_INSTANCE(OBJECT_SECURITY, instance));
        store_replace(client->context.store, TAKE_PTR(dataset));
        client->flags |= SAVE_PURGED;
        client->save_extra |= client->flags & SAVE_PROVEN ? SAVE_LAST_GOOD : 0;
        log_notice("The Bootstrap-Server Account Timeout has ended: "
                   "the account is removed until Reset() or a changed bootstrap.server "
                   "in the configuration.");
        accounts_save(client, 0);
        bootstrap_set_account(client->bootstrap, NULL);
}

int accounts_reset(Client *client, bool insist)
{
        _cleanup_(dataset_freep) Dataset *dataset = NULL;
        int r;

        r = dataset_copy(client->factory, &dataset);
        if (r < 0) {
                (void)log_oom();
                return CLIENT_E_STORAGE_FAILED;
        }
        r = client->storage->reset(client->storage_userdata, dataset);
        if (r < 0)
                log_error_errno(r, "The stored accounts in %s cannot be forgotten%s: %m",
                        client->storage_directory, insist ? " now" : "");
        if (r < 0 && !insist)
                return CLIENT_E_STORAGE_FAILED;
        bootstrap_abort(client->bootstrap);
        bootstrap_forget_attempts(client->bootstrap);
        store_replace(client->context.store, TAKE_PTR(dataset));
        client->flags = 0;
        client->save_extra = r < 0 ? SAVE_LAST_GOOD : 0;
        client->effects = (Effects){.n = 0};
        client->finishing = client->exhausted = false;
        client->last_error = (Failure){0};
        accounts_save(client, 0);
        accounts_apply(client, SESSIONS_ANEW, true);
        accounts_arm_purge(client);
        return 0;
}

int accounts_new(Client *client)
{
        int r;

        r = timer_new(client->context.event, on_save_again, client, "storage-retry", &client->storage_timer);
        if (r < 0)
                return r;
        return timer_new(client->context.event, on_purge, client, "account-timeout", &client->purge_timer);
}
