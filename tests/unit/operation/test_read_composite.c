/* SPDX-License-Identifier: Apache-2.0 */
/* operation/read_composite: what of a list of paths is answered, and what is left out. */
#include "tests/unit/operation/rack.h"

#define FETCH(paths, code)                                                \
        {                                                                 \
                METHOD_FETCH, "/", FORMAT_SENML_JSON, "text:" paths, code \
        }

#define FILLED "/1000/0/0=a /1000/0/2=5 /1000/0/3/1=u /1000/0/3/4=v /1000/0/6=pw /1000/2/0=b /1001/0/0=c "

static void test_values(void **state)
{
        static const struct {
                const char *paths, *values;
        } table[] = {
                {"[{\"n\":\"/1000/0/2\"}]", "/1000/0/2=5"},
                {"[{\"n\":\"/3/0/16\"},{\"n\":\"/3/0/11/0\"},{\"n\":\"/1/0\"}]",
                        "/1/0/0=101 /1/0/1=60 /3/0/11/0=0 /3/0/16=U"},
                {"[{\"bn\":\"/1000/0/\",\"n\":\"3/4\"},{\"n\":\"0\"}]", "/1000/0/0=a /1000/0/3/4=v"},
                {"[{\"n\":\"/1000/0/3\"}]", "/1000/0/3/1=u /1000/0/3/4=v"},
                {"[{\"n\":\"/1000\"}]", "/1000/0/0=a /1000/0/2=5 /1000/0/3/1=u /1000/0/3/4=v /1000/2/0=b"},
                /* twice, and one in the other */
                {"[{\"n\":\"/1000/0/2\"},{\"n\":\"/1000/0/2\"}]", "/1000/0/2=5"},
                {"[{\"n\":\"/1000/2/0\"},{\"n\":\"/1000/2\"}]", "/1000/2/0=b"},
                /* what is not there, and what cannot be read */
                {"[{\"n\":\"/1000/0/4\"},{\"n\":\"/1000/0/3/9\"},{\"n\":\"/1000/7\"},{\"n\":\"/999\"},"
                 "{\"n\":\"/1000/0/99\"},{\"n\":\"/1000/0/5\"},{\"n\":\"/1000/0/6\"},{\"n\":\"/1/0/8\"},"
                 "{\"n\":\"/1000/0/2\"}]",
                        "/1000/0/2=5"},
                {"[{\"n\":\"/1000/0/6\"}]", ""},
                {"[{\"n\":\"/1000/0/2/0\"}]", ""},
                {"[{\"n\":\"/999/0/1\"}]", ""},
                /* accounts are left out, and alone are 4.01 */
                {"[{\"n\":\"/0\"},{\"n\":\"/0/0/0\"},{\"n\":\"/1000/0/2\"}]", "/1000/0/2=5"},
                {"[{\"n\":\"/\"}]",
                        "/1/0/0=101 /1/0/1=60 /3/0/0=Maker /3/0/11/0=0 /3/0/13=1000 /3/0/16=U /1000/0/0=a "
                        "/1000/0/2=5 /1000/0/3/1=u /1000/0/3/4=v /1000/2/0=b /1001/0/0=c"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
                char payload[512];

                (void)snprintf(payload, sizeof(payload), "text:%s", table[i].paths);
                SERVER(world, {METHOD_FETCH, "/", FORMAT_SENML_JSON, payload, CODE_CONTENT});
                assert_int_equal(world->response.content_format, FORMAT_SENML_CBOR);
                assert_string_equal(answer_values(world, "/"), table[i].values);
                assert_int_equal(rack->done, 0);
                assert_int_equal(world->effects.n, 0);
        }
}

static void test_formats(void **state)
{
        static const struct {
                int content_format, accept, code;
        } table[] = {
                {FORMAT_SENML_JSON, FORMAT_SENML_JSON, CODE_CONTENT},
                {FORMAT_SENML_JSON, FORMAT_SENML_CBOR, CODE_CONTENT},
                {FORMAT_SENML_JSON, FORMAT_LWM2M_CBOR, CODE_CONTENT},
                {FORMAT_SENML_ETCH_JSON, FORMAT_SENML_JSON, CODE_CONTENT},
                {FORMAT_SENML_ETCH_JSON, FORMAT_SENML_ETCH_JSON, CODE_NOT_ACCEPTABLE},
                {FORMAT_SENML_JSON, FORMAT_TLV, CODE_NOT_ACCEPTABLE},
                {FORMAT_SENML_JSON, FORMAT_TEXT, CODE_NOT_ACCEPTABLE},
                {FORMAT_SENML_JSON, FORMAT_CBOR, CODE_NOT_ACCEPTABLE},
                {FORMAT_SENML_JSON, FORMAT_CORE_LINK, CODE_NOT_ACCEPTABLE},
                {FORMAT_SENML_JSON, 999, CODE_NOT_ACCEPTABLE},
                {FORMAT_TLV, FORMAT_SENML_JSON, CODE_UNSUPPORTED_FORMAT},
                {FORMAT_LWM2M_CBOR, FORMAT_SENML_JSON, CODE_UNSUPPORTED_FORMAT},
                {FORMAT_TEXT, FORMAT_SENML_JSON, CODE_UNSUPPORTED_FORMAT},
                {FORMAT_NONE, FORMAT_SENML_JSON, CODE_BAD_REQUEST},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101);

                world->accept = table[i].accept;
                SERVER(world, {METHOD_FETCH, "/", table[i].content_format, "text:[{\"n\":\"/1/0/1\"}]",
                                      table[i].code});
                if (table[i].code != CODE_CONTENT)
                        continue;
                assert_int_equal(world->response.content_format, table[i].accept);
                assert_string_equal(answer_values(world, "/"), "/1/0/1=60");
        }
}

