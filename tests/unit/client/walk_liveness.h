/* SPDX-License-Identifier: Apache-2.0 */
/* The walk's liveness: from some moment on one account of one generation works, and nothing else. */
#pragma once

#include "client/walk_world.h"

/* With the default configuration a device that one account can reach is there again (design.md 9.5). */
#define LIVENESS (7 * DAY)

static bool takes_registrations(const Peer *peer)
{
        return peer->mode == PEER_LIVES || peer->mode == PEER_DROPS || peer->mode == PEER_FORGETS;
}

static bool answers_bootstraps(const Peer *peer)
{
        return peer->mode >= PEER_SILENT;
}

static bool is_stored(const Dataset *dataset, const Peer *peer)
{
        AccountList list;
        bool found = false;

        if (!dataset)
                return false;
        assert_int_equal(account_list_read(dataset, LWM2M_1_1, &list), 0);
        for (size_t i = 0; i < list.n; i++)
                found = found || (list.items[i].usable && strcmp(list.items[i].uri, peer->uri) == 0);
        account_list_done(&list);
        return found;
}

static const Dataset *stored(void)
{
        return w.client->kept ? w.client->kept : store_committed(w.store);
}

static const Dataset *generation(Generation which)
{
        switch (which) {
        case OF_CONFIGURATION:
                return w.factory;
        case OF_LAST_GOOD:
                return w.storage.last_good.dataset;
        case OF_CURRENT:
        case _GENERATION_MAX:
                break;
        }
        return stored();
}

/* A peer whose account of that kind is in dataset, and not kept unused, or NULL. */
static const Peer *choose(const Dataset *dataset, Kind kind)
{
        AccountList list;
        const Account *account = NULL;
        const Peer *peer;

        if (!dataset)
                return NULL;
        assert_int_equal(account_list_read(dataset, LWM2M_1_1, &list), 0);
        if (kind == KIND_SERVER && list.n > 0)
                account = &list.items[fake_below(list.n)];
        else if (kind == KIND_BOOTSTRAP && list.has_bootstrap)
                account = &list.bootstrap;
        peer = account && account->usable ? fake_peer(account->uri) : NULL;
        /* By the server's own wish it is not asked while one before it has failed: /1/x/15. */
        for (size_t i = 0; i < list.n && kind == KIND_SERVER && peer && account->has_priority; i++)
                if (list.items[i].has_priority && list.items[i].failure_block)
                        peer = NULL;
        account_list_done(&list);
        return peer && fake_is_bootstrap(peer) == (kind == KIND_BOOTSTRAP) ? peer : NULL;
}

/* From now on one account works; the others do what they do, but none that would make a second one work, or
 * take the place of the one: what is proven replaces what was, and a Finish what has never been. */
static void freeze_peers(void)
{
        bool last = w.kind == KIND_BOOTSTRAP || w.generation != OF_CONFIGURATION;
        bool circle = fake_chance(250); /* the others hand the device on to each other */
        bool fragile = w.kind == KIND_SERVER && w.generation == OF_CURRENT &&
                       !is_stored(w.storage.last_good.dataset, w.only);
        Connection *connection;

        TAILQ_FOREACH (connection, &fake_connections, entries)
                connection->position = 0; /* what the one gives is whole, in an open session too */
        for (size_t i = 0; i < FAKE_SERVERS; i++) {
                Peer *peer = &fake_servers[i];

                if (peer == w.only || (w.kind == KIND_BOOTSTRAP && i == FAKE_GIVEN))
                        peer->mode = PEER_LIVES;
                else if (takes_registrations(peer) && (last || peer->mode != PEER_DROPS))
                        peer->mode = PEER_DEAD;
        }
        for (size_t i = 0; i < FAKE_BOOTSTRAPS; i++) {
                Peer *peer = &fake_bootstraps[i];

                if (peer == w.only)
                        peer->mode = PEER_GIVES;
                else if (circle)
                        peer->mode = PEER_HANDS_ON;
                if (peer != w.only && answers_bootstraps(peer) &&
                        (peer->mode == PEER_GIVES || fragile ||
                                (last && w.kind == KIND_BOOTSTRAP && w.generation != OF_CONFIGURATION)))
                        peer->mode = PEER_DEAD;
        }
}

