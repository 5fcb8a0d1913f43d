/* SPDX-License-Identifier: Apache-2.0 */
/* operation/bootstrap_delete: what goes, what stays, what was addressed. */
#include "tests/unit/operation/fixture.h"

#define BS_0         "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3"
#define SECURITY_101 "/0/1/0=coap://one.example /0/1/2=3 /0/1/10=101"
#define SECURITY_102 "/0/2/0=coap://two.example /0/2/2=3 /0/2/10=102"

static void test_what_goes(void **state)
{
        static const struct {
                const char *path;
                int code;
                const char *security, *server;
        } table[] = {
                {"/", CODE_DELETED, BS_0, ""},
                {"/0", CODE_DELETED, BS_0, ""},
                {"/1", CODE_DELETED, BS_0 " " SECURITY_101 " " SECURITY_102, ""},
                {"/0/1", CODE_DELETED, BS_0 " " SECURITY_102, "/1/1/0=102 /1/1/1=60"},
                {"/0/2", CODE_DELETED, BS_0 " " SECURITY_101, "/1/0/0=101 /1/0/1=60"},
                {"/1/1", CODE_DELETED, BS_0 " " SECURITY_101 " " SECURITY_102, "/1/0/0=101 /1/0/1=60"},
                {"/0/9", CODE_DELETED, BS_0 " " SECURITY_101 " " SECURITY_102,
                        "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60"},
                {"/3", CODE_DELETED, BS_0 " " SECURITY_101 " " SECURITY_102,
                        "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60"},
                {"/0/0", CODE_BAD_REQUEST, NULL, NULL},
                {"/3/0", CODE_BAD_REQUEST, NULL, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 SERVER_102);

                BOOTSTRAP(world, {DELETE, table[i].path, FORMAT_NONE, NULL, table[i].code});
                assert_string_equal(committed_text(world, "/0"), BS_0 " " SECURITY_101 " " SECURITY_102);
                if (!table[i].security) {
                        assert_null(store_candidate(world->store));
                        continue;
                }
                assert_string_equal(candidate_text(world, "/0"), table[i].security);
                assert_string_equal(candidate_text(world, "/1"), table[i].server);

                /* Again: nothing to remove is no error. */
                BOOTSTRAP(world, {DELETE, table[i].path, FORMAT_NONE, NULL, CODE_DELETED});
                assert_string_equal(candidate_text(world, "/0"), table[i].security);
                SERVER(world, {GET, "/3/0/0", FORMAT_TEXT, NULL, CODE_CONTENT});
        }
}

/* Server Object Instances without credentials of their own are not "paired" with anything. */
static void test_orphans_stay(void **state)
{
        _cleanup_(world_freep) World *world = world_new(
                LWM2M_1_1, BS "/0/0/10=7 " SERVER_101 "/1/7/0=7 /1/7/1=60 /1/8/1=60 /0/3/0=coap://h");

        BOOTSTRAP(world, {DELETE, "/0", FORMAT_NONE, NULL, CODE_DELETED});
        assert_string_equal(candidate_text(world, "/1"), "/1/7/0=7 /1/7/1=60 /1/8/1=60");
}

/* Objects 2 and 21 go like any other, but for what the Bootstrap-Server Account links. */
static void test_oscore_of_the_bootstrap_server_account(void **state)
{
        static const struct {
                const char *path;
                int code;
                const char *access, *oscore;
        } table[] = {
                {"/", CODE_DELETED, "", "/21/1/0=b"},
                {"/2", CODE_DELETED, "", "/21/0/0=a /21/1/0=b"},
                {"/2/0", CODE_DELETED, "/2/1/0=3", "/21/0/0=a /21/1/0=b"},
                {"/2/7", CODE_DELETED, "/2/0/0=1 /2/1/0=3", "/21/0/0=a /21/1/0=b"},
                {"/21", CODE_DELETED, "/2/0/0=1 /2/1/0=3", "/21/1/0=b"},
                {"/21/0", CODE_DELETED, "/2/0/0=1 /2/1/0=3", "/21/1/0=b"},
                {"/21/1", CODE_BAD_REQUEST, NULL, NULL},
                {"/2/0/2", CODE_BAD_REQUEST, NULL, NULL},
                {"/21/0/0", CODE_BAD_REQUEST, NULL, NULL},
                {"/5", CODE_BAD_REQUEST, NULL, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(
                        LWM2M_1_1, BS SERVER_101 "/0/0/17=21:1 /21/0/0=a /21/1/0=b /2/0/0=1 /2/1/0=3");

                BOOTSTRAP(world, {DELETE, table[i].path, FORMAT_NONE, NULL, table[i].code});
                if (!table[i].access)
                        continue;
                assert_string_equal(candidate_text(world, "/2"), table[i].access);
                assert_string_equal(candidate_text(world, "/21"), table[i].oscore);
        }
}

/* The place of the overwritten account is no longer protected; the account written instead is. */
static void test_protection_follows_the_account(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        BOOTSTRAP(world, {PUT, "/0/5", FORMAT_TLV, "/0/5/0=coap://n /0/5/1=true /0/5/2=3", CODE_CHANGED},
                {DELETE, "/0/0", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {PUT, "/0/0", FORMAT_TLV, "/0/0/0=coap://s /0/0/2=3 /0/0/10=5", CODE_CHANGED},
                {DELETE, "/0/5", FORMAT_NONE, NULL, CODE_BAD_REQUEST},
                {DELETE, "/0/0", FORMAT_NONE, NULL, CODE_DELETED},
                {DELETE, "/", FORMAT_NONE, NULL, CODE_DELETED});
        assert_string_equal(candidate_text(world, "/0"), "/0/5/0=coap://n /0/5/1=true /0/5/2=3");
}

static void test_touches_what_it_removes(void **state)
{
        static const struct {
                const char *path;
                bool security_1, server_0, security_2, server_1;
        } table[] = {
                {"/", true, true, true, true},
                {"/0", true, true, true, true},
                {"/1", false, true, false, true},
                {"/0/1", true, true, false, false},
                {"/1/1", false, false, false, true},
                {"/0/9", false, false, false, false},
                {"/3", false, false, false, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 SERVER_102);

                BOOTSTRAP(world, {DELETE, table[i].path, FORMAT_NONE, NULL, CODE_DELETED});
                assert_int_equal(store_was_touched(world->store, 0, 1), table[i].security_1);
                assert_int_equal(store_was_touched(world->store, 1, 0), table[i].server_0);
                assert_int_equal(store_was_touched(world->store, 0, 2), table[i].security_2);
                assert_int_equal(store_was_touched(world->store, 1, 1), table[i].server_1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_goes),
                cmocka_unit_test(test_orphans_stay),
                cmocka_unit_test(test_oscore_of_the_bootstrap_server_account),
                cmocka_unit_test(test_protection_follows_the_account),
                cmocka_unit_test(test_touches_what_it_removes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