static void test_refused(void **state)
{
        static const struct {
                Lwm2mVersion version;
                Step step;
        } table[] = {
                {LWM2M_1_1, FETCH("[]", CODE_BAD_REQUEST)},
                {LWM2M_1_1, FETCH("[{}]", CODE_BAD_REQUEST)},
                {LWM2M_1_1, FETCH("[{\"n\":\"/1/0/1\",\"v\":5}]", CODE_BAD_REQUEST)},
                {LWM2M_1_1, FETCH("[{\"n\":\"/x\"}]", CODE_BAD_REQUEST)},
                {LWM2M_1_1, FETCH("[", CODE_BAD_REQUEST)},
                {LWM2M_1_1, FETCH("[{\"n\":\"/0\"}]", CODE_UNAUTHORIZED)},
                {LWM2M_1_1, FETCH("[{\"n\":\"/0/0/0\"},{\"n\":\"/999\"}]", CODE_UNAUTHORIZED)},
                {LWM2M_1_1, FETCH("[{\"n\":\"/0/77\"}]", CODE_UNAUTHORIZED)}, /* though it is not there */
                {LWM2M_1_1, FETCH("[{\"n\":\"/21/0/0\"}]", CODE_UNAUTHORIZED)},
                {LWM2M_1_0, FETCH("[{\"n\":\"/1/0/1\"}]", CODE_METHOD_NOT_ALLOWED)},
                {LWM2M_1_1, {METHOD_FETCH, "/1", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\"}]",
                                    CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_1, {METHOD_FETCH, "/0", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\"}]",
                                    CODE_UNAUTHORIZED}},
                {LWM2M_1_1, {METHOD_FETCH, "/999", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\"}]",
                                    CODE_NOT_FOUND}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);

                server_steps(world, &table[i].step, 1);
        }
}

/* 101 may read /1/0 alone of what is controlled. */
static void test_rights(void **state)
{
        static const struct {
                const char *paths;
                int code;
                const char *values;
        } table[] = {
                {"[{\"n\":\"/\"}]", CODE_CONTENT, "/1/0/0=101 /1/0/1=60 /2/0/0=1 /2/0/1=0 /2/0/3=101"},
                {"[{\"n\":\"/1\"},{\"n\":\"/3\"},{\"n\":\"/1000/0/2\"}]", CODE_CONTENT,
                        "/1/0/0=101 /1/0/1=60"},
                {"[{\"n\":\"/1/1/1\"},{\"n\":\"/1/0/1\"}]", CODE_CONTENT, "/1/0/1=60"},
                {"[{\"n\":\"/1/1/1\"},{\"n\":\"/3/0\"}]", CODE_UNAUTHORIZED, NULL},
                {"[{\"n\":\"/1000\"}]", CODE_UNAUTHORIZED, NULL},
                {"[{\"n\":\"/1000/0/2\"},{\"n\":\"/999\"}]", CODE_UNAUTHORIZED, NULL},
                {"[{\"n\":\"/1000/7\"}]", CODE_CONTENT, ""},
                {"[{\"n\":\"/1/0/8\"},{\"n\":\"/1000/0/2\"}]", CODE_CONTENT, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world =
                        world_new(LWM2M_1_1, BS SERVER_101 SERVER_102 "/2/0/0=1 /2/0/1=0 /2/0/3=101");
                _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
                char payload[512];

                (void)snprintf(payload, sizeof(payload), "text:%s", table[i].paths);
                SERVER(world, {METHOD_FETCH, "/", FORMAT_SENML_JSON, payload, table[i].code});
                if (table[i].values)
                        assert_string_equal(answer_values(world, "/"), table[i].values);
                assert_int_equal(rack->done, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_formats),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_rights),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
