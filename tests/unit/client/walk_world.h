/* SPDX-License-Identifier: Apache-2.0 */
/* The walk's world: the client with its state directory, and what peers and operators do to it. */
#pragma once

#include "client/fake_storage.h"
#include "client/fake_writes.h"
#include "client/methods.h"
#include "client/state.h"
#include "model/account_halves.h"

#define DAY (86400 * USEC_PER_SEC)

static const char *const configurations[] = {
        "/0/0/0=coap://b0.example /0/0/1=true /0/0/2=3",
        "/0/0/0=coap://b1.example /0/0/1=true /0/0/2=3 /0/0/11=30",
        "/0/0/0=coap://b0.example /0/0/1=true /0/0/2=3 "
        "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=86400 /1/0/6=true /1/0/7=U",
        "/0/0/0=coap://b1.example /0/0/1=true /0/0/2=3 "
        "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=86400 /1/0/6=true /1/0/7=U",
        "/0/0/0=coap://b1.example /0/0/1=true /0/0/2=3 "
        "/0/1/0=coap://s1.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=300 /1/0/7=U /1/0/16=false",
        "/0/0/0=coap://s0.example /0/0/2=3 /0/0/10=101 /1/0/0=101 /1/0/1=86400 /1/0/7=U "
        "/0/1/0=coap://s1.example /0/1/2=3 /0/1/10=102 /1/1/0=102 /1/1/1=3600 /1/1/7=U",
};

/* Those of lwm2m-client.yaml(5). */
static const ClientSettings default_settings = {
        .endpoint = "walker",
        .version = LWM2M_1_1,
        .retry_count = 5,
        .retry_delay = 60 * USEC_PER_SEC,
        .retry_delay_max = 3600 * USEC_PER_SEC,
        .jitter = 1.0,
        .on_failure = ON_FAILURE_RESTART,
        .restart_delay = 3600 * USEC_PER_SEC,
        .update_interval_max = DAY,
        .preferred_content_format = FORMAT_NONE,
        .coap = {2 * USEC_PER_SEC, 1.5, 4, 1024, 65536},
};

typedef enum Kind {
        KIND_SERVER,
        KIND_BOOTSTRAP,
} Kind;

typedef enum Generation {
        OF_CONFIGURATION,
        OF_LAST_GOOD,
        OF_CURRENT,
        _GENERATION_MAX,
} Generation;

static struct {
        FakeStorage storage;
        Store *store;
        Client *client;
        Dataset *factory;
        ClientSettings settings;
        size_t steps;

        /* The one account that works from now on. */
        bool frozen;
        Kind kind;
        Generation generation;
        const Peer *only;
        uint64_t frozen_at;

        bool asked;        /* /1/x/9 was answered 2.04 while no series ran */
        size_t requests;   /* Bootstrap-Requests until then */
        size_t still;      /* steps in which no time has passed */
        uint64_t woken_at; /* when the machine woke up last */
        size_t opened;     /* connections until then */
        uint64_t checked_at;
        unsigned good_flags; /* of last-good, at the last look */

        size_t keys; /* the last one of the configuration */

        unsigned flaps;
        size_t asleep; /* how often a registration has fallen asleep */
        size_t early;  /* looks at an attempt that the network has caused */
        size_t registered, bootstrapped, failures, cuts, resets, asides, sleeps;
        size_t reached[_GENERATION_MAX][2];
        uint64_t longest;
        char longest_how[64];
} w;

#define CHECK(condition, ...)               \
        do {                                \
                if (!(condition))           \
                        wrong(__VA_ARGS__); \
        } while (false)

static void note_accounts(const char *name, const Dataset *dataset, unsigned flags)
{
        if (dataset)
                fake_note("%s (flags %#x): %s", name, flags, fixture_text(dataset, &PATH_ROOT));
}

