/* SPDX-License-Identifier: Apache-2.0 */
/* operation/bootstrap_finish: whole sessions up to the answer to Finish, and OMA's bootstrap cases. */
#include "config.h"
#include "tests/unit/operation/fixture.h"

#define LINKS(code) (HAVE_BOOTSTRAP_DISCOVER ? (code) : CODE_NOT_IMPLEMENTED)

static void assert_effect(const World *world, EffectType type)
{
        assert_int_equal(world->effects.n, 1);
        assert_int_equal(world->effects.items[0].type, type);
}

static void test_nothing_written(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(world_freep) World *empty = world_new(LWM2M_1_1, BS);

        BOOTSTRAP(world, FINISH(CODE_CHANGED));
        assert_effect(world, EFFECT_BOOTSTRAP_FINISHED);
        assert_int_equal(world->response.payload_size, 0);
        assert_non_null(store_candidate(world->store)); /* the caller commits */

        BOOTSTRAP(empty, FINISH(CODE_NOT_ACCEPTABLE));
        assert_effect(empty, EFFECT_BOOTSTRAP_REFUSED);
        assert_string_equal(answer_text(empty), "/0 and /1 hold no usable LwM2M Server account");
        assert_string_equal(answer_text(empty), empty->check.reason);
}

/* After 4.06 the server corrects and finishes again. */
static void test_corrected(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);

        BOOTSTRAP(world, {PUT, "/1/0", FORMAT_TLV, "/1/0/0=101 /1/0/1=60", CODE_CHANGED},
                FINISH(CODE_NOT_ACCEPTABLE),
                {PUT, "/0/1", FORMAT_TLV, "/0/1/0=coap://one.example /0/1/2=3 /0/1/10=101", CODE_CHANGED},
                FINISH(CODE_CHANGED));
        assert_int_equal(world->check.n_repairs, 0);
        store_commit(world->store);
        assert_string_equal(committed_text(world, "/1"), "/1/0/0=101 /1/0/1=60");
}

static void test_repairs_are_told(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        BOOTSTRAP(
                world, {PUT, "/1/5", FORMAT_TLV, "/1/5/0=7 /1/5/1=60", CODE_CHANGED}, FINISH(CODE_CHANGED));
        assert_int_equal(world->check.n_repairs, 1);
        assert_non_null(strstr(world->check.repairs[0], "/1/5"));
        assert_false(dataset_has(store_candidate(world->store), &PATH_INSTANCE(1, 5)));
}

static void test_rollback(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(dataset_freep) Dataset *before = NULL;

        assert_int_equal(dataset_copy(store_committed(world->store), &before), 0);
        BOOTSTRAP(world, {DELETE, "/", FORMAT_NONE, NULL, CODE_DELETED},
                {PUT, "/0/1", FORMAT_TLV, "/0/1/0=coap://new /0/1/2=3 /0/1/10=5", CODE_CHANGED});
        store_rollback(world->store);
        assert_true(dataset_equal(before, store_committed(world->store)));
}

/* Client-initiated bootstrap, writes on Object level */
static void oma_1_1_int_0(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(LWM2M_1_1, "/0/1/0=coap://bs.example /0/1/1=true /0/1/2=3");

        BOOTSTRAP(world,
                {PUT, "/0", FORMAT_TLV, "/0/0/0=coap://server.example /0/0/1=false /0/0/2=3 /0/0/10=1",
                        CODE_CHANGED},
                {PUT, "/1", FORMAT_TLV, "/1/0/0=1 /1/0/1=86400 /1/0/6=true /1/0/7=U", CODE_CHANGED},
                {GET, "/", FORMAT_CORE_LINK, NULL, LINKS(CODE_CONTENT)});
        if (HAVE_BOOTSTRAP_DISCOVER)
                assert_string_equal(answer_text(world),
                        "</>;lwm2m=1.1,</0/0>;ssid=1;uri=\"coap://"
                        "server.example\",</0/1>,</1/0>;ssid=1,</2>,</3/0>,</21>");
        BOOTSTRAP(world, FINISH(CODE_CHANGED));
        assert_effect(world, EFFECT_BOOTSTRAP_FINISHED);
}

/* Bootstrap-Delete, then a clean bootstrap */
static void oma_1_1_int_4(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        BOOTSTRAP(world, {GET, "/1", FORMAT_NONE, NULL, CODE_CONTENT},
                {DELETE, "/0", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/1", FORMAT_NONE, NULL, CODE_DELETED},
                {GET, "/1", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_int_equal(world->response.payload_size, 0);
        BOOTSTRAP(world, {GET, "/", FORMAT_CORE_LINK, NULL, LINKS(CODE_CONTENT)});
        if (HAVE_BOOTSTRAP_DISCOVER)
                assert_string_equal(answer_text(world), "</>;lwm2m=1.1,</0/0>,</1>,</2>,</3/0>,</21>");
        BOOTSTRAP(world,
                {PUT, "/0/1", FORMAT_TLV, "/0/1/0=coap://s /0/1/1=false /0/1/2=3 /0/1/10=1", CODE_CHANGED},
                {PUT, "/1/0", FORMAT_TLV, "/1/0/0=1 /1/0/1=60", CODE_CHANGED}, FINISH(CODE_CHANGED));
}

/* Bootstrap-Read */
static void oma_1_1_int_8(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);

        BOOTSTRAP(world, {PUT, "/0/1", FORMAT_TLV, "/0/1/0=coap://s /0/1/2=3 /0/1/10=1", CODE_CHANGED},
                {PUT, "/1/0", FORMAT_TLV, "/1/0/0=1 /1/0/1=60 /1/0/16=false", CODE_CHANGED},
                {GET, "/1", FORMAT_NONE, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(world, "/1"), "/1/0/0=1 /1/0/1=60 /1/0/16=false");
        BOOTSTRAP(world,
                {PUT, "/2/0", FORMAT_TLV, "/2/0/0=3 /2/0/1=0 /2/0/2/0=31 /2/0/3=65535", CODE_CHANGED},
                {GET, "/2", FORMAT_NONE, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(world, "/2"), "/2/0/0=3 /2/0/1=0 /2/0/2/0=31 /2/0/3=65535");
        BOOTSTRAP(world, FINISH(CODE_CHANGED));
}

/* Inconsistent configuration */
static void oma_1_1_int_9(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);

        BOOTSTRAP(world, {PUT, "/1/0/5", FORMAT_TEXT, "text:86400", CODE_CHANGED},
                FINISH(CODE_NOT_ACCEPTABLE));
        assert_effect(world, EFFECT_BOOTSTRAP_REFUSED);
        assert_string_equal(answer_text(world), "/1/0/0 (Short Server ID) is missing");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_written),
                cmocka_unit_test(test_corrected),
                cmocka_unit_test(test_repairs_are_told),
                cmocka_unit_test(test_rollback),
                cmocka_unit_test(oma_1_1_int_0),
                cmocka_unit_test(oma_1_1_int_4),
                cmocka_unit_test(oma_1_1_int_8),
                cmocka_unit_test(oma_1_1_int_9),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
