/* SPDX-License-Identifier: Apache-2.0 */
/* model/account_renewal: which stored accounts a renewed key goes into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/account_credential.h"
#include "model/account_renewal.h"

#define BOOTSTRAP 0 /* in place of a Short Server ID */

static void set_text(
        Dataset *dataset, uint16_t instance, uint16_t resource, ValueType type, const char *text)
{
        assert_int_equal(dataset_set_bytes(dataset, &PATH_RESOURCE(OBJECT_SECURITY, instance, resource),
                                 type, text, strlen(text)),
                0);
}

static void set_integer(
        Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, int64_t value)
{
        assert_int_equal(dataset_set_integer(
                                 dataset, &PATH_RESOURCE(object, instance, resource), VALUE_INTEGER, value),
                0);
}

static void add(Dataset *dataset, uint16_t instance, uint16_t short_server_id, const char *uri,
        const char *identity, const char *key)
{
        set_text(dataset, instance, SECURITY_URI, VALUE_STRING, uri);
        set_integer(dataset, OBJECT_SECURITY, instance, SECURITY_MODE, SECURITY_MODE_PSK);
        set_text(dataset, instance, SECURITY_IDENTITY, VALUE_OPAQUE, identity);
        set_text(dataset, instance, SECURITY_SECRET_KEY, VALUE_OPAQUE, key);
        assert_int_equal(dataset_set_boolean(dataset,
                                 &PATH_RESOURCE(OBJECT_SECURITY, instance, SECURITY_BOOTSTRAP_SERVER),
                                 short_server_id == BOOTSTRAP),
                0);
        if (short_server_id == BOOTSTRAP)
                return;
        set_integer(dataset, OBJECT_SECURITY, instance, SECURITY_SHORT_SERVER_ID, short_server_id);
        set_integer(dataset, OBJECT_SERVER, instance, SERVER_SHORT_SERVER_ID, short_server_id);
        set_integer(dataset, OBJECT_SERVER, instance, SERVER_LIFETIME, 300);
}

static Dataset *one(uint16_t short_server_id, const char *uri, const char *identity, const char *key)
{
        Dataset *dataset = dataset_new();

        assert_non_null(dataset);
        add(dataset, 4, short_server_id, uri, identity, key);
        return dataset;
}

static void test_which_accounts_are_renewed(void **state)
{
        static const struct {
                const char *title;
                uint16_t id;
                const char *stored_uri, *stored_identity, *stored_key; /* before that: "id" and "old" */
                bool has_before, renewed;
        } rows[] = {
                {"the configuration's own", 7, "coaps://a", "id", "old", true, true},
                {"the Bootstrap-Server Account", BOOTSTRAP, "coaps://a", "id", "old", true, true},
                {"before is not known", 7, "coaps://a", "id", "other", false, true},
                {"a bootstrap gave another key", 7, "coaps://a", "id", "other", true, false},
                {"a bootstrap gave another identity", 7, "coaps://a", "another", "old", true, false},
                {"a bootstrap gave another server", 7, "coaps://b", "id", "old", true, false},
                {"the Bootstrap-Server Account of a bootstrap", BOOTSTRAP, "coaps://b", "id", "old", true,
                        false},
                {"renewed already", 7, "coaps://a", "new-id", "new", true, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(dataset_freep) Dataset *before = one(rows[i].id, "coaps://a", "id", "old");
                _cleanup_(dataset_freep) Dataset *configured = one(rows[i].id, "coaps://a", "new-id", "new");
                _cleanup_(dataset_freep) Dataset *stored =
                        one(rows[i].id, rows[i].stored_uri, rows[i].stored_identity, rows[i].stored_key);
                _cleanup_(dataset_freep) Dataset *expected = NULL;
                bool changed = !rows[i].renewed;

                assert_int_equal(dataset_copy(rows[i].renewed ? configured : stored, &expected), 0);
                assert_int_equal(account_renew_credentials(
                                         stored, rows[i].has_before ? before : NULL, configured, &changed),
                        0);
                if (changed != rows[i].renewed || !dataset_equal(stored, expected))
                        fail_msg("%s", rows[i].title);
        }
}

/* What was kept last may hold the new key already, when the power went before the accounts were written. */
static void test_before_is_as_new_as_the_configuration(void **state)
{
        _cleanup_(dataset_freep) Dataset *configured = one(7, "coaps://a", "id", "new");
        _cleanup_(dataset_freep) Dataset *stored = one(7, "coaps://a", "id", "old");
        bool changed = false;

        assert_int_equal(account_renew_credentials(stored, configured, configured, &changed), 0);
        assert_true(changed && dataset_equal(stored, configured));
}

/* Its instance and everything else stay. */
static void test_the_others_stay(void **state)
{
        _cleanup_(dataset_freep) Dataset *before = one(7, "coaps://a", "id", "old");
        _cleanup_(dataset_freep) Dataset *configured = one(7, "coaps://a", "id", "new");
        _cleanup_(dataset_freep) Dataset *stored = dataset_new(), *expected = dataset_new();
        bool changed = false;

        add(stored, 1, 7, "coaps://a", "id", "old");
        add(stored, 2, 8, "coaps://a", "id", "old");
        add(expected, 1, 7, "coaps://a", "id", "new");
        add(expected, 2, 8, "coaps://a", "id", "old");
        assert_int_equal(account_renew_credentials(stored, before, configured, &changed), 0);
        assert_true(changed && dataset_equal(stored, expected));
}

/* Each part of a credential by itself, there and gone again. */
static void test_every_part_is_renewed(void **state)
{
        static const Credential old = {.mode = SECURITY_MODE_PSK,
                .identity = {(uint8_t *)"chain", 5},
                .key = {(uint8_t *)"key", 3},
                .server_certificate = {(uint8_t *)"server", 6},
                .usage = CERTIFICATE_USAGE_DOMAIN_ISSUED};
        Credential changes[] = {old, old, old, old, old, old, old};

        changes[0].identity = (Secret){(uint8_t *)"renewed", 7};
        changes[1].key = (Secret){(uint8_t *)"renewed", 7};
        changes[2].server_certificate = (Secret){(uint8_t *)"renewed", 7};
        changes[3].usage = CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION;
        changes[4].matching_type = MATCHING_TYPE_SHA512;
        changes[5].server_name = (char *)"renewed.example";
        changes[6].suites[0] = 0xc0ae;
        changes[6].n_suites = 1;
        for (size_t i = 0; i < ELEMENTSOF(changes); i++)
                for (size_t back = 0; back < 2; back++) {
                        _cleanup_(dataset_freep) Dataset *before = one(7, "coaps://a", "", "");
                        _cleanup_(dataset_freep) Dataset *configured = one(7, "coaps://a", "", "");
                        _cleanup_(dataset_freep) Dataset *stored = NULL;
                        bool changed = false;

                        assert_int_equal(account_write_credential(before, 4, back ? &changes[i] : &old), 0);
                        assert_int_equal(
                                account_write_credential(configured, 4, back ? &old : &changes[i]), 0);
                        assert_int_equal(dataset_copy(before, &stored), 0);
                        assert_int_equal(account_renew_credentials(stored, before, configured, &changed), 0);
                        if (!changed || !dataset_equal(stored, configured))
                                fail_msg("part %zu, back %zu", i, back);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_which_accounts_are_renewed),
                cmocka_unit_test(test_before_is_as_new_as_the_configuration),
                cmocka_unit_test(test_the_others_stay),
                cmocka_unit_test(test_every_part_is_renewed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
