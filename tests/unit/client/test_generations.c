/* SPDX-License-Identifier: Apache-2.0 */
/* client/generations: what is in force, what is stored, what is proven; with a state directory in memory. */
#include "client/generations.h"
#include "client/fake_loop.h"
#include "client/fake_storage.h"
#include "client/stored.h"
#include "model/account_halves.h"

/* Bootstrap-Server Accounts and servers, each at a place of its own. */
#define BS_A     "/0/0/0=coap://a.example /0/0/1=true /0/0/2=3 "
#define BS_B     "/0/0/0=coap://b.example /0/0/1=true /0/0/2=3 "
#define BS_C     "/0/0/0=coap://c.example /0/0/1=true /0/0/2=3 "
#define SERVER_1 "/0/1/0=coap://1.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=60 "
#define SERVER_2 "/0/1/0=coap://2.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=60 "
#define SERVER_3 "/0/1/0=coap://3.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=60 "
#define SERVER_X "/0/1/0=coap://x.example /0/1/2=3 /0/1/10=101 " /* half an account */

#define PROVEN       SAVE_PROVEN
#define PURGED       SAVE_PURGED
#define BOOTSTRAPPED SAVE_BOOTSTRAPPED
#define HEARD        SAVE_BOOTSTRAP_PROVEN
#define FELL_BACK    SAVE_FELL_BACK

#define KNOW(t) (1U << TRY_##t)

typedef struct World {
        FakeStorage storage;
        Store *store;
        Client *client;
} World;

/* factory: the configuration; current with flags: stored and in force; good with good_flags: last-good,
 * NULL: there is none. */
static World *world_new(
        const char *factory, const char *current, unsigned flags, const char *good, unsigned good_flags)
{
        static const ClientSettings settings = {
                .endpoint = "test",
                .version = LWM2M_1_1,
                .preferred_content_format = FORMAT_NONE,
                .coap = {USEC_PER_SEC, 1.0, 0, 1024, 1024},
        };
        _cleanup_(dataset_freep) Dataset *configured = fixture_dataset(factory);
        const ClientAccounts accounts = {.factory = configured, .flags = flags, .directory = "/state"};
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        world->storage.current = (FakeFile){fixture_dataset(current), flags};
        if (good)
                world->storage.last_good = (FakeFile){fixture_dataset(good), good_flags};
        world->store = fixture_store(current);
        assert_int_equal(client_new(NULL, &fake_clock, world->store, &settings, &accounts,
                                 &fake_client_storage, &world->storage, &world->client),
                0);
        return world;
}

static World *world_free(World *world)
{
        (void)client_free(world->client);
        store_free(world->store);
        fake_storage_done(&world->storage);
        free(world);
        return NULL;
}
DEFINE_CLEANUP(World *, world_free)

static void has(const char *what, const Dataset *dataset, const char *text)
{
        _cleanup_(dataset_freep) Dataset *expected = fixture_dataset(text);

        if (!dataset || !dataset_equal(dataset, expected))
                fail_msg("%s: %s", what, dataset ? fixture_text(dataset, &PATH_ROOT) : "none");
}

static void has_file(const char *what, const FakeFile *file, const char *text, unsigned flags)
{
        has(what, file->dataset, text);
        if (file->flags != flags)
                fail_msg("%s: flags %#x", what, file->flags);
}

#define IN_FORCE(world, text)         has("in force", store_committed((world)->store), text)
#define CURRENT(world, text, flags)   has_file("current", &(world)->storage.current, text, flags)
#define LAST_GOOD(world, text, flags) has_file("last-good", &(world)->storage.last_good, text, flags)

/* A bootstrap that leaves these accounts; returns whether it brought another Bootstrap-Server Account. */
static bool finish(World *world, const char *text)
{
        bool replaced;

        assert_int_equal(store_begin(world->store), 0);
        assert_true(dataset_remove(store_candidate(world->store), &PATH_OBJECT(OBJECT_SECURITY)));
        (void)dataset_remove(store_candidate(world->store), &PATH_OBJECT(OBJECT_SERVER));
        fixture_put(store_candidate(world->store), text);
        generations_commit(world->client, &replaced);
        return replaced;
}

