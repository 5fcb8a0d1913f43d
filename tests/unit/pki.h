/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for tests, made by OpenSSL on the spot. */
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "util/secret.h"

#define PKI_DAY 86400

typedef struct Pki {
        EVP_PKEY *key;
        X509 *certificate;
} Pki;

/* What a certificate is to say. NULL: the extension is absent. Days count from now. */
typedef struct PkiSpec {
        const char *name;  /* CN, NULL: empty subject */
        const char *san;   /* "DNS:a.example,IP:192.0.2.1" */
        const char *basic; /* "critical,CA:TRUE" */
        const char *usage; /* "digitalSignature" */
        const char *ext;   /* "serverAuth" */
        const char *curve; /* NULL: P-256 */
        const char *names; /* nameConstraints */
        int from, to;      /* both 0: from -1 to 30 */
        const Pki *issuer; /* NULL: self-signed */
} PkiSpec;

static inline void pki_extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
        X509V3_CTX context;
        X509_EXTENSION *extension;

        if (!value)
                return;
        X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        assert(extension);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
}

static inline Pki pki_make(const PkiSpec *spec)
{
        bool dated = spec->from != 0 || spec->to != 0;
        Pki pki = {EVP_EC_gen(spec->curve ?: "P-256"), X509_new()};
        X509 *certificate = pki.certificate;
        const Pki *issuer = spec->issuer ?: &pki;
        static long serial;

        X509_set_version(certificate, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
        X509_time_adj_ex(X509_getm_notBefore(certificate), dated ? spec->from : -1, 0, NULL);
        X509_time_adj_ex(X509_getm_notAfter(certificate), dated ? spec->to : 30, 0, NULL);
        if (spec->name)
                X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                        (const unsigned char *)spec->name, -1, -1, 0);
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer->certificate));
        X509_set_pubkey(certificate, pki.key);
        pki_extend(certificate, issuer->certificate, NID_basic_constraints, spec->basic);
        pki_extend(certificate, issuer->certificate, NID_key_usage, spec->usage);
        pki_extend(certificate, issuer->certificate, NID_ext_key_usage, spec->ext);
        pki_extend(certificate, issuer->certificate, NID_subject_alt_name, spec->san);
        pki_extend(certificate, issuer->certificate, NID_name_constraints, spec->names);
        assert(X509_sign(certificate, issuer->key, EVP_sha256()) > 0);
        return pki;
}

static inline void pki_free(Pki *pki)
{
        EVP_PKEY_free(pki->key);
        X509_free(pki->certificate);
        *pki = (Pki){0};
}

static inline void pki_add(Secret *to, const void *data, size_t size)
{
        uint8_t *all = malloc(to->size + size);

        assert(all);
        if (to->size > 0)
                memcpy(all, to->data, to->size);
        memcpy(all + to->size, data, size);
        assert(secret_set(to, all, to->size + size) == 0);
        free(all);
}

/* Appends the certificate's DER. */
static inline void pki_add_der(Secret *to, const Pki *pki)
{
        uint8_t *der = NULL;
        int size = i2d_X509(pki->certificate, &der);

        assert(size > 0);
        pki_add(to, der, (size_t)size);
        OPENSSL_free(der);
}

/* The key's DER: SEC1, or PKCS#1 for RSA. */
static inline void pki_key_der(const Pki *pki, Secret *ret)
{
        uint8_t *der = NULL;
        int size = i2d_PrivateKey(pki->key, &der);

        assert(size > 0);
        assert(secret_set(ret, der, (size_t)size) == 0);
        OPENSSL_free(der);
}

/* What a BIO in memory holds, which is freed. */
static inline void pki_take(BIO *bio, Secret *ret)
{
        char *data;
        long size = BIO_get_mem_data(bio, &data);

        assert(secret_set(ret, data, (size_t)size) == 0);
        BIO_free(bio);
}
