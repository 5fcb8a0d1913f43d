/* SPDX-License-Identifier: Apache-2.0 */
/* operation/operation: which request is which operation, and the code where it is none. */
#include "config.h"
#include "tests/unit/operation/fixture.h"

#define DISCOVERED(code) (HAVE_BOOTSTRAP_DISCOVER ? (code) : CODE_NOT_IMPLEMENTED)

/* lwm2m 1.1, each row of the closed table of answers, on its own store. */
static void test_bootstrap_codes(void **state)
{
        static const Step table[] = {
                {DELETE, "/0/0", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/3/0", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/3", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/0", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/1", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/0/1", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/0/9", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/1/9", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/3/9", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/5", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/5/0", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/1/0/1", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/1/0/1/0", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/bs", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/1/65535", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {PUT, "/5", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                {PUT, "/5/0", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                {PUT, "/5/0", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                {PUT, "/", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                {PUT, "/bs", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                {PUT, "/01/0", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                {PUT, "/1/0/1/2/3", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                {PUT, "/1/0/1/0", FORMAT_TEXT, "text:60", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_NONE, "text:60", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:sixty", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_TLV, "hex:c101", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_TLV, "hex:c3010101 01", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", 999, "text:60", CODE_UNSUPPORTED_FORMAT},
                {PUT, "/1/0", 11543, "text:{}", CODE_UNSUPPORTED_FORMAT},
                {PUT, "/1/0", 1543, "text:{}", CODE_UNSUPPORTED_FORMAT}, /* its number before IANA's */
                {PUT, "/1/0/1", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\",\"v\":61}]", CODE_CHANGED},
                {PUT, "/1/0/1", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\",\"v\":\"61\"}]",
                        CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_SENML_JSON, "text:{}", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_LWM2M_CBOR, "hex:A1 83 01 00 01 18 3D", CODE_CHANGED},
                {PUT, "/1/0/1", FORMAT_LWM2M_CBOR, "hex:A1 83 01 00 01 F5", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_LWM2M_CBOR, "hex:A0", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_SENML_JSON, "text:[]", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_CORE_LINK, "text:</1>", CODE_UNSUPPORTED_FORMAT},
                {PUT, "/1/0/99", FORMAT_TEXT, "text:5", CODE_CHANGED},
                {PUT, "/1/0", FORMAT_TLV, "hex:c16305", CODE_CHANGED},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:61", CODE_CHANGED},
                {PUT, "/1/0/0", FORMAT_TEXT, "text:7", CODE_CHANGED},  /* read-only for servers */
                {PUT, "/1/0/16", FORMAT_TEXT, "text:0", CODE_CHANGED}, /* no operation for servers */
                {PUT, "/3/0/0", FORMAT_TEXT, "text:Maker", CODE_CHANGED},
                {PUT, "/3/1/0", FORMAT_TEXT, "text:Maker", CODE_BAD_REQUEST},
                {GET, "/", FORMAT_CORE_LINK, NULL, DISCOVERED(CODE_CONTENT)},
                {GET, "/1", FORMAT_CORE_LINK, NULL, DISCOVERED(CODE_CONTENT)},
                {GET, "/3", FORMAT_CORE_LINK, NULL, DISCOVERED(CODE_CONTENT)},
                {GET, "/5", FORMAT_CORE_LINK, NULL, DISCOVERED(CODE_NOT_FOUND)},
                {GET, "/1/0", FORMAT_CORE_LINK, NULL, DISCOVERED(CODE_BAD_REQUEST)},
                {GET, "/1/0/1", FORMAT_CORE_LINK, NULL, DISCOVERED(CODE_BAD_REQUEST)},
                {GET, "/bs", FORMAT_CORE_LINK, NULL, CODE_BAD_REQUEST},
                {GET, "/1", FORMAT_NONE, NULL, CODE_CONTENT},
                {GET, "/1/0", FORMAT_TLV, NULL, CODE_CONTENT},
                {GET, "/1/0", FORMAT_TLV_OLD, NULL, CODE_CONTENT},
                {GET, "/1/0", FORMAT_SENML_CBOR, NULL, CODE_CONTENT},
                {GET, "/1/0", FORMAT_SENML_JSON, NULL, CODE_CONTENT},
                {GET, "/1/0", FORMAT_LWM2M_CBOR, NULL, CODE_CONTENT},
                {GET, "/1/0", 11543, NULL, CODE_NOT_ACCEPTABLE},
                {GET, "/1/0", 1543, NULL, CODE_NOT_ACCEPTABLE},
                {GET, "/1/0", FORMAT_TEXT, NULL, CODE_NOT_ACCEPTABLE},
                {GET, "/1/9", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/2", FORMAT_NONE, NULL, CODE_CONTENT},
                {GET, "/2/0", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/2/0/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/0/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/3/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/5", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/1/0/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/bs", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/bs", FORMAT_NONE, NULL, CODE_CHANGED},
                {POST, "/", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/1/0/8", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/bs/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {METHOD_FETCH, "/", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {METHOD_PATCH, "/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {METHOD_IPATCH, "/1/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

                bootstrap_steps(world, &table[i], 1);
                /* A refusal leaves everything as it was. */
                if (CODE_CLASS(table[i].code) != 2 && store_candidate(world->store))
                        assert_true(
                                dataset_equal(store_candidate(world->store), store_committed(world->store)));

                /* Outside a session: 4.00, and nothing begins. */
                store_rollback(world->store);
                world_exchange(world, true, BOOTSTRAP_SESSION_NONE,
                        &(Step){table[i].method, table[i].path, table[i].format, table[i].payload,
                                CODE_BAD_REQUEST});
                assert_null(store_candidate(world->store));
                assert_int_equal(world->effects.n, 0);
        }
}

/* A server that has lost our 2.04 and its own Message ID: the session has ended well (design.md 9.8). */
static void test_behind_a_finish(void **state)
{
        static const Step table[] = {
                {METHOD_POST, "/bs", FORMAT_NONE, NULL, CODE_CHANGED},
                {METHOD_POST, "/bs/x", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {METHOD_PUT, "/1/0/1", FORMAT_TEXT, "text:60", CODE_BAD_REQUEST},
                {METHOD_GET, "/1", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {METHOD_DELETE, "/", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                world_exchange(world, true, BOOTSTRAP_SESSION_FINISHED, &table[i]);
                assert_null(store_candidate(world->store));
                assert_int_equal(world->effects.n, 0);
        }
}

static void test_bootstrap_read_is_newer_than_1_0(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_0, BS SERVER_101);

        BOOTSTRAP(world, {GET, "/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/1/0", FORMAT_TLV, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/2", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED});
}

static void test_server_codes(void **state)
{
        static const Step table[] = {
                /* /0, any level, any method */
                {GET, "/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {GET, "/0", FORMAT_CORE_LINK, NULL, CODE_UNAUTHORIZED},
                {GET, "/0/0/0", FORMAT_TEXT, NULL, CODE_UNAUTHORIZED},
                {GET, "/0/77", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {GET, "/0/x", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {PUT, "/0/0/0", FORMAT_TEXT, "text:coap://evil", CODE_UNAUTHORIZED},
                {PUT, "/0?pmin=30", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {POST, "/0", FORMAT_TLV, NULL, CODE_UNAUTHORIZED},
                {POST, "/0/0", FORMAT_TLV, NULL, CODE_UNAUTHORIZED},
                {DELETE, "/0/1", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {METHOD_FETCH, "/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                /* unknown */
                {GET, "/2", FORMAT_NONE, NULL, CODE_CONTENT},
                {GET, "/2/0", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/5/0", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/21", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {GET, "/21/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {GET, "/21", FORMAT_CORE_LINK, NULL, CODE_UNAUTHORIZED},
                {GET, "/1/9", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/1/0/99", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/1/0/12", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/3/1", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/3/0/22", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/3/0/1", FORMAT_NONE, NULL, CODE_NOT_FOUND}, /* no value now */
                {GET, "/3/0/11/7", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/rd", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {POST, "/bs", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/1/0/1/0/0", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {PUT, "/1/9", FORMAT_TLV, "hex:", CODE_NOT_FOUND},
                {PUT, "/1/0/99", FORMAT_TEXT, "text:1", CODE_NOT_FOUND},
                {POST, "/1/0/99", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {POST, "/1/9/8", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {DELETE, "/1/9", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {PUT, "/5?pmin=1", FORMAT_NONE, NULL, CODE_NOT_FOUND},
                {GET, "/1/9", FORMAT_CORE_LINK, NULL, CODE_NOT_FOUND},
                /* not allowed */
                {GET, "/", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/", FORMAT_CORE_LINK, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/1/0/8", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/1/0/16", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/1/0/1/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/3/0/11/0", FORMAT_CORE_LINK, NULL, CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/0", FORMAT_TEXT, "text:7", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/8", FORMAT_TEXT, "text:7", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/16", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/1/0", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/3/0", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/3/0/13", FORMAT_TEXT, "text:5", CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/8?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/16?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/1/0?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {PUT, "/?pmin=1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/1", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED},
                {POST, "/3/0", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED},
                {POST, "/1/0/1", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED},
                {POST, "/1/0/8/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {POST, "/3/0/4", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/1/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {METHOD_FETCH, "/1", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {METHOD_IPATCH, "/1/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {METHOD_PATCH, "/", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {METHOD_PATCH, "/1/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                /* formats */
                {METHOD_FETCH, "/", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {METHOD_IPATCH, "/", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_NONE, "text:61", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", 999, "text:61", CODE_UNSUPPORTED_FORMAT},
                {GET, "/1/0", 999, NULL, CODE_NOT_ACCEPTABLE},
                {GET, "/1/0", FORMAT_TEXT, NULL, CODE_NOT_ACCEPTABLE},
                /* done */
                {GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_CONTENT},
                {GET, "/3", FORMAT_CORE_LINK, NULL, CODE_CONTENT},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:61", CODE_CHANGED},
                {POST, "/1/0", FORMAT_TLV, "/1/0/1=61", CODE_CHANGED},
                {POST, "/1/0/8", FORMAT_NONE, NULL, CODE_CHANGED},
                {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/1/0?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED},
                {PUT, "/3/0/13?pmin=1", FORMAT_NONE, NULL, CODE_CHANGED},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 "/1/0/16=true");
                _cleanup_(dataset_freep) Dataset *before = NULL;

                assert_int_equal(dataset_copy(store_committed(world->store), &before), 0);
                server_steps(world, &table[i], 1);
                assert_null(store_candidate(world->store));
                if (CODE_CLASS(table[i].code) == 2)
                        continue;
                assert_int_equal(world->effects.n, 0);
                assert_int_equal(world->resets, 0);
                assert_true(dataset_equal(before, store_committed(world->store)));
        }
}

/* Nothing of the Security Object is for servers */
static void oma_1_1_int_221(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        SERVER(world, {GET, "/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {PUT, "/0/0/0", FORMAT_TEXT, "text:coap://a", CODE_UNAUTHORIZED},
                {PUT, "/0?pmin=30&pmax=45", FORMAT_NONE, NULL, CODE_UNAUTHORIZED});
}

static void test_servers_during_a_bootstrap(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        BOOTSTRAP(world, {DELETE, "/", FORMAT_NONE, NULL, CODE_DELETED});
        assert_string_equal(candidate_text(world, "/1"), "");

        SERVER(world, {PUT, "/0/0/0", FORMAT_TEXT, "text:x", CODE_UNAUTHORIZED},
                {PUT, "/9/0/0", FORMAT_TEXT, "text:x", CODE_NOT_FOUND},
                {PUT, "/1/0/0", FORMAT_TEXT, "text:7", CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/1/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:61", CODE_UNAVAILABLE},
                {PUT, "/1/0/1", 999, "text:61", CODE_UNAVAILABLE},
                {POST, "/1/0", FORMAT_TLV, "/1/0/1=61", CODE_UNAVAILABLE},
                {POST, "/1/0/8", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
                {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
                {POST, "/3/0/4", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {PUT, "/1/0?pmin=1", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
                {GET, "/3/0/0", FORMAT_TEXT, NULL, CODE_CONTENT},
                {GET, "/1", FORMAT_CORE_LINK, NULL, CODE_CONTENT},
                {GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "60"); /* as committed */
        assert_int_equal(world->resets, 0);

        store_rollback(world->store);
        SERVER(world, {PUT, "/1/0/1", FORMAT_TEXT, "text:61", CODE_CHANGED});
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bootstrap_codes),
                cmocka_unit_test(test_behind_a_finish),
                cmocka_unit_test(test_bootstrap_read_is_newer_than_1_0),
                cmocka_unit_test(test_server_codes),
                cmocka_unit_test(oma_1_1_int_221),
                cmocka_unit_test(test_servers_during_a_bootstrap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
