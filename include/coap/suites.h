/* SPDX-License-Identifier: Apache-2.0 */
/* The cipher suites of an account (/0/x/16) in its ClientHello: these, in their order, and no other. libcoap
 * has a list of its own for each SSL, and no word for another one. */
#pragma once

#include <openssl/ssl.h>

#include "lwm2m/credential.h"

#define SUITES_LIST_SIZE (LIMIT_CIPHER_SUITES * 40) /* bytes; OpenSSL's longest name has 29 */
#define SUITES_TEXT_SIZE 384                        /* bytes of a sentence for IANA's names */

typedef int (*SuitesPolicy)(
        const SSL *ssl, const SSL_CTX *context, int operation, int bits, int nid, void *other, void *ex);

typedef struct Suites {
        const Credential *credential;
        SuitesPolicy policy;         /* OpenSSL's own, by the security level */
        char list[SUITES_LIST_SIZE]; /* OpenSSL's names; "" where the account names none */
} Suites;

/* Makes the suites of a credential, which is borrowed. False: it names some, and none of them can be offered
 * in its security mode. */
bool suites_init(Suites *suites, const Credential *credential);

/* On the SSL_CTX, from where each SSL takes it: a suite of CCM_8 that the account names passes OpenSSL's
 * security level, which from 3.2 on keeps all of them out (RFC 6655 has tags of 64 bits). Nothing else does:
 * the level stays. suites is borrowed as long as the context. */
void suites_apply(Suites *suites, SSL_CTX *context);

/* When a handshake of an SSL of that context starts, before its ClientHello is built. */
void suites_offer(const Suites *suites, SSL *ssl);

/* IANA's name of the first suite that an SSL offers though OpenSSL's security level is against it, or NULL.
 * Static. */
const char *suites_find_exempt(const Suites *suites, SSL *ssl);

/* IANA's names of what an SSL offers, or of what an account names (hex where OpenSSL knows none), with ", "
 * between them; " ..." where there are more. Returns text. */
const char *suites_describe_offer(SSL *ssl, char *text, size_t size);
const char *suites_describe(const Credential *credential, char text[SUITES_TEXT_SIZE]);

/* Whether this account's ClientHello holds a suite. */
bool suites_offer_one(const Credential *credential, uint16_t suite);
