/* SPDX-License-Identifier: Apache-2.0 */
/* operation/execute: triggers, arguments, the provider's part. */
#include "tests/unit/operation/fixture.h"

static void test_triggers(void **state)
{
        static const struct {
                const char *path;
                EffectType effect;
        } table[] = {
                {"/1/1/4", EFFECT_DISABLE},
                {"/1/1/8", EFFECT_UPDATE_TRIGGER},
                {"/1/1/8?0=U", EFFECT_UPDATE_TRIGGER},
                {"/1/1/9", EFFECT_BOOTSTRAP_TRIGGER},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 SERVER_102);

                SERVER(world, {POST, table[i].path, FORMAT_NONE, NULL, CODE_CHANGED});
                assert_int_equal(world->response.payload_size, 0);
                assert_int_equal(world->effects.n, 1);
                assert_int_equal(world->effects.items[0].type, table[i].effect);
                assert_int_equal(world->effects.items[0].short_server_id, 102);
        }
}

static void test_arguments(void **state)
{
        static const Step table[] = {
                {POST, "/1/0/8", FORMAT_TEXT, "text:0='U'", CODE_CHANGED},
                {POST, "/1/0/8", FORMAT_NONE, "text:0='U'", CODE_CHANGED},
                {POST, "/1/0/8", FORMAT_TEXT, "text:1,2='x'", CODE_CHANGED},
                {POST, "/1/0/8", FORMAT_TEXT, "text:0='T'", CODE_BAD_REQUEST},
                {POST, "/1/0/8", FORMAT_TEXT, "text:0='UT'", CODE_BAD_REQUEST},
                {POST, "/1/0/8", FORMAT_TEXT, "text:0=''", CODE_BAD_REQUEST},
                {POST, "/1/0/8", FORMAT_TEXT, "text:0", CODE_BAD_REQUEST},
                {POST, "/1/0/8", FORMAT_TLV, "hex:c0", CODE_BAD_REQUEST},
                {POST, "/1/0/8", FORMAT_TLV, NULL, CODE_CHANGED},
                {POST, "/1/0/4", FORMAT_TEXT, "text:5", CODE_CHANGED},
                {POST, "/1/0/4", FORMAT_TEXT, "text:2='10.3'", CODE_CHANGED},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0,1,2", CODE_CHANGED},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0=''", CODE_CHANGED},
                {POST, "/1/0/4", FORMAT_TEXT, "text:9='!#&([]~'", CODE_CHANGED},
                {POST, "/1/0/4", FORMAT_TEXT, "text:10", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:,", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0,", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0, 1", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0,0", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0=", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0='", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0='a", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0=a", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0='a'b", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0='a b'", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0='a\\'", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "text:0='a\"'", CODE_BAD_REQUEST},
                {POST, "/1/0/4", FORMAT_TEXT, "hex:303d27 ff 27", CODE_BAD_REQUEST},
                {POST, "/3/0/12", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                server_steps(world, &table[i], 1);
                assert_int_equal(world->effects.n, table[i].code == CODE_CHANGED);
        }
        assert_int_equal(world->resets, 0);
}

static void test_source(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        SERVER(world, {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_CHANGED},
                {POST, "/3/0/4", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/3/0/5", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/3/0/22", FORMAT_NONE, NULL, CODE_NOT_FOUND});
        assert_int_equal(world->resets, 1);
        assert_int_equal(world->effects.n, 0);
}

static int fail_to_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        return -EIO;
}

static int refuse_to_execute(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        return source_refuse(call, CODE_UNAVAILABLE, "not now, server %u", call->requester);
}

static void test_failing_source(void **state)
{
        Source failing = fixture_device, none = fixture_device, refusing = fixture_device;
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        failing.execute = fail_to_execute;
        refusing.execute = refuse_to_execute;
        none.supports = NULL;
        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &failing, NULL), 0);
        SERVER(world, {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_INTERNAL_ERROR});
        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &refusing, NULL), 0);
        SERVER(world, {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_UNAVAILABLE});
        assert_string_equal(answer_text(world), "not now, server 101");
        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &none, NULL), 0);
        SERVER(world, {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED});
}

static int execute_later(
        void *userdata, SourceCall *call, const Path *path, const void *arguments, size_t size)
{
        World *world = userdata;

        if (call->id != 0 && !call->granted)
                return SOURCE_LATER;
        world->resets++;
        return 0;
}

/* The same request a second time is what the answer that came later allows. */
static void test_later(void **state)
{
        Source source = fixture_device;
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(request_done) Request request =
                fixture_request(&(Step){POST, "/3/0/12", FORMAT_NONE, NULL, CODE_CHANGED});

        source.execute = execute_later;
        assert_int_equal(store_set_source(world->store, OBJECT_DEVICE, &source, world), 0);
        world->context.requester = 101;
        world->context.call = 5;
        assert_int_equal(
                operation_device_management(&world->context, &request, &world->response, &world->effects),
                OPERATION_LATER);
        assert_int_equal(world->response.code, CODE_NONE);
        assert_int_equal(world->resets, 0);
        world->context.granted = true;
        assert_int_equal(
                operation_device_management(&world->context, &request, &world->response, &world->effects),
                0);
        assert_int_equal(world->response.code, CODE_CHANGED);
        assert_int_equal(world->resets, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_triggers),
                cmocka_unit_test(test_arguments),
                cmocka_unit_test(test_source),
                cmocka_unit_test(test_failing_source),
                cmocka_unit_test(test_later),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
