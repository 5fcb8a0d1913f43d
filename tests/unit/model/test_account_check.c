/* SPDX-License-Identifier: Apache-2.0 */
/* model/account_check: the check at Finish (design, 4.4): needed Resources, repairs, refusals. */
#include "tests/unit/model/fixture.h"

#define PSK_101                                                                                         \
        "/0/1/0=coaps://one.example /0/1/2=0 /0/1/3=me /0/1/5=0123456789abcdef /0/1/10=101 /1/0/0=101 " \
        "/1/0/1=60 "

typedef struct Case {
        const char *committed;
        const char *steps;  /* what the transaction does */
        const char *reason; /* a part of it; NULL: accepted */
        const char *repair; /* a part of the only repair; NULL: none */
} Case;

static void check_case(const Case *item)
{
        _cleanup_(store_freep) Store *store = fixture_store(item->committed);
        _cleanup_(dataset_freep) Dataset *before = NULL;
        AccountCheck check;
        int r;

        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), item->steps);
        assert_int_equal(dataset_copy(store_candidate(store), &before), 0);
        memset(&check, 'x', sizeof(check));

        r = account_check(store, LWM2M_1_1, &check);

        if (item->reason) {
                assert_int_equal(r, ACCOUNT_E_INCONSISTENT);
                if (!strstr(check.reason, item->reason))
                        fail_msg("\"%s\" does not say \"%s\"", check.reason, item->reason);
                assert_null(strchr(check.reason, '\n'));
                assert_true(dataset_equal(store_candidate(store), before)); /* the server may correct */
                assert_int_equal(check.n_repairs, 0);
                return;
        }

        if (r != 0)
                fail_msg("refused: %s", check.reason);
        assert_string_equal(check.reason, "");
        assert_int_equal(check.n_repairs, item->repair ? 1 : 0);
        if (item->repair && !strstr(check.repairs[0], item->repair))
                fail_msg("\"%s\" does not say \"%s\"", check.repairs[0], item->repair);
        if (!item->repair)
                assert_true(dataset_equal(store_candidate(store), before));
}

