/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS of a session: what libcoap has no word for, set on its SSL_CTX, which is this context's alone, so
 * that it also holds for an SSL that libcoap makes anew (design.md section 3, rule 8). */
#pragma once

#include <coap3/coap.h>

#include "coap/counters.h"
#include "coap/dtls_failure.h"
#include "coap/suites.h"
#include "coap/verification.h"
#include "util/certificate.h"
#include "util/log.h"

/* Bytes of certificates that a server may send; RFC 8446 has 16 MiB. */
#define TLS_CERTIFICATES_SIZE CERTIFICATE_CHAIN_SIZE

/* Bytes of a datagram of the handshake, whatever the MTU for CoAP: what each path takes, with 28 bytes of
 * IPv4 and UDP in front (RFC 791: 576), so that fragments of the handshake need no luck with path MTU
 * discovery. */
#define TLS_MTU (576 - 28)

typedef struct Tls {
        const char *peer;      /* "127.0.0.1:5684", for the log */
        const LogAbout *about; /* likewise */
        Verification verification;
        Suites suites;
        int alert;      /* what ended the session: the peer's alert, or ours, or DTLS_ALERT_NONE */
        int received;   /* the peer's last alert of any level, or DTLS_ALERT_NONE */
        bool warned;    /* a warning in a handshake has been told to on_alert() */
        bool asked;     /* the peer has asked for a certificate, and the account has none */
        uint64_t since; /* resumption_offer() */
        uint64_t began; /* the handshake: usec, CLOCK_BOOTTIME */
        uint64_t bytes; /* of both directions before it */
        bool complete;
        Counters *counters;               /* of records; borrowed as long as tls; NULL: nobody counts */
        void (*on_alert)(void *userdata); /* one more has been received; from inside libcoap */
        void *userdata;
        void (*info)(const SSL *ssl, int where, int value); /* libcoap's own */
} Tls;

/* verification: without a verdict; what it borrows, and a peer's address, are borrowed as long as tls.
 * False: suites_init(). */
bool tls_init(Tls *tls, const Verification *verification, const char *peer);

/* Makes a libcoap context with all of it in place before the first ClientHello. tls is borrowed as long as
 * the context, which is the caller's. 0; -EKEYREJECTED: OpenSSL's security level is against a certificate of
 * the client's chain; -ENOMEM. */
int tls_new_context(Tls *tls, coap_context_t **ret);

/* The handshake of a session is complete. False: it has proven nothing, as in a cipher suite without
 * certificates, which is offered at OpenSSL's security level 0; the verdict says so. */
bool tls_is_proven(Tls *tls, const coap_session_t *session);

/* A session that is proven: kept for resumption. Whether it was resumed itself. */
bool tls_keep(const Tls *tls, const coap_session_t *session);

/* The end of the handshake, and of the session or of a handshake that failed, for the log at level debug. */
void tls_trace_handshake(Tls *tls, const coap_session_t *session);
void tls_trace_end(const Tls *tls);

/* Name of the cipher suite, "" without DTLS. Static. */
const char *tls_cipher(const coap_session_t *session);
