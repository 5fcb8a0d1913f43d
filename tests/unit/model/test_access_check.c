/* SPDX-License-Identifier: Apache-2.0 */
/* model/access_check: what a bootstrap leaves of Access Control (lwm2m-facts.md 1.8). */
#include "tests/unit/model/fixture.h"

#define SERVER_103 "/0/3/0=coap://three.example /0/3/2=3 /0/3/10=103 /1/2/0=103 /1/2/1=60 "
#define ALL        BS SERVER_101 SERVER_102 SERVER_103
#define GONE_101   "-/0/1 -/1/0 "

#define DEVICE_OF(owner) "/2/0/0=3 /2/0/1=0 /2/0/3=" #owner " "
/* Every Object Instance but that of 101 is covered: else that is told. */
#define COVERED "/2/8/0=1 /2/8/1=1 /2/8/3=102 /2/9/0=1 /2/9/1=2 /2/9/3=103 "
#define DEVICE  "/2/0/0=3 /2/0/1=0 "

typedef struct Case {
        const char *committed;
        const char *steps;
        const char *result;     /* /2 afterwards */
        const char *repairs[4]; /* parts of all of them, in order */
} Case;

static size_t one_instance(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        ret[0] = 0;
        return 1;
}

static unsigned all_rights(void *userdata, const Path *instance, uint16_t short_server_id)
{
        return ACCESS_ALL;
}

/* There is also /3303/0, whose source says who has which rights: nothing is told of it. */
static void check_case(const Case *item, size_t number)
{
        static const Source device = {.instances = one_instance},
                            service = {.instances = one_instance, .rights = all_rights};
        static const ObjectDef service_object = {.id = 3303, .versions = {"1.0", "1.0", "1.0"}};
        _cleanup_(store_freep) Store *store = fixture_store(item->committed);
        AccountCheck check;
        size_t n = 0;

        assert_int_equal(store_set_source(store, OBJECT_DEVICE, &device, NULL), 0);
        assert_int_equal(registry_add(store_registry(store), &service_object), 0);
        assert_int_equal(store_set_source(store, service_object.id, &service, NULL), 0);
        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), item->steps);
        store_touch(store, &PATH_ROOT);

        if (account_check(store, LWM2M_1_1, &check) != 0)
                fail_msg("row %zu refused: %s", number, check.reason);
        assert_string_equal(
                fixture_text(store_candidate(store), &PATH_OBJECT(OBJECT_ACCESS_CONTROL)), item->result);
        while (n < ELEMENTSOF(item->repairs) && item->repairs[n])
                n++;
        for (size_t i = 0; i < check.n_repairs && i < n; i++)
                if (!strstr(check.repairs[i], item->repairs[i]))
                        fail_msg("row %zu: \"%s\" does not say \"%s\"", number, check.repairs[i],
                                item->repairs[i]);
        if (check.n_repairs != n)
                fail_msg("row %zu: %zu repairs, not %zu; the last one: %s", number, check.n_repairs, n,
                        check.n_repairs > 0 ? check.repairs[check.n_repairs - 1] : "");
}

