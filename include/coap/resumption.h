/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS sessions that may be resumed, by ticket or id (RFC 5077; RFC 5246, 7.3), as long as the daemon lives:
 * each belongs to a credential and a server's address, and is found again by both alone. */
#pragma once

#include <openssl/ssl.h>

#include "coap/verification.h"

/* Of each account, the Bootstrap-Server Account and a former one. */
#define RESUMPTION_SESSIONS (LIMIT_SERVER_ACCOUNTS + 2)
#define RESUMPTION_AGE      (24 * 3600 * USEC_PER_SEC) /* RFC 5246, F.1.4 */
/* Bytes: a ClientHello with a longer ticket would not fit into one datagram of TLS_MTU, and most servers
 * that ask for a cookie take no fragments of one. */
#define RESUMPTION_TICKET 256

/* A handshake starts: offers the session of before, if any. It is forgotten with that, so that a server that
 * fails over it is not asked twice; and it has to pass: its certificates, what the account asks for and the
 * clock, are judged as those of a handshake are. verification: its verdict is left alone. Returns when its
 * full handshake was (CLOCK_BOOTTIME, usec); 0: none is offered. */
uint64_t resumption_offer(SSL *ssl, const Verification *verification, const char *peer);

/* A handshake is complete: keeps its session, in place of the one before. Out of memory: does not. since:
 * what resumption_offer() has returned for it. */
void resumption_keep(SSL *ssl, const Verification *verification, const char *peer, uint64_t since);

/* Forgets all of them. */
void resumption_forget(void);
