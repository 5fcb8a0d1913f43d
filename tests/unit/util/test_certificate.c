/* SPDX-License-Identifier: Apache-2.0 */
/* util/certificate: what is read from PEM and DER, what is said about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include "../pki.h"
#include "util/certificate_facts.h"

typedef struct World {
        Pki ca, leaf;
} World;

static int setup(void **state)
{
        static World world;

        world.ca =
                pki_make(&(PkiSpec){.name = "Test CA", .basic = "critical,CA:TRUE", .usage = "keyCertSign"});
        world.leaf =
                pki_make(&(PkiSpec){.name = "device", .san = "DNS:device.example", .issuer = &world.ca});
        *state = &world;
        return 0;
}

static int teardown(void **state)
{
        World *world = *state;

        pki_free(&world->ca);
        pki_free(&world->leaf);
        return 0;
}

typedef enum Form {
        SEC1,
        PKCS8,
        SEC1_ENCRYPTED,
        PKCS8_ENCRYPTED,
        PUBLIC,
        REQUEST,
        CERTIFICATE,
} Form;

/* Appends a PEM block to what bio holds. */
static void pem(BIO *bio, const Pki *pki, Form form)
{
        static unsigned char pass[] = "pass";
        X509_REQ *request;

        switch (form) {
        case SEC1:
                assert_true(PEM_write_bio_PrivateKey_traditional(bio, pki->key, NULL, NULL, 0, NULL, NULL));
                break;
        case PKCS8:
                assert_true(PEM_write_bio_PrivateKey(bio, pki->key, NULL, NULL, 0, NULL, NULL));
                break;
        case SEC1_ENCRYPTED:
                assert_true(PEM_write_bio_PrivateKey_traditional(
                        bio, pki->key, EVP_aes_128_cbc(), pass, 4, NULL, NULL));
                break;
        case PKCS8_ENCRYPTED:
                assert_true(PEM_write_bio_PKCS8PrivateKey(
                        bio, pki->key, EVP_aes_128_cbc(), (char *)pass, 4, NULL, NULL));
                break;
        case PUBLIC:
                assert_true(PEM_write_bio_PUBKEY(bio, pki->key));
                break;
        case REQUEST:
                request = X509_to_X509_REQ(pki->certificate, pki->key, EVP_sha256());
                assert_true(PEM_write_bio_X509_REQ(bio, request));
                X509_REQ_free(request);
                break;
        case CERTIFICATE:
                assert_true(PEM_write_bio_X509(bio, pki->certificate));
                break;
        }
}

static void make_pem(Secret *ret, const Pki *pki, Form form)
{
        BIO *bio = BIO_new(BIO_s_mem());

        pem(bio, pki, form);
        pki_take(bio, ret);
}

/* The DER of a PEM block. */
static void make_der(Secret *ret, const Pki *pki, Form form)
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *name, *header;
        uint8_t *data;
        long size;

        pem(bio, pki, form);
        assert_true(PEM_read_bio(bio, &name, &header, &data, &size));
        assert_int_equal(secret_set(ret, data, (size_t)size), 0);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
        BIO_free(bio);
}

/* Each leaves the result as it was when it refuses, and OpenSSL's queue empty. */
static int parse_chain(const void *data, size_t size, Secret *ret)
{
        _cleanup_(secret_done) Secret before = {0};
        int r;

        assert_int_equal(secret_set(&before, ret->data, ret->size), 0);
        r = certificate_chain_parse(data, size, ret);
        assert_true(r == 0 || secret_equal(&before, ret));
        assert_int_equal(ERR_peek_error(), 0);
        return r;
}

static int parse_key(const void *data, size_t size, Secret *ret)
{
        int r = private_key_parse(data, size, ret);

        assert_int_equal(ERR_peek_error(), 0);
        return r;
}

static void test_certificate_in_pem_and_der(void **state)
{
        _cleanup_(secret_done) Secret der = {0}, text = {0}, chain = {0};
        World *world = *state;

        pki_add_der(&der, &world->leaf);
        assert_int_equal(parse_chain(der.data, der.size, &chain), 0);
        assert_true(secret_equal(&der, &chain));
        make_pem(&text, &world->leaf, CERTIFICATE);
        assert_int_equal(parse_chain(text.data, text.size, &chain), 0);
        assert_true(secret_equal(&der, &chain));
}

