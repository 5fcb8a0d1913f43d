/* SPDX-License-Identifier: Apache-2.0 */
/* client/serving: answers that come later (design.md 10.3), with a server, a source and a clock that are the
 * test's own. */
#include "client/methods.h"
#include "client/serving.h"
#include "client/slow_source.h"

#define ACCOUNT "/0/1/0=coap://s0.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=86400 /1/0/7=U"

static const Step reboot = {METHOD_POST, "/3/0/4", FORMAT_NONE, NULL, 0};
static const Step read_both = {
        METHOD_FETCH, "/", FORMAT_SENML_JSON, "text:[{\"n\":\"/1000/0/0\"},{\"n\":\"/1001/0/0\"}]", 0};
static const Step look = {METHOD_GET, "/1/0/1", FORMAT_NONE, NULL, 0};

typedef struct LaterWorld {
        uint64_t call; /* of the last request, 0: none */
        unsigned asked, done, ended;
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

static void ended(void *userdata, uint64_t call)
{
        LaterWorld *world = userdata;

        world->ended++;
}

static const Source source = {
        .instances = fixture_device_instances,
        .read = fixture_device_read,
        .supports = supports,
        .execute = execute,
        .ended = ended,
};

static const ResourceDef store_resources[] = {
        {0, "Package", VALUE_OPAQUE, SINGLE, MANDATORY, {RW, RW, RW}, SUPPORTED},
};

static const ObjectDef store_object = {
        1002, "Store", false, false, {"1.0", "1.0", "1.0"}, store_resources, 1};

static bool supports_write(void *userdata, unsigned operation, const Path *path)
{
        return operation == OPERATION_WRITE;
}

static int stream(void *userdata, SourceCall *call, const Path *path, int content_format, uint64_t announced,
        BodyResume resume, BodySink *ret)
{
        if (announced > 100)
                return source_refuse(call, CODE_TOO_LARGE, "more than 100 bytes");
        assert_int_equal(call->requester, 101);
        *ret = (BodySink){.userdata = userdata};
        return 0;
}

static const Source store_source_streams = {
        .instances = source_one_instance,
        .read = fixture_device_read,
        .supports = supports_write,
        .stream = stream,
};

static void stopped(void *userdata)
{
}

static LaterWorld *later_new(void)
{
        LaterWorld *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        registered_init(LWM2M_1_1, ACCOUNT, &source, world);
        slow_init();
        return world;
}

static LaterWorld *later_free(LaterWorld *world)
{
        registered_done();
        free(world);
        return NULL;
}
DEFINE_CLEANUP(LaterWorld *, later_free)

static void test_agreed(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();
        uint64_t first;

        assert_int_equal(fake_request(registered.connection, &reboot), CODE_NONE);
        first = fake_last_handle;
        assert_int_equal(world->done, 0);
        store_answer(registered.store, world->call, 0, NULL);
        assert_int_equal(world->done, 0); /* from the loop */
        pass(0);
        assert_int_equal(world->done, 1);
        assert_int_equal(fake_handles[first].code, CODE_CHANGED);
        store_answer(registered.store, world->call, CODE_FORBIDDEN, "twice");
        pass(20 * USEC_PER_SEC);
        assert_int_equal(fake_handles[first].answers, 1);
        assert_int_equal(world->asked, 1);
}

static void test_refused(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        assert_int_equal(fake_request(registered.connection, &reboot), CODE_NONE);
        store_answer(registered.store, world->call, CODE_METHOD_NOT_ALLOWED, "not today");
        pass(0);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_METHOD_NOT_ALLOWED);
        assert_int_equal(world->done, 0);
}

static void test_ten_seconds(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        assert_int_equal(fake_request(registered.connection, &reboot), CODE_NONE);
        pass(9 * USEC_PER_SEC);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_NONE);
        pass(1500 * USEC_PER_MSEC);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_UNAVAILABLE);
        store_answer(registered.store, world->call, 0, NULL);
        pass(USEC_PER_SEC);
        assert_int_equal(world->done, 0);
        assert_int_equal(fake_handles[fake_last_handle].answers, 1);
}

static void test_too_many(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        for (size_t i = 0; i < LIMIT_LATE_REQUESTS; i++)
                assert_int_equal(fake_request(registered.connection, &reboot), CODE_NONE);
        assert_int_equal(fake_request(registered.connection, &reboot), CODE_UNAVAILABLE);
        assert_int_equal(world->asked, LIMIT_LATE_REQUESTS);
        assert_int_equal(world->done, 0);
        assert_int_equal(fake_request(registered.connection, &look), CODE_CONTENT); /* at once */
        pass(11 * USEC_PER_SEC);
        assert_int_equal(fake_request(registered.connection, &reboot), CODE_NONE);
}

/* The session has no room, though the client has. */
static void test_too_many_of_a_session(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        fake_last_handle = FAKE_HANDLES - 1;
        assert_int_equal(fake_request(registered.connection, &reboot), CODE_UNAVAILABLE);
        assert_int_equal(world->asked, 0);
        assert_int_equal(fake_request(registered.connection, &look), CODE_CONTENT);
}

/* Restart() closes the session: nobody waits any more. */
static void test_gone(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();
        uint64_t handle;

        assert_int_equal(fake_request(registered.connection, &reboot), CODE_NONE);
        handle = fake_last_handle;
        assert_int_equal(client_restart(registered.client), 0);
        store_answer(registered.store, world->call, 0, NULL);
        pass(20 * USEC_PER_SEC);
        assert_int_equal(fake_handles[handle].answers, 0);
        assert_int_equal(world->done, 0);
}

