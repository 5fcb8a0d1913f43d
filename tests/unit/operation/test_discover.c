/* SPDX-License-Identifier: Apache-2.0 */
/* operation/discover: links of Objects, Object Instances and Resources. */
#include "tests/unit/operation/rack.h"
#include "model/object_firmware.h"

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
                {LWM2M_1_1, "/3?depth=1", /* which LwM2M 1.2 has brought */
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

/* Core TS, table 6.3.2 (lwm2m-facts.md 4.2) */
static void test_depth(void **state)
{
        static const struct {
                const char *path, *links;
        } table[] = {
                {"/1000?depth=0", "</1000>"},
                {"/1000?depth=1", "</1000>,</1000/0>,</1000/4>"},
                {"/1000?depth=2", "</1000>,</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>,</1000/4>,"
                                  "</1000/4/0>,</1000/4/5>"},
                {"/1000?depth=3", "</1000>,</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/3/0>,"
                                  "</1000/0/3/7>,</1000/0/5>,</1000/4>,</1000/4/0>,</1000/4/5>"},
                {"/1000/0?depth=0", "</1000/0>"},
                {"/1000/0?depth=1", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>"},
                {"/1000/0?depth=2",
                        "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/3/0>,</1000/0/3/7>,</1000/0/5>"},
                {"/1000/0?depth=3",
                        "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/3/0>,</1000/0/3/7>,</1000/0/5>"},
                {"/1000/0/3?depth=0", "</1000/0/3>;dim=2"},
                {"/1000/0/3?depth=1", "</1000/0/3>;dim=2,</1000/0/3/0>,</1000/0/3/7>"},
                {"/1000/0/3?depth=3", "</1000/0/3>;dim=2,</1000/0/3/0>,</1000/0/3/7>"},
                {"/1000/0/0?depth=3", "</1000/0/0>"},
                /* what is none is as if it were not there */
                {"/1000/0?depth=4", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>"},
                {"/1000/0?depth=01", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>"},
                {"/1000/0?depth=-1", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>"},
                {"/1000/0?depth=", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>"},
                {"/1000/0?depth", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>"},
                {"/1000/0?deep=1", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=2,</1000/0/5>"},
                {"/1000/0?x=1&depth=0", "</1000/0>"},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack =
                rack_new(world, "/1000/0/0=a /1000/0/3/0=u /1000/0/3/7=v /1000/4/0=b");

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                SERVER(world, {GET, table[i].path, FORMAT_CORE_LINK, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(world), table[i].links);
        }
        assert_int_equal(rack->done, 0);
}

/* What a server has attached, at its level; on the target also what it inherits (ETS 260, 261, 951). */
static void test_attributes(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101 SERVER_102);
        _cleanup_(rack_freep) Rack *rack =
                rack_new(world, "/1000/0/0=a /1000/0/2=5 /1000/0/7/0=1 /1000/0/7/1=2 /1000/0/8=true");
        static const struct {
                const char *path, *links;
        } table[] = {
                {"/1000", "</1000>;pmin=10;pmax=200,</1000/0>;pmax=320,</1000/0/0>,</1000/0/2>,</1000/0/5>,"
                          "</1000/0/7>;dim=2;gt=6;lt=1;st=1,</1000/0/8>;edge=1"},
                {"/1000/0", "</1000/0>;pmin=10;pmax=320,</1000/0/0>,</1000/0/2>,</1000/0/5>,"
                            "</1000/0/7>;dim=2;gt=6;lt=1;st=1,</1000/0/8>;edge=1"},
                {"/1000/0/7", "</1000/0/7>;dim=2;pmin=10;pmax=320;gt=6;lt=1;st=1,</1000/0/7/0>,"
                              "</1000/0/7/1>;gt=8;epmin=1;epmax=20"},
                {"/1000/0/2", "</1000/0/2>;pmin=10;pmax=320"},
        };

        SERVER(world, {PUT, "/1000?pmin=10&pmax=200", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/1000/0?pmax=320", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/1000/0/7?lt=1&gt=6&st=1", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/1000/0/7/1?gt=8&epmin=1&epmax=20", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/1000/0/8?edge=1", FORMAT_NONE, NULL, CODE_CHANGED});
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                SERVER(world, {GET, table[i].path, FORMAT_CORE_LINK, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(world), table[i].links);
        }

        world->server = 102;
        SERVER(world, {GET, "/1000/0/7", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "</1000/0/7>;dim=2,</1000/0/7/0>,</1000/0/7/1>");
        world->server = 101;
        SERVER(world, {PUT, "/1000?pmin&pmax", FORMAT_NONE, NULL, CODE_CHANGED},
                {GET, "/1000?depth=1", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "</1000>,</1000/0>;pmax=320");
        assert_int_equal(rack->done, 0);
}

/* What there is may have to be looked for: all of it, before anything is listed. */
static void test_later(void **state)
{
        static const struct {
                const char *path, *links;
        } table[] = {
                {"/1000", "</1000>,</1000/0>,</1000/0/0>,</1000/0/3>;dim=1,</1000/0/5>"},
                {"/1000/0", "</1000/0>,</1000/0/0>,</1000/0/3>;dim=1,</1000/0/5>"},
                {"/1000/0/3", "</1000/0/3>;dim=1,</1000/0/3/7>"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, "/1000/0/0=a /1000/0/3/7=v");
                const Step step = {GET, table[i].path, FORMAT_CORE_LINK, NULL, CODE_CONTENT};

                rack_looks(rack, world, &step);
                server_steps(world, &step, 1);
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

/* As in the object list of a registration (lwm2m-facts.md 3.2, 4.2). */
static void test_version_of_an_object(void **state)
{
        static const struct {
                Lwm2mVersion version, announced;
                const char *path, *links;
        } table[] = {
                {LWM2M_1_2, LWM2M_1_2, "/1?depth=0", "</1>"},
                {LWM2M_1_2, LWM2M_1_1, "/1?depth=0", "</1>;ver=1.2"},
                {LWM2M_1_2, LWM2M_1_0, "/1?depth=1", "</1>;ver=1.2,</1/0>"},
                {LWM2M_1_1, LWM2M_1_0, "/1",
                        "</1>;ver=1.1,</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/8>,</1/0/9>"},
                {LWM2M_1_1, LWM2M_1_0, "/2", "</2>"},
                {LWM2M_1_1, LWM2M_1_0, "/1/0", "</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/8>,</1/0/9>"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);

                world->context.announced = table[i].announced;
                SERVER(world, {GET, table[i].path, FORMAT_CORE_LINK, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(world), table[i].links);
        }
}

/* No LwM2M version implies another than 1.0 for what is no part of it. */
static void test_version_of_an_object_of_others(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *object, *links;
        } table[] = {
                {LWM2M_1_0, "1.0", "</1001>"},
                {LWM2M_1_0, "1.1", "</1001>;ver=1.1"},
                {LWM2M_1_1, "1.0", "</1001>"},
                {LWM2M_1_1, "1.1", "</1001>;ver=1.1"},
                {LWM2M_1_2, "2.3", "</1001>;ver=2.3"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);
                const char *version = table[i].object;
                const ObjectDef object = {
                        .id = RACK_SINGLE,
                        .name = "Room",
                        .versions = {version, version, version},
                        .implied = {"1.0", "1.0", "1.0"},
                        .resources = rack_resources,
                        .n_resources = 1,
                };

                assert_int_equal(registry_add(store_registry(world->store), &object), 0);
                SERVER(world, {GET, "/1001", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(world), table[i].links);
                registry_remove(store_registry(world->store), RACK_SINGLE);
        }
}

/* Object 5 is ahead of what LwM2M 1.1 and 1.2 imply, so its version is always told there. */
static void test_version_of_firmware_update(void **state)
{
        static const struct {
                Lwm2mVersion version, announced;
                const char *links;
        } table[] = {
                {LWM2M_1_0, LWM2M_1_0, "</5>"},
                {LWM2M_1_1, LWM2M_1_1, "</5>;ver=1.1"},
                {LWM2M_1_1, LWM2M_1_0, "</5>;ver=1.1"},
                {LWM2M_1_2, LWM2M_1_2, "</5>;ver=1.2"},
                {LWM2M_1_2, LWM2M_1_1, "</5>;ver=1.2"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);

                world->context.announced = table[i].announced;
                assert_int_equal(registry_add(store_registry(world->store), &object_firmware), 0);
                SERVER(world, {GET, "/5", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(world), table[i].links);
                registry_remove(store_registry(world->store), OBJECT_FIRMWARE);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_attributes),
                cmocka_unit_test(test_later),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_object_without_instances),
                cmocka_unit_test(test_version_of_an_object),
                cmocka_unit_test(test_version_of_an_object_of_others),
                cmocka_unit_test(test_version_of_firmware_update),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
