/* SPDX-License-Identifier: Apache-2.0 */
/* util/certificate_facts: what a certificate says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../pki.h"
#include "util/certificate_facts.h"
#include "util/utf8.h"

static void test_facts(void **state)
{
        const int64_t before = time(NULL);
        _cleanup_(secret_done) Secret der = {0};
        Pki ca =
                pki_make(&(PkiSpec){.name = "Test CA", .basic = "critical,CA:TRUE", .usage = "keyCertSign"});
        Pki leaf = pki_make(&(PkiSpec){.name = "device", .issuer = &ca, .from = -10, .to = 20});
        char date[CERTIFICATE_DATE_SIZE];
        CertificateFacts facts;
        const int64_t after = time(NULL);

        pki_add_der(&der, &leaf);
        pki_add_der(&der, &ca);
        assert_int_equal(certificate_facts(der.data, der.size, &facts), 0);
        assert_string_equal(facts.subject, "CN=device");
        assert_string_equal(facts.issuer, "CN=Test CA");
        assert_string_equal(facts.key, "EC secp256r1");
        assert_in_range(facts.not_before, before - 10 * PKI_DAY, after - 10 * PKI_DAY);
        assert_in_range(facts.not_after, before + 20 * PKI_DAY, after + 20 * PKI_DAY);
        assert_false(facts.is_ca);
        assert_false(facts.is_self_signed);
        secret_done(&der);
        pki_add_der(&der, &ca);
        assert_int_equal(certificate_facts(der.data, der.size, &facts), 0);
        assert_true(facts.is_ca);
        assert_true(facts.is_self_signed);
        assert_int_equal(certificate_facts("0", 1, &facts), CERTIFICATE_E_NONE);
        assert_int_equal(ERR_peek_error(), 0);
        assert_string_equal(certificate_format_date(1795817798, date), "2026-11-27 22:16:38 UTC");
        pki_free(&leaf);
        pki_free(&ca);
}

/* An absent extension allows all of it: RFC 5280, 4.2.1.3, 4.2.1.12. */
static void test_usage(void **state)
{
        static const struct {
                const char *usage, *extended;
                bool sign, client, server;
        } rows[] = {
                {NULL, NULL, true, true, true},
                {"digitalSignature", "clientAuth", true, true, false},
                {"digitalSignature,keyEncipherment", "serverAuth", true, false, true},
                {"keyEncipherment", "clientAuth,serverAuth", false, true, true},
                {"keyAgreement", "anyExtendedKeyUsage", false, true, true},
                {"digitalSignature", "codeSigning", true, false, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(secret_done) Secret der = {0};
                Pki pki =
                        pki_make(&(PkiSpec){.name = "däv", .usage = rows[i].usage, .ext = rows[i].extended});
                CertificateFacts facts;

                pki_add_der(&der, &pki);
                pki_free(&pki);
                assert_int_equal(certificate_facts(der.data, der.size, &facts), 0);
                assert_int_equal(facts.may_sign, rows[i].sign);
                assert_int_equal(facts.may_be_client, rows[i].client);
                assert_int_equal(facts.may_be_server, rows[i].server);
                assert_string_equal(facts.common_name, "däv");
                assert_int_equal(facts.key_type, PRIVATE_KEY_EC);
                assert_false(facts.is_weak);
        }
}

static void test_weak(void **state)
{
        _cleanup_(secret_done) Secret der = {0}, curve = {0};
        Pki pki = pki_make(&(PkiSpec){}), small = pki_make(&(PkiSpec){.curve = "P-192"});
        CertificateFacts facts;

        X509_NAME_add_entry_by_txt(X509_get_issuer_name(pki.certificate), "CN", MBSTRING_UTF8,
                (const unsigned char *)"CA", -1, -1, 0);
        assert_true(X509_sign(pki.certificate, pki.key, EVP_sha1()) > 0);
        pki_add_der(&der, &pki);
        pki_add_der(&curve, &small);
        pki_free(&pki);
        pki_free(&small);
        assert_int_equal(certificate_facts(der.data, der.size, &facts), 0);
        assert_true(facts.is_weak);
        assert_string_equal(facts.common_name, "");
        assert_int_equal(certificate_facts(curve.data, curve.size, &facts), 0);
        assert_true(facts.is_weak);
}

/* What a peer put there is shown in one line, and ends. */
static void test_facts_are_printable_and_bounded(void **state)
{
        _cleanup_(secret_done) Secret der = {0};
        Pki pki = pki_make(&(PkiSpec){.name = "a\n<3>b\x1b[2J\xc2\x9bü"
                                              "ääääääääääääääääääääääääääääääää"});
        CertificateFacts facts;

        for (unsigned i = 0; i < 12; i++)
                X509_NAME_add_entry_by_txt(X509_get_subject_name(pki.certificate), "OU", MBSTRING_UTF8,
                        (const unsigned char *)"ääääääääääääääää", -1, -1, 0);
        X509_sign(pki.certificate, pki.key, EVP_sha256());
        pki_add_der(&der, &pki);
        pki_free(&pki);
        assert_int_equal(certificate_facts(der.data, der.size, &facts), 0);
        assert_true(utf8_is_printable(facts.subject, strlen(facts.subject)));
        assert_true(utf8_is_printable(facts.issuer, strlen(facts.issuer)));
        assert_non_null(strstr(facts.issuer, "ü"));
        assert_in_range(strlen(facts.subject), CERTIFICATE_NAME_SIZE - 4, CERTIFICATE_NAME_SIZE - 1);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_facts),
                cmocka_unit_test(test_usage),
                cmocka_unit_test(test_weak),
                cmocka_unit_test(test_facts_are_printable_and_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