static void test_needed_resources(void **state)
{
        static const Case table[] = {
                {BS, SERVER_101, NULL, NULL},
                {BS, PSK_101, NULL, NULL},
                {BS SERVER_101, "", NULL, NULL},
                {"", SERVER_101, NULL, NULL},
                {BS, SERVER_101 "/0/1/1=false", NULL, NULL},
                {BS, SERVER_101 "-/0/1/0", "/0/1/0 (", NULL},
                {BS, SERVER_101 "-/0/1/2", "/0/1/2 (Security Mode) is missing", NULL},
                {BS, SERVER_101 "-/0/1/10", "/0/1/10 (", NULL},
                {BS, SERVER_101 "-/1/0/0", "/1/0/0 (", NULL},
                {BS, SERVER_101 "-/1/0/1", "/1/0/1 (Lifetime) is missing", NULL},
                {BS, PSK_101 "-/0/1/3", "/0/1/3 (", NULL},
                {BS, PSK_101 "-/0/1/5", "/0/1/5 (", NULL},
                {BS, SERVER_101 "/0/0/2=0", "/0/0/3 (", NULL},
                {BS, SERVER_101 "/0/7", "/0/7/0 (", NULL},
                {BS, SERVER_101 "/1/7", "/1/7/0 (", NULL},
                {BS, "/1/0/5=86400", "/1/0/0 (", NULL},
                {BS, SERVER_101 "/2/4/1=0 /2/4/3=101", "/2/4/0 (Object ID) is missing", NULL},
                {BS, SERVER_101 "/2/4/0=3 /2/4/3=101", "/2/4/1 (Object Instance ID) is missing", NULL},
                {BS, SERVER_101 "/2/4/0=3 /2/4/1=0", "/2/4/3 (Access Control Owner) is missing", NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_case(&table[i]);
}

static void test_repairs(void **state)
{
        static const Case table[] = {
                {BS, SERVER_101 "/1/5/0=7 /1/5/1=60", NULL,
                        "/1/5 is dropped: /1/5/0 has the Short Server ID 7, which no /0/x/10 has"},
                {BS, SERVER_101 "/0/5/0=coap://h /0/5/2=3 /0/5/10=7", NULL,
                        "/0/5 is kept unused: /0/5/10 has the Short Server ID 7, which no /1/x/0 has"},
                {BS, SERVER_101 "/0/5/0=bad /0/5/2=3 /0/5/10=7", NULL, "/0/5 is kept unused"},
                {BS, SERVER_101 SERVER_102 "/0/2/2=1", NULL,
                        "/0/2 is kept unused: mode 1 (rpk) of /0/2/2 is not supported"},
                {BS, SERVER_101 SERVER_102 "/0/2/2=4 /0/2/0=coaps://h", NULL, "mode 4 (est) of /0/2/2"},
                {BS, SERVER_101 SERVER_102 "/0/2/0=coap+tcp://h", NULL,
                        "/0/2 is kept unused: scheme coap+tcp of /0/2/0 is not supported"},
                {BS, SERVER_101 SERVER_102 "/0/2/0=sms:+491701234567", NULL, "scheme sms of /0/2/0"},
                {BS, SERVER_101 SERVER_102 "/0/2/0=mqtt://h:1883", NULL, "scheme mqtt of /0/2/0"},
                {BS, SERVER_101 SERVER_102 "/0/2/0=http://h/lwm2m", NULL, "scheme http of /0/2/0"},
                {BS, SERVER_101 SERVER_102 "/0/2/17=21:0 /21/0/0=s", NULL,
                        "/0/2 is kept unused: OSCORE, which /0/2/17 asks for, is not supported"},
                {BS, SERVER_101 "/0/1/17=65535:65535", NULL, NULL},
                {BS, SERVER_101 "/0/7/0=coap://new /0/7/1=true /0/7/2=3", NULL, "/0/7 is the new"},
                {"", SERVER_101 "/0/7/0=coap://new /0/7/1=true /0/7/2=3", NULL, NULL},
                {BS, SERVER_101 "/0/0/0=coap://new", NULL, NULL},
                {BS, SERVER_101 "-/0/0", NULL, "/0/0 was overwritten"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_case(&table[i]);
}

/* A list that ends at its cap says how many follow. */
static void test_repairs_beyond_the_list_are_counted(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(BS);
        AccountCheck check;

        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), SERVER_101);
        for (unsigned i = 0; i < ACCOUNT_REPAIRS_MAX + 5; i++) {
                char steps[64];

                (void)snprintf(steps, sizeof(steps), "/1/%u/0=%u /1/%u/1=60", i + 1, 1000 + i, i + 1);
                fixture_put(store_candidate(store), steps);
        }
        assert_int_equal(account_check(store, LWM2M_1_1, &check), 0);
        assert_int_equal(check.n_repairs, ACCOUNT_REPAIRS_MAX);
        assert_int_equal(check.n_more_repairs, 5);
}

static void test_refusals(void **state)
{
        static const Case table[] = {
                {BS, "", "no usable LwM2M Server account", NULL},
                {BS, SERVER_101 "/0/1/2=1",
                        "no usable LwM2M Server account: mode 1 (rpk) of /0/1/2 is not supported", NULL},
                {BS, SERVER_101 "/0/1/2=4",
                        "no usable LwM2M Server account: mode 4 (est) of /0/1/2 is not supported", NULL},
                {BS, SERVER_101 "/0/1/0=coap+tcp://h",
                        "no usable LwM2M Server account: scheme coap+tcp of /0/1/0 is not supported", NULL},
                {BS, SERVER_101 "/0/1/10=123 /1/0/0=105",
                        "no usable LwM2M Server account: /1/0/0 has the Short Server ID 105, "
                        "which no /0/x/10 has; /0/1/10 has the Short Server ID 123, which no /1/x/0 has",
                        NULL},
                {BS, SERVER_101 "-/0/1",
                        "no usable LwM2M Server account: /1/0/0 has the Short Server ID 101", NULL},
                {BS, SERVER_101 "-/1/0",
                        "no usable LwM2M Server account: /0/1/10 has the Short Server ID 101", NULL},
                {BS SERVER_101, "/0/1/10=102", "no usable LwM2M Server account", NULL},
                {BS, SERVER_101 SERVER_102 "/0/2/10=101 -/1/1",
                        "/0/2/10: Short Server ID 101 is taken by /0/1", NULL},
                {BS, SERVER_101 "/1/3/0=101 /1/3/1=60", "/1/3/0: Short Server ID 101 is taken by /1/0",
                        NULL},
                {BS, SERVER_101 "/0/1/10=0 /1/0/0=0", "/0/1/10: Short Server ID 0 is not within", NULL},
                {BS, SERVER_101 "/0/1/10=65535 /1/0/0=65535", "Short Server ID 65535 is not within", NULL},
                {BS, SERVER_101 "/0/7/0=coap://a /0/7/1=true /0/7/2=3 /0/8/0=coap://b /0/8/1=true /0/8/2=3",
                        "/0/7/1 and /0/8/1: two new", NULL},
                {"", SERVER_101 "/0/7/0=coap://a /0/7/1=true /0/7/2=3 /0/8/0=coap://b /0/8/1=true /0/8/2=3",
                        "/0/7/1 and /0/8/1: two new", NULL},
                {BS, SERVER_101 "/0/0/0=coap://a /0/8/0=coap://b /0/8/1=true /0/8/2=3", "/0/8/1 and /0/0/1",
                        NULL},
                {BS, SERVER_101 "/0/1/0=", "/0/1/0: the URI", NULL},
                {BS, SERVER_101 "/0/1/0=h:5683", "/0/1/0: the URI", NULL},
                {BS, SERVER_101 SERVER_102 "/0/2/0=coap:/h", "/0/2/0: the URI", NULL},
                {BS, SERVER_101 SERVER_102 "/0/2/0=coap+tcp://", "/0/2/0: the URI", NULL},
                {BS, SERVER_101 SERVER_102 "/0/2/0=sms:", "/0/2/0: the URI", NULL},
                {BS, SERVER_101 "/0/1/0=coaps://h", "/0/1/0: scheme coaps does not fit", NULL},
                {BS, PSK_101 "/0/1/0=coap://h", "/0/1/0: scheme coap does not fit", NULL},
                {BS, PSK_101 "/0/1/3=", "/0/1/3: the PSK identity is empty", NULL},
                {BS, PSK_101 "/0/1/16/0=49326", "/0/1/16: the cipher suites hold none for a PSK", NULL},
                {BS, PSK_101 "/0/1/5=", "/0/1/5: the PSK key is empty", NULL},
                {BS, PSK_101 "/0/1/5=0123456789012345678901234567890123456789012345678901234567890123456789",
                        "/0/1/5: the PSK key is longer", NULL},
                {BS, SERVER_101 "/0/0/0=coaps://bs.example", "/0/0/0: scheme coaps", NULL},
                {BS, SERVER_101 "/0/7/0=coap://a /0/7/1=true /0/7/2=1",
                        "the Bootstrap-Server Account cannot be used: mode 1 (rpk) of /0/7/2", NULL},
                {BS, SERVER_101 "/0/0/0=coap+tcp://h", "cannot be used: scheme coap+tcp of /0/0/0", NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_case(&table[i]);
}

/* Of what is to be used: more suites than a ClientHello of ours holds would be cut without a word. */
static void test_number_of_suites(void **state)
{
        for (size_t n = LIMIT_CIPHER_SUITES; n <= LIMIT_CIPHER_SUITES + 1; n++) {
                _cleanup_(store_freep) Store *store = fixture_store(BS);
                AccountCheck check;

                assert_int_equal(store_begin(store), 0);
                fixture_put(store_candidate(store), PSK_101);
                for (uint16_t i = 0; i < n; i++) {
                        const Path path = {
                                .length = 4, .id = {OBJECT_SECURITY, 1, SECURITY_CIPHER_SUITE, i}};

                        assert_int_equal(
                                dataset_set_integer(store_candidate(store), &path, VALUE_UNSIGNED, 0xc0a8),
                                0);
                }
                assert_int_equal(account_check(store, LWM2M_1_1, &check),
                        n > LIMIT_CIPHER_SUITES ? ACCOUNT_E_INCONSISTENT : 0);
                if (n > LIMIT_CIPHER_SUITES)
                        assert_string_equal(check.reason, "/0/1/16: the cipher suites are more than 32");
        }
}

/* As many clauses as fit, and a sign that there are more. */
static void test_long_reason(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(BS);
        AccountCheck check;
        char text[100];

        assert_int_equal(store_begin(store), 0);
        for (unsigned i = 1; i <= 10; i++) {
                (void)snprintf(
                        text, sizeof(text), "/0/%u/0=coap://h /0/%u/2=3 /0/%u/10=%u", i, i, i, 1000 + i);
                fixture_put(store_candidate(store), text);
        }
        assert_int_equal(account_check(store, LWM2M_1_1, &check), ACCOUNT_E_INCONSISTENT);
        assert_non_null(strstr(check.reason,
                "account: /0/1/10 has the Short Server ID 1001, which no /1/x/0 has; /0/2/10 has"));
        assert_string_equal(check.reason + strlen(check.reason) - strlen(" has; ..."), " has; ...");
        assert_true(strlen(check.reason) < ACCOUNT_REASON_SIZE - 1);
}

static void test_identity_bytes(void **state)
{
        static const struct {
                size_t size;
                uint8_t fill;
                bool fits;
        } table[] = {{1, 0xff, true}, {255, 'i', true}, {256, 'i', false}, {4, 0, false}};

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(PSK_101);
                uint8_t bytes[300];
                AccountCheck check;

                memset(bytes, table[i].fill, sizeof(bytes));
                assert_int_equal(store_begin(store), 0);
                assert_int_equal(dataset_set_bytes(store_candidate(store), &PATH_RESOURCE(0, 1, 3),
                                         VALUE_OPAQUE, bytes, table[i].size),
                        0);
                assert_int_equal(
                        account_check(store, LWM2M_1_1, &check), table[i].fits ? 0 : ACCOUNT_E_INCONSISTENT);
        }
}

static void test_number_of_accounts(void **state)
{
        for (unsigned n = 16; n <= 17; n++) {
                _cleanup_(store_freep) Store *store = fixture_store(BS);
                AccountCheck check;
                char text[200];

                assert_int_equal(store_begin(store), 0);
                for (unsigned i = 1; i <= n; i++) {
                        (void)snprintf(text, sizeof(text),
                                "/0/%u/0=coap://h /0/%u/2=3 /0/%u/10=%u /1/%u/0=%u /1/%u/1=60", i, i, i, i,
                                i, i, i);
                        fixture_put(store_candidate(store), text);
                }
                assert_int_equal(
                        account_check(store, LWM2M_1_1, &check), n == 16 ? 0 : ACCOUNT_E_INCONSISTENT);
                if (n == 17)
                        assert_non_null(strstr(check.reason, "more than 16"));
        }
}

/* What stands in /0 and /1 after accepted repairs. */
static void test_repaired_candidate(void **state)
{
        static const struct {
                const char *committed, *steps, *security, *server;
        } table[] = {
                /* a server account on the Bootstrap-Server Account's place: ours moves to the lowest free id
                 */
                {"/0/0/0=coap://b /0/0/1=true /0/0/2=3 /0/0/11=9",
                        "-/0/0 /0/0/0=coap://s /0/0/2=3 /0/0/10=1 /1/0/0=1 /1/0/1=60",
                        "/0/0/0=coap://s /0/0/2=3 /0/0/10=1 /0/1/0=coap://b /0/1/1=true /0/1/2=3 /0/1/11=9",
                        "/1/0/0=1 /1/0/1=60"},
                /* the same, and another instance is written as the new one: nothing moves */
                {"/0/0/0=coap://b /0/0/1=true /0/0/2=3",
                        "-/0/0 /0/0/0=coap://s /0/0/2=3 /0/0/10=1 /1/0/0=1 /1/0/1=60 "
                        "/0/1/0=coap://n /0/1/1=true /0/1/2=3",
                        "/0/0/0=coap://s /0/0/2=3 /0/0/10=1 /0/1/0=coap://n /0/1/1=true /0/1/2=3",
                        "/1/0/0=1 /1/0/1=60"},
                /* a new one elsewhere: the old one goes */
                {"/0/0/0=coap://b /0/0/1=true /0/0/2=3",
                        "/0/4/0=coap://n /0/4/1=true /0/4/2=3 /0/1/0=coap://s /0/1/2=3 /0/1/10=1 /1/0/0=1 "
                        "/1/0/1=60",
                        "/0/1/0=coap://s /0/1/2=3 /0/1/10=1 /0/4/0=coap://n /0/4/1=true /0/4/2=3",
                        "/1/0/0=1 /1/0/1=60"},
                /* half accounts: the Server Object Instance is dropped, the Security one stays */
                {"",
                        "/0/1/0=coap://s /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60 /1/1/0=2 /1/1/1=60 "
                        "/0/3/0=coap://t /0/3/2=3 /0/3/10=3",
                        "/0/1/0=coap://s /0/1/2=3 /0/1/10=1 /0/3/0=coap://t /0/3/2=3 /0/3/10=3",
                        "/1/0/0=1 /1/0/1=60"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(table[i].committed);
                AccountCheck check;

                assert_int_equal(store_begin(store), 0);
                fixture_put(store_candidate(store), table[i].steps);
                assert_int_equal(account_check(store, LWM2M_1_1, &check), 0);
                assert_string_equal(
                        fixture_text(store_candidate(store), &PATH_OBJECT(0)), table[i].security);
                assert_string_equal(fixture_text(store_candidate(store), &PATH_OBJECT(1)), table[i].server);
        }
}

static void test_no_room_for_the_moved_account(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(BS);
        AccountCheck check;
        char text[100];

        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), "-/0/0 " SERVER_101);
        for (unsigned i = 0; i < LIMIT_INSTANCES; i++) {
                if (i == 1)
                        continue;
                (void)snprintf(
                        text, sizeof(text), "/0/%u/0=coap://h /0/%u/2=3 /0/%u/10=%u", i, i, i, 1000 + i);
                fixture_put(store_candidate(store), text);
        }
        assert_int_equal(account_check(store, LWM2M_1_1, &check), ACCOUNT_E_INCONSISTENT);
        assert_non_null(strstr(check.reason, "no room"));
}

/* Else no other Bootstrap-Server Account could ever take its place, and no other servers. */
static void test_room_for_another_half(void **state)
{
        static const struct {
                size_t own, rest; /* bytes beside those that are there */
                const char *reason;
        } table[] = {
                {0, 960 * 1024, NULL},
                {0, 960 * 1024 + 1,
                        "/0, /1, /2 and /21: what is not the Bootstrap-Server Account is larger "},
                {65000, 960 * 1024, NULL},
                {65536, 0, "/0/0: the Bootstrap-Server Account is larger than 65536 bytes or 256 values"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(BS);
                AccountCheck check;
                size_t n, bootstrap;

                assert_int_equal(store_begin(store), 0);
                fixture_put(store_candidate(store), SERVER_101);
                bootstrap = dataset_size(store_candidate(store), &PATH_INSTANCE(OBJECT_SECURITY, 0), &n);
                fixture_fill(store_candidate(store), bootstrap + table[i].rest);
                if (table[i].own > 0)
                        fixture_put_bytes(store_candidate(store), 0, 3, table[i].own);
                assert_int_equal(account_check(store, LWM2M_1_1, &check),
                        table[i].reason ? ACCOUNT_E_INCONSISTENT : 0);
                if (table[i].reason)
                        assert_non_null(strstr(check.reason, table[i].reason));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_needed_resources),
                cmocka_unit_test(test_repairs),
                cmocka_unit_test(test_repairs_beyond_the_list_are_counted),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_number_of_suites),
                cmocka_unit_test(test_long_reason),
                cmocka_unit_test(test_identity_bytes),
                cmocka_unit_test(test_number_of_accounts),
                cmocka_unit_test(test_repaired_candidate),
                cmocka_unit_test(test_no_room_for_the_moved_account),
                cmocka_unit_test(test_room_for_another_half),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