static void test_chain_keeps_its_order(void **state)
{
        _cleanup_(secret_done) Secret der = {0}, text = {0}, chain = {0};
        const uint8_t *rest, *item;
        World *world = *state;
        size_t size, item_size;
        BIO *bio = BIO_new(BIO_s_mem());

        pki_add_der(&der, &world->leaf);
        pki_add_der(&der, &world->ca);
        assert_int_equal(parse_chain(der.data, der.size, &chain), 0);
        assert_true(secret_equal(&der, &chain));

        /* What people have in such files: text, the key, the curve. */
        BIO_puts(bio, "0 s:CN = device\n");
        X509_print(bio, world->leaf.certificate);
        pem(bio, &world->leaf, CERTIFICATE);
        BIO_puts(bio, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n");
        pem(bio, &world->leaf, PKCS8);
        BIO_puts(bio, "\r\n");
        pem(bio, &world->ca, CERTIFICATE);
        pki_take(bio, &text);
        assert_int_equal(parse_chain(text.data, text.size, &chain), 0);
        assert_true(secret_equal(&der, &chain));
        rest = chain.data;
        size = chain.size;
        assert_true(certificate_chain_next(&rest, &size, &item, &item_size));
        assert_ptr_equal(item, chain.data);
        assert_true(certificate_chain_next(&rest, &size, &item, &item_size));
        assert_int_equal(size, 0);
        assert_ptr_equal(item + item_size, chain.data + chain.size);
        assert_false(certificate_chain_next(&rest, &size, &item, &item_size));

        /* and its key is found there, too */
        assert_int_equal(parse_key(text.data, text.size, &der), 0);
        assert_int_equal(certificate_key_fits(&chain, &der), CERTIFICATE_GOOD);
}

static void test_what_is_no_certificate(void **state)
{
        static const uint8_t unknown[] = {0x30, 0x03, 0x02, 0x01, 0x07}, indefinite[] = {0x30, 0x80, 0, 0};
        _cleanup_(secret_done) Secret data = {0}, chain = {0}, der = {0};
        World *world = *state;

        assert_int_equal(secret_set(&chain, "before", 6), 0);
        assert_int_equal(parse_chain("", 0, &chain), CERTIFICATE_E_EMPTY);
        assert_int_equal(parse_chain("hello", 5, &chain), CERTIFICATE_E_NONE);
        assert_int_equal(parse_chain("0123456789", 10, &chain), CERTIFICATE_E_NONE);
        assert_int_equal(parse_chain(unknown, sizeof(unknown), &chain), CERTIFICATE_E_NONE);
        assert_int_equal(parse_chain(indefinite, sizeof(indefinite), &chain), CERTIFICATE_E_NONE);
        for (Form form = SEC1; form <= PKCS8_ENCRYPTED; form++) {
                make_pem(&data, &world->leaf, form);
                assert_int_equal(parse_chain(data.data, data.size, &chain), CERTIFICATE_E_IS_KEY);
        }
        make_der(&data, &world->leaf, SEC1);
        assert_int_equal(parse_chain(data.data, data.size, &chain), CERTIFICATE_E_IS_KEY);
        make_der(&data, &world->leaf, PKCS8_ENCRYPTED);
        assert_int_equal(parse_chain(data.data, data.size, &chain), CERTIFICATE_E_IS_KEY);
        make_pem(&data, &world->leaf, PUBLIC);
        assert_int_equal(parse_chain(data.data, data.size, &chain), CERTIFICATE_E_IS_PUBLIC_KEY);
        make_pem(&data, &world->leaf, REQUEST);
        assert_int_equal(parse_chain(data.data, data.size, &chain), CERTIFICATE_E_IS_REQUEST);

        pki_add_der(&der, &world->leaf);
        pki_add(&der, "\n", 1);
        assert_int_equal(parse_chain(der.data, der.size, &chain), CERTIFICATE_E_REST);
        assert_int_equal(parse_chain(der.data, der.size - 9, &chain), CERTIFICATE_E_NONE);
}

static void test_pkcs12(void **state)
{
        _cleanup_(secret_done) Secret data = {0}, ret = {0};
        World *world = *state;
        PKCS12 *archive =
                PKCS12_create("pass", "x", world->leaf.key, world->leaf.certificate, NULL, 0, 0, 0, 0, 0);
        BIO *bio = BIO_new(BIO_s_mem());

        assert_non_null(archive);
        assert_true(i2d_PKCS12_bio(bio, archive));
        PKCS12_free(archive);
        pki_take(bio, &data);
        assert_int_equal(parse_chain(data.data, data.size, &ret), CERTIFICATE_E_IS_PKCS12);
        assert_int_equal(parse_key(data.data, data.size, &ret), CERTIFICATE_E_IS_PKCS12);
}

static void test_damaged_pem(void **state)
{
        static const char empty[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        _cleanup_(secret_done) Secret text = {0}, ret = {0};
        World *world = *state;

        make_pem(&text, &world->leaf, CERTIFICATE);
        assert_int_equal(parse_chain(text.data, text.size - 30, &ret), CERTIFICATE_E_DAMAGED);
        text.data[100] = '*';
        assert_int_equal(parse_chain(text.data, text.size, &ret), CERTIFICATE_E_DAMAGED);
        make_pem(&text, &world->leaf, PKCS8);
        assert_int_equal(parse_key(text.data, text.size - 30, &ret), CERTIFICATE_E_DAMAGED);
        /* A block that is whole, of what is no certificate. */
        assert_int_equal(parse_chain(empty, strlen(empty), &ret), CERTIFICATE_E_NONE);
}

/* A block of PEM holds one structure and nothing behind it. */
static void test_pem_with_a_byte_behind(void **state)
{
        _cleanup_(secret_done) Secret der = {0}, text = {0}, ret = {0};
        World *world = *state;

        for (Form form = SEC1; form <= PKCS8; form++) {
                BIO *bio = BIO_new(BIO_s_mem());

                make_der(&der, &world->leaf, form);
                pki_add(&der, "", 1);
                assert_true(PEM_write_bio(bio, "PRIVATE KEY", "", der.data, (long)der.size));
                pki_take(bio, &text);
                assert_int_equal(parse_key(text.data, text.size, &ret), PRIVATE_KEY_E_NONE);
        }
}

static void test_limits(void **state)
{
        _cleanup_(secret_done) Secret der = {0}, ret = {0};
        uint8_t *large = calloc(1, CERTIFICATE_CHAIN_SIZE + 1);
        World *world = *state;

        assert_int_equal(parse_chain(large, CERTIFICATE_CHAIN_SIZE + 1, &ret), CERTIFICATE_E_TOO_LARGE);
        assert_int_equal(parse_key(large, PRIVATE_KEY_SIZE + 1, &ret), CERTIFICATE_E_TOO_LARGE);
        free(large);
        for (unsigned i = 0; i < CERTIFICATE_CHAIN_MAX; i++)
                pki_add_der(&der, &world->leaf);
        assert_int_equal(parse_chain(der.data, der.size, &ret), 0);
        pki_add_der(&der, &world->leaf);
        assert_int_equal(parse_chain(der.data, der.size, &ret), CERTIFICATE_E_TOO_MANY);
}

static void test_key_in_each_form(void **state)
{
        World *world = *state;

        for (Form form = SEC1; form <= PKCS8; form++) {
                _cleanup_(secret_done) Secret der = {0}, text = {0}, key = {0}, chain = {0};

                make_der(&der, &world->leaf, form);
                assert_int_equal(parse_key(der.data, der.size, &key), 0);
                assert_true(secret_equal(&der, &key));
                make_pem(&text, &world->leaf, form);
                assert_int_equal(parse_key(text.data, text.size, &key), 0);
                assert_true(secret_equal(&der, &key));
                assert_int_equal(private_key_type(&key), PRIVATE_KEY_EC);
                pki_add_der(&chain, &world->leaf);
                pki_add_der(&chain, &world->ca);
                assert_int_equal(certificate_key_fits(&chain, &key), CERTIFICATE_GOOD);
                make_der(&der, &world->ca, form);
                assert_int_equal(certificate_key_fits(&chain, &der), PRIVATE_KEY_E_OTHER);
                assert_int_equal(certificate_key_fits(&key, &key), CERTIFICATE_E_NONE);
                assert_int_equal(certificate_key_fits(&chain, &chain), PRIVATE_KEY_E_NONE);
                assert_int_equal(private_key_type(&chain), PRIVATE_KEY_NONE);
                assert_int_equal(ERR_peek_error(), 0);
        }
}

static void test_what_is_no_key(void **state)
{
        _cleanup_(secret_done) Secret data = {0}, key = {0};
        World *world = *state;
        uint8_t *version;

        assert_int_equal(parse_key("", 0, &key), CERTIFICATE_E_EMPTY);
        assert_int_equal(parse_key("key", 3, &key), PRIVATE_KEY_E_NONE);
        make_pem(&data, &world->leaf, CERTIFICATE);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_IS_CERTIFICATE);
        make_der(&data, &world->leaf, CERTIFICATE);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_IS_CERTIFICATE);
        make_pem(&data, &world->leaf, PUBLIC);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_IS_PUBLIC_KEY);
        make_pem(&data, &world->leaf, SEC1_ENCRYPTED);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_ENCRYPTED);
        make_pem(&data, &world->leaf, PKCS8_ENCRYPTED);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_ENCRYPTED);
        make_der(&data, &world->leaf, PKCS8_ENCRYPTED);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_ENCRYPTED);

        make_der(&data, &world->leaf, PKCS8);
        version = memmem(data.data, data.size, "\x02\x01\x00", 3);
        assert_non_null(version);
        version[2] = 1;
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_VERSION_2);
        version[2] = 2;
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_NONE);
        version[2] = 0;
        memset(data.data + 5, 0, data.size - 5);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_NONE);

        make_der(&data, &world->leaf, SEC1);
        pki_add(&data, data.data, data.size);
        assert_int_equal(parse_key(data.data, data.size, &key), PRIVATE_KEY_E_TOO_MANY);
        assert_null(key.data);
}

