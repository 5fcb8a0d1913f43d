/* SPDX-License-Identifier: Apache-2.0 */
/* model/account: which instances make accounts, and their values with defaults. */
#include "tests/unit/model/fixture.h"

static AccountList read_accounts(const char *text, Lwm2mVersion version)
{
        _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(text);
        AccountList list;

        assert_int_equal(account_list_read(dataset, version, &list), 0);
        return list;
}

static void test_which_instances(void **state)
{
        static const struct {
                const char *dataset;
                const char *ids; /* Short Server IDs in order, "!" behind an unusable one, "B" for a
                                    Bootstrap Server */
        } table[] = {
                {"", ""},
                {BS, "B"},
                {SERVER_101, "101 "},
                {BS SERVER_102 SERVER_101, "101 102 B"},
                {SERVER_101 "/1/0/0=7 /0/1/10=7", "7 "},
                {SERVER_101 "-/1/0", ""},
                {SERVER_101 "-/0/1", ""},
                {SERVER_101 "-/1/0/1", ""},
                {SERVER_101 "-/0/1/0", ""},
                {SERVER_101 "-/0/1/2", ""},
                {SERVER_101 "/0/1/1=true", "B"},
                {SERVER_101 "/0/1/2=2", "101 "},
                {SERVER_101 "/0/1/2=1", "101!"},
                {SERVER_101 "/0/1/2=0", "101 "},
                {SERVER_101 "/1/0/0=0 /0/1/10=0", ""},
                {SERVER_101 "/1/0/0=65535 /0/1/10=65535", ""},
                {SERVER_101 "/1/5/0=101 /1/5/1=9", "101 "},
                {"/0/3/1=true", ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(account_list_done) AccountList list = read_accounts(table[i].dataset, LWM2M_1_1);
                char text[100] = "";
                size_t usable = 0;

                for (size_t j = 0; j < list.n; j++) {
                        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u%s",
                                list.items[j].short_server_id, list.items[j].usable ? " " : "!");
                        assert_ptr_equal(
                                account_list_find(&list, list.items[j].short_server_id), &list.items[j]);
                        assert_false(list.items[j].bootstrap_server);
                        usable += list.items[j].usable;
                }
                if (list.has_bootstrap)
                        strcat(text, "B");
                assert_string_equal(text, table[i].ids);
                assert_int_equal(account_list_usable(&list), usable);
                assert_null(account_list_find(&list, 9999));
        }
}

static void test_defaults(void **state)
{
        for (Lwm2mVersion version = 0; version < _LWM2M_VERSION_MAX; version++) {
                _cleanup_(account_list_done) AccountList list = read_accounts(BS SERVER_101, version);
                const Account *account = account_list_find(&list, 101);

                assert_non_null(account);
                assert_int_equal(account->security_instance, 1);
                assert_int_equal(account->server_instance, 0);
                assert_string_equal(account->uri, "coap://one.example");
                assert_int_equal(account->credential.mode, SECURITY_MODE_NOSEC);
                assert_int_equal(account->lifetime, 60);
                assert_string_equal(account->binding, "U");
                assert_int_equal(account->disable_timeout, 86400);
                assert_false(account->has_priority);
                assert_int_equal(account->initial_delay, 0);
                assert_false(account->failure_block);
                assert_true(account->bootstrap_on_failure);
                assert_int_equal(account->retry_count, 5);
                assert_int_equal(account->retry_timer, 60);
                assert_int_equal(account->sequence_delay, 86400);
                assert_int_equal(account->sequence_retry_count, 1);

                assert_true(list.has_bootstrap);
                assert_true(list.bootstrap.bootstrap_server);
                assert_int_equal(list.bootstrap.server_instance, ID_INVALID);
                assert_int_equal(list.bootstrap.short_server_id, 0);
                assert_int_equal(list.bootstrap.hold_off_time, 0);
                assert_int_equal(list.bootstrap.account_timeout, 0);
        }
}

#define RETRY                                                                                    \
        "/1/0/5=7 /1/0/7=UQ /1/0/13=3 /1/0/14=4 /1/0/15=true /1/0/16=false /1/0/17=2 /1/0/18=9 " \
        "/1/0/19=4294967295 /1/0/20=6 "

