/* SPDX-License-Identifier: Apache-2.0 */
/* operation/read: levels, formats, what servers may see. */
#include "tests/unit/operation/fixture.h"

static void test_values(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *path;
                const char *values;
        } table[] = {
                {LWM2M_1_1, "/1", "/1/0/0=101 /1/0/1=60 /1/0/7=U /1/1/0=102 /1/1/1=60"},
                {LWM2M_1_1, "/1/0",
                        "/1/0/0=101 /1/0/1=60 /1/0/7=U"}, /* no-operation Resources are left out */
                {LWM2M_1_2, "/1/0", "/1/0/0=101 /1/0/1=60 /1/0/7=U /1/0/16=true"},
                {LWM2M_1_0, "/1/0", "/1/0/0=101 /1/0/1=60 /1/0/7=U"},
                {LWM2M_1_1, "/1/1/1", "/1/1/1=60"},
                {LWM2M_1_2, "/1/0/16", "/1/0/16=true"},
                {LWM2M_1_1, "/3", "/3/0/0=Maker /3/0/11/0=0 /3/0/13=1000 /3/0/16=U"},
                {LWM2M_1_1, "/3/0", "/3/0/0=Maker /3/0/11/0=0 /3/0/13=1000 /3/0/16=U"},
                {LWM2M_1_1, "/3/0/11", "/3/0/11/0=0"},
                {LWM2M_1_1, "/3/0/11/0", "/3/0/11/0=0"},
        };
        static const int formats[] = {FORMAT_NONE, FORMAT_TLV, FORMAT_TLV_OLD, FORMAT_SENML_CBOR};

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (size_t j = 0; j < ELEMENTSOF(formats); j++) {
                        _cleanup_(world_freep) World *world = world_new(
                                table[i].version, BS SERVER_101 SERVER_102 "/1/0/7=U /1/0/16=true");
                        int preferred = table[i].version == LWM2M_1_0 ? FORMAT_TLV : FORMAT_SENML_CBOR;

                        SERVER(world, {GET, table[i].path, formats[j], NULL, CODE_CONTENT});
                        assert_int_equal(world->response.content_format,
                                formats[j] == FORMAT_NONE ? preferred : formats[j]);
                        assert_string_equal(answer_values(world, table[i].path), table[i].values);
                        assert_int_equal(world->effects.n, 0);
                }
}

static void test_single_value_formats(void **state)
{
        static const struct {
                Step step;
                const char *text;
        } table[] = {
                {{GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_CONTENT}, "60"},
                {{GET, "/1/0/6", FORMAT_TEXT, NULL, CODE_CONTENT}, "1"},
                {{GET, "/3/0/0", FORMAT_TEXT, NULL, CODE_CONTENT}, "Maker"},
                {{GET, "/3/0/11/0", FORMAT_TEXT, NULL, CODE_CONTENT}, "0"},
                {{GET, "/1/0/1", FORMAT_CBOR, NULL, CODE_CONTENT}, "\x18\x3c"},
                {{GET, "/1/0/6", FORMAT_CBOR, NULL, CODE_CONTENT}, "\xf5"},
                {{GET, "/1/0/1", FORMAT_OPAQUE, NULL, CODE_NOT_ACCEPTABLE}, NULL},
                {{GET, "/3/0/11", FORMAT_TEXT, NULL, CODE_NOT_ACCEPTABLE}, NULL},
                {{GET, "/3/0", FORMAT_CBOR, NULL, CODE_NOT_ACCEPTABLE}, NULL},
                {{GET, "/3/0/9999", FORMAT_SENML_JSON, NULL, CODE_NOT_FOUND}, NULL},
                {{GET, "/1/0/1", FORMAT_SENML_JSON, NULL, CODE_CONTENT}, "[{\"bn\":\"/1/0/1\",\"v\":60}]"},
                {{GET, "/3/0/0", 11543, NULL, CODE_NOT_ACCEPTABLE}, NULL},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 "/1/0/6=true");

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                server_steps(world, &table[i].step, 1);
                if (!table[i].text)
                        continue;
                assert_int_equal(world->response.content_format, table[i].step.format);
                assert_string_equal(answer_text(world), table[i].text);
        }
}