static void _printf_(1, 2) wrong(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        fake_vnote(format, arguments);
        va_end(arguments);
        if (w.client) {
                note_accounts("configuration", w.factory, 0);
                note_accounts("last-good", w.storage.last_good.dataset, w.storage.last_good.flags);
                note_accounts("kept", w.client->kept, w.client->kept_flags);
                note_accounts("in force", store_committed(w.store), w.client->flags);
        }
        fake_print_history();
        fail_msg("step %zu of seed %s", w.steps, getenv("WALK_SEED") ? getenv("WALK_SEED") : "default");
}

/* -- The daemon around the client -- */

static void on_status(void *userdata, Status old_status, Status new_status, const char *reason)
{
        w.registered += new_status == STATUS_REGISTERED;
        w.bootstrapped += new_status == STATUS_BOOTSTRAPPED;
        if (new_status == STATUS_BOOTSTRAPPED)
                w.woken_at = 0; /* its accounts are no storm either */
        w.failures += new_status == STATUS_FAILURE;
        CHECK(new_status != STATUS_FAILURE || reason[0], "failure without a reason");
}

static const ClientListener listener = {.status_changed = on_status};

/* `current` where there is one, and it belongs to this configuration; else the configuration's accounts. */
static void load(Dataset **ret, unsigned *ret_flags)
{
        const FakeStorage *storage = &w.storage;
        bool own = storage->current.dataset && storage->epoch == storage->configuration;

        *ret_flags = own ? storage->current.flags : 0;
        assert_int_equal(dataset_copy(own ? storage->current.dataset : w.factory, ret), 0);
        if (!own)
                w.storage.last_good.dataset = dataset_free(w.storage.last_good.dataset);
}

static void power_on(void)
{
        Dataset *dataset;
        ClientAccounts accounts = {.factory = w.factory, .directory = "/nowhere"};

        load(&dataset, &accounts.flags);
        accounts.last_bootstrap = w.storage.last_bootstrap;
        assert_int_equal(store_new(&w.store), 0);
        assert_int_equal(store_set_source(w.store, OBJECT_DEVICE, &fixture_device, NULL), 0);
        store_replace(w.store, dataset);
        assert_int_equal(client_new(NULL, &fake_clock, w.store, &w.settings, &accounts, &fake_client_storage,
                                 &w.storage, &w.client),
                0);
        assert_int_equal(client_add_listener(w.client, &listener, NULL), 0);
        client_start(w.client);
        w.asked = false;
}

static void power_off(void)
{
        w.client = client_free(w.client);
        w.store = store_free(w.store);
        while (!TAILQ_EMPTY(&fake_connections)) /* De-registrations that were under way */
                (void)connection_close(TAILQ_FIRST(&fake_connections));
        assert_true(TAILQ_EMPTY(&fake_sources));
}

/* -- What registered servers do -- */

static Connection *any_registered(void)
{
        Connection *connection, *any = NULL;
        size_t n = 0;

        TAILQ_FOREACH (connection, &fake_connections, entries)
                if (connection->open && !connection->closed && connection->handler->accepts &&
                        connection->handler->accepts(connection->userdata) && fake_below(++n) == 0)
                        any = connection;
        return any;
}

static void execute(Connection *connection, unsigned instance, unsigned resource)
{
        bool runs = state_bootstrap_runs(w.client);
        char path[32];
        uint8_t code;

        (void)snprintf(path, sizeof(path), "/1/%u/%u", instance, resource);
        code = fake_request(connection, &(Step){POST, path, FORMAT_NONE, NULL, 0});
        if (resource == SERVER_BOOTSTRAP_TRIGGER && code == CODE_CHANGED && !runs)
                w.asked = true;
}

