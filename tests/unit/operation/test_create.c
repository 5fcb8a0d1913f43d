/* SPDX-License-Identifier: Apache-2.0 */
/* operation/create: what is created, where, and what is refused. */
#include "tests/unit/operation/rack.h"

#define NEW(payload, code)                                              \
        {                                                               \
                POST, "/1000", FORMAT_SENML_JSON, "text:" payload, code \
        }

static void test_where(void **state)
{
        static const struct {
                const char *before;
                Step step;
                const char *location, *after;
        } table[] = {
                {"", {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED}, "/1000/0",
                        "/1000/0/0=a /1000/0/1=S"},
                {"/1000/0/0=x /1000/2/0=y", {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED},
                        "/1000/1", "/1000/0/0=x /1000/1/0=a /1000/1/1=S /1000/2/0=y"},
                {"", {POST, "/1000", FORMAT_TLV, "hex:03 07 c1 00 61", CODE_CREATED}, "/1000/7",
                        "/1000/7/0=a /1000/7/1=S"},
                {"",
                        NEW("[{\"bn\":\"/1000/65534/\",\"n\":\"0\",\"vs\":\"a\"},{\"n\":\"2\",\"v\":5}]",
                                CODE_CREATED),
                        "/1000/65534", "/1000/65534/0=a /1000/65534/1=S /1000/65534/2=5"},
                {"",
                        {POST, "/1000", FORMAT_SENML_CBOR, "hex:81a2006a2f313030302f332f3020 036161",
                                CODE_BAD_REQUEST},
                        "", ""},
                {"",
                        {POST, "/1000", FORMAT_SENML_CBOR, "hex:81a200692f313030302f332f30 036161",
                                CODE_CREATED},
                        "/1000/3", "/1000/3/0=a /1000/3/1=S"},
                {"/1000/0/0=x",
                        {POST, "/1000", FORMAT_LWM2M_CBOR, "hex:a1 82 1903e8 19ffff a1 00 6161",
                                CODE_CREATED},
                        "/1000/1", "/1000/0/0=x /1000/1/0=a /1000/1/1=S"},
                {"", {POST, "/1000", FORMAT_LWM2M_CBOR, "hex:a1 82 1903e8 05 a1 00 6161", CODE_CREATED},
                        "/1000/5", "/1000/5/0=a /1000/5/1=S"},
                /* taken */
                {"/1000/3/0=x", NEW("[{\"n\":\"/1000/3/0\",\"vs\":\"a\"}]", CODE_BAD_REQUEST), "",
                        "/1000/3/0=x"},
                /* two at once, and another Object's */
                {"",
                        NEW("[{\"n\":\"/1000/3/0\",\"vs\":\"a\"},{\"n\":\"/1000/4/0\",\"vs\":\"a\"}]",
                                CODE_BAD_REQUEST),
                        "", ""},
                {"", NEW("[{\"n\":\"/1/3/0\",\"v\":5}]", CODE_BAD_REQUEST), "", ""},
                /* of a single-instance Object */
                {"", {POST, "/1001", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED}, "/1001/0",
                        "/1001/0/0=a /1001/0/1=S"},
                {"", {POST, "/1001", FORMAT_TLV, "hex:03 00 c1 00 61", CODE_CREATED}, "/1001/0",
                        "/1001/0/0=a /1001/0/1=S"},
                {"", {POST, "/1001", FORMAT_TLV, "hex:03 01 c1 00 61", CODE_BAD_REQUEST}, "", ""},
                {"/1001/0/0=x", {POST, "/1001", FORMAT_TLV, "hex:c1 00 61", CODE_BAD_REQUEST}, "",
                        "/1001/0/0=x"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, table[i].before);

                server_steps(world, &table[i].step, 1);
                assert_string_equal(answer_location(world), table[i].location);
                assert_string_equal(rack_text(rack), table[i].after);
                assert_true(effects_have(&world->effects, EFFECT_OBJECTS_CHANGED) ==
                            (table[i].step.code == CODE_CREATED));
                assert_false(effects_have(&world->effects, EFFECT_STORE_CHANGED));
                assert_null(store_candidate(world->store));
        }
}

