/* SPDX-License-Identifier: Apache-2.0 */
/* client: the real one, its three machines and its storage against a world that does anything at random
 * (design.md 9.5). WALK_STEPS, WALK_SEED: other than the default; both are printed. */
#include "client/walk_liveness.h"
#include "client/server_session.h"

#ifdef __SANITIZE_ADDRESS__
#define STEPS 100000
#else
#define STEPS 1000000
#endif
#define SEED          20261127
#define SEED_OF_FLAPS 5 /* meets an attempt that would begin anew for ever */

/* What no server may exceed with what it writes (design.md 9.4). */
#define LONGEST_WAIT (7 * DAY + 60 * USEC_PER_SEC)

/* -- Invariants -- */

static void check_wait(const char *what, const void *owner, bool capped)
{
        const sd_event_source *timer = fake_armed(what, owner);

        CHECK(timer, "%s waits without an end", what);
        CHECK(!capped || timer->at <= fake_now + LONGEST_WAIT, "%s waits for %llu s", what,
                (unsigned long long)((timer->at - fake_now) / USEC_PER_SEC));
}

static size_t connections_of(const void *owner)
{
        const Connection *connection;
        size_t n = 0;

        TAILQ_FOREACH (connection, &fake_connections, entries)
                n += !connection->closed && connection->userdata == owner;
        return n;
}

/* What a registered server knows is what is. */
static void check_announced(const Server *server, const Connection *connection)
{
        const Announcement announcement = server_session_announcement(server);
        _cleanup_(request_done) Request request = REQUEST_INIT;
        Texts nowhere = {.n = 0};
        char objects[FAKE_OBJECTS_SIZE];

        CHECK(connection->lifetime == server_account(server)->lifetime, "%s was told %lld s, it is %lld s",
                server_account(server)->uri, (long long)connection->lifetime,
                (long long)server_account(server)->lifetime);
        CHECK(connection->queue_mode == announcement.queue_mode, "%s was told of Queue Mode: %d, it is %d",
                server_account(server)->uri, connection->queue_mode, announcement.queue_mode);
        assert_int_equal(outgoing_update(w.store, server_account(server), &nowhere, &announcement,
                                 UPDATE_OBJECTS, &request),
                0);
        fake_take_objects(&request, objects);
        CHECK(strcmp(connection->objects, objects) == 0, "%s was told %s, it is %s",
                server_account(server)->uri, connection->objects, objects);
}

/* Only where the server knows of it, and not before its time. */
static void check_sleep(Connection *connection, bool asleep)
{
        bool before = connection->asleep;

        connection->asleep = asleep;
        if (!asleep || before)
                return;
        w.asleep++;
        CHECK(connection->queue_mode, "%s was not told that the device sleeps", connection->peer->uri);
        CHECK(fake_now >= connection->counters.last_message + w.client->context.settings.queue_timeout,
                "asleep %llu ms after the last message",
                (unsigned long long)((fake_now - connection->counters.last_message) / USEC_PER_MSEC));
}

static void check_connection(const Server *server, bool updates)
{
        Connection *connection;

        TAILQ_FOREACH (connection, &fake_connections, entries)
                if (connection->userdata == server && !connection->closed) {
                        CHECK(updates == (connection->update.callback != NULL),
                                "an Update under way that nobody waits for, or none");
                        if (!updates && server_state_is_registered(server_state(server)))
                                check_announced(server, connection);
                        check_sleep(connection, server_state(server) == SERVER_SLEEPING);
                }
}

