/* SPDX-License-Identifier: Apache-2.0 */
/* operation/bootstrap_discover: the forms of LwM2M 1.0 and of 1.1 / 1.2. */
#include "config.h"
#include "tests/unit/operation/fixture.h"

static void test_forms(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *committed, *path, *links;
        } table[] = {
                {LWM2M_1_0, BS SERVER_101, "/",
                        "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</1/0>;ssid=101,</3/0>"},
                {LWM2M_1_1, BS SERVER_101, "/",
                        "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri=\"coap://one.example\",</1/0>;ssid=101,</"
                        "3/0>"},
                {LWM2M_1_2, BS SERVER_101, "/",
                        "</>;lwm2m=1.2,</0/0>,</0/1>;ssid=101;uri=\"coap://one.example\",</1/0>;ssid=101,</"
                        "3/0>"},
                {LWM2M_1_1, BS, "/", "</>;lwm2m=1.1,</0/0>,</1>,</3/0>"},
                {LWM2M_1_0, BS, "/1", "lwm2m=\"1.0\",</1>"},
                {LWM2M_1_1, BS SERVER_101 SERVER_102, "/1", "</>;lwm2m=1.1,</1/0>;ssid=101,</1/1>;ssid=102"},
                {LWM2M_1_1, BS SERVER_101, "/3", "</>;lwm2m=1.1,</3/0>"},
                {LWM2M_1_1, BS "/0/4 /1/4", "/0", "</>;lwm2m=1.1,</0/0>,</0/4>"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, table[i].committed);

                BOOTSTRAP(world, {GET, table[i].path, FORMAT_CORE_LINK, NULL,
                                         HAVE_BOOTSTRAP_DISCOVER ? CODE_CONTENT : CODE_NOT_IMPLEMENTED});
                if (!HAVE_BOOTSTRAP_DISCOVER)
                        continue;
                assert_int_equal(world->response.content_format, FORMAT_CORE_LINK);
                assert_string_equal(answer_text(world), table[i].links);
                assert_null(store_candidate(world->store)); /* reading opens no transaction */
        }
}

static void test_shows_the_candidate(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        BOOTSTRAP(world, {DELETE, "/", FORMAT_NONE, NULL, CODE_DELETED},
                {PUT, "/0/9", FORMAT_TLV, "/0/9/0=coap://a\"b /0/9/10=5", CODE_CHANGED},
                {GET, "/", FORMAT_CORE_LINK, NULL,
                        HAVE_BOOTSTRAP_DISCOVER ? CODE_CONTENT : CODE_NOT_IMPLEMENTED});
        if (HAVE_BOOTSTRAP_DISCOVER)
                assert_string_equal(answer_text(world),
                        "</>;lwm2m=1.1,</0/0>,</0/9>;ssid=5;uri=\"coap://a\\\"b\",</1>,</3/0>");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_forms),
                cmocka_unit_test(test_shows_the_candidate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