static void test_values(void **state)
{
        static const struct {
                Step step;
                const char *after;
        } table[] = {
                /* what servers cannot write and what we do not know is ignored */
                {NEW("[{\"bn\":\"/1000/0/\",\"n\":\"0\",\"vs\":\"a\"},{\"n\":\"1\",\"vs\":\"mine\"},"
                     "{\"n\":\"8\",\"vb\":true},{\"n\":\"7/1\",\"v\":2.5},{\"n\":\"99\",\"v\":1},"
                     "{\"n\":\"6\",\"vs\":\"pw\"}]",
                         CODE_CREATED),
                        "/1000/0/0=a /1000/0/1=S /1000/0/6=pw"},
                {NEW("[{\"bn\":\"/1000/0/\",\"n\":\"0\",\"vs\":\"a\"},{\"n\":\"3/5\",\"vs\":\"u\"},"
                     "{\"n\":\"3/9\",\"vs\":\"v\"}]",
                         CODE_CREATED),
                        "/1000/0/0=a /1000/0/1=S /1000/0/3/5=u /1000/0/3/9=v"},
                /* an executable has no value */
                {{POST, "/1000", FORMAT_TLV, "hex:c1 00 61 c0 05", CODE_CREATED}, "/1000/0/0=a /1000/0/1=S"},
                /* a mandatory Resource that servers write */
                {{POST, "/1000", FORMAT_NONE, NULL, CODE_BAD_REQUEST}, ""},
                {{POST, "/1000", FORMAT_TLV, "hex:", CODE_BAD_REQUEST}, ""},
                {{POST, "/1000", FORMAT_TLV, "hex:00 03", CODE_BAD_REQUEST}, ""},
                {NEW("[{\"n\":\"/1000/0/2\",\"v\":5}]", CODE_BAD_REQUEST), ""},
                {NEW("[{\"n\":\"/1000/0/1\",\"vs\":\"mine\"}]", CODE_BAD_REQUEST), ""},
                /* type, range, level */
                {NEW("[{\"n\":\"/1000/0/0\",\"v\":5}]", CODE_BAD_REQUEST), ""},
                {NEW("[{\"n\":\"/1000/0/0\",\"vs\":\"123456789\"}]", CODE_BAD_REQUEST), ""},
                {NEW("[{\"n\":\"/1000/0/0\",\"vs\":\"a\"},{\"n\":\"/1000/0/2\",\"v\":101}]",
                         CODE_BAD_REQUEST),
                        ""},
                {NEW("[{\"n\":\"/1000/0/0/0\",\"vs\":\"a\"}]", CODE_BAD_REQUEST), ""},
                {NEW("[{\"n\":\"/1000/0/0\",\"vs\":\"a\"},{\"n\":\"/1000/0/3\",\"vs\":\"a\"}]",
                         CODE_BAD_REQUEST),
                        ""},
                {NEW("[]", CODE_BAD_REQUEST), ""},
                {NEW("[", CODE_BAD_REQUEST), ""},
                /* formats */
                {{POST, "/1000", FORMAT_NONE, "hex:c1 00 61", CODE_BAD_REQUEST}, ""},
                {{POST, "/1000", FORMAT_TEXT, "text:a", CODE_UNSUPPORTED_FORMAT}, ""},
                {{POST, "/1000", FORMAT_CBOR, "hex:6161", CODE_UNSUPPORTED_FORMAT}, ""},
                {{POST, "/1000", 320, "text:[]", CODE_UNSUPPORTED_FORMAT}, ""},
                {{POST, "/1000", 999, "text:a", CODE_UNSUPPORTED_FORMAT}, ""},
                {{POST, "/1000", 11543, "text:{}", CODE_UNSUPPORTED_FORMAT}, ""},
                /* links */
                {NEW("[{\"n\":\"/1000/0/0\",\"vs\":\"a\"},{\"n\":\"/1000/0/4\",\"vlo\":\"3:0\"}]",
                         CODE_CREATED),
                        "/1000/0/0=a /1000/0/1=S /1000/0/4=3:0"},
                {NEW("[{\"n\":\"/1000/0/0\",\"vs\":\"a\"},{\"n\":\"/1000/0/4\",\"vlo\":\"3:1\"}]",
                         CODE_BAD_REQUEST),
                        ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, "");

                server_steps(world, &table[i].step, 1);
                assert_string_equal(rack_text(rack), table[i].after);
                assert_int_equal(rack->done, table[i].step.code == CODE_CREATED);
                assert_int_equal(world->response.location.n, table[i].step.code == CODE_CREATED ? 2 : 0);
                assert_int_equal(world->effects.n, table[i].step.code == CODE_CREATED);
        }
}

