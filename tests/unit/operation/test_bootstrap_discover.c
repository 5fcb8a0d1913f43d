/* SPDX-License-Identifier: Apache-2.0 */
/* operation/bootstrap_discover: the forms of LwM2M 1.0 and of 1.1 / 1.2. */
#include "config.h"
#include "tests/unit/operation/fixture.h"

#define EVERYTHING                                                                                      \
        BS SERVER_101 SERVER_102                                                                        \
                "/0/2/17=21:0 /0/0/17=21:1 /21/0/0=a /21/1/0=b /21/2/0=c /2/0/0=3 /2/0/1=0 /2/0/3=101 " \
                "/2/5/0=1 "

static void test_forms(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *committed, *path, *links;
        } table[] = {
                {LWM2M_1_0, BS SERVER_101, "/",
                        "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</1/0>;ssid=101,</2>,</3/0>"},
                {LWM2M_1_1, BS SERVER_101, "/",
                        "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri=\"coap://one.example\",</1/0>;ssid=101,</"
                        "2>,</3/0>,</21>"},
                {LWM2M_1_2, BS SERVER_101, "/",
                        "</>;lwm2m=1.2,</0/0>,</0/1>;ssid=101;uri=\"coap://one.example\",</1/0>;ssid=101,</"
                        "2>,</3/0>,</21>"},
                /* OSCORE: the ssid of the account that links it, none of the Bootstrap-Server Account's,
                 * none where nothing links it; unknown to 1.0 */
                {LWM2M_1_0, EVERYTHING, "/",
                        "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</0/2>;ssid=102,</1/0>;ssid=101,</1/1>;ssid="
                        "102,</2/0>,</2/5>,</3/0>"},
                {LWM2M_1_1, EVERYTHING, "/",
                        "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri=\"coap://one.example\",</0/2>;ssid=102;"
                        "uri=\"coap://two.example\",</1/0>;ssid=101,</1/1>;ssid=102,</2/0>,</2/5>,</3/0>,</"
                        "21/0>;ssid=102,</21/1>,</21/2>"},
                {LWM2M_1_2, EVERYTHING, "/",
                        "</>;lwm2m=1.2,</0/0>,</0/1>;ssid=101;uri=\"coap://one.example\",</0/2>;ssid=102;"
                        "uri=\"coap://two.example\",</1/0>;ssid=101,</1/1>;ssid=102,</2/0>,</2/5>,</3/0>,</"
                        "21/0>;ssid=102,</21/1>,</21/2>"},
                {LWM2M_1_1, BS, "/", "</>;lwm2m=1.1,</0/0>,</1>,</2>,</3/0>,</21>"},
                {LWM2M_1_0, EVERYTHING, "/0", "lwm2m=\"1.0\",</0/0>,</0/1>;ssid=101,</0/2>;ssid=102"},
                {LWM2M_1_1, BS SERVER_101, "/0",
                        "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri=\"coap://one.example\""},
                {LWM2M_1_2, BS, "/0", "</>;lwm2m=1.2,</0/0>"},
                {LWM2M_1_0, BS, "/1", "lwm2m=\"1.0\",</1>"},
                {LWM2M_1_1, BS SERVER_101 SERVER_102, "/1", "</>;lwm2m=1.1,</1/0>;ssid=101,</1/1>;ssid=102"},
                {LWM2M_1_2, EVERYTHING, "/1", "</>;lwm2m=1.2,</1/0>;ssid=101,</1/1>;ssid=102"},
                {LWM2M_1_0, BS, "/2", "lwm2m=\"1.0\",</2>"},
                {LWM2M_1_1, EVERYTHING, "/2", "</>;lwm2m=1.1,</2/0>,</2/5>"},
                {LWM2M_1_2, BS, "/2", "</>;lwm2m=1.2,</2>"},
                {LWM2M_1_0, BS, "/3", "lwm2m=\"1.0\",</3/0>"},
                {LWM2M_1_1, BS SERVER_101, "/3", "</>;lwm2m=1.1,</3/0>"},
                {LWM2M_1_1, BS, "/21", "</>;lwm2m=1.1,</21>"},
                {LWM2M_1_2, EVERYTHING, "/21", "</>;lwm2m=1.2,</21/0>;ssid=102,</21/1>,</21/2>"},
                {LWM2M_1_1, BS "/0/4 /1/4", "/0", "</>;lwm2m=1.1,</0/0>,</0/4>"},
                /* a Bootstrap-Server Account has no ssid, whatever was written to it; uri is quoted */
                {LWM2M_1_1, BS "/0/0/10=7", "/0", "</>;lwm2m=1.1,</0/0>"},
                {LWM2M_1_1, "/0/3/0=coap://a\"b\\c /0/3/10=5", "/0",
                        "</>;lwm2m=1.1,</0/3>;ssid=5;uri=\"coap://a\\\"b\\\\c\""},
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

/* An unsupported Object, and what is no target of a Bootstrap-Discover */
static void test_refused(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *path;
                int code;
        } table[] = {
                {LWM2M_1_1, "/5", CODE_NOT_FOUND},
                {LWM2M_1_0, "/21", CODE_NOT_FOUND},
                {LWM2M_1_1, "/2/0", CODE_BAD_REQUEST},
                {LWM2M_1_1, "/21/0", CODE_BAD_REQUEST},
                {LWM2M_1_1, "/0/0/0", CODE_BAD_REQUEST},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, EVERYTHING);

                BOOTSTRAP(world, {GET, table[i].path, FORMAT_CORE_LINK, NULL,
                                         HAVE_BOOTSTRAP_DISCOVER ? table[i].code : CODE_NOT_IMPLEMENTED});
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
                        "</>;lwm2m=1.1,</0/0>,</0/9>;ssid=5;uri=\"coap://a\\\"b\",</1>,</2>,</3/0>,</21>");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_forms),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_shows_the_candidate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
