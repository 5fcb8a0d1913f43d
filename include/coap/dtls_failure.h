/* SPDX-License-Identifier: Apache-2.0 */
/* Why a DTLS handshake failed, or a session ended, out of the alert (RFC 5246, 7.2; RFC 4279, 6; RFC 6066,
 * 9): a name, what to look at, and whether trying again may help. */
#pragma once

#include "lwm2m/credential.h"
#include "lwm2m/failure.h"

#define DTLS_ALERT_NONE (-1)
#define DTLS_ALERT_OURS 0x100 /* added to the number of one that we sent */

/* What a client does about an alert of its server (Core TS, Transport Bindings, table of TLS alerts). */
typedef enum AlertClass {
        ALERT_RETRY, /* the next attempt may succeed; so may it after one that the table does not name */
        ALERT_FAIL,  /* it cannot without another account: Failure.is_final */
        /* Nothing. One that warns ends nothing; after a fatal one, whose session is over all the same (RFC
         * 5246, 7.2.2), the next attempt has its turn. */
        ALERT_IGNORE,
} AlertClass;

/* alert: 0..255, of the peer. */
AlertClass dtls_alert_class(int alert);

/* The handshake, or the session when it is complete, was ended by an alert. alert: its number, the peer's or
 * ours. peer: "Bootstrap Server coaps://... (127.0.0.1:5684)". credential: ours, of PSK or certificate. */
void dtls_failure_from_alert(Failure *failure, const char *peer, const Credential *credential, int alert);
void dtls_failure_of_session(Failure *failure, const char *peer, const Credential *credential, int alert);

/* A handshake of an account without certificate was ended by the peer, which had asked for one. */
void dtls_failure_without_certificate(Failure *failure, const char *peer, int alert);

/* The handshake ended, or ran out of time, without an alert. */
void dtls_failure_from_silence(Failure *failure, const char *peer);

/* None of the suites that the account names can be offered. */
void dtls_failure_from_suites(Failure *failure, const char *peer, const Credential *credential);
