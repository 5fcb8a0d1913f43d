/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/cipher_suite against the OpenSSL at hand: the same suites by the same names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/ssl.h>

#include "lwm2m/cipher_suite.h"

/* What the table leaves out: it proves nothing, hides nothing, or needs what no security mode has. */
#define CIPHERS "ALL:!aNULL:!eNULL:!aDSS:!SRP:!kRSAPSK:@SECLEVEL=0"

static const char *kind_of(const SSL_CIPHER *cipher)
{
        switch (SSL_CIPHER_get_auth_nid(cipher)) {
        case NID_auth_psk:
                return "psk";
        case NID_auth_ecdsa:
                return "ecdsa";
        default:
                return "rsa";
        }
}

static void test_table(void **state)
{
        static const char *const kinds[] = {
                [CIPHER_SUITE_PSK] = "psk", [CIPHER_SUITE_ECDSA] = "ecdsa", [CIPHER_SUITE_RSA] = "rsa"};
        SSL_CTX *context = SSL_CTX_new(DTLS_client_method());
        STACK_OF(SSL_CIPHER) * ciphers;
        int n = 0;

        assert_non_null(context);
        assert_int_equal(SSL_CTX_set_cipher_list(context, CIPHERS), 1);
        ciphers = SSL_CTX_get_ciphers(context);
        for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
                const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
                const CipherSuite *suite = cipher_suite_find(SSL_CIPHER_get_protocol_id(cipher));

                if (SSL_CIPHER_get_auth_nid(cipher) == NID_auth_any) /* TLS 1.3 */
                        continue;
                if (!suite)
                        fail_msg("%s is missing", SSL_CIPHER_standard_name(cipher));
                assert_string_equal(suite->name, SSL_CIPHER_standard_name(cipher));
                assert_string_equal(kinds[suite->kind], kind_of(cipher));
                assert_ptr_equal(cipher_suite_find_name(suite->name), suite);
                n++;
        }
        assert_null(cipher_suite_get((size_t)n));
        for (int i = 1; i < n; i++)
                assert_true(cipher_suite_get((size_t)i - 1)->number < cipher_suite_get((size_t)i)->number);
        SSL_CTX_free(context);
}

static void test_unknown(void **state)
{
        assert_null(cipher_suite_find(0));
        assert_null(cipher_suite_find(0x1301));
        assert_null(cipher_suite_find(0x002c)); /* TLS_PSK_WITH_NULL_SHA */
        assert_null(cipher_suite_find(0xd005));
        assert_null(cipher_suite_find_name("TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256"));
        assert_null(cipher_suite_find_name("PSK-AES128-CCM8"));
        assert_int_equal(cipher_suite_find_name("TLS_PSK_WITH_AES_128_CCM_8")->number, 49320);
        assert_int_equal(cipher_suite_find_name("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8")->number, 0xc0ae);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
