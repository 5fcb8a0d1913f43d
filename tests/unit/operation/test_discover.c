/* SPDX-License-Identifier: Apache-2.0 */
/* operation/discover: links of Objects, Object Instances and Resources. */
#include "tests/unit/operation/fixture.h"

static void test_links(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *path, *links;
        } table[] = {
                {LWM2M_1_1, "/1",
                        "</1>,</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/8>,</1/0/9>,"
                        "</1/3>,</1/3/0>,</1/3/1>,</1/3/4>,</1/3/5>,</1/3/8>,</1/3/9>"},
                {LWM2M_1_0, "/1/0", "</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/8>"},
                {LWM2M_1_1, "/1/0", "</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/8>,</1/0/9>"},
                {LWM2M_1_2, "/1/0", "</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/8>,</1/0/9>,</1/0/16>"},
                {LWM2M_1_1, "/1/0/1", "</1/0/1>"},
                {LWM2M_1_1, "/1/0/8", "</1/0/8>"},
                {LWM2M_1_1, "/3",
                        "</3>,</3/0>,</3/0/0>,</3/0/4>,</3/0/5>,</3/0/11>;dim=1,</3/0/12>,</3/0/13>,"
                        "</3/0/16>"},
                {LWM2M_1_1, "/3/0",
                        "</3/0>,</3/0/0>,</3/0/4>,</3/0/5>,</3/0/11>;dim=1,</3/0/12>,</3/0/13>,</3/0/16>"},
                {LWM2M_1_1, "/3/0/11", "</3/0/11>;dim=1,</3/0/11/0>"},
                {LWM2M_1_2, "/3?depth=1",
                        "</3>,</3/0>,</3/0/0>,</3/0/4>,</3/0/5>,</3/0/11>;dim=1,</3/0/12>,</3/0/13>,"
                        "</3/0/16>"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(
                        table[i].version, BS SERVER_101 "/1/3/0=102 /1/3/1=60 /1/3/5=7 /1/0/16=true");

                SERVER(world, {GET, table[i].path, FORMAT_CORE_LINK, NULL, CODE_CONTENT});
                assert_int_equal(world->response.content_format, FORMAT_CORE_LINK);
                assert_string_equal(answer_text(world), table[i].links);
        }
}

static void test_refused(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 "/1/0/16=true");

        SERVER(world, {GET, "/1/0/5", FORMAT_CORE_LINK, NULL, CODE_NOT_FOUND},     /* no value */
                {GET, "/1/0/16", FORMAT_CORE_LINK, NULL, CODE_METHOD_NOT_ALLOWED}, /* not for servers */
                {GET, "/1/0/99", FORMAT_CORE_LINK, NULL, CODE_NOT_FOUND},
                {GET, "/0/0", FORMAT_CORE_LINK, NULL, CODE_UNAUTHORIZED});
        world->context.max_body_size = 10;
        SERVER(world, {GET, "/1", FORMAT_CORE_LINK, NULL, CODE_INTERNAL_ERROR});
}

static void test_object_without_instances(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);

        SERVER(world, {GET, "/1", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "</1>");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_object_without_instances),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
