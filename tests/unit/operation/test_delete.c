/* SPDX-License-Identifier: Apache-2.0 */
/* operation/delete: Object Instances, and Resource Instances since LwM2M 1.2. */
#include "tests/unit/operation/rack.h"

#define FILLED "/1000/0/0=a /1000/0/2=5 /1000/0/3/1=u /1000/0/3/4=v /1000/0/8=true /1000/1/0=b /1001/0/0=c"

static void test_what_goes(void **state)
{
        static const struct {
                Lwm2mVersion version;
                Step step;
                const char *gone;
        } table[] = {
                {LWM2M_1_0, {DELETE, "/1000/1", FORMAT_NONE, NULL, CODE_DELETED}, "-/1000/1"},
                {LWM2M_1_1, {DELETE, "/1000/0", FORMAT_NONE, NULL, CODE_DELETED}, "-/1000/0"},
                {LWM2M_1_1, {DELETE, "/1001/0", FORMAT_NONE, NULL, CODE_DELETED}, "-/1001/0"},
                {LWM2M_1_2, {DELETE, "/1000/0/3/4", FORMAT_NONE, NULL, CODE_DELETED}, "-/1000/0/3/4"},
                {LWM2M_1_2, {DELETE, "/1000/0/3/9", FORMAT_NONE, NULL, CODE_NOT_FOUND}, ""},
                {LWM2M_1_2, {DELETE, "/1000/1/3/1", FORMAT_NONE, NULL, CODE_NOT_FOUND}, ""},
                {LWM2M_1_1, {DELETE, "/1000/0/3/4", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_0, {DELETE, "/1000/0/3/4", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                /* what is not there */
                {LWM2M_1_2, {DELETE, "/1000/5", FORMAT_NONE, NULL, CODE_NOT_FOUND}, ""},
                {LWM2M_1_2, {DELETE, "/999/0", FORMAT_NONE, NULL, CODE_NOT_FOUND}, ""},
                {LWM2M_1_2, {DELETE, "/1000/0/99/0", FORMAT_NONE, NULL, CODE_NOT_FOUND}, ""},
                {LWM2M_1_2, {DELETE, "/1000/5/3/4", FORMAT_NONE, NULL, CODE_NOT_FOUND}, ""},
                /* other levels, a single Resource's instance, one that servers cannot write */
                {LWM2M_1_2, {DELETE, "/", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/1000", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/1000/0/2", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/1000/0/3", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/1000/0/2/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/1000/0/5/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/1000/0/7/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                /* the client's own */
                {LWM2M_1_2, {DELETE, "/0/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}, ""},
                {LWM2M_1_2, {DELETE, "/1/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/2/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/3/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/3/0/11/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}, ""},
                {LWM2M_1_2, {DELETE, "/21/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world =
                        world_new(table[i].version, BS SERVER_101 "/2/0/0=3 /2/0/1=0 /2/0/3=101");
                _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
                _cleanup_(dataset_freep) Dataset *left = fixture_dataset(FILLED);

                fixture_put(left, table[i].gone);
                server_steps(world, &table[i].step, 1);
                assert_true(dataset_equal(rack->dataset, left));
                assert_true(effects_have(&world->effects, EFFECT_OBJECTS_CHANGED) ==
                            (table[i].step.code == CODE_DELETED && strlen(table[i].gone) < 10));
                assert_null(store_candidate(world->store));
        }
}

/* The last Resource Instance leaves an array without any. */
static void test_last_resource_instance(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);

        SERVER(world, {DELETE, "/1000/0/3/1", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/1000/0/3/4", FORMAT_NONE, NULL, CODE_DELETED},
                {GET, "/1000/0/3", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_int_equal(world->response.payload_size, 2);
        assert_memory_equal(world->response.payload, "\x80\x03", 2);
}

static void test_source(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
        const Step step = {DELETE, "/1000/1", FORMAT_NONE, NULL, CODE_DELETED};
        _cleanup_(request_done) Request request = fixture_request(&step);

        rack->refuses = CODE_UNAVAILABLE;
        SERVER(world, {DELETE, "/1000/1", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
                {DELETE, "/1000/0/3/4", FORMAT_NONE, NULL, CODE_UNAVAILABLE});
        assert_int_equal(world->effects.n, 0);
        rack->refuses = 0;
        rack->lacks = OPERATION_DELETE;
        SERVER(world, {DELETE, "/1000/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/1000/0/3/4", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED});
        rack->lacks = 0;
        rack_later(rack, world, &request);
        assert_string_equal(rack_text(rack), FILLED);
        world->context.granted = true;
        SERVER(world, step, {GET, "/1000/1", FORMAT_TLV, NULL, CODE_NOT_FOUND});
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_goes),
                cmocka_unit_test(test_last_resource_instance),
                cmocka_unit_test(test_source),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