static void check_server(const Server *server)
{
        ServerState state = server_state(server);
        ClientServer description;

        server_describe(server, &description);
        CHECK(connections_of(server) == (server_state_is_registered(state) || state == SERVER_RESOLVING ||
                                                state == SERVER_HANDSHAKING || state == SERVER_REQUESTING),
                "%s in state %d has %zu connections", description.uri, (int)state, connections_of(server));
        check_connection(server, state == SERVER_UPDATING);
        switch (state) {
        case SERVER_RETRY_WAIT:
                check_wait("registration", server, true);
                CHECK(description.last_error.name != FAILURE_NONE, "retry-wait without a reason");
                break;
        case SERVER_FAILED:
                CHECK(description.last_error.name != FAILURE_NONE, "failed without a reason");
                if (w.client->sequence.state == SEQUENCE_RUNNING && !state_bootstrap_runs(w.client) &&
                        server_account(server)->sequence_delay != SEQUENCE_DELAY_NEVER)
                        check_wait("registration", server, true);
                break;
        case SERVER_DISABLED:
        case SERVER_REGISTERED:
        case SERVER_SLEEPING:
                check_wait("registration", server, false);
                break;
        case SERVER_IDLE:
        case SERVER_RESOLVING:
        case SERVER_HANDSHAKING:
        case SERVER_REQUESTING:
        case SERVER_UPDATING:
        case _SERVER_STATE_MAX:
                break;
        }
}

static void check_bootstrap(void)
{
        const Client *client = w.client;
        const BootstrapMachine *machine = bootstrap_machine(client->bootstrap);

        CHECK(!store_candidate(w.store) || machine->phase == BOOTSTRAP_PROVISIONING,
                "a transaction is open in phase %d", (int)machine->phase);
        CHECK(machine->attempt <= MAX_OF(machine->policy.retry_count, default_settings.retry_count) + 1,
                "attempt %u of %u", machine->attempt, machine->policy.retry_count + 1);
        if (machine->phase == BOOTSTRAP_HOLD_OFF || machine->phase == BOOTSTRAP_RETRY_WAIT ||
                machine->phase == BOOTSTRAP_PROVISIONING) {
                CHECK(machine->deadline > 0, "phase %d without a deadline", (int)machine->phase);
                check_wait("bootstrap", client->bootstrap, true);
        }
}

static void check_sequence(void)
{
        const Client *client = w.client;
        const SequenceMachine *m = &client->sequence;
        OrderedServer order[LIMIT_SERVER_ACCOUNTS];
        size_t n = state_order(client, order);
        bool runs = state_bootstrap_runs(client), disabled = false;

        for (size_t i = 0; i < n; i++)
                disabled = disabled || order[i].state == SERVER_DISABLED;
        CHECK(m->state == SEQUENCE_RUNNING || m->state == SEQUENCE_FAILURE, "state %d", (int)m->state);
        if (m->state == SEQUENCE_FAILURE) {
                CHECK(client->kept == NULL, "other accounts than the stored ones in failure");
                if (m->policy.restart_delay > 0)
                        check_wait("sequence", client, true);
                return;
        }
        CHECK(runs || !registration_order_all_failed(order, n), "all has failed, nothing follows");
        if (!runs && !state_any_registered(client) && !disabled) {
                check_wait("sequence", client, true);
                CHECK(m->deadline <= fake_now + SEQUENCE_SERVERS_USEC, "the servers have too long");
        }
}

static void check_status(void)
{
        const ClientState *state = client_state(w.client);
        bool runs = state_bootstrap_runs(w.client), awake = false, asleep = false;

        CHECK(state->status != STATUS_FAILURE || state->last_error.name != FAILURE_NONE,
                "failure without LastError");
        for (size_t i = 0; i < w.client->n_servers; i++) {
                ServerState server = server_state(w.client->servers[i]);

                asleep = asleep || server == SERVER_SLEEPING;
                awake = awake || server == SERVER_REGISTERED || server == SERVER_UPDATING;
        }
        CHECK((state->status == STATUS_REGISTERED) == (awake && !runs),
                "Status %d, registered %d, bootstrapping %d", (int)state->status, awake, runs);
        CHECK((state->status == STATUS_QUEUE_MODE) == (asleep && !awake && !runs),
                "Status %d, asleep %d, bootstrapping %d", (int)state->status, asleep, runs);
        CHECK((state->status == STATUS_BOOTSTRAPPING) == runs, "Status %d", (int)state->status);
}

static bool was_heard(const char *uri)
{
        const Peer *peer = fake_peer(uri);

        return peer && peer->answered;
}

