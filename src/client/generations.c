/* SPDX-License-Identifier: Apache-2.0 */
/* Which accounts are in force, and what speaks for them. */
#include "client/generations.h"
#include "client/stored.h"
#include "model/access_lifetime.h"
#include "model/account_halves.h"
#include "model/account_history.h"
#include "model/account_renewal.h"
#include "util/log.h"
#include "util/message_ids.h"

/* -- The order -- */

/* A bit, where dataset has a Bootstrap-Server Account other than those of the two before it. */
static int know_bootstrap(const Dataset *dataset, const Dataset *first, const Dataset *second,
        SequenceTrial trial, unsigned *known)
{
        bool as_first = false, as_second = false;
        int r;

        if (!account_has_bootstrap(dataset))
                return 0;
        r = account_same_bootstrap(dataset, first, &as_first);
        if (r == 0 && second)
                r = account_same_bootstrap(dataset, second, &as_second);
        if (r == 0 && !as_first && !as_second)
                *known |= 1U << trial;
        return r;
}

/* The same for the LwM2M Server accounts. */
static int know_servers(const Client *client, const Dataset *dataset, const Dataset *first,
        const Dataset *second, SequenceTrial trial, unsigned *known)
{
        bool usable = false, as_first = false, as_second = false;
        int r;

        if (!dataset)
                return 0;
        r = account_has_servers(dataset, client->context.settings.version, &usable);
        if (r == 0)
                r = account_same_servers(dataset, first, &as_first);
        if (r == 0 && second)
                r = account_same_servers(dataset, second, &as_second);
        if (r == 0 && usable && !as_first && !as_second)
                *known |= 1U << trial;
        return r;
}

unsigned generations_known(Client *client)
{
        _cleanup_(dataset_freep) Dataset *last_good = NULL, *lasting = NULL;
        const Dataset *current = stored_accounts(client), *factory = client->factory;
        unsigned known = 1U << TRY_SERVERS, flags;
        int r;

        if (bootstrap_account(client->bootstrap))
                known |= 1U << TRY_BOOTSTRAP;
        /* The others never have the rest: it makes no other accounts. */
        r = access_copy_lasting(client->context.store, current, &lasting);
        if (lasting)
                current = lasting;
        if (r == 0)
                r = stored_last_good(client, &last_good, &flags);
        if (r == 0 && !(client->flags & SAVE_PURGED)) {
                r = know_bootstrap(last_good, current, NULL, TRY_BOOTSTRAP_OF_LAST_GOOD, &known);
                if (r == 0)
                        r = know_bootstrap(
                                factory, current, last_good, TRY_BOOTSTRAP_OF_CONFIGURATION, &known);
        }
        if (r == 0)
                r = know_servers(client, last_good, current, NULL, TRY_SERVERS_OF_LAST_GOOD, &known);
        if (r == 0)
                r = know_servers(client, factory, current, last_good, TRY_SERVERS_OF_CONFIGURATION, &known);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_INTERNAL_ERROR,
                        "Other accounts cannot be looked at now, ignoring: %m");
        return known;
}

static const char *trial_sentence(SequenceTrial trial)
{
        switch (trial) {
        case TRY_BOOTSTRAP_OF_LAST_GOOD:
                return "the Bootstrap-Server Account of last-good, the last one that answered, is tried";
        case TRY_BOOTSTRAP_OF_CONFIGURATION:
                return "the Bootstrap-Server Account of the configuration is tried";
        case TRY_SERVERS_OF_LAST_GOOD:
                return "the LwM2M Servers of last-good, the last ones that worked, are in force again";
        case TRY_SERVERS_OF_CONFIGURATION:
                return "the LwM2M Servers of the configuration are in force again";
        case TRY_SERVERS:
        case TRY_BOOTSTRAP:
        case TRY_NOTHING:
        case _SEQUENCE_TRIAL_MAX:
                break;
        }
        return "";
}