static void test_values(void **state)
{
        _cleanup_(account_list_done) AccountList list = read_accounts(
                BS "/0/0/11=5 /0/0/12=6 /0/0/2=0 /0/0/3=who /0/0/5=secret " SERVER_101 RETRY, LWM2M_1_1);
        const Account *account = account_list_find(&list, 101);

        assert_int_equal(list.bootstrap.hold_off_time, 5);
        assert_int_equal(list.bootstrap.account_timeout, 6);
        assert_int_equal(list.bootstrap.credential.mode, SECURITY_MODE_PSK);
        assert_int_equal(list.bootstrap.credential.identity.size, 3);
        assert_memory_equal(list.bootstrap.credential.identity.data, "who", 3);
        assert_int_equal(list.bootstrap.credential.key.size, 6);
        assert_memory_equal(list.bootstrap.credential.key.data, "secret", 6);

        assert_int_equal(account->disable_timeout, 7);
        assert_string_equal(account->binding, "UQ");
        assert_true(account->has_priority);
        assert_int_equal(account->priority, 3);
        assert_int_equal(account->initial_delay, 4);
        assert_true(account->failure_block);
        assert_false(account->bootstrap_on_failure);
        assert_int_equal(account->retry_count, 2);
        assert_int_equal(account->retry_timer, 9);
        assert_int_equal(account->sequence_delay, SEQUENCE_DELAY_NEVER);
        assert_int_equal(account->sequence_retry_count, 6);
}

static void test_version_1_0_has_no_retry_resources(void **state)
{
        _cleanup_(account_list_done) AccountList list = read_accounts(SERVER_101 RETRY, LWM2M_1_0);
        const Account *account = account_list_find(&list, 101);

        assert_false(account->has_priority);
        assert_true(account->bootstrap_on_failure);
        assert_int_equal(account->retry_count, 5);
        assert_int_equal(account->sequence_delay, 86400);
        assert_int_equal(account->disable_timeout, 7);
}

static void test_zero_counts_as_one(void **state)
{
        _cleanup_(account_list_done) AccountList list =
                read_accounts(SERVER_101 "/1/0/17=0 /1/0/20=0", LWM2M_1_2);

        assert_int_equal(list.items[0].retry_count, 1);
        assert_int_equal(list.items[0].sequence_retry_count, 1);
}

static void test_more_than_fit(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        _cleanup_(account_list_done) AccountList list = {.n = 0};
        char text[200];

        for (unsigned i = 0; i < 30; i++) {
                (void)snprintf(text, sizeof(text),
                        "/0/%u/0=coap://h /0/%u/2=3 /0/%u/10=%u /1/%u/0=%u /1/%u/1=60", i, i, i, 100 - i, i,
                        100 - i, i);
                fixture_put(dataset, text);
        }
        assert_int_equal(account_list_read(dataset, LWM2M_1_1, &list), 0);
        assert_int_equal(list.n, LIMIT_SERVER_ACCOUNTS + 1);
        for (size_t i = 0; i < list.n; i++)
                assert_int_equal(list.items[i].short_server_id, 71 + i);
}

static void test_replace_bootstrap(void **state)
{
        static const struct {
                const char *before, *factory, *after;
        } table[] = {
                {"", "", ""},
                {BS, "", ""},
                {"", "/0/0/0=n /0/0/1=true", "/0/0/0=n /0/0/1=true"},
                {"/0/0/0=o /0/0/1=true /0/0/11=3", "/0/0/0=n /0/0/1=true", "/0/0/0=n /0/0/1=true"},
                {"/0/0/0=o /0/0/1=true /0/1/0=s", "/0/3/0=n /0/3/1=true", "/0/1/0=s /0/3/0=n /0/3/1=true"},
                {"/0/1/0=o /0/1/1=true /0/0/0=s", "/0/0/0=n /0/0/1=true", "/0/0/0=s /0/1/0=n /0/1/1=true"},
                {"/0/0/0=s", "/0/0/0=n /0/0/1=true /0/1/0=x", "/0/0/0=s /0/1/0=n /0/1/1=true"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(table[i].before);
                _cleanup_(dataset_freep) Dataset *factory = fixture_dataset(table[i].factory);

                assert_int_equal(account_replace_bootstrap(dataset, factory), 0);
                assert_string_equal(fixture_text(dataset, &PATH_ROOT), table[i].after);
        }
}

/* What is stored may come from another version. */
static void test_lifetime_of_the_version(void **state)
{
        static const struct {
                const char *stored;
                int64_t lifetime[_LWM2M_VERSION_MAX];
        } table[] = {
                {"/1/0/1=0", {86400, 86400, 0}},
                {"/1/0/1=1", {1, 1, 1}},
                {"/1/0/1=2147483647", {2147483647, 2147483647, 2147483647}},
                {"/1/0/1=4294967295", {2147483647, 2147483647, 2147483647}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (Lwm2mVersion version = 0; version < _LWM2M_VERSION_MAX; version++) {
                        _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(SERVER_101);
                        _cleanup_(account_list_done) AccountList list = {.n = 0};

                        fixture_put(dataset, table[i].stored);
                        assert_int_equal(account_list_read(dataset, version, &list), 0);
                        assert_int_equal(list.items[0].lifetime, table[i].lifetime[version]);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_which_instances),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_version_1_0_has_no_retry_resources),
                cmocka_unit_test(test_zero_counts_as_one),
                cmocka_unit_test(test_more_than_fit),
                cmocka_unit_test(test_replace_bootstrap),
                cmocka_unit_test(test_lifetime_of_the_version),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