/* The time of the Finish, by the clock, in force and stored; and no other accounts by that. */
static void test_last_bootstrapped(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A SERVER_1, BS_A SERVER_1, 0, NULL, 0);
        const int64_t now = (int64_t)((fake_now + FAKE_EPOCH) / USEC_PER_SEC);
        bool replaced, same;

        assert_int_equal(store_begin(world->store), 0);
        store_touch(world->store, &PATH_INSTANCE(OBJECT_SECURITY, 1));
        generations_commit(world->client, &replaced);
        assert_int_equal(dataset_get_integer(store_committed(world->store), OBJECT_SERVER, 0,
                                 SERVER_LAST_BOOTSTRAPPED, -1),
                now);
        assert_true(dataset_equal(store_committed(world->store), world->storage.current.dataset));
        assert_int_equal(
                account_same_servers(store_committed(world->store), world->client->factory, &same), 0);
        assert_true(same);
}

/* An alert is written where it says something new; one of accounts that are only tried is not. */
static void test_alert(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A SERVER_1, BS_A SERVER_2, 0, NULL, 0);

        generations_set_alert(world->client, 101, 48);
        CURRENT(world, BS_A SERVER_2 "/1/0/11=48", 0);
        assert_int_equal(world->storage.saves, 1);
        for (size_t i = 0; i < 3; i++)
                generations_set_alert(world->client, 101, 48);
        generations_set_alert(world->client, 102, 48);
        assert_int_equal(world->storage.saves, 1);
        generations_set_alert(world->client, 101, 40);
        CURRENT(world, BS_A SERVER_2 "/1/0/11=40", 0);
        assert_int_equal(world->storage.saves, 2);

        assert_int_equal(generations_try(world->client, TRY_SERVERS_OF_CONFIGURATION), 0);
        generations_set_alert(world->client, 101, 115);
        IN_FORCE(world, BS_A SERVER_1 "/1/0/11=115");
        assert_int_equal(world->storage.saves, 2);
        generations_prove_servers(world->client);
        CURRENT(world, BS_A SERVER_1 "/1/0/11=115", PROVEN);
}

/* It came while the Bootstrap Server was correcting the account: the server reads it afterwards. */
static void test_alert_of_a_bootstrap(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A SERVER_1, BS_A SERVER_1, 0, NULL, 0);
        bool replaced;

        assert_int_equal(store_begin(world->store), 0);
        generations_set_alert(world->client, 101, 115);
        CURRENT(world, BS_A SERVER_1 "/1/0/11=115", 0);
        generations_commit(world->client, &replaced);
        CURRENT(world, BS_A SERVER_1 "/1/0/11=115", BOOTSTRAPPED);
}

/* -- Proof -- */

/* The issue's: a wrong Bootstrap-Server Account beside a server that works. */
static void test_halves_are_proven_apart(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A, BS_A, 0, NULL, 0);

        generations_prove_bootstrap(world->client);
        LAST_GOOD(world, BS_A, HEARD);
        assert_true(finish(world, BS_B SERVER_1));
        CURRENT(world, BS_B SERVER_1, BOOTSTRAPPED);
        LAST_GOOD(world, BS_A, HEARD);
        generations_prove_servers(world->client);
        CURRENT(world, BS_B SERVER_1, BOOTSTRAPPED | PROVEN);
        LAST_GOOD(world, BS_A SERVER_1, BOOTSTRAPPED | PROVEN | HEARD);
        generations_prove_bootstrap(world->client);
        LAST_GOOD(world, BS_B SERVER_1, BOOTSTRAPPED | PROVEN | HEARD);
}

/* The same account, written again, has been heard already. */
static void test_same_account_keeps_its_proof(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A, BS_A, HEARD, BS_A, HEARD);

        assert_false(finish(world, BS_A SERVER_1));
        CURRENT(world, BS_A SERVER_1, BOOTSTRAPPED | HEARD);
        assert_true(finish(world, BS_A "/0/0/11=7 " SERVER_1));
        CURRENT(world, BS_A "/0/0/11=7 " SERVER_1, BOOTSTRAPPED);
}

static void test_what_was_never_proven_is_better_than_nothing(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A SERVER_1, BS_A SERVER_1, 0, NULL, 0);

        generations_prove_servers(world->client);
        LAST_GOOD(world, BS_A SERVER_1, PROVEN);
}

/* A bootstrap from last-good's account, whose servers are not known to work yet: the ones before stay. */
static void test_servers_of_before_stay_beside_a_new_bootstrap_server(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(BS_A, BS_B SERVER_2, BOOTSTRAPPED, BS_A SERVER_1, BOOTSTRAPPED | PROVEN | HEARD);

        generations_prove_bootstrap(world->client);
        LAST_GOOD(world, BS_B SERVER_1, BOOTSTRAPPED | PROVEN | HEARD);
}

/* -- Trials -- */

