/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/credential: the rules that configuration, Finish and connection share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../pki.h"
#include "lwm2m/credential.h"

/* A device's chain of two, its key in each form, and somebody else's. */
typedef struct World {
        Secret chain, ca, key, pkcs8;
        Secret other, other_key;
        Secret pem, key_pem, encrypted, version_2, request;
} World;

static World world;

static void make_keys(const Pki *device)
{
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(device->key);
        BIO *pkcs8 = BIO_new(BIO_s_mem()), *pem = BIO_new(BIO_s_mem()), *encrypted = BIO_new(BIO_s_mem());

        pki_key_der(device, &world.key);
        i2d_PKCS8_PRIV_KEY_INFO_bio(pkcs8, info);
        pki_take(pkcs8, &world.pkcs8);
        PEM_write_bio_PrivateKey(pem, device->key, NULL, NULL, 0, NULL, NULL);
        pki_take(pem, &world.key_pem);
        i2d_PKCS8PrivateKey_bio(encrypted, device->key, EVP_aes_128_cbc(), "pass", 4, NULL, NULL);
        pki_take(encrypted, &world.encrypted);
        PKCS8_PRIV_KEY_INFO_free(info);

        /* SEQUENCE, its length in two bytes, INTEGER of one byte: the version */
        assert_return_code(secret_set(&world.version_2, world.pkcs8.data, world.pkcs8.size), 0);
        assert_int_equal(world.version_2.data[5], 0);
        world.version_2.data[5] = 1;
}

static int setup(void **state)
{
        Pki ca = pki_make(&(PkiSpec){.name = "Test CA", .basic = "critical,CA:TRUE"});
        Pki device = pki_make(&(PkiSpec){.name = "device", .issuer = &ca});
        Pki other = pki_make(&(PkiSpec){.name = "other"});
        BIO *pem = BIO_new(BIO_s_mem()), *request = BIO_new(BIO_s_mem());
        X509_REQ *asked = X509_to_X509_REQ(other.certificate, other.key, EVP_sha256());

        pki_add_der(&world.chain, &device);
        pki_add_der(&world.chain, &ca);
        pki_add_der(&world.ca, &ca);
        pki_add_der(&world.other, &other);
        PEM_write_bio_X509(pem, device.certificate);
        pki_take(pem, &world.pem);
        pki_key_der(&other, &world.other_key);
        i2d_X509_REQ_bio(request, asked);
        pki_take(request, &world.request);
        make_keys(&device);
        X509_REQ_free(asked);
        pki_free(&ca);
        pki_free(&device);
        pki_free(&other);
        return 0;
}

static int teardown(void **state)
{
        Secret *secrets = (Secret *)&world;

        for (size_t i = 0; i < sizeof(world) / sizeof(*secrets); i++)
                secret_done(&secrets[i]);
        return 0;
}

/* NULL: it is good; else "resource text". */
static void check(size_t row, const Credential *credential, const char *wrong)
{
        char said[CREDENTIAL_FAULT_SIZE + 8] = "";
        CredentialFault fault;

        if (!credential_check(credential, &fault))
                (void)snprintf(said, sizeof(said), "%u %s", fault.resource, fault.text);
        if (strcmp(said, wrong ?: "") != 0)
                fail_msg("row %zu: \"%s\", not \"%s\"", row, said, wrong ?: "");
}

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
                const char *wrong;
        } table[] = {
                {SECURITY_MODE_PSK, {long_identity, 1}, {key, 1}, NULL},
                {SECURITY_MODE_PSK, {long_identity, 255}, {key, 64}, NULL},
                {SECURITY_MODE_PSK, {NULL, 0}, {key, 16}, "3 PSK identity is empty"},
                {SECURITY_MODE_PSK, {long_identity, 256}, {key, 16},
                        "3 PSK identity is longer than 255 bytes"},
                {SECURITY_MODE_PSK, {(uint8_t *)"a\0b", 3}, {key, 16}, "3 PSK identity holds a NUL byte"},
                {SECURITY_MODE_PSK, {long_identity, 1}, {NULL, 0}, "5 PSK key is empty"},
                {SECURITY_MODE_PSK, {long_identity, 1}, {key, 65}, "5 PSK key is longer than 64 bytes"},
                {SECURITY_MODE_NOSEC, {NULL, 0}, {NULL, 0}, NULL},
        };

        memset(long_identity, 0xff, sizeof(long_identity));
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Credential credential = {
                        .mode = table[i].mode,
                        .identity = table[i].identity,
                        .key = table[i].key,
                };

                check(i, &credential, table[i].wrong);
        }
}