/* The one half comes from elsewhere, the other one is the stored one. */
static int compose(const Client *client, SequenceTrial trial, const Dataset *last_good, unsigned good_flags,
        Dataset **ret, unsigned *ret_flags)
{
        const Dataset *other = trial == TRY_BOOTSTRAP_OF_LAST_GOOD || trial == TRY_SERVERS_OF_LAST_GOOD
                                       ? last_good
                                       : client->factory;
        unsigned other_flags = other == last_good ? good_flags | SAVE_FELL_BACK : 0;
        unsigned flags = stored_flags(client);
        bool servers = trial == TRY_SERVERS_OF_LAST_GOOD || trial == TRY_SERVERS_OF_CONFIGURATION;
        unsigned mask = servers ? SAVE_OF_SERVERS : SAVE_OF_BOOTSTRAP;
        int r;

        if (!other)
                return -ENOENT;
        r = servers ? account_join(other, stored_unless_purged(client, stored_accounts(client)), ret)
                    : account_join(stored_accounts(client), other, ret);
        *ret_flags = (flags & ~mask) | (other_flags & mask);
        return r > 0 ? -ENOSPC : r;
}

int generations_try(Client *client, SequenceTrial trial)
{
        _cleanup_(dataset_freep) Dataset *last_good = NULL, *next = NULL, *kept = NULL;
        unsigned good_flags, flags = 0;
        int r;

        r = stored_last_good(client, &last_good, &good_flags);
        if (r == 0)
                r = compose(client, trial, last_good, good_flags, &next, &flags);
        if (r == 0 && !client->kept)
                r = dataset_copy(store_committed(client->context.store), &kept);
        if (r < 0)
                return r;
        if (kept) {
                client->kept = TAKE_PTR(kept);
                client->kept_flags = client->flags;
        }
        store_replace(client->context.store, TAKE_PTR(next));
        client->flags = flags;
        log_event(LOG_NOTICE, MESSAGE_ID_FELL_BACK, "The accounts in force do not work; %s.",
                trial_sentence(trial));
        return 0;
}

bool generations_restore(Client *client, bool *ret_servers)
{
        bool same = false;

        if (!client->kept)
                return false;
        if (account_same_servers(client->kept, store_committed(client->context.store), &same) < 0)
                same = false; /* fresh sessions are right in either case */
        *ret_servers = !same;
        store_replace(client->context.store, TAKE_PTR(client->kept));
        client->flags = client->kept_flags;
        return true;
}

/* What is in force is what is stored from now on. */
static void adopt(Client *client)
{
        client->kept = dataset_free(client->kept);
}

/* -- Proof -- */

void generations_prove_servers(Client *client)
{
        adopt(client);
        client->flags |= SAVE_PROVEN;
        client->last_good_due = true;
        stored_save(client);
}

void generations_prove_bootstrap(Client *client)
{
        if (client->flags & SAVE_BOOTSTRAP_PROVEN && !client->kept)
                return;
        adopt(client);
        client->flags |= SAVE_BOOTSTRAP_PROVEN;
        client->last_good_due = true;
        stored_save(client);
}

bool generations_bootstrap_is_heard(const Client *client)
{
        _cleanup_(dataset_freep) Dataset *last_good = NULL;
        unsigned flags;

        if (stored_flags(client) & SAVE_BOOTSTRAP_PROVEN)
                return true;
        return stored_last_good(client, &last_good, &flags) == 0 && last_good &&
               (flags & SAVE_BOOTSTRAP_PROVEN) &&
               account_same_bootstrap_server(last_good, stored_accounts(client));
}

/* -- Changes -- */

void generations_commit(Client *client, bool *ret_replaced)
{
        Store *store = client->context.store;
        bool same = false;

        if (client->last_good_due)
                (void)stored_save_last_good(client); /* what could not be written may still be */
        adopt(client);
        if (account_same_bootstrap(store_committed(store), store_candidate(store), &same) < 0)
                same = false; /* it has yet to speak for itself again */
        account_carry_history(store, client->context.settings.version,
                (int64_t)(clock_realtime(client->context.clock) / USEC_PER_SEC));
        store_commit(store);
        client->flags = SAVE_BOOTSTRAPPED | (same ? client->flags & SAVE_BOOTSTRAP_PROVEN : 0);
        client->last_good_due = false; /* what was proven is not what is stored any more */
        client->last_bootstrap_at = clock_boottime(client->context.clock);
        stored_save(client);
        *ret_replaced = !same;
}