static void test_trial_is_in_memory(void **state)
{
        static const struct {
                SequenceTrial trial;
                const char *in_force;
                bool servers;
        } rows[] = {
                {TRY_BOOTSTRAP_OF_LAST_GOOD, BS_B SERVER_1, false},
                {TRY_BOOTSTRAP_OF_CONFIGURATION, BS_A SERVER_1, false},
                {TRY_SERVERS_OF_LAST_GOOD, BS_C SERVER_2, true},
                {TRY_SERVERS_OF_CONFIGURATION, BS_C SERVER_3, true},
        };
        _cleanup_(world_freep) World *world = world_new(
                BS_A SERVER_3, BS_C SERVER_1, BOOTSTRAPPED, BS_B SERVER_2, BOOTSTRAPPED | PROVEN | HEARD);
        bool servers;

        assert_false(generations_restore(world->client, &servers));
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                assert_int_equal(generations_try(world->client, rows[i].trial), 0);
                IN_FORCE(world, rows[i].in_force);
                stored_save(world->client);
                CURRENT(world, BS_C SERVER_1, BOOTSTRAPPED);
                if (i % 2 == 0)
                        continue; /* the next one follows at once */
                assert_true(generations_restore(world->client, &servers));
                assert_int_equal(servers, rows[i].servers);
                IN_FORCE(world, BS_C SERVER_1);
        }
        LAST_GOOD(world, BS_B SERVER_2, BOOTSTRAPPED | PROVEN | HEARD);
}

static void test_trial_becomes_current_once_proven(void **state)
{
        static const struct {
                SequenceTrial trial;
                const char *current;
                unsigned flags;
                const char *good;
        } rows[] = {
                {TRY_SERVERS_OF_LAST_GOOD, BS_C SERVER_2, BOOTSTRAPPED | PROVEN | FELL_BACK, BS_B SERVER_2},
                {TRY_SERVERS_OF_CONFIGURATION, BS_C SERVER_3, PROVEN, BS_B SERVER_3},
                {TRY_BOOTSTRAP_OF_LAST_GOOD, BS_B SERVER_1, BOOTSTRAPPED | HEARD, BS_B SERVER_2},
                {TRY_BOOTSTRAP_OF_CONFIGURATION, BS_A SERVER_1, BOOTSTRAPPED | HEARD, BS_A SERVER_2},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(world_freep) World *world = world_new(BS_A SERVER_3, BS_C SERVER_1, BOOTSTRAPPED,
                        BS_B SERVER_2, BOOTSTRAPPED | PROVEN | HEARD);
                bool servers;

                assert_int_equal(generations_try(world->client, rows[i].trial), 0);
                if (i < 2)
                        generations_prove_servers(world->client);
                else
                        generations_prove_bootstrap(world->client);
                CURRENT(world, rows[i].current, rows[i].flags);
                has("last-good", world->storage.last_good.dataset, rows[i].good);
                assert_false(generations_restore(world->client, &servers));
        }
}

static void test_trial_that_cannot_be_read_changes_nothing(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(BS_A SERVER_3, BS_C SERVER_1, 0, BS_B SERVER_2, PROVEN);

        world->storage.unreadable = true;
        assert_int_equal(generations_try(world->client, TRY_SERVERS_OF_LAST_GOOD), -EIO);
        IN_FORCE(world, BS_C SERVER_1);
        /* There are others that can be tried: the order goes on. */
        assert_true(generations_known(world->client) & KNOW(BOOTSTRAP));
}

/* -- The order -- */

static void test_known(void **state)
{
#define BOTH KNOW(SERVERS) | KNOW(BOOTSTRAP)
        static const struct {
                const char *factory, *current, *good;
                unsigned flags, known;
        } rows[] = {
                {BS_A, BS_A, NULL, 0, BOTH},
                {BS_A, BS_B SERVER_1, NULL, 0, BOTH | KNOW(BOOTSTRAP_OF_CONFIGURATION)},
                {BS_A SERVER_3, BS_C SERVER_1, BS_B SERVER_2, 0,
                        BOTH | KNOW(BOOTSTRAP_OF_LAST_GOOD) | KNOW(BOOTSTRAP_OF_CONFIGURATION) |
                                KNOW(SERVERS_OF_LAST_GOOD) | KNOW(SERVERS_OF_CONFIGURATION)},
                /* Equal ones are not tried twice. */
                {BS_A SERVER_3, BS_A SERVER_1, BS_A SERVER_1, 0, BOTH | KNOW(SERVERS_OF_CONFIGURATION)},
                {BS_A SERVER_3, BS_B SERVER_1, BS_A SERVER_3, 0,
                        BOTH | KNOW(BOOTSTRAP_OF_LAST_GOOD) | KNOW(SERVERS_OF_LAST_GOOD)},
                /* What was purged stays out. */
                {BS_A SERVER_3, SERVER_1, BS_B SERVER_2, PURGED,
                        KNOW(SERVERS) | KNOW(SERVERS_OF_LAST_GOOD) | KNOW(SERVERS_OF_CONFIGURATION)},
                /* Nothing that could be used. */
                {BS_A, BS_A SERVER_1, BS_A SERVER_X, 0, BOTH},
                {SERVER_3, SERVER_3, NULL, 0, KNOW(SERVERS)},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(world_freep) World *world = world_new(
                        rows[i].factory, rows[i].current, rows[i].flags, rows[i].good, PROVEN | HEARD);
                unsigned known = generations_known(world->client);

                if (known != (rows[i].known))
                        fail_msg("row %zu: %#x", i, known);
        }
}

