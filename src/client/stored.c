/* SPDX-License-Identifier: Apache-2.0 */
/* What the state directory holds of the accounts: `current` and `last-good`. */
#include "client/stored.h"
#include "model/access_lifetime.h"
#include "model/account_halves.h"
#include "util/log.h"
#include "util/message_ids.h"

#define SAVE_RETRY_USEC (60 * USEC_PER_SEC) /* design.md section 7 */

/* A series is over soon, mostly, and is then written once. */
#define HISTORY_RUNNING_USEC (10 * USEC_PER_SEC)

/* Where a series is over each second (retry_count and delays at their least) flash would be worn out: in the
 * long run one write in so long, as many at once as there are series to be kept. */
#define HISTORY_WRITE_USEC (600 * USEC_PER_SEC)

const Dataset *stored_accounts(const Client *client)
{
        return client->kept ? client->kept : store_committed(client->context.store);
}

unsigned stored_flags(const Client *client)
{
        return client->kept ? client->kept_flags : client->flags;
}

const Dataset *stored_unless_purged(const Client *client, const Dataset *dataset)
{
        return client->flags & SAVE_PURGED ? NULL : dataset;
}

int stored_last_good(const Client *client, Dataset **ret, unsigned *ret_flags)
{
        int r;

        *ret = NULL;
        *ret_flags = 0;
        r = client->storage->load_last_good(client->storage_userdata, ret, ret_flags);
        return r == -ENOENT ? 0 : r;
}

int stored_save_last_good(const Client *client)
{
        _cleanup_(dataset_freep) Dataset *old = NULL, *new = NULL, *lasting = NULL;
        const Dataset *current = stored_accounts(client), *servers = current, *bootstrap = current;
        unsigned flags = stored_flags(client) & ~(unsigned)SAVE_FELL_BACK, old_flags;
        int r;

        r = stored_last_good(client, &old, &old_flags);
        if (r < 0)
                return r;
        if (!(flags & SAVE_PROVEN)) {
                servers = old;
                flags = (flags & ~(unsigned)SAVE_OF_SERVERS) | (old_flags & SAVE_OF_SERVERS);
        }
        if (!(flags & SAVE_BOOTSTRAP_PROVEN) && account_has_bootstrap(old)) {
                bootstrap = old;
                flags |= old_flags & SAVE_OF_BOOTSTRAP;
        }
        r = account_join(servers, stored_unless_purged(client, bootstrap), &new);
        if (r == 0)
                r = access_copy_lasting(client->context.store, new, &lasting);
        if (r != 0)
                return r < 0 ? r : -ENOSPC;
        if (!account_has_bootstrap(new))
                flags &= ~(unsigned)SAVE_OF_BOOTSTRAP;
        return client->storage->save_last_good(client->storage_userdata, lasting ?: new, flags);
}

uint64_t stored_last_bootstrap(const Client *client)
{
        return client->last_bootstrap_at > 0
                       ? client_to_realtime(&client->context, client->last_bootstrap_at)
                       : client->last_bootstrap_before;
}

static int save(Client *client)
{
        _cleanup_(dataset_freep) Dataset *lasting = NULL;
        int r;

        r = access_copy_lasting(client->context.store, stored_accounts(client), &lasting);
        if (r >= 0)
                r = client->storage->save(client->storage_userdata, lasting ?: stored_accounts(client),
                        stored_flags(client), stored_last_bootstrap(client));
        if (r >= 0 && client->last_good_due)
                r = stored_save_last_good(client);
        if (r >= 0)
                client->last_good_due = false;
        return r;
}

void stored_save(Client *client)
{
        uint64_t again = 0;
        int r;

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
                        log_event(LOG_ERR, MESSAGE_ID_STORAGE_FAILED, "%s", client->storage_error.sentence);
        } else {
                if (client->storage_error.name != FAILURE_NONE)
                        log_event(LOG_NOTICE, MESSAGE_ID_STORAGE_WORKS,
                                "The accounts are written to the state directory %s again.",
                                client->storage_directory);
                client->storage_error = (Failure){0};
        }
        timer_set(client->storage_timer, again);
}

void stored_save_history(Client *client)
{
        const History *history = &client->context.history;
        uint64_t now = clock_boottime(client->context.clock);
        int r;

        timer_set(client->history_timer, 0);
        if (client->history_saved == history->changes)
                return;
        client->history_due = MAX_OF(client->history_due, now) + HISTORY_WRITE_USEC;
        r = client->storage->save_history(client->storage_userdata, history);
        if (r >= 0)
                client->history_saved = history->changes;
        else
                timer_set(client->history_timer, now + HISTORY_WRITE_USEC);
        if (r < 0 && !client->history_fails)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_HISTORY_FAILED,
                        "What became of the bootstraps (\"lwm2mctl history\") cannot be written to the "
                        "state directory %s, a restart would forget it: %m",
                        client->storage_directory);
        else if (r >= 0 && client->history_fails)
                log_event(LOG_NOTICE, MESSAGE_ID_STORAGE_WORKS,
                        "What became of the bootstraps is written to the state directory %s again.",
                        client->storage_directory);
        client->history_fails = r < 0;
}

void stored_look_at_history(Client *client)
{
        const History *history = &client->context.history;
        uint64_t now = clock_boottime(client->context.clock);
        uint64_t at = history_running(history) ? now + HISTORY_RUNNING_USEC : now;

        if (client->history_seen == history->changes)
                return;
        client->history_seen = history->changes;
        if (client->history_due > HISTORY_SERIES_MAX * HISTORY_WRITE_USEC)
                at = MAX_OF(at, client->history_due - HISTORY_SERIES_MAX * HISTORY_WRITE_USEC);
        timer_set(client->history_timer, at);
}

void stored_forget_history(Client *client)
{
        history_done(&client->context.history);
        client->history_seen = client->history_saved = client->context.history.changes;
        timer_set(client->history_timer, 0);
}