/* The Objects of the client itself, and who can do nothing of the kind */
static void test_not_creatable(void **state)
{
        static const Step table[] = {
                {POST, "/0", FORMAT_TLV, "hex:", CODE_UNAUTHORIZED},
                {POST, "/1", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED},
                {POST, "/1", FORMAT_TLV, "/1/5/0=7 /1/5/1=60 /1/5/6=true /1/5/7=U", CODE_METHOD_NOT_ALLOWED},
                {POST, "/2", FORMAT_TLV, "/2/0/0=3 /2/0/1=0 /2/0/3=101", CODE_METHOD_NOT_ALLOWED},
                {POST, "/3", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED},
                {POST, "/21", FORMAT_TLV, "hex:", CODE_UNAUTHORIZED},
                {POST, "/999", FORMAT_TLV, "hex:", CODE_NOT_FOUND},
                {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_METHOD_NOT_ALLOWED},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, "");

        rack->lacks = OPERATION_CREATE;
        server_steps(world, table, ELEMENTSOF(table));
        assert_int_equal(rack->done, 0);
        assert_int_equal(world->effects.n, 0);
}

static void test_full(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, "");

        for (uint16_t i = 0; i < LIMIT_INSTANCES; i++)
                SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED});
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_BAD_REQUEST},
                {POST, "/1000", FORMAT_TLV, "hex:23 03e8 c1 00 61", CODE_BAD_REQUEST});
        assert_int_equal(rack->done, LIMIT_INSTANCES);
}

/* A refusal of the source, and one that comes later */
static void test_source(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, "");
        const Step step = {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED};
        _cleanup_(request_done) Request request = fixture_request(&step);

        rack->refuses = CODE_BAD_REQUEST;
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_BAD_REQUEST});
        assert_string_equal(answer_text(world), "the rack refuses");
        assert_int_equal(world->effects.n, 0);
        assert_int_equal(rack->call.requester, 101);
        rack->refuses = 0;
        rack_later(rack, world, &request);
        assert_string_equal(rack_text(rack), "");
        world->context.granted = true;
        SERVER(world, step);
        assert_string_equal(answer_location(world), "/1000/0");
}

/* The source may have told the ID to somebody by the time that it agrees. */
static void test_id_of_a_create_that_is_answered_later(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, "/1000/0/0=x");
        const Step step = {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED};
        _cleanup_(request_done) Request request = fixture_request(&step);
        Path chosen;

        rack_later(rack, world, &request);
        chosen = world->context.chosen;
        assert_string_equal(PATH_TEXT(&chosen), "/1000/1");
        assert_true(path_equal(&rack->path, &chosen));
        rack->reserved = "/1000/1";

        /* Others keep away from it, whether or not they name one. */
        rack->later = false;
        SERVER(world, step);
        assert_string_equal(answer_location(world), "/1000/2");
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:03 01 c1 00 61", CODE_BAD_REQUEST});
        assert_string_equal(answer_text(world), "/1000/1 is being created");
        SERVER(world, {DELETE, "/1000/0", FORMAT_NONE, NULL, CODE_DELETED});

        world->context.chosen = chosen;
        world->context.granted = true;
        SERVER(world, step);
        assert_string_equal(answer_location(world), "/1000/1");
        assert_string_equal(rack_text(rack), "/1000/1/0=a /1000/1/1=S /1000/2/0=a /1000/2/1=S");

        /* What came there all the same is not replaced. */
        rack->reserved = NULL;
        world->context.chosen = chosen;
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_BAD_REQUEST});
        assert_string_equal(answer_text(world), "/1000/1 exists");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_where),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_not_creatable),
                cmocka_unit_test(test_full),
                cmocka_unit_test(test_source),
                cmocka_unit_test(test_id_of_a_create_that_is_answered_later),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
