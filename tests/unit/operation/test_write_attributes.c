/* SPDX-License-Identifier: Apache-2.0 */
/* operation/write_attributes: where they may stand and what is refused; the rules of what they say are
 * model/attribute's. */
#include "tests/unit/operation/rack.h"

#define FILLED "/1000/0/0=a /1000/0/2=5 /1000/0/3/1=u /1000/0/6=pw /1000/0/7/4=1 "

static void test_codes(void **state)
{
        static const struct {
                Lwm2mVersion version;
                Step step;
        } table[] = {
                {LWM2M_1_0, {PUT, "/1000?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED}},
                {LWM2M_1_0, {PUT, "/1000/0?pmin=1&pmax=2", FORMAT_NONE, NULL, CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/1000/0/2?gt=1&epmin=3", FORMAT_NONE, NULL, CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/1000/0/7/4?st=0.5", FORMAT_NONE, NULL, CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/1001?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/2?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/1/0/1?pmin", FORMAT_NONE, NULL, CODE_CHANGED}},
                /* what model/attributes refuses */
                {LWM2M_1_0, {PUT, "/1000?epmin=1", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1000?gt=1", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1000/0/0?gt=1", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1000/0/2?edge=1", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_2, {PUT, "/1000/0/2?edge=1", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1000?pmin=x", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1000?dim=1", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1000?pmin=1&ver=2.0", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1000/0/2?lt=5&gt=5", FORMAT_NONE, NULL, CODE_BAD_REQUEST}},
                /* what is not there */
                {LWM2M_1_1, {PUT, "/999?pmin=1", FORMAT_NONE, NULL, CODE_NOT_FOUND}},
                {LWM2M_1_1, {PUT, "/1000/1?pmin=1", FORMAT_NONE, NULL, CODE_NOT_FOUND}},
                {LWM2M_1_1, {PUT, "/1000/0/99?pmin=1", FORMAT_NONE, NULL, CODE_NOT_FOUND}},
                {LWM2M_1_1, {PUT, "/1000/0/4?pmin=1", FORMAT_NONE, NULL, CODE_NOT_FOUND}},
                {LWM2M_1_1, {PUT, "/1000/0/3/2?pmin=1", FORMAT_NONE, NULL, CODE_NOT_FOUND}},
                /* what cannot be observed */
                {LWM2M_1_1, {PUT, "/?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_1, {PUT, "/1000/0/5?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_1, {PUT, "/1000/0/6?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_1, {PUT, "/1000/0/2/0?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                /* not even whether it is there */
                {LWM2M_1_1, {PUT, "/0?pmin=30&pmax=45", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {LWM2M_1_1, {PUT, "/0/0/1?pmin=30", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {LWM2M_1_1, {PUT, "/21/0?pmin=30", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                /* with content it is a Write */
                {LWM2M_1_1, {PUT, "/1000/0/2?pmin=1", FORMAT_TEXT, "text:7", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/1000/0/2?pmin=1", FORMAT_NONE, "text:7", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {POST, "/1000/0/2?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const bool writes = table[i].step.format != FORMAT_NONE;
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);

                server_steps(world, &table[i].step, 1);
                assert_int_equal(world->attributes[0].set.n,
                        !writes && table[i].step.code == CODE_CHANGED && strchr(table[i].step.path, '='));
                assert_int_equal(rack->done, writes);
                assert_int_equal(world->effects.n, 0);
        }
}

/* The right to Read, below the Object */
static void test_rights(void **state)
{
        _cleanup_(world_freep) World *world = world_new(
                LWM2M_1_1, BS SERVER_101 SERVER_102 "/2/0/0=1000 /2/0/1=0 /2/0/3=102 /2/0/2/101=30");
        _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);

        SERVER(world, {PUT, "/1000?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/1000/0?pmin=1", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {PUT, "/1000/0/2?pmin=1", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {PUT, "/1000/0/7/4?pmin=1", FORMAT_NONE, NULL, CODE_UNAUTHORIZED});
        world->server = 102;
        SERVER(world, {PUT, "/1000/0/2?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED});
        assert_int_equal(rack->done, 0);
}

/* Whether there is a value may have to be looked for: nobody is told before that there is none. */
static void test_later(void **state)
{
        static const struct {
                const char *path;
                int code;
        } table[] = {
                {"/1000/0/2?pmin=1", CODE_CHANGED},
                {"/1000/0/7/4?pmin=1", CODE_CHANGED},
                {"/1000/0/4?pmin=1", CODE_NOT_FOUND},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
                const Step step = {PUT, table[i].path, FORMAT_NONE, NULL, table[i].code};

                rack_looks(rack, world, &step);
                assert_int_equal(world->attributes[0].set.n, 0);
                server_steps(world, &step, 1);
                assert_int_equal(world->attributes[0].set.n, table[i].code == CODE_CHANGED);
        }
}

/* A look has done nothing yet: what came in between is answered as without it. */
static void test_what_comes_while_it_waits(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
        const Step barred = {PUT, "/1000/0/2?pmin=1", FORMAT_NONE, NULL, CODE_UNAVAILABLE};
        const Step gone = {PUT, "/1000/0/2?pmin=1", FORMAT_NONE, NULL, CODE_NOT_FOUND};

        rack_looks(rack, world, &barred);
        assert_int_equal(store_begin(world->store), 0);
        server_steps(world, &barred, 1);
        store_rollback(world->store);
        assert_true(dataset_remove(rack->dataset, &PATH_INSTANCE(RACK, 0)));
        server_steps(world, &gone, 1);
        assert_int_equal(world->attributes[0].set.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_codes),
                cmocka_unit_test(test_rights),
                cmocka_unit_test(test_later),
                cmocka_unit_test(test_what_comes_while_it_waits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
