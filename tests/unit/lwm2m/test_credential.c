/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/credential: the rules that configuration, Finish and connection share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lwm2m/credential.h"

static void test_modes(void **state)
{
        static const struct {
                SecurityMode mode;
                bool supported;
                UriScheme scheme;
        } table[] = {
                {SECURITY_MODE_PSK, true, URI_COAPS},
                {SECURITY_MODE_RPK, false, URI_COAPS},
                {SECURITY_MODE_CERTIFICATE, true, URI_COAPS},
                {SECURITY_MODE_NOSEC, true, URI_COAP},
                {SECURITY_MODE_EST, false, URI_COAPS},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(security_mode_is_supported(table[i].mode), table[i].supported);
                assert_int_equal(security_mode_scheme(table[i].mode), table[i].scheme);
        }
}

static void test_psk(void **state)
{
        uint8_t long_identity[256], key[65] = {0};
        const struct {
                SecurityMode mode;
                Secret identity, key;
                uint16_t resource;
                const char *reason;
        } table[] = {
                {SECURITY_MODE_PSK, {long_identity, 1}, {key, 1}, 0, NULL},
                {SECURITY_MODE_PSK, {long_identity, 255}, {key, 64}, 0, NULL},
                {SECURITY_MODE_PSK, {NULL, 0}, {key, 16}, 3, "PSK identity is empty"},
                {SECURITY_MODE_PSK, {long_identity, 256}, {key, 16}, 3,
                        "PSK identity is longer than 255 bytes"},
                {SECURITY_MODE_PSK, {(uint8_t *)"a\0b", 3}, {key, 16}, 3, "PSK identity holds a NUL byte"},
                {SECURITY_MODE_PSK, {long_identity, 1}, {NULL, 0}, 5, "PSK key is empty"},
                {SECURITY_MODE_PSK, {long_identity, 1}, {key, 65}, 5, "PSK key is longer than 64 bytes"},
                {SECURITY_MODE_NOSEC, {NULL, 0}, {NULL, 0}, 0, NULL},
                {SECURITY_MODE_CERTIFICATE, {NULL, 0}, {key, 65}, 0, NULL},
        };

        memset(long_identity, 0xff, sizeof(long_identity));
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Credential credential = {
                        .mode = table[i].mode,
                        .identity = table[i].identity,
                        .key = table[i].key,
                };
                uint16_t resource = 0;
                const char *reason = credential_check(&credential, &resource);

                assert_int_equal(!reason, !table[i].reason);
                if (reason) {
                        assert_string_equal(reason, table[i].reason);
                        assert_int_equal(resource, table[i].resource);
                }
        }
}

static Credential whole(void)
{
        Credential credential = CREDENTIAL(SECURITY_MODE_CERTIFICATE);

        assert_return_code(secret_set(&credential.identity, "id", 2), 0);
        assert_return_code(secret_set(&credential.key, "key", 3), 0);
        assert_return_code(secret_set(&credential.server_certificate, "cert", 4), 0);
        credential.server_name = strdup("a.example");
        credential.matching_type = MATCHING_TYPE_SHA256;
        credential.suites[0] = 0xc0ae;
        credential.n_suites = 1;
        return credential;
}

/* A copy has everything and shares nothing; each part counts. */
static void test_copy_and_equality(void **state)
{
        for (int part = 0; part < 9; part++) {
                Credential one = whole(), two = CREDENTIAL(SECURITY_MODE_PSK);

                assert_return_code(credential_copy(&two, &one), 0);
                assert_true(credential_equal(&one, &two));
                assert_ptr_not_equal(one.server_name, two.server_name);
                assert_ptr_not_equal(one.key.data, two.key.data);
                if (part == 0)
                        two.mode = SECURITY_MODE_EST;
                else if (part == 1)
                        two.identity.data[1]++;
                else if (part == 2)
                        two.key.data[2]++;
                else if (part == 3)
                        two.server_certificate.data[3]++;
                else if (part == 4)
                        two.usage = CERTIFICATE_USAGE_CA_CONSTRAINT;
                else if (part == 5)
                        two.matching_type = MATCHING_TYPE_EXACT;
                else if (part == 6)
                        two.server_name[0]++;
                else if (part == 7)
                        two.suites[0]++;
                else
                        two.n_suites = 0;
                assert_false(credential_equal(&one, &two));
                credential_done(&one);
                credential_done(&two);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_modes),
                cmocka_unit_test(test_psk),
                cmocka_unit_test(test_copy_and_equality),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
