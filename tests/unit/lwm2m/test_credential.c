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
                {SECURITY_MODE_CERTIFICATE, false, URI_COAPS},
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
                const char *reason;
        } table[] = {
                {SECURITY_MODE_PSK, {long_identity, 1}, {key, 1}, NULL},
                {SECURITY_MODE_PSK, {long_identity, 255}, {key, 64}, NULL},
                {SECURITY_MODE_PSK, {NULL, 0}, {key, 16}, "identity is empty"},
                {SECURITY_MODE_PSK, {long_identity, 256}, {key, 16}, "identity is longer than 255 bytes"},
                {SECURITY_MODE_PSK, {(uint8_t *)"a\0b", 3}, {key, 16}, "identity holds a NUL byte"},
                {SECURITY_MODE_PSK, {long_identity, 1}, {NULL, 0}, "key is empty"},
                {SECURITY_MODE_PSK, {long_identity, 1}, {key, 65}, "key is longer than 64 bytes"},
                {SECURITY_MODE_NOSEC, {NULL, 0}, {NULL, 0}, NULL},
                {SECURITY_MODE_CERTIFICATE, {NULL, 0}, {key, 65}, NULL},
        };

        memset(long_identity, 0xff, sizeof(long_identity));
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const char *reason = credential_check(table[i].mode, &table[i].identity, &table[i].key);

                assert_int_equal(!reason, !table[i].reason);
                if (reason)
                        assert_string_equal(reason, table[i].reason);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_modes),
                cmocka_unit_test(test_psk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
