/* SPDX-License-Identifier: Apache-2.0 */
/* model/account_oscore: links from accounts to OSCORE Object Instances. */
#include "tests/unit/model/fixture.h"

#include "model/account_oscore.h"

#define OSCORE_0 "/21/0/0=secret /21/0/1=me /21/0/2=you "

static void test_links(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset =
                fixture_dataset(BS SERVER_101 SERVER_102 "/0/1/17=65535:65535 /0/2/17=21:3");
        Path link;

        assert_false(account_oscore_link(dataset, 0, &link));
        assert_false(account_oscore_link(dataset, 1, &link));
        assert_true(account_oscore_link(dataset, 2, &link));
        assert_true(path_equal(&link, &PATH_INSTANCE(OBJECT_OSCORE, 3)));
        assert_int_equal(account_of_oscore(dataset, 3), 2);
        assert_int_equal(account_of_oscore(dataset, 0), ID_INVALID);
}

static void test_check(void **state)
{
        static const struct {
                const char *committed, *steps;
                const char *reason; /* NULL: accepted */
        } table[] = {
                {BS, SERVER_101 SERVER_102 OSCORE_0 "/0/2/17=21:0", NULL},
                {BS, SERVER_101 OSCORE_0, NULL},
                {BS, SERVER_101 SERVER_102 "/0/2/17=21:0", "/0/2/17 links /21/0, which does not exist"},
                {BS, SERVER_101 SERVER_102 OSCORE_0 "/0/2/17=21:1", "/0/2/17 links /21/1, which does not"},
                {BS, SERVER_101 SERVER_102 OSCORE_0 "/0/2/17=1:0", "/0/2/17 links /1/0, which does not"},
                {BS SERVER_101 SERVER_102 OSCORE_0 "/0/2/17=21:0", "-/21/0",
                        "/0/2/17 links /21/0, which does not exist"},
                {BS, SERVER_101 SERVER_102 OSCORE_0 "/0/1/17=21:0 /0/2/17=21:0",
                        "/0/1/17 and /0/2/17 both link /21/0"},
                /* nothing but accounts that need it */
                {BS, SERVER_101 OSCORE_0 "/0/1/17=21:0",
                        "/0 and /1 hold no usable LwM2M Server account: OSCORE, which /0/1/17 asks for, is "
                        "not supported"},
                {BS, SERVER_101 OSCORE_0 "/0/0/17=21:0",
                        "the Bootstrap-Server Account cannot be used: OSCORE, which /0/0/17 asks for"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(table[i].committed);
                AccountCheck check;
                int r;

                assert_int_equal(store_begin(store), 0);
                fixture_put(store_candidate(store), table[i].steps);
                store_touch(store, &PATH_ROOT);
                r = account_check(store, LWM2M_1_1, &check);
                if (table[i].reason ? r != ACCOUNT_E_INCONSISTENT || !strstr(check.reason, table[i].reason)
                                    : r != 0)
                        fail_msg("row %zu: %d, \"%s\"", i, r, check.reason);
        }
}

/* An older version of this client has kept links without what they lead to. */
static void test_left_alone_is_no_reason(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(BS SERVER_101 SERVER_102 "/0/2/17=21:0");
        AccountCheck check;

        assert_int_equal(store_begin(store), 0);
        store_touch(store, &PATH_INSTANCE(OBJECT_SECURITY, 1));
        assert_int_equal(account_check(store, LWM2M_1_1, &check), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_check),
                cmocka_unit_test(test_left_alone_is_no_reason),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