static void manage(void)
{
        static const unsigned resources[] = {14, 17, 18, 19, 20};
        Connection *connection = any_registered();
        unsigned instance = (unsigned)fake_below(3);
        char number[24];

        if (!connection)
                return;
        (void)snprintf(number, sizeof(number), "%lld", any_number());
        switch (fake_below(9)) {
        case 0:
        case 1:
                execute(connection, instance, SERVER_BOOTSTRAP_TRIGGER);
                break;
        case 2:
                (void)write_value(connection, OBJECT_SERVER, instance, SERVER_DISABLE_TIMEOUT,
                        fake_chance(500) ? "60" : "864000");
                execute(connection, instance, SERVER_DISABLE);
                break;
        case 3:
                execute(connection, instance, SERVER_UPDATE_TRIGGER);
                break;
        case 4:
                (void)write_value(connection, OBJECT_SERVER, instance, SERVER_LIFETIME, number);
                break;
        case 5:
                (void)write_value(connection, OBJECT_ACCESS_CONTROL, instance, ACCESS_CONTROL_OWNER,
                        fake_chance(500) ? "102" : "65535");
                break;
        case 6:
                (void)write_value(
                        connection, OBJECT_SERVER, instance, SERVER_BINDING, fake_chance(500) ? "UQ" : "U");
                break;
        default:
                (void)write_value(connection, OBJECT_SERVER, instance,
                        resources[fake_below(ELEMENTSOF(resources))], number);
        }
}

/* -- What operators do -- */

static unsigned what_changed(const Dataset *factory)
{
        bool same_servers, same_bootstrap;

        assert_int_equal(account_same_servers(w.factory, factory, &same_servers), 0);
        assert_int_equal(account_same_bootstrap(w.factory, factory, &same_bootstrap), 0);
        return (same_servers ? 0 : CLIENT_RELOAD_ACCOUNTS) |
               (same_bootstrap ? 0 : CLIENT_RELOAD_BOOTSTRAP_SERVER);
}

/* The configuration in force with another key in each account. */
static Dataset *renew_credentials(void)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = dataset_instances(w.factory, OBJECT_SECURITY, ids);
        Dataset *factory = NULL;
        char key[24];

        (void)snprintf(key, sizeof(key), "%zu", ++w.keys);
        assert_int_equal(dataset_copy(w.factory, &factory), 0);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(dataset_set_bytes(factory,
                                         &PATH_RESOURCE(OBJECT_SECURITY, ids[i], SECURITY_SECRET_KEY),
                                         VALUE_OPAQUE, key, strlen(key)),
                        0);
        return factory;
}

/* Nothing stands between a changed file and its accounts but the end of a transaction. */
static void reload(void)
{
        Dataset *factory;
        unsigned flags;

        if (store_candidate(w.store))
                return;
        w.settings = default_settings;
        if (fake_chance(500)) {
                w.settings.retry_count = (unsigned)fake_below(3);
                w.settings.restart_delay = 60 * USEC_PER_SEC;
                w.settings.on_failure = fake_chance(200) ? ON_FAILURE_STAY : ON_FAILURE_RESTART;
        }
        w.settings.version = (Lwm2mVersion)fake_below(_LWM2M_VERSION_MAX);
        w.settings.queue_mode = fake_chance(500);
        w.settings.queue_timeout = fake_chance(500) ? fake_below(600) * USEC_PER_SEC : 0;
        w.settings.preferred_content_format = fake_chance(500) ? FORMAT_TLV : FORMAT_NONE;
        if (fake_chance(500)) {
                factory = renew_credentials();
                flags = CLIENT_RELOAD_CREDENTIALS;
        } else {
                factory = fixture_dataset(configurations[fake_below(ELEMENTSOF(configurations))]);
                flags = what_changed(factory);
        }
        flags |= fake_chance(100) ? CLIENT_RELOAD_DEVICE : 0;
        if (flags & CLIENT_RELOAD_ACCOUNTS)
                w.storage.configuration++;
        fake_note("-- reload %#x", flags);
        assert_int_equal(client_reload(w.client, &w.settings, factory, flags), 0);
        dataset_free(w.factory);
        w.factory = factory;
        w.asked = false;
}

