/* SPDX-License-Identifier: Apache-2.0 */
/* model/account_history: /1/x/11 and /1/x/12. */
#include "model/account_history.h"

#include "fixture.h"

/* What was addressed, by either half, gets the time, in a version that has it. */
static void test_last_bootstrapped(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *touched;
                const char *server; /* /1 afterwards */
        } table[] = {
                {LWM2M_1_1, "/0/1", "/1/0/0=101 /1/0/1=60 /1/0/12=1000 /1/1/0=102 /1/1/1=60 /1/1/12=7"},
                {LWM2M_1_1, "/1/0", "/1/0/0=101 /1/0/1=60 /1/0/12=1000 /1/1/0=102 /1/1/1=60 /1/1/12=7"},
                {LWM2M_1_2, "/1/1", "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60 /1/1/12=1000"},
                {LWM2M_1_1, "/", "/1/0/0=101 /1/0/1=60 /1/0/12=1000 /1/1/0=102 /1/1/1=60 /1/1/12=1000"},
                {LWM2M_1_1, "/0/0", "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60 /1/1/12=7"},
                {LWM2M_1_1, "/2/0", "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60 /1/1/12=7"},
                {LWM2M_1_0, "/", "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60 /1/1/12=7"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(BS SERVER_101 SERVER_102 "/1/1/12=7");
                Path touched = PATH_ROOT;

                assert_int_equal(path_parse(table[i].touched, &touched), 0);
                assert_int_equal(store_begin(store), 0);
                store_touch(store, &touched);
                account_carry_history(store, table[i].version, 1000);
                assert_string_equal(
                        fixture_text(store_candidate(store), &PATH_OBJECT(OBJECT_SERVER)), table[i].server);
        }
}

static void test_last_bootstrapped_takes_no_room_of_another_half(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(BS);
        AccountCheck check;
        size_t n, bootstrap;

        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), SERVER_101);
        store_touch(store, &PATH_ROOT);
        bootstrap = dataset_size(store_candidate(store), &PATH_INSTANCE(OBJECT_SECURITY, 0), &n);
        fixture_fill(store_candidate(store), bootstrap + 960 * 1024);
        account_carry_history(store, LWM2M_1_1, 1000);
        assert_false(dataset_has(store_candidate(store), &PATH_RESOURCE(OBJECT_SERVER, 0, 12)));
        assert_int_equal(account_check(store, LWM2M_1_1, &check), 0);
}

/* In the committed generation, open transaction or not; nothing to store where nothing is new. */
static void test_alert(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *before; /* of /1/0, beside the account */
                uint16_t short_server_id;
                uint8_t alert;
                bool changed;
                const char *server; /* /1/0 afterwards */
        } table[] = {
                {LWM2M_1_1, "", 101, 48, true, "/1/0/0=101 /1/0/1=60 /1/0/11=48"},
                {LWM2M_1_2, "", 101, 255, true, "/1/0/0=101 /1/0/1=60 /1/0/11=255"},
                {LWM2M_1_1, "", 101, 0, true, "/1/0/0=101 /1/0/1=60 /1/0/11=0"},
                {LWM2M_1_1, "/1/0/11=48", 101, 48, false, "/1/0/0=101 /1/0/1=60 /1/0/11=48"},
                {LWM2M_1_1, "/1/0/11=48", 101, 115, true, "/1/0/0=101 /1/0/1=60 /1/0/11=115"},
                {LWM2M_1_1, "", 102, 48, false, "/1/0/0=101 /1/0/1=60"},
                {LWM2M_1_1, "", 0, 48, false, "/1/0/0=101 /1/0/1=60"}, /* the Bootstrap Server */
                {LWM2M_1_0, "", 101, 48, false, "/1/0/0=101 /1/0/1=60"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (size_t open = 0; open < 2; open++) {
                        _cleanup_(store_freep) Store *store = fixture_store(BS SERVER_101);

                        fixture_put(store_own(store), table[i].before);
                        if (open)
                                assert_int_equal(store_begin(store), 0);
                        assert_int_equal(account_set_alert(store, table[i].version, table[i].short_server_id,
                                                 table[i].alert),
                                table[i].changed);
                        assert_string_equal(
                                fixture_text(store_committed(store), &PATH_OBJECT(OBJECT_SERVER)),
                                table[i].server);
                }
}

/* It goes with the Short Server ID through a Finish, whatever the Bootstrap Server wrote, and leaves with
 * the account. An alert that came while the transaction was open is there too. */
static void test_alert_outlives_a_bootstrap(void **state)
{
        static const struct {
                Lwm2mVersion version;
                const char *written; /* with the server's instances gone */
                const char *server;  /* /1 afterwards */
        } table[] = {
                {LWM2M_1_1, SERVER_101, "/1/0/0=101 /1/0/1=60 /1/0/11=115 /1/0/12=1000"},
                {LWM2M_1_1, SERVER_101 "/1/0/11=7", "/1/0/0=101 /1/0/1=60 /1/0/11=115 /1/0/12=1000"},
                {LWM2M_1_2, "/0/4/10=101 /1/4/0=101", "/1/4/0=101 /1/4/11=115 /1/4/12=1000"},
                {LWM2M_1_1, SERVER_102, "/1/1/0=102 /1/1/1=60 /1/1/12=1000"},
                {LWM2M_1_1, SERVER_102 "/1/1/11=7", "/1/1/0=102 /1/1/1=60 /1/1/12=1000"},
                {LWM2M_1_0, SERVER_101, "/1/0/0=101 /1/0/1=60"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(BS SERVER_101);

                assert_int_equal(store_begin(store), 0);
                store_touch(store, &PATH_ROOT);
                fixture_put(store_candidate(store), "-/0/1 -/1/0");
                fixture_put(store_candidate(store), table[i].written);
                (void)account_set_alert(store, table[i].version, 101, 115);
                account_carry_history(store, table[i].version, 1000);
                assert_string_equal(
                        fixture_text(store_candidate(store), &PATH_OBJECT(OBJECT_SERVER)), table[i].server);
        }
}

static void test_alert_takes_no_room_of_another_half(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(BS SERVER_101);
        size_t n, bootstrap = dataset_size(store_committed(store), &PATH_INSTANCE(OBJECT_SECURITY, 0), &n);

        fixture_fill(store_own(store), bootstrap + 960 * 1024);
        assert_false(account_set_alert(store, LWM2M_1_1, 101, 48));
        assert_true(account_leaves_room(store_committed(store)));
        assert_false(dataset_has(store_committed(store), &PATH_RESOURCE(OBJECT_SERVER, 0, 11)));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_last_bootstrapped),
                cmocka_unit_test(test_last_bootstrapped_takes_no_room_of_another_half),
                cmocka_unit_test(test_alert),
                cmocka_unit_test(test_alert_outlives_a_bootstrap),
                cmocka_unit_test(test_alert_takes_no_room_of_another_half),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
