/* SPDX-License-Identifier: Apache-2.0 */
/* model/account_credential: a Credential as Resources, and back. */
#include "fixture.h"
#include "model/account_credential.h"

#define WHOLE "/0/1/2=2 /0/1/3=c /0/1/4=s /0/1/5=k /0/1/13=1 /0/1/14=a.b /0/1/15=2 "

static Credential read_credential(const char *text)
{
        _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(text);
        Credential credential;

        assert_int_equal(account_read_credential(dataset, 1, &credential), 0);
        return credential;
}

static void test_read(void **state)
{
        _cleanup_(credential_done) Credential credential =
                read_credential("/0/1/2=2 /0/1/3=chain /0/1/4=server /0/1/5=key /0/1/13=2 /0/1/14=a.example "
                                "/0/1/15=0 /0/1/16/0=49326 /0/1/16/7=49195 /0/2/3=other");

        assert_int_equal(credential.mode, SECURITY_MODE_CERTIFICATE);
        assert_memory_equal(credential.identity.data, "chain", 5);
        assert_memory_equal(credential.server_certificate.data, "server", 6);
        assert_memory_equal(credential.key.data, "key", 3);
        assert_int_equal(credential.matching_type, MATCHING_TYPE_SHA384);
        assert_string_equal(credential.server_name, "a.example");
        assert_int_equal(credential.usage, CERTIFICATE_USAGE_CA_CONSTRAINT);
        assert_int_equal(credential.n_suites, 2);
        assert_int_equal(credential.suites[0], 0xc0ae);
        assert_int_equal(credential.suites[1], 0xc02b);
}

/* Absent and empty are the same: Bootstrap Servers write both. */
static void test_absent(void **state)
{
        static const char *const table[] = {"/0/1/2=2", "/0/1/2=2 /0/1/3= /0/1/4= /0/1/5= /0/1/14= /0/1/16",
                "/0/1/2=2 /0/1/13=0 /0/1/15=3"};
        const Credential absent = CREDENTIAL(SECURITY_MODE_CERTIFICATE);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(credential_done) Credential credential = read_credential(table[i]);

                assert_true(credential_equal(&credential, &absent));
                assert_null(credential.server_name);
        }
}

static void test_more_suites_than_there_are_places(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset("/0/1/2=2");
        _cleanup_(credential_done) Credential credential = {0};

        for (uint16_t i = 0; i < LIMIT_CIPHER_SUITES + 1; i++) {
                const Path path = {.length = 4, .id = {OBJECT_SECURITY, 1, SECURITY_CIPHER_SUITE, i}};

                assert_int_equal(dataset_set_integer(dataset, &path, VALUE_UNSIGNED, i), 0);
        }
        assert_int_equal(account_read_credential(dataset, 1, &credential), 0);
        assert_int_equal(credential.n_suites, LIMIT_CIPHER_SUITES);
        assert_int_equal(credential.suites[LIMIT_CIPHER_SUITES - 1], LIMIT_CIPHER_SUITES - 1);
}

/* What is written is what is read; of what was there before nothing stays but what is no credential. */
static void test_write(void **state)
{
        static const struct {
                const char *credential, *before, *after;
        } table[] = {
                {WHOLE "/0/1/16/0=7 /0/1/16/1=9", "/0/1/0=coaps://h",
                        "/0/1/0=coaps://h " WHOLE "/0/1/16/0=7 /0/1/16/1=9"},
                {"/0/1/2=0 /0/1/3=me /0/1/5=secret",
                        "/0/1/2=2 /0/1/3=c /0/1/4=s /0/1/5=k /0/1/10=101 /0/1/13=1 /0/1/14=a.b /0/1/15=2 "
                        "/0/1/16/0=7",
                        "/0/1/2=0 /0/1/3=me /0/1/5=secret /0/1/10=101"},
                {"/0/1/2=3", "/0/1/2=0 /0/1/3=me /0/1/5=secret", "/0/1/2=3"},
                {"/0/1/2=2 /0/1/16/3=9", "/0/1/16/5=1 /0/1/16/6=2", "/0/1/2=2 /0/1/16/0=9"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(credential_done) Credential credential = read_credential(table[i].credential);
                _cleanup_(credential_done) Credential back = {0};
                _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(table[i].before);

                assert_int_equal(account_write_credential(dataset, 1, &credential), 0);
                assert_string_equal(fixture_text(dataset, &PATH_ROOT), table[i].after);
                assert_int_equal(account_read_credential(dataset, 1, &back), 0);
                assert_true(credential_equal(&credential, &back));
        }
}

static void test_no_room(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset("/0/1/2=2");
        _cleanup_(credential_done) Credential credential = read_credential("/0/1/2=2 /0/1/16/0=7");

        fixture_fill(dataset, LIMIT_STORE_SIZE);
        assert_int_equal(account_write_credential(dataset, 1, &credential), DATASET_E_LIMIT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read),
                cmocka_unit_test(test_absent),
                cmocka_unit_test(test_more_suites_than_there_are_places),
                cmocka_unit_test(test_write),
                cmocka_unit_test(test_no_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
