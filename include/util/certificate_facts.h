/* SPDX-License-Identifier: Apache-2.0 */
/* What X.509 certificates and private keys say that util/certificate has made DER. Clears OpenSSL's error
 * queue itself. */
#pragma once

#include "util/certificate.h"

#define CERTIFICATE_NAME_SIZE 128 /* a subject's text with its NUL: two fit into a failure's sentence */
#define CERTIFICATE_KEY_SIZE  32  /* "EC secp256r1", "RSA 2048" */
#define CERTIFICATE_DATE_SIZE 32  /* "2026-11-27 22:00:00 UTC" */

/* Whether the private key (DER) is that of the first certificate (DER). CERTIFICATE_GOOD,
 * PRIVATE_KEY_E_OTHER, CERTIFICATE_E_NONE, or PRIVATE_KEY_E_NONE. */
CertificateError certificate_key_fits(const Secret *chain, const Secret *key);

typedef enum PrivateKeyType {
        PRIVATE_KEY_NONE, /* no private key, or one of another type */
        PRIVATE_KEY_EC,
        PRIVATE_KEY_RSA,
} PrivateKeyType;

/* Of DER that private_key_parse() has made. */
PrivateKeyType private_key_type(const Secret *key);

/* What a certificate says. Texts are printable UTF-8 and cut to their size. */
typedef struct CertificateFacts {
        char subject[CERTIFICATE_NAME_SIZE]; /* as in RFC 4514: "CN=example.org,O=Example" */
        char issuer[CERTIFICATE_NAME_SIZE];
        int64_t not_before, not_after; /* Unix time, s */
        bool is_ca;                    /* basicConstraints say so: RFC 5280, 4.2.1.9 */
        bool is_self_signed;           /* subject and issuer are the same */
        char key[CERTIFICATE_KEY_SIZE];
        PrivateKeyType key_type;
        char common_name[CERTIFICATE_NAME_SIZE]; /* the subject's; "": it has none */
        /* What key usage and extended key usage allow, where they stand there: RFC 5280, 4.2.1.3, 4.2.1.12
         */
        bool may_sign; /* digitalSignature: handshakes */
        bool may_be_client, may_be_server;
        bool is_weak; /* key or signature below security level 2 of OpenSSL, 112 bits */
} CertificateFacts;

/* Of the first certificate of DER. CERTIFICATE_GOOD, CERTIFICATE_E_NONE, or -ENOMEM. */
int certificate_facts(const void *data, size_t size, CertificateFacts *ret);

/* A date of CertificateFacts for people, UTC. Returns buffer. */
const char *certificate_format_date(int64_t date, char buffer[CERTIFICATE_DATE_SIZE]);
