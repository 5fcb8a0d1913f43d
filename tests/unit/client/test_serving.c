/* SPDX-License-Identifier: Apache-2.0 */
/* client/serving: answers that come later (design.md 10.3), with a server, a source and a clock that are the
 * test's own. */
#include "client/serving.h"
#include "client/fake_peers.h"
#include "client/fake_storage.h"

#define ACCOUNT "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=86400 /1/0/7=U"

/* There is no Bootstrap Server. */
static bool fake_provision(Connection *connection)
{
        return false;
}

static const char *fake_pack(Connection *connection)
{
        return "";
}

static const Step reboot = {METHOD_POST, "/3/0/4", FORMAT_NONE, NULL, 0};
static const Step look = {METHOD_GET, "/1/0/1", FORMAT_NONE, NULL, 0};

typedef struct LaterWorld {
        FakeStorage storage;
        Store *store;
        Client *client;
        Connection *connection;
        uint64_t call; /* of the last request, 0: none */
        unsigned asked, done;
} LaterWorld;

static bool supports(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_EXECUTE;
}

static int execute(void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        LaterWorld *world = userdata;

        if (call->granted) {
                world->done++;
                return 0;
        }
        if (call->id != 0)
                world->asked++;
        world->call = call->id;
        return SOURCE_LATER;
}

static const Source source = {
        .instances = fixture_device_instances,
        .read = fixture_device_read,
        .supports = supports,
        .execute = execute,
};

/* All that is due until then. */
static void pass(uint64_t usec)
{
        const uint64_t end = fake_now + usec;

        fake_run_tasks();
        while (fake_now < end)
                fake_advance(end);
}

static LaterWorld *later_new(void)
{
        static const ClientSettings settings = {
                .endpoint = "test",
                .version = LWM2M_1_1,
                .preferred_content_format = FORMAT_NONE,
                .coap = {USEC_PER_SEC, 1.0, 0, 1024, 1024},
        };
        _cleanup_(dataset_freep) Dataset *configured = fixture_dataset(ACCOUNT);
        const ClientAccounts accounts = {.factory = configured, .directory = "/state"};
        LaterWorld *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        (void)snprintf(fake_servers[0].uri, sizeof(fake_servers[0].uri), "coap://s0.example");
        fake_servers[0].mode = PEER_LIVES;
        world->store = fixture_store(ACCOUNT);
        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &source, world), 0);
        assert_int_equal(client_new(NULL, &fake_clock, world->store, &settings, &accounts,
                                 &fake_client_storage, &world->storage, &world->client),
                0);
        client_start(world->client);
        pass(USEC_PER_SEC);
        world->connection = TAILQ_FIRST(&fake_connections);
        assert_non_null(world->connection);
        return world;
}

static LaterWorld *later_free(LaterWorld *world)
{
        (void)client_free(world->client);
        store_free(world->store);
        fake_storage_done(&world->storage);
        free(world);
        return NULL;
}
DEFINE_CLEANUP(LaterWorld *, later_free)

static void test_agreed(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();
        uint64_t first;

        assert_int_equal(fake_request(world->connection, &reboot), CODE_NONE);
        first = fake_last_handle;
        assert_int_equal(world->done, 0);
        store_answer(world->store, world->call, 0, NULL);
        assert_int_equal(world->done, 0); /* from the loop */
        pass(0);
        assert_int_equal(world->done, 1);
        assert_int_equal(fake_handles[first].code, CODE_CHANGED);
        store_answer(world->store, world->call, CODE_FORBIDDEN, "twice");
        pass(20 * USEC_PER_SEC);
        assert_int_equal(fake_handles[first].answers, 1);
        assert_int_equal(world->asked, 1);
}

static void test_refused(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        assert_int_equal(fake_request(world->connection, &reboot), CODE_NONE);
        store_answer(world->store, world->call, CODE_METHOD_NOT_ALLOWED, "not today");
        pass(0);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_METHOD_NOT_ALLOWED);
        assert_int_equal(world->done, 0);
}

static void test_ten_seconds(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        assert_int_equal(fake_request(world->connection, &reboot), CODE_NONE);
        pass(9 * USEC_PER_SEC);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_NONE);
        pass(1500 * USEC_PER_MSEC);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_UNAVAILABLE);
        store_answer(world->store, world->call, 0, NULL);
        pass(USEC_PER_SEC);
        assert_int_equal(world->done, 0);
        assert_int_equal(fake_handles[fake_last_handle].answers, 1);
}

static void test_too_many(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                assert_int_equal(fake_request(world->connection, &reboot), CODE_NONE);
        assert_int_equal(fake_request(world->connection, &reboot), CODE_UNAVAILABLE);
        assert_int_equal(world->asked, LIMIT_LATE_REQUESTS);
        assert_int_equal(world->done, 0);
        assert_int_equal(fake_request(world->connection, &look), CODE_CONTENT); /* at once */
        pass(11 * USEC_PER_SEC);
        assert_int_equal(fake_request(world->connection, &reboot), CODE_NONE);
}

/* The session has no room, though the client has. */
static void test_too_many_of_a_session(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        fake_last_handle = FAKE_HANDLES - 1;
        assert_int_equal(fake_request(world->connection, &reboot), CODE_UNAVAILABLE);
        assert_int_equal(world->asked, 0);
        assert_int_equal(fake_request(world->connection, &look), CODE_CONTENT);
}

/* Restart() closes the session: nobody waits any more. */
static void test_gone(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();
        uint64_t handle;

        assert_int_equal(fake_request(world->connection, &reboot), CODE_NONE);
        handle = fake_last_handle;
        assert_int_equal(client_restart(world->client), 0);
        store_answer(world->store, world->call, 0, NULL);
        pass(20 * USEC_PER_SEC);
        assert_int_equal(fake_handles[handle].answers, 0);
        assert_int_equal(world->done, 0);
}

static int forget_handles(void **state)
{
        memset(fake_handles, 0, sizeof(fake_handles));
        fake_last_handle = 0;
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(test_agreed, forget_handles),
                cmocka_unit_test_setup(test_refused, forget_handles),
                cmocka_unit_test_setup(test_ten_seconds, forget_handles),
                cmocka_unit_test_setup(test_too_many, forget_handles),
                cmocka_unit_test_setup(test_too_many_of_a_session, forget_handles),
                cmocka_unit_test_setup(test_gone, forget_handles),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