/* What `last-good` calls proven has worked, each half by itself, and only such takes its place. */
static void check_last_good(void)
{
        const FakeFile *file = &w.storage.last_good;
        unsigned lost = w.good_flags & ~file->flags;
        AccountList list;
        bool any = false;

        w.good_flags = file->dataset ? file->flags : 0;
        if (!file->dataset)
                return;
        assert_int_equal(account_list_read(file->dataset, LWM2M_1_1, &list), 0);
        for (size_t i = 0; i < list.n; i++)
                any = any || was_heard(list.items[i].uri);
        CHECK(any || !(file->flags & SAVE_PROVEN), "last-good has servers that never worked");
        CHECK(!(file->flags & SAVE_BOOTSTRAP_PROVEN) ||
                        (list.has_bootstrap && was_heard(list.bootstrap.uri)),
                "last-good has a Bootstrap-Server Account that was never heard");
        CHECK(!(lost & SAVE_PROVEN), "last-good had servers that work");
        CHECK(!(lost & SAVE_BOOTSTRAP_PROVEN) || !list.has_bootstrap,
                "last-good had a Bootstrap-Server Account that was heard");
        account_list_done(&list);
}

/* What the network has caused is an attempt that runs, never a wait of another length. */
static void check_network(void)
{
        const BootstrapMachine *machine = bootstrap_machine(w.client->bootstrap);

        w.early += client_state(w.client)->by_network;
        CHECK(machine->phase != BOOTSTRAP_RETRY_WAIT ||
                        (!machine->by_network && machine->resumed_until == 0),
                "a wait that the network has caused");
        for (size_t i = 0; i < w.client->n_servers; i++) {
                ServerState state = server_state(w.client->servers[i]);

                CHECK(!server_is_by_network(w.client->servers[i]) || state == SERVER_RESOLVING ||
                                state == SERVER_HANDSHAKING || state == SERVER_REQUESTING,
                        "state %d that the network has caused", (int)state);
        }
        CHECK(!w.client->network_look || fake_armed("network", w.client), "a look that never comes");
}

/* A series that runs is the newest one of the history, and no other one is on; what is over is written, in
 * the long run not too often. */
static void check_history(void)
{
        const Client *client = w.client;
        const History *history = client_history(client);
        const HistorySeries *running = history_running(history);
        const BootstrapMachine *machine = bootstrap_machine(client->bootstrap);

        CHECK((running != NULL) == state_bootstrap_runs(client), "a series is on, and %s in the history",
                running ? "not" : "is not");
        CHECK(!running || running->attempts <= machine->attempt, "%u attempts, number %u", running->attempts,
                machine->attempt);
        CHECK(!running || !bootstrap_attempt_runs(machine) || running->attempts > 0, "an attempt of none");
        for (size_t i = 0; i < history->n; i++) {
                const HistorySeries *series = history->series[i];

                CHECK((series == running) == (series->end == 0), "series %zu ends at %llu", i,
                        (unsigned long long)series->end);
                CHECK(series == running || (series->attempts > 0 && series->end >= series->start),
                        "series %zu has no time", i);
                CHECK(series->result != HISTORY_FINISHED || series->n_operations > 0,
                        "series %zu has finished without a word", i);
                CHECK(i == 0 || series->end <= history->series[i - 1]->start, "series %zu out of order", i);
        }
        CHECK(client->history_saved == history->changes || fake_armed("history", client),
                "the history is not written");
        CHECK(w.storage.histories <=
                        HISTORY_SERIES_MAX + w.cuts + (fake_now - FAKE_START) / (600 * USEC_PER_SEC) + 2,
                "the history was written %u times", w.storage.histories);
}

/* A 2.04 to /1/x/9 while no series runs leads to a Bootstrap-Request (design.md 9.6). */
static void check_asked(void)
{
        if (w.requests != fake_bootstrap_requests || w.client->flags & SAVE_PURGED)
                w.asked = false;
        w.requests = fake_bootstrap_requests;
        CHECK(!w.asked || state_bootstrap_runs(w.client), "/1/x/9 was promised and is forgotten");
}

/* Time goes on: no wait that ends again and again at once. */
static void check_time(void)
{
        CHECK(fake_now != w.woken_at || fake_opened - w.opened <= 2 * (w.client->n_servers + 1),
                "%zu connections at once after a sleep", fake_opened - w.opened);
        w.still = fake_now == w.checked_at ? w.still + 1 : 0;
        w.checked_at = fake_now;
        CHECK(w.still < 100, "time stands still");
}