void generations_set_alert(Client *client, uint16_t short_server_id, uint8_t alert)
{
        /* What is only tried is written once something speaks for it, its alert with it. */
        if (account_set_alert(
                    client->context.store, client->context.settings.version, short_server_id, alert) &&
                !client->kept)
                stored_save(client);
}

bool generations_replace_bootstrap(Client *client)
{
        Dataset *joined = NULL;
        int r;

        r = account_join(store_committed(client->context.store), client->factory, &joined);
        if (r != 0) {
                log_event(LOG_ERR, MESSAGE_ID_CONFIGURATION_NOT_IN_FORCE,
                        "The Bootstrap-Server Account of the configuration finds no room in the store, "
                        "the old one stays.");
                return false;
        }
        store_replace(client->context.store, joined);
        client->flags &= ~(unsigned)(SAVE_PURGED | SAVE_OF_BOOTSTRAP);
        stored_save(client);
        return true;
}

bool generations_renew_credentials(Client *client, const Dataset *before)
{
        Dataset *renewed = NULL;
        bool changed = false;
        int r;

        r = dataset_copy(store_committed(client->context.store), &renewed);
        if (r == 0)
                r = account_renew_credentials(renewed, before, client->factory, &changed);
        if (r != 0)
                log_event(LOG_ERR, MESSAGE_ID_CONFIGURATION_NOT_IN_FORCE,
                        "A renewed credential of the configuration finds no room in the store, the old one "
                        "stays.");
        if (r != 0 || !changed) {
                (void)dataset_free(renewed);
                return false;
        }
        store_replace(client->context.store, renewed);
        stored_save(client);
        return true;
}

bool generations_purge(Client *client)
{
        Dataset *purged = NULL;

        if (!account_has_bootstrap(store_committed(client->context.store)))
                return false;
        if (account_join(store_committed(client->context.store), NULL, &purged) != 0) {
                (void)log_oom();
                return false;
        }
        store_replace(client->context.store, purged);
        client->flags |= SAVE_PURGED;
        client->last_good_due = true;
        log_event(LOG_NOTICE, MESSAGE_ID_ACCOUNT_REMOVED,
                "The Bootstrap-Server Account Timeout has ended: the account is removed until "
                "\"lwm2mctl reset\" or a changed bootstrap.server in the configuration.");
        stored_save(client);
        return true;
}

int generations_reset(Client *client, bool insist)
{
        Dataset *dataset = NULL;
        int r;

        r = dataset_copy(client->factory, &dataset);
        if (r < 0) {
                (void)log_oom();
                return CLIENT_E_STORAGE_FAILED;
        }
        r = client->storage->reset(client->storage_userdata, dataset);
        if (r < 0)
                log_event_errno(LOG_ERR, r, MESSAGE_ID_STORAGE_FAILED,
                        "The stored accounts in %s cannot be forgotten%s: %m", client->storage_directory,
                        insist ? " now" : "");
        if (r < 0 && !insist) {
                (void)dataset_free(dataset);
                return CLIENT_E_STORAGE_FAILED;
        }
        adopt(client);
        stored_forget_history(client);
        store_replace(client->context.store, dataset);
        client->flags = 0;
        client->last_good_due = r < 0;
        stored_save(client);
        return 0;
}

const char *generations_name(const Client *client)
{
        if (!client->state.bootstrapped && !account_has_bootstrap(store_committed(client->context.store)))
                return "none";
        if (client->flags & SAVE_FELL_BACK)
                return "last-good";
        return client->flags & SAVE_BOOTSTRAPPED ? "bootstrap" : "configuration";
}