/* TLV says that a Multiple Resource has no instance; a record of SenML without a value would be none. */
static void test_empty_multiple_resource(void **state)
{
        static const struct {
                const char *path;
                int format;
                const char *text;
        } table[] = {
                {"/2/0/2", FORMAT_TLV, "\x80\x02"},
                {"/2/0/2", FORMAT_SENML_JSON, "[]"},
                {"/2/0/2", FORMAT_SENML_CBOR, "\x80"},
                {"/2/0", FORMAT_SENML_JSON,
                        "[{\"bn\":\"/2/0/\",\"n\":\"0\",\"v\":3},{\"n\":\"1\",\"v\":0},"
                        "{\"n\":\"3\",\"v\":101}]"},
        };
        _cleanup_(world_freep) World *world =
                world_new(LWM2M_1_1, BS SERVER_101 "/2/0/0=3 /2/0/1=0 /2/0/2/101=1 /2/0/3=101");

        SERVER(world, {PUT, "/2/0/2", FORMAT_TLV, "hex:8002", CODE_CHANGED});
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                SERVER(world, {GET, table[i].path, table[i].format, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(world), table[i].text);
        }
}

static void test_version_1_0_lacks_resources(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_0, BS SERVER_101 "/1/0/16=true");

        SERVER(world, {GET, "/1/0/16", FORMAT_TEXT, NULL, CODE_NOT_FOUND},
                {GET, "/1/0/9", FORMAT_TEXT, NULL, CODE_NOT_FOUND},
                {POST, "/1/0/9", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {PUT, "/1/0/16", FORMAT_TEXT, "text:1", CODE_NOT_FOUND});
}

static void test_absent_object_instances(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);

        SERVER(world, {GET, "/1", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_int_equal(world->response.payload_size, 0);
}

static void test_too_long_an_answer(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        world->context.max_body_size = 8;
        SERVER(world, {GET, "/1", FORMAT_NONE, NULL, CODE_INTERNAL_ERROR},
                {GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_CONTENT});
}

/* Reads of Objects, Object Instances, Resources */
static void oma_1_1_int_222_223_224(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(LWM2M_1_1, BS "/1/0/0=1 /1/0/1=86400 /1/0/6=false /1/0/7=U");

        SERVER(world, {GET, "/1", FORMAT_SENML_CBOR, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(world, "/1"), "/1/0/0=1 /1/0/1=86400 /1/0/6=false /1/0/7=U");
        SERVER(world, {GET, "/3", FORMAT_TLV, NULL, CODE_CONTENT},
                {GET, "/1/0", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(world, "/1/0"), "/1/0/0=1 /1/0/1=86400 /1/0/6=false /1/0/7=U");
        SERVER(world, {GET, "/3/0", FORMAT_TLV, NULL, CODE_CONTENT},
                {GET, "/1/0/0", FORMAT_TEXT, NULL, CODE_CONTENT},
                {GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_CONTENT},
                {GET, "/1/0/6", FORMAT_TEXT, NULL, CODE_CONTENT},
                {GET, "/1/0/7", FORMAT_TEXT, NULL, CODE_CONTENT},
                {GET, "/3/0/16", FORMAT_TEXT, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "U");
}

/* Read of a Resource Instance */
static void oma_1_1_int_225(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        SERVER(world, {GET, "/3/0/11/0", FORMAT_SENML_CBOR, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(world, "/3/0/11/0"), "/3/0/11/0=0");
}

/* Read of single Resources as text: 1.1-int-201, and as CBOR: 1.1-int-211 */
static void oma_1_1_int_211(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(LWM2M_1_1, BS "/1/0/0=1 /1/0/1=60 /1/0/6=false /1/0/7=U");

        SERVER(world, {GET, "/1/0/0", FORMAT_CBOR, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "\x01");
        SERVER(world, {GET, "/1/0/6", FORMAT_CBOR, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "\xf4");
        SERVER(world, {GET, "/1/0/7", FORMAT_CBOR, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "\x61U");
}

/* Read without Accept */
static void oma_1_1_int_237(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        SERVER(world, {GET, "/1", FORMAT_NONE, NULL, CODE_CONTENT},
                {GET, "/3", FORMAT_NONE, NULL, CODE_CONTENT},
                {GET, "/3/0/0", FORMAT_NONE, NULL, CODE_CONTENT});
        assert_int_equal(world->response.content_format, FORMAT_SENML_CBOR);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_single_value_formats),
                cmocka_unit_test(test_empty_multiple_resource),
                cmocka_unit_test(test_version_1_0_lacks_resources),
                cmocka_unit_test(test_absent_object_instances),
                cmocka_unit_test(test_too_long_an_answer),
                cmocka_unit_test(oma_1_1_int_222_223_224),
                cmocka_unit_test(oma_1_1_int_225),
                cmocka_unit_test(oma_1_1_int_211),
                cmocka_unit_test(oma_1_1_int_237),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
