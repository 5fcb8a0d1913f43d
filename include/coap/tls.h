/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS of a session: what libcoap has no word for, set on its SSL_CTX, which is this context's alone, so
 * that it also holds for an SSL that libcoap makes anew (design.md section 3, rule 8). */
#pragma once

#include <coap3/coap.h>
#include <openssl/ssl.h>

#include "coap/dtls_failure.h"

typedef struct Tls {
        int alert;                                          /* tls_alert() */
        void (*info)(const SSL *ssl, int where, int value); /* libcoap's own */
} Tls;

#define TLS_INIT ((Tls){.alert = DTLS_ALERT_NONE})

/* Right after the session is made: the ClientHello is out, no answer has been read. NoSec: nothing to do.
 * tls is borrowed as long as the session's context. 0 or -ENOMEM. */
int tls_hook(Tls *tls, coap_session_t *session);

/* Name of the cipher suite, "" without DTLS. Static. */
const char *tls_cipher(const coap_session_t *session);