/* What is wrong with what proves the client. */
static void test_client_certificate(void **state)
{
        uint8_t *large = calloc(1, LIMIT_CERTIFICATE_SIZE + 1);
        Secret rest = {0}, swapped = {0};
        const Secret none = {0}, garbage = {(uint8_t *)"garbage", 7},
                     huge = {large, LIMIT_CERTIFICATE_SIZE + 1};
        const struct {
                const Secret *identity, *key;
                const char *wrong;
        } table[] = {
                {&world.chain, &world.key, NULL},
                {&world.chain, &world.pkcs8, NULL},
                {&none, &none, NULL}, /* only the server proves itself */
                {&world.chain, &none, "5 private key of the client certificate is missing"},
                {&none, &world.key, "3 client certificate is missing beside its private key"},
                {&world.chain, &world.other_key, "5 private key does not belong to the certificate"},
                {&swapped, &world.key, "5 private key does not belong to the certificate"},
                {&world.key, &world.chain, "3 client certificate is a private key, not a certificate"},
                {&world.chain, &world.ca, "5 private key is a certificate, not a private key"},
                {&garbage, &world.key, "3 client certificate holds no certificate in PEM or DER"},
                {&rest, &world.key, "3 client certificate holds further bytes behind the DER"},
                {&huge, &world.key, "3 client certificate is larger than 16 KiB"},
                {&world.request, &world.key,
                        "3 client certificate is a certificate signing request, not the "
                        "certificate made from it"},
                {&world.pem, &world.key, "3 client certificate is PEM, it has to be DER"},
                {&world.chain, &world.key_pem, "5 private key is PEM, it has to be DER"},
                {&world.chain, &world.encrypted,
                        "5 private key is encrypted with a passphrase; \"openssl pkey\" takes it away"},
                {&world.chain, &world.version_2,
                        "5 private key is PKCS#8 of version 2; only version 1 is supported"},
        };

        assert_return_code(secret_set(&rest, world.chain.data, world.chain.size), 0);
        rest.size--;
        assert_return_code(secret_set(&swapped, world.ca.data, world.ca.size), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Credential credential = CREDENTIAL(SECURITY_MODE_CERTIFICATE);

                credential.identity = *table[i].identity;
                credential.key = *table[i].key;
                credential.server_certificate = world.other;
                check(i, &credential, table[i].wrong);
        }
        secret_done(&rest);
        secret_done(&swapped);
        free(large);
}

/* What is wrong with what the server has to prove, whatever the usage, and how it is called. */
static void test_server_certificate(void **state)
{
        uint8_t digest[65] = {0};
        const struct {
                MatchingType type;
                Secret server;
                const char *name; /* NULL: the URI's */
                const char *wrong;
        } table[] = {
                {MATCHING_TYPE_EXACT, world.ca, NULL, NULL},
                {MATCHING_TYPE_EXACT, world.other, NULL, NULL},
                {MATCHING_TYPE_EXACT, world.chain, NULL, NULL},
                {MATCHING_TYPE_SHA256, {digest, 32}, NULL, NULL},
                {MATCHING_TYPE_SHA384, {digest, 48}, NULL, NULL},
                {MATCHING_TYPE_SHA512, {digest, 64}, NULL, NULL},
                {MATCHING_TYPE_EXACT, {NULL, 0}, NULL, "4 server certificate is missing"},
                {MATCHING_TYPE_EXACT, world.key, NULL,
                        "4 server certificate is a private key, not a certificate"},
                {MATCHING_TYPE_EXACT, world.pem, NULL, "4 server certificate is PEM, it has to be DER"},
                {MATCHING_TYPE_SHA256, {digest, 20}, NULL,
                        "4 server certificate has 20 bytes, a digest of sha256 has 32"},
                {MATCHING_TYPE_SHA512, {digest, 65}, NULL,
                        "4 server certificate has 65 bytes, a digest of sha512 has 64"},
                {_MATCHING_TYPE_MAX, world.other, NULL, "13 Matching Type is not within 0..3"},
                {MATCHING_TYPE_EXACT, world.other, "a.example", NULL},
                {MATCHING_TYPE_EXACT, world.other, "192.0.2.1",
                        "14 server name is no host name, and no address can be one"},
        };
        Credential credential = CREDENTIAL(SECURITY_MODE_CERTIFICATE);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                credential.matching_type = table[i].type;
                credential.server_certificate = table[i].server;
                credential.server_name = (char *)table[i].name;
                for (int usage = 0; usage < _CERTIFICATE_USAGE_MAX; usage++) {
                        credential.usage = (CertificateUsage)usage;
                        check(i, &credential, table[i].wrong);
                }
                credential.usage = _CERTIFICATE_USAGE_MAX;
                check(i, &credential, "15 Certificate Usage is not within 0..3");
        }
}