/* The configuration itself forbids a bootstrap: /1/x/16 false on each of its servers. */
static bool is_forbidden(void)
{
        AccountList list;
        unsigned flags = w.client->kept ? w.client->kept_flags : w.client->flags;
        bool wanted;

        assert_int_equal(account_list_read(stored(), LWM2M_1_1, &list), 0);
        wanted = list.n == 0;
        for (size_t i = 0; i < list.n; i++)
                wanted = wanted || list.items[i].bootstrap_on_failure;
        account_list_done(&list);
        return !wanted && !(flags & SAVE_BOOTSTRAPPED);
}

/* What `current` has proven since could not be written to `last-good`, and a power cut came: it will take
 * its place at the next proof. */
static bool is_outdated(Kind kind)
{
        unsigned flags = w.client->kept ? w.client->kept_flags : w.client->flags;
        bool same = false;

        if (kind == KIND_SERVER)
                assert_int_equal(account_same_servers(stored(), w.storage.last_good.dataset, &same), 0);
        else
                assert_int_equal(account_same_bootstrap(stored(), w.storage.last_good.dataset, &same), 0);
        return flags & (kind == KIND_SERVER ? SAVE_PROVEN : SAVE_BOOTSTRAP_PROVEN) && !same;
}

static void freeze(void)
{
        bool default_in_force = w.settings.retry_count == default_settings.retry_count;

        w.generation = (Generation)fake_below(_GENERATION_MAX);
        w.kind = (Kind)fake_below(2);
        w.only = choose(generation(w.generation), w.kind);
        if (!w.only || !default_in_force || w.client->reload.waiting || w.client->last_good_due ||
                (w.generation == OF_LAST_GOOD && is_outdated(w.kind)) ||
                (w.generation != OF_CONFIGURATION && state_any_registered(w.client) &&
                        state_bootstrap_runs(w.client)) ||
                (w.kind == KIND_BOOTSTRAP && (w.client->flags & SAVE_PURGED || is_forbidden())))
                return;
        for (size_t i = 0; i < w.client->n_servers; i++)
                if (server_state(w.client->servers[i]) == SERVER_DISABLED)
                        return;
        w.frozen = true;
        w.frozen_at = fake_now;
        w.storage.fails = w.storage.unreadable = false;
        freeze_peers();
        fake_note("-- only %s works, of generation %d", w.only->uri, (int)w.generation);
        for (size_t i = 0; i < FAKE_BOOTSTRAPS; i++)
                fake_note("   %s mode %d, %s mode %d", fake_bootstraps[i].uri, (int)fake_bootstraps[i].mode,
                        fake_servers[i].uri, (int)fake_servers[i].mode);
}

static bool is_reached(void)
{
        const Peer *peer = w.kind == KIND_SERVER ? w.only : &fake_servers[FAKE_GIVEN];
        const Connection *connection;

        TAILQ_FOREACH (connection, &fake_connections, entries)
                if (connection->open && !connection->closed && connection->peer == peer)
                        return true;
        return false;
}

static void thaw(void)
{
        w.frozen = false;
        for (size_t i = 0; i < 20; i++)
                change_peer();
}

static void check_liveness(void)
{
        uint64_t took = fake_now - w.frozen_at;

        if (!w.frozen)
                return;
        if (is_reached()) {
                w.reached[w.generation][w.kind]++;
                if (took > w.longest) {
                        w.longest = took;
                        (void)snprintf(w.longest_how, sizeof(w.longest_how), "%s of generation %d",
                                w.only->uri, (int)w.generation);
                }
                thaw();
        } else if (w.kind == KIND_BOOTSTRAP && w.client->flags & SAVE_PURGED) {
                w.asides++;
                thaw();
        } else
                CHECK(took < LIVENESS, "%s of generation %d is not reached", w.only->uri, (int)w.generation);
}
