/* SPDX-License-Identifier: Apache-2.0 */
/* Cipher suites by IANA's numbers and names: those that OpenSSL has for DTLS 1.2 and that an account can
 * use. */
#pragma once

#include "lwm2m/ids.h"

/* What a server proves itself with (RFC 5246, 7.4.2). */
typedef enum CipherSuiteKind {
        CIPHER_SUITE_PSK,   /* security mode psk */
        CIPHER_SUITE_ECDSA, /* security mode certificate, an EC key */
        CIPHER_SUITE_RSA,   /* likewise, an RSA key */
} CipherSuiteKind;

typedef struct CipherSuite {
        uint16_t number; /* as in /0/x/16: the two bytes of IANA's registry */
        CipherSuiteKind kind;
        const char *name;
} CipherSuite;

/* NULL: OpenSSL has none of this number or name, or only for another version of the protocol, or it proves
 * nothing of the server (anonymous), or hides nothing (NULL), or asks for PSK and certificate together
 * (RSA_PSK), which no security mode of LwM2M does. Static. */
const CipherSuite *cipher_suite_find(uint16_t number);
const CipherSuite *cipher_suite_find_name(const char *name);

/* Whether it proves a server by what an account of a security mode has for that: a PSK, or certificates.
 * suite: NULL is none. */
bool cipher_suite_fits(const CipherSuite *suite, SecurityMode mode);

/* The index-th of all, NULL behind the last. */
const CipherSuite *cipher_suite_get(size_t index);
