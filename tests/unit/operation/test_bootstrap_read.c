/* SPDX-License-Identifier: Apache-2.0 */
/* operation/bootstrap_read: the Server Object with all its Resources. */
#include "tests/unit/operation/fixture.h"

static void test_content(void **state)
{
        static const struct {
                const char *path;
                int accept, format;
                const char *values;
        } table[] = {
                {"/1", FORMAT_NONE, FORMAT_SENML_CBOR,
                        "/1/0/0=101 /1/0/1=60 /1/0/16=true /1/1/0=102 /1/1/1=60"},
                {"/1", FORMAT_TLV, FORMAT_TLV, "/1/0/0=101 /1/0/1=60 /1/0/16=true /1/1/0=102 /1/1/1=60"},
                {"/1/0", FORMAT_TLV, FORMAT_TLV, "/1/0/0=101 /1/0/1=60 /1/0/16=true"},
                {"/1/0", FORMAT_TLV_OLD, FORMAT_TLV_OLD, "/1/0/0=101 /1/0/1=60 /1/0/16=true"},
                {"/1/1", FORMAT_SENML_CBOR, FORMAT_SENML_CBOR, "/1/1/0=102 /1/1/1=60"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world =
                        world_new(LWM2M_1_1, BS SERVER_101 SERVER_102 "/1/0/16=true");

                BOOTSTRAP(world, {GET, table[i].path, table[i].accept, NULL, CODE_CONTENT});
                assert_int_equal(world->response.content_format, table[i].format);
                assert_string_equal(answer_values(world, table[i].path), table[i].values);
                assert_null(store_candidate(world->store));
        }
}

static void test_empty_object(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        BOOTSTRAP(world, {DELETE, "/1", FORMAT_NONE, NULL, CODE_DELETED},
                {GET, "/1/0", FORMAT_TLV, NULL, CODE_NOT_FOUND},
                {GET, "/1", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_int_equal(world->response.payload_size, 0);
}

static void test_too_long_an_answer(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        world->context.max_body_size = 3;
        BOOTSTRAP(world, {GET, "/1", FORMAT_TLV, NULL, CODE_INTERNAL_ERROR});
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_content),
                cmocka_unit_test(test_empty_object),
                cmocka_unit_test(test_too_long_an_answer),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