static int parse_generated(EVP_PKEY *pkey, Secret *ret)
{
        _cleanup_(secret_done) Secret data = {0};
        Pki pki = {.key = pkey};
        int r;

        assert_non_null(pkey);
        make_pem(&data, &pki, PKCS8);
        EVP_PKEY_free(pkey);
        r = parse_key(data.data, data.size, ret);
        return r;
}

static void test_other_and_weak_keys(void **state)
{
        _cleanup_(secret_done) Secret key = {0};

        assert_int_equal(
                parse_generated(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &key), PRIVATE_KEY_E_TYPE);
        assert_int_equal(parse_generated(EVP_EC_gen("P-224"), &key), PRIVATE_KEY_E_WEAK);
        assert_int_equal(parse_generated(EVP_RSA_gen(1024), &key), PRIVATE_KEY_E_WEAK);
        assert_int_equal(parse_generated(EVP_RSA_gen(2048), &key), 0);
        assert_int_equal(private_key_type(&key), PRIVATE_KEY_RSA);
}

/* Of odd random bits, or the number itself where that is below 8. */
static size_t add_integer(uint8_t *der, size_t size, int bits)
{
        BIGNUM *number = BN_new();
        uint8_t *end = der + size;
        ASN1_INTEGER *integer;

        assert_non_null(number);
        assert_true(bits < 8 ? BN_set_word(number, (BN_ULONG)bits)
                             : BN_rand(number, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
        integer = BN_to_ASN1_INTEGER(number, NULL);
        assert_true(i2d_ASN1_INTEGER(integer, &end) > 0);
        ASN1_INTEGER_free(integer);
        BN_free(number);
        return (size_t)(end - der);
}

/* An RSAPrivateKey (RFC 8017, A.1.2) of numbers that are none of a key; they cost the same. */
static int parse_rsa(int bits)
{
        const int numbers[] = {0, bits, 3, bits, 3, 5, 1, 1, 1};
        _cleanup_(secret_done) Secret key = {0};
        uint8_t der[PRIVATE_KEY_SIZE] = {0x30, 0x82};
        size_t size = 4;

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                size = add_integer(der, size, numbers[i]);
        der[2] = (uint8_t)((size - 4) >> 8);
        der[3] = (uint8_t)(size - 4);
        return parse_key(der, size, &key);
}

/* Whoever writes the account must not hold the loop with it for minutes. */
static void test_rsa_key_that_signs_too_slowly(void **state)
{
        assert_int_equal(parse_rsa(PRIVATE_KEY_RSA_BITS_MAX), 0);
        assert_int_equal(parse_rsa(PRIVATE_KEY_RSA_BITS_MAX + 8), PRIVATE_KEY_E_LONG);
        assert_int_equal(parse_rsa(60000), PRIVATE_KEY_E_LONG);
}

static void test_every_error_has_a_text(void **state)
{
        for (int i = 1; i < _CERTIFICATE_ERROR_MAX; i++)
                assert_true(strlen(certificate_error_to_string((CertificateError)i)) > 5);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_certificate_in_pem_and_der),
                cmocka_unit_test(test_chain_keeps_its_order),
                cmocka_unit_test(test_what_is_no_certificate),
                cmocka_unit_test(test_pkcs12),
                cmocka_unit_test(test_damaged_pem),
                cmocka_unit_test(test_pem_with_a_byte_behind),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_key_in_each_form),
                cmocka_unit_test(test_what_is_no_key),
                cmocka_unit_test(test_other_and_weak_keys),
                cmocka_unit_test(test_rsa_key_that_signs_too_slowly),
                cmocka_unit_test(test_every_error_has_a_text),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
