/* SPDX-License-Identifier: Apache-2.0 */
/* model/account_halves: the Bootstrap-Server Account and the LwM2M Server accounts apart. */
#include "fixture.h"
#include "model/account_halves.h"

#define OTHER_BS    "/0/0/0=coap://other.example /0/0/1=true /0/0/2=3 "
#define BS_AT_7     "/0/7/0=coap://bs.example /0/7/1=true /0/7/2=3 "
#define SERVER_AT_0 "/0/0/0=coap://one.example /0/0/2=3 /0/0/10=101 /1/0/0=101 /1/0/1=60 "

typedef struct Pair {
        const char *a, *b;
        bool bootstrap, servers; /* the same */
} Pair;

static void test_same(void **state)
{
        static const Pair rows[] = {
                {"", "", true, true},
                {BS, BS, true, true},
                {BS, "", false, true},
                {BS, OTHER_BS, false, true},
                {BS, BS_AT_7, true, true},
                {BS, BS "/0/0/11=30", false, true},
                {BS, BS "/0/0/12=30", false, true},
                {BS SERVER_101, BS SERVER_101, true, true},
                {BS SERVER_101, BS, true, false},
                {BS SERVER_101, OTHER_BS SERVER_101, false, true},
                {BS SERVER_101, BS_AT_7 SERVER_101, true, true},
                {BS SERVER_101, SERVER_101, false, true},
                {BS SERVER_101, BS SERVER_102, true, false},
                {BS SERVER_101, BS SERVER_101 "/1/0/16=false", true, false},
                {BS SERVER_101, BS SERVER_101 SERVER_102, true, false},
                {BS SERVER_101, BS SERVER_101 "/1/0/12=1000", true, true},
                {BS SERVER_101 "/1/0/12=1000", BS SERVER_101 "/1/0/12=2000", true, true},
                {BS SERVER_101 "/1/0/11=48", BS SERVER_101, true, true},
                {BS SERVER_101 "/2/0/0=3", BS SERVER_101, true, false},
                {BS SERVER_101 "/21/0/0=s", BS SERVER_101, true, false},
                /* An instance without an account belongs to the servers' half. */
                {BS, BS "/0/3/0=coap://x.example", true, false},
                {SERVER_AT_0, SERVER_101, true, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(dataset_freep) Dataset *a = fixture_dataset(rows[i].a);
                _cleanup_(dataset_freep) Dataset *b = fixture_dataset(rows[i].b);

                for (size_t turn = 0; turn < 2; turn++) {
                        bool bootstrap, servers;

                        assert_int_equal(account_same_bootstrap(turn ? b : a, turn ? a : b, &bootstrap), 0);
                        assert_int_equal(account_same_servers(turn ? b : a, turn ? a : b, &servers), 0);
                        if (bootstrap != rows[i].bootstrap || servers != rows[i].servers)
                                fail_msg("row %zu: bootstrap %d, servers %d", i, bootstrap, servers);
                }
        }
}

static void test_join(void **state)
{
        /* NULL: that half stays empty. */
        static const struct {
                const char *servers, *bootstrap, *joined;
        } rows[] = {
                {BS SERVER_101, OTHER_BS SERVER_102, OTHER_BS SERVER_101},
                {SERVER_101, BS, BS SERVER_101},
                {BS SERVER_101, SERVER_102, SERVER_101},
                {BS SERVER_101, NULL, SERVER_101},
                {NULL, BS SERVER_101, BS},
                {NULL, NULL, ""},
                {BS_AT_7 SERVER_101, OTHER_BS, OTHER_BS SERVER_101},
                /* Its place is taken: the lowest one that is free. */
                {SERVER_AT_0, BS, SERVER_AT_0 "/0/1/0=coap://bs.example /0/1/1=true /0/1/2=3"},
                {SERVER_AT_0 SERVER_102 "/0/1/0=coap://x.example", BS,
                        SERVER_AT_0 SERVER_102 "/0/1/0=coap://x.example "
                                               "/0/3/0=coap://bs.example /0/3/1=true /0/3/2=3"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(dataset_freep) Dataset *servers =
                        rows[i].servers ? fixture_dataset(rows[i].servers) : NULL;
                _cleanup_(dataset_freep) Dataset *bootstrap =
                        rows[i].bootstrap ? fixture_dataset(rows[i].bootstrap) : NULL;
                _cleanup_(dataset_freep) Dataset *expected = fixture_dataset(rows[i].joined);
                _cleanup_(dataset_freep) Dataset *joined = NULL;

                assert_int_equal(account_join(servers, bootstrap, &joined), 0);
                if (!dataset_equal(joined, expected))
                        fail_msg("row %zu: %s", i, fixture_text(joined, &PATH_ROOT));
        }
}

static void test_join_without_room(void **state)
{
        _cleanup_(dataset_freep) Dataset *servers = dataset_new(), *bootstrap = fixture_dataset(BS);
        Dataset *joined = NULL;

        for (uint16_t i = 0; i < LIMIT_INSTANCES; i++)
                assert_int_equal(
                        dataset_set_integer(servers, &PATH_RESOURCE(OBJECT_SECURITY, i, SECURITY_MODE),
                                VALUE_INTEGER, 3),
                        0);
        assert_int_equal(account_join(servers, bootstrap, &joined), DATASET_E_LIMIT);
        assert_null(joined);
}

static void test_has_servers(void **state)
{
        static const struct {
                const char *text;
                bool has;
        } rows[] = {
                {"", false},
                {BS, false},
                {BS SERVER_101, true},
                {SERVER_101, true},
                /* Half an account, and one with a security mode that we lack */
                {"/0/1/0=coap://one.example /0/1/2=3 /0/1/10=101", false},
                {"/1/0/0=101 /1/0/1=60", false},
                {"/0/1/0=coaps://one.example /0/1/2=4 /0/1/10=101 /1/0/0=101 /1/0/1=60", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(rows[i].text);
                bool has;

                assert_int_equal(account_has_servers(dataset, LWM2M_1_1, &has), 0);
                if (has != rows[i].has)
                        fail_msg("row %zu", i);
        }
}

static void test_same_server(void **state)
{
        static const struct {
                const char *a, *b;
                bool same;
        } rows[] = {
                {BS, BS_AT_7 SERVER_101, true},
                {BS, BS "/0/0/11=30", true}, /* other times, the same server */
                {BS, BS "/0/0/12=30", true},
                {BS, OTHER_BS, false},
                {BS, BS "/0/0/3=6964", false},
                {BS, "", false},
                {"", "", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(dataset_freep) Dataset *a = fixture_dataset(rows[i].a);
                _cleanup_(dataset_freep) Dataset *b = fixture_dataset(rows[i].b);

                if (account_same_bootstrap_server(a, b) != rows[i].same ||
                        account_same_bootstrap_server(b, a) != rows[i].same)
                        fail_msg("row %zu", i);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_same),
                cmocka_unit_test(test_same_server),
                cmocka_unit_test(test_join),
                cmocka_unit_test(test_join_without_room),
                cmocka_unit_test(test_has_servers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