static bool is_created(void *userdata, const Path *instance)
{
        return instance->id[1] == 7;
}

/* What is in no file makes no other accounts: to try the same servers once more would take rights away. */
static void test_known_beside_what_servers_have_created(void **state)
{
        static const Source source = {.is_created = is_created};
        static const char *const others[] = {"/2/0/0=5000 /2/0/1=7 /2/0/3=101 ", "/2/0/0=5000 /2/0/1=8 "};

        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                _cleanup_(world_freep) World *world =
                        world_new(BS_A SERVER_1, BS_A SERVER_1, 0, BS_A SERVER_1, PROVEN | HEARD);
                unsigned servers = KNOW(SERVERS_OF_LAST_GOOD) | KNOW(SERVERS_OF_CONFIGURATION);
                Dataset *changed;

                assert_int_equal(store_set_source(world->store, 5000, &source, NULL), 0);
                assert_int_equal(dataset_copy(store_committed(world->store), &changed), 0);
                fixture_put(changed, others[i]);
                store_replace(world->store, changed);
                servers &= generations_known(world->client);
                assert_int_equal(servers, i == 0 ? 0 : KNOW(SERVERS_OF_LAST_GOOD));
        }
}

/* -- Changes -- */

static void test_purge(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A, BS_A SERVER_1, BOOTSTRAPPED | PROVEN | HEARD,
                BS_A SERVER_1, BOOTSTRAPPED | PROVEN | HEARD);

        assert_true(generations_purge(world->client));
        CURRENT(world, SERVER_1, BOOTSTRAPPED | PROVEN | HEARD | PURGED);
        LAST_GOOD(world, SERVER_1, BOOTSTRAPPED | PROVEN | PURGED);
        assert_false(generations_purge(world->client));
        /* Other servers do not bring it back. */
        assert_int_equal(generations_try(world->client, TRY_SERVERS_OF_LAST_GOOD), 0);
        IN_FORCE(world, SERVER_1);
        /* Another one in the configuration does. */
        assert_true(generations_replace_bootstrap(world->client));
        IN_FORCE(world, BS_A SERVER_1);
}

/* One that was never heard goes; the one of last-good that was does not come in its place. */
static void test_purge_concerns_last_good(void **state)
{
        _cleanup_(world_freep) World *world = world_new(
                BS_A, BS_C SERVER_1, BOOTSTRAPPED | PROVEN, BS_B SERVER_1, BOOTSTRAPPED | PROVEN | HEARD);

        assert_true(generations_purge(world->client));
        LAST_GOOD(world, SERVER_1, BOOTSTRAPPED | PROVEN | PURGED);
}

static void test_reset(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(BS_A SERVER_3, BS_B SERVER_1, PROVEN | PURGED, BS_B SERVER_1, PROVEN);

        world->storage.fails = true;
        assert_int_equal(generations_reset(world->client, false), CLIENT_E_STORAGE_FAILED);
        IN_FORCE(world, BS_B SERVER_1);
        world->storage.fails = false;
        assert_int_equal(generations_reset(world->client, false), 0);
        IN_FORCE(world, BS_A SERVER_3);
        CURRENT(world, BS_A SERVER_3, 0);
        assert_null(world->storage.last_good.dataset);
}

/* -- A state directory that fails -- */