static void check(void)
{
        check_time();
        for (size_t i = 0; i < w.client->n_servers; i++)
                check_server(w.client->servers[i]);
        check_bootstrap();
        check_sequence();
        check_status();
        check_last_good();
        check_network();
        check_history();
        check_asked();
        check_liveness();
}

/* -- The walk -- */

static void step(void)
{
        const sd_event_source *next = fake_next_timer();
        uint64_t until = next ? next->at : fake_now + 60 * USEC_PER_SEC;

        if (fake_chance(w.flaps))
                change_network();
        else if (!w.frozen && fake_chance(150)) {
                if (until > fake_now)
                        fake_advance(fake_now + fake_below(until - fake_now));
                if (fake_chance(700))
                        change_peer();
                else if (fake_chance(100))
                        set_clock();
                else if (fake_chance(100))
                        sleep_a_while();
                else if (fake_chance(600))
                        manage();
                else if (fake_chance(700))
                        operate();
                else
                        freeze();
        } else
                fake_advance(until);
        fake_run_tasks();
        check();
}

static size_t number_of(const char *name, size_t otherwise)
{
        const char *text = getenv(name);

        return text ? strtoull(text, NULL, 10) : otherwise;
}

/* stored: `current`, or NULL. */
static void begin(const char *configuration, const char *stored)
{
        for (size_t i = 0; i < FAKE_SERVERS; i++)
                fake_servers[i] = (Peer){.mode = PEER_DEAD};
        for (size_t i = 0; i < FAKE_BOOTSTRAPS; i++)
                fake_bootstraps[i] = (Peer){.mode = PEER_DEAD};
        for (size_t i = 0; i < FAKE_SERVERS; i++)
                (void)snprintf(
                        fake_servers[i].uri, sizeof(fake_servers[i].uri), "coap://s%u.example", (unsigned)i);
        for (size_t i = 0; i < FAKE_BOOTSTRAPS; i++)
                (void)snprintf(fake_bootstraps[i].uri, sizeof(fake_bootstraps[i].uri), "coap://b%u.example",
                        (unsigned)i);
        memset(&w, 0, sizeof(w));
        w.settings = default_settings;
        w.factory = fixture_dataset(configuration);
        if (stored)
                w.storage.current = (FakeFile){fixture_dataset(stored), SAVE_BOOTSTRAPPED};
        power_on();
        fake_run_tasks();
}

static void end(void)
{
        power_off();
        fake_storage_done(&w.storage);
        w.factory = dataset_free(w.factory);
}

/* flaps: how many of a thousand steps are of the network. */
static void walk(size_t steps, size_t seed, unsigned flaps)
{
        print_message("%zu steps of seed %zu\n", steps, seed);
        fake_random_state = seed * 2 + 1;
        begin(configurations[0], NULL);
        thaw();
        w.flaps = flaps;
        for (w.steps = 0; w.steps < steps; w.steps++)
                step();
        end();
        print_message("%llu days; %zu times registered, %zu bootstrapped, %zu failed; %zu power cuts, %zu "
                      "resets, %zu sleeps\n",
                (unsigned long long)((fake_now - FAKE_START) / DAY), w.registered, w.bootstrapped,
                w.failures, w.cuts, w.resets, w.sleeps);
        print_message("%zu looks at an attempt that the network has caused\n", w.early);
        assert_true(w.early > w.steps / 1000);
        print_message("%zu times asleep\n", w.asleep);
        assert_true(w.asleep > w.steps / 1000);
        for (size_t i = 0; i < _GENERATION_MAX; i++)
                print_message("generation %zu: reached %zu times by a server, %zu by a bootstrap\n", i,
                        w.reached[i][KIND_SERVER], w.reached[i][KIND_BOOTSTRAP]);
        print_message("longest: %.1f days, %s; %zu purged\n", (double)w.longest / (double)DAY, w.longest_how,
                w.asides);
}

static void test_walk(void **state)
{
        walk(number_of("WALK_STEPS", STEPS), number_of("WALK_SEED", SEED), 20);
}

