/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection is given: its peer, and transmission parameters (RFC 7252, 4.8) with the times derived
 * from them. */
#pragma once

#include "lwm2m/credential.h"

typedef struct CoapSettings {
        uint64_t ack_timeout;     /* usec, 1 s .. 60 s */
        double ack_random_factor; /* 1.0 .. 3.0 */
        unsigned max_retransmit;  /* 0 .. 20 */
        size_t block_size;        /* 16 .. 1024, power of two: caps our Block1 and Block2 */
        size_t max_body_size;     /* bytes of an assembled body, 1 KiB .. 1 MiB */
} CoapSettings;

/* `trust_store` of the configuration (interface.md section 2) beside the path of a file or a folder. */
#define TRUST_STORE_SYSTEM "system" /* OpenSSL's default places: /etc/ssl/certs */
#define TRUST_STORE_NONE   "none"   /* nobody is trusted */

/* All borrowed during connection_open only. */
typedef struct ConnectionSettings {
        const char *uri; /* coap:// or coaps:// */
        const Credential *credential;
        CoapSettings coap;
        const char *trust_store;  /* TRUST_STORE_*, or the absolute path of a file or folder; NULL: system */
        const char *peer_kind;    /* for sentences: "Bootstrap Server", "LwM2M Server 101" */
        unsigned short_server_id; /* for the log; 0: a Bootstrap Server */
} ConnectionSettings;

/* The first two answers to a Finish may be lost: how long the old context replays it. Fixed, it depends on
 * the peer's values: MAX_TRANSMIT_SPAN, RFC 7252, 4.8.2. */
#define COAP_LINGER_USEC (45 * USEC_PER_SEC)

/* usec; RFC 7252, 4.8.2 with the configured values: ACK_TIMEOUT * (2^(MAX_RETRANSMIT + 1) - 1) *
 * ACK_RANDOM_FACTOR. */
uint64_t coap_settings_max_transmit_wait(const CoapSettings *settings);

/* usec; MAX_TRANSMIT_SPAN + 2 * MAX_LATENCY (100 s) + PROCESSING_DELAY (= ACK_TIMEOUT). */
uint64_t coap_settings_exchange_lifetime(const CoapSettings *settings);