static void test_failing_storage(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A, BS_A, 0, NULL, 0);

        fake_now = FAKE_START;
        world->storage.fails = true;
        (void)finish(world, BS_B SERVER_1);
        generations_prove_servers(world->client);
        IN_FORCE(world, BS_B SERVER_1);
        CURRENT(world, BS_A, 0);
        assert_int_equal(world->client->storage_error.name, FAILURE_STORAGE_FAILED);
        /* Tried again every minute, */
        fake_advance(FAKE_START + 60 * USEC_PER_SEC);
        assert_int_equal(fake_now, FAKE_START + 60 * USEC_PER_SEC);
        assert_int_equal(fake_armed("storage-retry", world->client)->at, FAKE_START + 120 * USEC_PER_SEC);
        /* and then last-good follows too. */
        world->storage.fails = false;
        fake_advance(FAKE_START + 120 * USEC_PER_SEC);
        CURRENT(world, BS_B SERVER_1, BOOTSTRAPPED | PROVEN);
        LAST_GOOD(world, BS_B SERVER_1, BOOTSTRAPPED | PROVEN);
        assert_int_equal(world->client->storage_error.name, FAILURE_NONE);
        assert_null(fake_armed("storage-retry", world->client));
}

/* What was proven and could not be written is written before a bootstrap takes its place. */
static void test_last_good_is_written_before_a_bootstrap(void **state)
{
        _cleanup_(world_freep) World *world = world_new(BS_A, BS_A SERVER_1, BOOTSTRAPPED, NULL, 0);

        world->storage.fails = true;
        generations_prove_servers(world->client);
        world->storage.fails = false;
        (void)finish(world, BS_B SERVER_2);
        LAST_GOOD(world, BS_A SERVER_1, BOOTSTRAPPED | PROVEN);
        CURRENT(world, BS_B SERVER_2, BOOTSTRAPPED);
}

static void test_name(void **state)
{
        static const struct {
                const char *current;
                unsigned flags;
                const char *name;
        } rows[] = {
                {BS_A, 0, "configuration"},
                {SERVER_1, 0, "configuration"},
                {BS_A SERVER_1, BOOTSTRAPPED, "bootstrap"},
                {BS_A SERVER_1, BOOTSTRAPPED | PROVEN | FELL_BACK, "last-good"},
                {"/0/3/0=coap://x.example", 0, "none"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(world_freep) World *world =
                        world_new(BS_A, rows[i].current, rows[i].flags, NULL, 0);

                assert_string_equal(generations_name(world->client), rows[i].name);
        }
}

static void bootstrap_once(World *world)
{
        History *history = &world->client->context.history;

        history_begin(history, TRIGGER_NO_ACCOUNT, "coap://a.example", fake_now);
        history_attempt(history, true);
        stored_look_at_history(world->client);
        history_end(history, HISTORY_FINISHED, NULL, fake_now);
        stored_look_at_history(world->client);
        fake_advance(fake_now + USEC_PER_SEC);
}

/* Each of twenty is written when it is over; whoever bootstraps each second wears no flash out, and nothing
 * is left unwritten for long. */
static void test_history_is_written_when_it_is_over(void **state)
{
        World *world = world_new(BS_A, BS_A, 0, NULL, 0);

        for (unsigned i = 1; i <= HISTORY_SERIES_MAX; i++) {
                bootstrap_once(world);
                assert_int_equal(world->storage.histories, i);
        }
        for (unsigned i = 0; i < 6000; i++)
                bootstrap_once(world);
        assert_true(world->storage.histories <= HISTORY_SERIES_MAX + 6000 / 600 + 1);
        assert_int_not_equal(world->client->history_saved, world->client->context.history.changes);
        fake_advance(fake_now + 600 * USEC_PER_SEC);
        assert_int_equal(world->client->history_saved, world->client->context.history.changes);
        world_free(world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_last_bootstrapped),
                cmocka_unit_test(test_alert),
                cmocka_unit_test(test_alert_of_a_bootstrap),
                cmocka_unit_test(test_halves_are_proven_apart),
                cmocka_unit_test(test_same_account_keeps_its_proof),
                cmocka_unit_test(test_what_was_never_proven_is_better_than_nothing),
                cmocka_unit_test(test_servers_of_before_stay_beside_a_new_bootstrap_server),
                cmocka_unit_test(test_trial_is_in_memory),
                cmocka_unit_test(test_trial_becomes_current_once_proven),
                cmocka_unit_test(test_trial_that_cannot_be_read_changes_nothing),
                cmocka_unit_test(test_known),
                cmocka_unit_test(test_known_beside_what_servers_have_created),
                cmocka_unit_test(test_purge),
                cmocka_unit_test(test_purge_concerns_last_good),
                cmocka_unit_test(test_reset),
                cmocka_unit_test(test_failing_storage),
                cmocka_unit_test(test_last_good_is_written_before_a_bootstrap),
                cmocka_unit_test(test_name),
                cmocka_unit_test(test_history_is_written_when_it_is_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