/* -- Several sources, several answers -- */

static void test_read_of_two_sources(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();
        Slow *first = &slow_sources[0], *second = &slow_sources[1];

        assert_int_equal(fake_request(registered.connection, &read_both), CODE_NONE);
        assert_int_equal(first->asked, 1);
        assert_int_equal(second->asked, 1); /* it begins to look, though the first one has said later */
        assert_int_equal(first->call, second->call);
        pass(6 * USEC_PER_SEC);
        slow_look(second);
        pass(0);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_NONE);
        assert_int_equal(first->asked, 2);
        assert_int_equal(second->asked, 1);
        pass(3 * USEC_PER_SEC);
        slow_look(first);
        pass(0);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_CONTENT);
        pass(20 * USEC_PER_SEC);
        assert_int_equal(fake_handles[fake_last_handle].answers, 1);
        assert_int_equal(first->ended, 1);
        assert_int_equal(second->ended, 1);
}

/* Both in one turn of the loop; the values are looked at once. */
static void test_two_answers_at_once(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        assert_int_equal(fake_request(registered.connection, &read_both), CODE_NONE);
        slow_look(&slow_sources[0]);
        slow_look(&slow_sources[1]);
        pass(0);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_CONTENT);
        assert_int_equal(slow_sources[0].asked + slow_sources[1].asked, 2);
        assert_int_equal(fake_request(registered.connection, &read_both), CODE_CONTENT); /* fresh */
        pass(1);
        assert_int_equal(fake_request(registered.connection, &read_both), CODE_NONE);
        store_answer(registered.store, slow_sources[0].call, CODE_FORBIDDEN, "no");
        slow_look(&slow_sources[1]);
        pass(0);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_FORBIDDEN);
}

/* The request is waited for, not each answer. */
static void test_source_that_answers_later_again(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        assert_int_equal(fake_request(registered.connection, &read_both), CODE_NONE);
        for (unsigned i = 1; i <= 9; i++) {
                pass(USEC_PER_SEC);
                assert_int_equal(slow_sources[0].asked, i);
                store_answer(registered.store, slow_sources[0].call, 0, NULL); /* it has not looked */
                pass(0);
        }
        pass(999 * USEC_PER_MSEC);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_NONE);
        pass(2 * USEC_PER_MSEC);
        assert_int_equal(fake_handles[fake_last_handle].code, CODE_UNAVAILABLE);
        assert_int_equal(slow_sources[0].ended, 1);
}

/* Once, however it ends; and not where nothing was to be waited for. */
static void test_end_is_told(void **state)
{
        enum { AGREED, REFUSED, DEADLINE, GONE, LOST, STOPPED, FREED, N_ENDS };

        for (int end = 0; end < N_ENDS; end++) {
                _cleanup_(later_freep) LaterWorld *world = later_new();

                assert_int_equal(fake_request(registered.connection, &look), CODE_CONTENT);
                assert_int_equal(world->ended, 0);
                assert_int_equal(fake_request(registered.connection, &reboot), CODE_NONE);
                assert_int_equal(world->ended, 0);
                if (end == AGREED)
                        store_answer(registered.store, world->call, 0, NULL);
                else if (end == REFUSED)
                        store_answer(registered.store, world->call, CODE_FORBIDDEN, "no");
                else if (end == GONE)
                        assert_int_equal(client_restart(registered.client), 0);
                else if (end == LOST) {
                        fake_fail(registered.connection, FAILURE_CONNECTION_LOST);
                        assert_int_equal(world->ended, 1); /* at once */
                } else if (end == STOPPED)
                        client_stop(registered.client, stopped, NULL);
                else if (end == FREED)
                        registered.client = client_free(registered.client);
                if (end < FREED)
                        pass(20 * USEC_PER_SEC);
                assert_int_equal(world->ended, 1);
                assert_int_equal(slow_sources[1].ended, 1); /* every source is told */
        }
}

/* The code of an answer, CODE_NONE: it goes into the sink; -1: it is served when it is whole. */
static int begin_body(const char *path, uint64_t announced)
{
        const Step step = {METHOD_PUT, path, FORMAT_OPAQUE, "text:x", 0};
        _cleanup_(request_done) Request request = fixture_request(&step);
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        BodySink sink = {.userdata = NULL};

        if (!registered.connection->handler->body(registered.connection->userdata, &request, announced,
                    (BodyResume){NULL, NULL}, &sink, &response))
                return -1;
        assert_int_equal(sink.userdata != NULL, response.code == CODE_NONE);
        return response.code;
}

static void test_body_into_a_sink(void **state)
{
        _cleanup_(later_freep) LaterWorld *world = later_new();

        assert_int_equal(registry_add(store_registry(registered.store), &store_object), 0);
        assert_int_equal(store_set_source(registered.store, 1002, &store_source_streams, world), 0);
        assert_int_equal(begin_body("/1002/0/0", 100), CODE_NONE);
        assert_int_equal(begin_body("/1002/0/0", 101), CODE_TOO_LARGE);
        assert_int_equal(begin_body("/3/0/15", 1), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_agreed),
                cmocka_unit_test(test_body_into_a_sink),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_ten_seconds),
                cmocka_unit_test(test_too_many),
                cmocka_unit_test(test_too_many_of_a_session),
                cmocka_unit_test(test_gone),
                cmocka_unit_test(test_read_of_two_sources),
                cmocka_unit_test(test_two_answers_at_once),
                cmocka_unit_test(test_source_that_answers_later_again),
                cmocka_unit_test(test_end_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