static void operate(void)
{
        uint16_t ids[LIMIT_SERVER_ACCOUNTS];
        size_t n = client_servers(w.client, ids);

        w.woken_at = 0; /* what an operator does is no storm */
        switch (fake_below(16)) {
        case 0:
        case 1:
                fake_note("-- restart");
                assert_int_equal(client_restart(w.client), 0);
                w.asked = false;
                break;
        case 2:
        case 3:
                fake_note("-- bootstrap: %d", client_bootstrap(w.client));
                break;
        case 4:
                if (n > 0)
                        (void)client_server_update(w.client, ids[fake_below(n)]);
                break;
        case 5:
                if (n > 0)
                        (void)client_server_disable(
                                w.client, ids[fake_below(n)], (uint32_t)fake_below(100000));
                break;
        case 6:
                fake_note("-- reset");
                if (client_reset(w.client) == 0) {
                        w.resets++;
                        w.asked = false;
                }
                break;
        case 7:
        case 8:
                reload();
                break;
        case 9:
        case 10:
        case 11:
                w.storage.fails = fake_chance(300);
                break;
        case 12:
                w.storage.unreadable = fake_chance(300);
                break;
        default:
                fake_note("-- power cut");
                w.cuts++;
                power_off();
                power_on();
        }
}

/* -- The network -- */

/* Once or, where it flaps, again and again; with the addresses or without them. */
static void change_network(void)
{
        size_t n = fake_chance(700) ? 1 : 1 + fake_below(30);

        while (n-- > 0) {
                fake_network++;
                if (fake_chance(500))
                        fake_addresses = fake_network;
                fake_note("-- network %" PRIu64 ", addresses since %" PRIu64, fake_network, fake_addresses);
                client_network_changed(w.client);
                fake_advance(fake_now + fake_below(20 * USEC_PER_SEC));
                fake_run_tasks();
        }
}

/* -- What happens to the machine -- */

#define EPOCH_STEP_MAX (20 * 365 * DAY)

/* Every time that is shown moves with the clock, and nothing else. */
static void set_clock(void)
{
        const ClientState *state = client_state(w.client);
        uint64_t shown = state->next_retry_timestamp, before = fake_epoch, deadline = 0;
        const sd_event_source *next = fake_next_timer();

        deadline = next ? next->at : 0;
        fake_epoch = FAKE_EPOCH - EPOCH_STEP_MAX / 2 + fake_below(EPOCH_STEP_MAX);
        fake_note("-- the clock is set");
        client_clock_was_set(w.client);
        next = fake_next_timer();
        CHECK(deadline == (next ? next->at : 0), "the clock moves a deadline");
        CHECK(shown == 0 || state->next_retry_timestamp - shown == fake_epoch - before,
                "a time that is shown does not move with the clock");
}

/* What is due meanwhile is done once, when the machine wakes up. */
static void sleep_a_while(void)
{
        uint64_t duration = fake_below(2 * DAY);

        fake_note("-- the machine sleeps for %llu s", (unsigned long long)(duration / USEC_PER_SEC));
        w.sleeps++;
        fake_now += duration;
        fake_slept += duration;
        w.woken_at = fake_now;
        w.opened = fake_opened;
        client_clock_was_set(w.client);
}

/* -- The peers -- */

static void change_peer(void)
{
        static const PeerMode of_server[] = {PEER_DEAD, PEER_UNREACHABLE, PEER_FORBIDS, PEER_UNAVAILABLE,
                PEER_BUSY, PEER_LIVES, PEER_LIVES, PEER_LIVES, PEER_OTHER_VERSION, PEER_INCOMPLETE,
                PEER_DROPS, PEER_FORGETS};
        static const PeerMode of_bootstrap[] = {PEER_DEAD, PEER_UNREACHABLE, PEER_FORBIDS, PEER_UNAVAILABLE,
                PEER_SILENT, PEER_READS, PEER_WRITES, PEER_WRITES, PEER_WRITES, PEER_STOPS, PEER_FINISHES,
                PEER_GIVES_DEAD, PEER_HANDS_ON, PEER_GIVES};

        if (fake_chance(600))
                fake_servers[fake_below(FAKE_SERVERS)].mode = of_server[fake_below(ELEMENTSOF(of_server))];
        else {
                Peer *peer = &fake_bootstraps[fake_below(FAKE_BOOTSTRAPS)];

                peer->mode = of_bootstrap[fake_below(ELEMENTSOF(of_bootstrap))];
                peer->refuses_format = fake_chance(300);
                peer->pack = (PackMode)fake_below(_PACK_MODE_MAX);
        }
}