/* It hardly ever stands still, and yet every account has its turn. */
static void test_walk_on_a_link_that_flaps(void **state)
{
        walk(number_of("WALK_STEPS", STEPS) / 5, number_of("WALK_SEED", SEED_OF_FLAPS), 400);
}

/* -- What the walk comes across too rarely -- */

static void advance_by(uint64_t duration)
{
        uint64_t end = fake_now + duration;

        while (fake_now < end) {
                fake_advance(end);
                check();
        }
}

/* Another key in one account of the configuration. */
static void renew_key(uint16_t security_instance)
{
        Dataset *factory = NULL;

        assert_int_equal(dataset_copy(w.factory, &factory), 0);
        assert_int_equal(dataset_set_bytes(factory,
                                 &PATH_RESOURCE(OBJECT_SECURITY, security_instance, SECURITY_SECRET_KEY),
                                 VALUE_OPAQUE, "renewed", strlen("renewed")),
                0);
        assert_int_equal(client_reload(w.client, &w.settings, factory, CLIENT_RELOAD_CREDENTIALS), 0);
        dataset_free(w.factory);
        w.factory = factory;
        fake_run_tasks();
}

/* The Bootstrap-Server Account of the configuration is tried in place of a dead one, which does not count as
 * heard when the answer comes after the Reload; and the key has its turn. */
static void test_credential_renewed_while_its_account_is_tried(void **state)
{
        begin(configurations[0], "/0/0/0=coap://b1.example /0/0/1=true /0/0/2=3");
        fake_bootstraps[0].mode = PEER_SILENT;
        while (!w.client->kept)
                advance_by(USEC_PER_SEC / 100);
        renew_key(0);
        advance_by(60 * USEC_PER_SEC);
        assert_false(w.storage.current.flags & SAVE_BOOTSTRAP_PROVEN);
        assert_null(w.storage.last_good.dataset);
        advance_by(DAY);
        assert_true(w.storage.current.flags & SAVE_BOOTSTRAP_PROVEN);
        assert_int_equal(bootstrap_account(w.client->bootstrap)->credential.key.size, strlen("renewed"));
        end();
}

/* It is for an account that would be tried, though it is not the stored one. */
static void test_credential_renewed_in_failure(void **state)
{
        begin(configurations[0], "/0/0/0=coap://b1.example /0/0/1=true /0/0/2=3");
        w.settings.on_failure = ON_FAILURE_STAY;
        assert_int_equal(client_reload(w.client, &w.settings, w.factory, 0), 0);
        while (w.client->sequence.state != SEQUENCE_FAILURE)
                advance_by(60 * USEC_PER_SEC);
        fake_bootstraps[0].mode = PEER_SILENT;
        renew_key(0);
        advance_by(DAY);
        assert_true(w.storage.current.flags & SAVE_BOOTSTRAP_PROVEN);
        end();
}

/* All have failed, and nobody but the sequence begins anew: not for one of them alone. */
static void test_credential_renewed_while_all_servers_are_halted(void **state)
{
        begin("/0/2/0=coap://b0.example /0/2/1=true /0/2/2=3 "
              "/0/0/0=coap://s0.example /0/0/2=3 /0/0/10=101 /1/0/0=101 /1/0/1=86400 /1/0/7=U "
              "/0/1/0=coap://s1.example /0/1/2=3 /0/1/10=102 /1/1/0=102 /1/1/1=3600 /1/1/7=U",
                NULL);
        while (!state_bootstrap_runs(w.client))
                advance_by(USEC_PER_SEC);
        fake_servers[0].mode = PEER_LIVES;
        renew_key(0);
        advance_by(3600 * USEC_PER_SEC);
        fake_servers[1].mode = PEER_LIVES;
        advance_by(2 * DAY);
        assert_int_equal(server_state(state_find_server(w.client, 101)), SERVER_REGISTERED);
        assert_int_equal(server_state(state_find_server(w.client, 102)), SERVER_REGISTERED);
        end();
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_walk),
                cmocka_unit_test(test_walk_on_a_link_that_flaps),
                cmocka_unit_test(test_credential_renewed_while_its_account_is_tried),
                cmocka_unit_test(test_credential_renewed_in_failure),
                cmocka_unit_test(test_credential_renewed_while_all_servers_are_halted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
