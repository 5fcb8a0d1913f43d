/* SPDX-License-Identifier: Apache-2.0 */
/* What X.509 certificates and private keys say, over OpenSSL. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "util/certificate_facts.h"
#include "util/utf8.h"

#define SECURITY_BITS 112 /* security level 2: SSL_CTX_set_security_level(3) */

/* An error left in the thread's queue would be taken for one of libcoap's own handshake. */
static int finish(int result)
{
        ERR_clear_error();
        return result;
}

static EVP_PKEY *read_key(const uint8_t *data, size_t size)
{
        return d2i_AutoPrivateKey(NULL, &data, (long)size);
}

/* NULL is fine. */
static PrivateKeyType key_type(const EVP_PKEY *key)
{
        int id = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;

        return id == EVP_PKEY_EC ? PRIVATE_KEY_EC : id == EVP_PKEY_RSA ? PRIVATE_KEY_RSA : PRIVATE_KEY_NONE;
}

PrivateKeyType private_key_type(const Secret *key)
{
        EVP_PKEY *pkey = read_key(key->data, key->size);
        PrivateKeyType type = key_type(pkey);

        EVP_PKEY_free(pkey);
        (void)finish(0);
        return type;
}

static X509 *read_certificate(const void *data, size_t size)
{
        const uint8_t *p = data;

        return size <= CERTIFICATE_CHAIN_SIZE ? d2i_X509(NULL, &p, (long)size) : NULL;
}

CertificateError certificate_key_fits(const Secret *chain, const Secret *key)
{
        X509 *certificate = read_certificate(chain->data, chain->size);
        EVP_PKEY *pkey = read_key(key->data, key->size);
        CertificateError result = CERTIFICATE_GOOD;

        if (!certificate)
                result = CERTIFICATE_E_NONE;
        else if (!pkey)
                result = PRIVATE_KEY_E_NONE;
        else if (X509_check_private_key(certificate, pkey) != 1)
                result = PRIVATE_KEY_E_OTHER;
        X509_free(certificate);
        EVP_PKEY_free(pkey);
        (void)finish(0);
        return result;
}

static int name_to_text(const X509_NAME *name, char text[CERTIFICATE_NAME_SIZE])
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *data;
        size_t size;

        /* UTF-8 as it is, control characters escaped. */
        if (!bio || X509_NAME_print_ex(
                            bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0) {
                BIO_free(bio);
                return -ENOMEM;
        }
        size = (size_t)BIO_get_mem_data(bio, &data);
        size = utf8_cut(data, MIN_OF(size, (size_t)CERTIFICATE_NAME_SIZE - 1));
        if (size > 0)
                memcpy(text, data, size);
        text[size] = 0;
        utf8_make_printable(text, size);
        BIO_free(bio);
        return 0;
}

static int64_t time_to_unix(const ASN1_TIME *time)
{
        struct tm tm = {0};

        return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void key_to_text(X509 *certificate, char text[CERTIFICATE_KEY_SIZE])
{
        EVP_PKEY *key = X509_get0_pubkey(certificate);
        char curve[CERTIFICATE_KEY_SIZE] = "";
        int nid;

        if (!key)
                (void)snprintf(text, CERTIFICATE_KEY_SIZE, "unknown");
        else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
                (void)EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL);
                nid = OBJ_txt2nid(curve); /* prime256v1 is what X9.62 calls it */
                (void)snprintf(text, CERTIFICATE_KEY_SIZE, "EC %.28s",
                        nid == NID_X9_62_prime256v1 ? "secp256r1" : curve);
        } else
                (void)snprintf(text, CERTIFICATE_KEY_SIZE, "%.20s %d",
                        EVP_PKEY_get0_type_name(key) ?: "unknown", EVP_PKEY_get_bits(key));
        utf8_make_printable(text, strlen(text));
}

/* X509_NAME_get_text_by_NID() would take UTF-16 for bytes. */
static void common_name_to_text(X509 *certificate, char text[CERTIFICATE_NAME_SIZE])
{
        const X509_NAME *subject = X509_get_subject_name(certificate);
        int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
        uint8_t *utf8 = NULL;
        int size = 0;

        if (index >= 0)
                size = ASN1_STRING_to_UTF8(
                        &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
        if (size > 0) {
                size = (int)utf8_cut((char *)utf8, MIN_OF((size_t)size, (size_t)CERTIFICATE_NAME_SIZE - 1));
                memcpy(text, utf8, (size_t)size);
                utf8_make_printable(text, (size_t)size);
        }
        OPENSSL_free(utf8);
}

static bool is_weak(X509 *certificate)
{
        const EVP_PKEY *key = X509_get0_pubkey(certificate);
        int digest, bits = 0;

        if (!key || EVP_PKEY_get_security_bits(key) < SECURITY_BITS)
                return true;
        /* Nobody asks for an anchor's own signature. */
        return (X509_get_extension_flags(certificate) & EXFLAG_SS) == 0 &&
               X509_get_signature_info(certificate, &digest, NULL, &bits, NULL) == 1 && bits < SECURITY_BITS;
}

/* X509_check_ca() has read the extensions. */
static void read_usage(X509 *certificate, CertificateFacts *facts)
{
        uint32_t extended = X509_get_extended_key_usage(certificate); /* absent: all bits */

        facts->may_sign = (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
        facts->may_be_client = (extended & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
        facts->may_be_server = (extended & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
}

int certificate_facts(const void *data, size_t size, CertificateFacts *ret)
{
        X509 *certificate = read_certificate(data, size);
        int r;

        if (!certificate)
                return finish(CERTIFICATE_E_NONE);
        *ret = (CertificateFacts){
                .not_before = time_to_unix(X509_get0_notBefore(certificate)),
                .not_after = time_to_unix(X509_get0_notAfter(certificate)),
                .is_ca = X509_check_ca(certificate) == 1,
                .is_self_signed = (X509_get_extension_flags(certificate) & EXFLAG_SI) != 0,
        };
        ret->key_type = key_type(X509_get0_pubkey(certificate));
        ret->is_weak = is_weak(certificate);
        read_usage(certificate, ret);
        key_to_text(certificate, ret->key);
        common_name_to_text(certificate, ret->common_name);
        r = name_to_text(X509_get_subject_name(certificate), ret->subject);
        if (r >= 0)
                r = name_to_text(X509_get_issuer_name(certificate), ret->issuer);
        X509_free(certificate);
        return finish(r);
}

const char *certificate_format_date(int64_t date, char buffer[CERTIFICATE_DATE_SIZE])
{
        time_t seconds = (time_t)date;
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(buffer, CERTIFICATE_DATE_SIZE, "%F %T UTC", &tm) == 0)
                (void)snprintf(buffer, CERTIFICATE_DATE_SIZE, "an unknown date");
        return buffer;
}