static void test_no_server_certificate_where_the_trust_store_decides(void **state)
{
        Credential credential = CREDENTIAL(SECURITY_MODE_CERTIFICATE);
        CredentialFault fault;

        assert_false(credential_check(&credential, &fault));
        credential.by_trust_store = true;
        assert_true(credential_check(&credential, &fault));
}

static void test_server_name(void **state)
{
        static const char *const good[] = {
                "a", "a.example", "A-1.Example", "_coap.a.example", "xn--bcher-kva.example"};
        static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "-a", "a-", "a b", "a\nb", "a:5684",
                "192.0.2.1", "1.2.3", "2001:db8::1", "[2001:db8::1]",
                "b\xc3\xbc"
                "cher.example",
                "*.example", "a/b"};
        char longest[URI_HOST_NAME_SIZE + 2];

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                assert_null(credential_check_server_name(good[i]));
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (!credential_check_server_name(bad[i]))
                        fail_msg("\"%s\"", bad[i]);
        for (size_t i = 0; i < sizeof(longest); i++)
                longest[i] = i % 2 ? '.' : 'a';
        longest[URI_HOST_NAME_SIZE] = '\0';
        assert_null(credential_check_server_name(longest));
        strcpy(longest + URI_HOST_NAME_SIZE, "a");
        assert_non_null(credential_check_server_name(longest));
}

/* At least one that the mode can use; the others do no harm. */
static void test_suites(void **state)
{
        static const struct {
                SecurityMode mode;
                uint16_t suites[2];
                size_t n;
                bool good;
        } table[] = {
                {SECURITY_MODE_PSK, {0}, 0, true},
                {SECURITY_MODE_PSK, {0xc0a8}, 1, true},
                {SECURITY_MODE_PSK, {0x00ae}, 1, true},
                {SECURITY_MODE_PSK, {0xc0ae, 0x1301}, 2, false},
                {SECURITY_MODE_PSK, {0xc0ae, 0xc0a8}, 2, true},
                {SECURITY_MODE_PSK, {0xc0ae, 0xc023}, 2, false},
                {SECURITY_MODE_CERTIFICATE, {0}, 0, true},
                {SECURITY_MODE_CERTIFICATE, {0xc0ae}, 1, true},
                {SECURITY_MODE_CERTIFICATE, {0xc0a8, 0xc02b}, 2, true},
                {SECURITY_MODE_CERTIFICATE, {0xc0a8, 0xc037}, 2, false},
                {SECURITY_MODE_NOSEC, {0xc0ae}, 1, true},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Credential credential = CREDENTIAL(table[i].mode);

                if (table[i].mode == SECURITY_MODE_PSK)
                        credential.identity = credential.key = (Secret){(uint8_t *)"k", 1};
                credential.server_certificate = world.other;
                memcpy(credential.suites, table[i].suites, sizeof(table[i].suites));
                credential.n_suites = table[i].n;
                check(i, &credential,
                        table[i].good ? NULL
                        : table[i].mode == SECURITY_MODE_PSK
                                ? "16 cipher suites hold none for a PSK"
                                : "16 cipher suites hold none for certificates");
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

static bool same_digest(const Credential *a, const Credential *b)
{
        uint8_t of_a[SHA256_SIZE], of_b[SHA256_SIZE];

        assert_int_equal(credential_digest(a, of_a), 0);
        assert_int_equal(credential_digest(b, of_b), 0);
        return memcmp(of_a, of_b, SHA256_SIZE) == 0;
}

/* A copy has everything and shares nothing; each part counts. */
static void test_copy_and_equality(void **state)
{
        for (int part = 0; part < 10; part++) {
                Credential one = whole(), two = CREDENTIAL(SECURITY_MODE_PSK);

                assert_return_code(credential_copy(&two, &one), 0);
                assert_true(credential_equal(&one, &two));
                assert_true(same_digest(&one, &two));
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
                else if (part == 8)
                        two.n_suites = 0;
                else
                        two.by_trust_store = true;
                assert_false(credential_equal(&one, &two));
                assert_false(same_digest(&one, &two));
                credential_done(&one);
                credential_done(&two);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_modes),
                cmocka_unit_test(test_psk),
                cmocka_unit_test(test_client_certificate),
                cmocka_unit_test(test_server_certificate),
                cmocka_unit_test(test_no_server_certificate_where_the_trust_store_decides),
                cmocka_unit_test(test_server_name),
                cmocka_unit_test(test_suites),
                cmocka_unit_test(test_copy_and_equality),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