static void test_hand_over(void **state)
{
        static const Case table[] = {
                /* nobody is gone */
                {ALL "/2/7/0=1 /2/7/1=0 /2/7/3=101 " COVERED DEVICE_OF(101), "",
                        DEVICE "/2/0/3=101 /2/7/0=1 /2/7/1=0 /2/7/3=101 /2/8/0=1 /2/8/1=1 /2/8/3=102 "
                               "/2/9/0=1 /2/9/1=2 /2/9/3=103",
                        {NULL}},
                /* its entry goes */
                {ALL COVERED DEVICE_OF(102) "/2/0/2/101=1 /2/0/2/103=3", GONE_101,
                        DEVICE "/2/0/2/103=3 /2/0/3=102 /2/8/0=1 /2/8/1=1 /2/8/3=102 /2/9/0=1 /2/9/1=2 "
                               "/2/9/3=103",
                        {"LwM2M Server 101 is gone: /2/0/2/101 is removed"}},
                /* what it owned goes to whoever may Write and Delete most */
                {ALL COVERED DEVICE_OF(101) "/2/0/2/102=7 /2/0/2/103=11", GONE_101,
                        DEVICE "/2/0/2/102=7 /2/0/2/103=11 /2/0/3=103 /2/8/0=1 /2/8/1=1 /2/8/3=102 "
                               "/2/9/0=1 /2/9/1=2 /2/9/3=103",
                        {"LwM2M Server 101 is gone: /2/0 is owned by 103 now"}},
                {ALL COVERED DEVICE_OF(101) "/2/0/2/102=8 /2/0/2/103=5", GONE_101,
                        DEVICE "/2/0/2/102=8 /2/0/2/103=5 /2/0/3=102 /2/8/0=1 /2/8/1=1 /2/8/3=102 "
                               "/2/9/0=1 /2/9/1=2 /2/9/3=103",
                        {"owned by 102"}},
                /* a tie: the lowest */
                {ALL COVERED DEVICE_OF(101) "/2/0/2/103=2 /2/0/2/102=8", GONE_101,
                        DEVICE "/2/0/2/102=8 /2/0/2/103=2 /2/0/3=102 /2/8/0=1 /2/8/1=1 /2/8/3=102 "
                               "/2/9/0=1 /2/9/1=2 /2/9/3=103",
                        {"owned by 102"}},
                /* by the default entry both; one with no right inherits nothing */
                {ALL COVERED DEVICE_OF(101) "/2/0/2/0=1 /2/0/2/102=0", GONE_101,
                        DEVICE "/2/0/2/0=1 /2/0/2/102=0 /2/0/3=103 /2/8/0=1 /2/8/1=1 /2/8/3=102 "
                               "/2/9/0=1 /2/9/1=2 /2/9/3=103",
                        {"owned by 103"}},
                /* it was the only one: nobody, but the instance cannot go */
                {ALL COVERED DEVICE_OF(101) "/2/0/2/101=31", GONE_101,
                        DEVICE "/2/0/2 /2/0/3=65535 /2/8/0=1 /2/8/1=1 /2/8/3=102 /2/9/0=1 /2/9/1=2 "
                               "/2/9/3=103",
                        {"/2/0/2/101 is removed", "the Bootstrap Server owns it now"}},
                /* what was for an Object Instance that is gone goes, whoever owns it */
                {ALL COVERED DEVICE_OF(102) "/2/7/0=1 /2/7/1=0 /2/7/3=102", GONE_101,
                        DEVICE "/2/0/3=102 /2/8/0=1 /2/8/1=1 /2/8/3=102 /2/9/0=1 /2/9/1=2 /2/9/3=103",
                        {"/2/7 is removed with /1/0, which it was for"}},
                /* another Short Server ID is another server */
                {BS SERVER_101 SERVER_102 DEVICE_OF(101) "/2/0/2/102=1 /2/7/0=1 /2/7/1=0 /2/7/3=102 "
                                                         "/2/8/0=1 /2/8/1=1 /2/8/3=102",
                        "/0/1/10=7 /1/0/0=7",
                        DEVICE "/2/0/2/102=1 /2/0/3=102 /2/7/0=1 /2/7/1=0 /2/7/3=102 /2/8/0=1 /2/8/1=1 "
                               "/2/8/3=102",
                        {"LwM2M Server 101 is gone: /2/0 is owned by 102 now"}},
                /* one that is left alone inherits all the same */
                {BS SERVER_101 SERVER_102 DEVICE_OF(101) "/2/0/2/102=1", GONE_101,
                        DEVICE "/2/0/2/102=1 /2/0/3=102", {"owned by 102"}},
                /* the Bootstrap Server's own stays so */
                {ALL COVERED DEVICE_OF(65535), GONE_101,
                        DEVICE "/2/0/3=65535 /2/8/0=1 /2/8/1=1 /2/8/3=102 /2/9/0=1 /2/9/1=2 /2/9/3=103",
                        {NULL}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_case(&table[i], i);
}

static void test_what_gives_nobody_a_right_is_told(void **state)
{
        static const Case table[] = {
                {BS, SERVER_101 SERVER_102 DEVICE_OF(101), DEVICE "/2/0/3=101",
                        {"/1/0 has no Access Control Object Instance: no LwM2M Server has a right on it",
                                "/1/1 has no Access Control Object Instance"}},
                {BS, SERVER_101 SERVER_102, "", {NULL}},
                {BS, SERVER_101 DEVICE_OF(101), DEVICE "/2/0/3=101", {NULL}},
                {BS, SERVER_101 DEVICE_OF(9), DEVICE "/2/0/3=9",
                        {"/2/0/3 is 9 and no LwM2M Server account is: only the Bootstrap Server"}},
                {BS, SERVER_101 DEVICE_OF(0), DEVICE "/2/0/3=0", {"/2/0/3 is 0 and no"}},
                {BS, SERVER_101 "/2/0/0=1 /2/0/1=9 /2/0/3=101", "/2/0/0=1 /2/0/1=9 /2/0/3=101",
                        {"/2/0 is for /1/9, which this client does not have: kept unused"}},
                {BS, SERVER_101 "/2/0/0=3 /2/0/1=1 /2/0/3=101", "/2/0/0=3 /2/0/1=1 /2/0/3=101",
                        {"/2/0 is for /3/1, which this client does not have"}},
                {BS, SERVER_101 "/2/0/0=5 /2/0/1=0 /2/0/3=101", "/2/0/0=5 /2/0/1=0 /2/0/3=101",
                        {"/2/0 is for /5/0, which this client does not have"}},
                {BS, SERVER_101 DEVICE_OF(101) "/2/1/0=3 /2/1/1=0 /2/1/3=65535",
                        DEVICE "/2/0/3=101 /2/1/0=3 /2/1/1=0 /2/1/3=65535",
                        {"/2/1 is for the same as /2/0: kept unused"}},
                /* for an Object as a whole: for whom it comes to exist later */
                {BS, SERVER_101 "/2/0/0=3303 /2/0/1=65535 /2/0/3=65535 /2/0/2/101=16",
                        "/2/0/0=3303 /2/0/1=65535 /2/0/2/101=16 /2/0/3=65535", {NULL}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                check_case(&table[i], i);
}

/* What stood there before is told when it is written, not at each later Finish. */
static void test_left_alone_is_not_told_again(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(BS SERVER_101 "/2/0/0=5 /2/0/1=0 /2/0/3=9");
        AccountCheck check;

        assert_int_equal(store_begin(store), 0);
        assert_int_equal(account_check(store, LWM2M_1_1, &check), 0);
        assert_int_equal(check.n_repairs, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hand_over),
                cmocka_unit_test(test_what_gives_nobody_a_right_is_told),
                cmocka_unit_test(test_left_alone_is_not_told_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
