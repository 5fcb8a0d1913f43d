/* SPDX-License-Identifier: Apache-2.0 */
/* Why a DTLS handshake failed, out of the peer's alert (RFC 5246, 7.2; RFC 4279, 2): a name and what to look
 * at. */
#pragma once

#include "lwm2m/failure.h"

#define DTLS_ALERT_NONE (-1)
#define DTLS_ALERT_OURS 0x100 /* added to the number of one that we sent */

/* alert: number of the fatal alert, the peer's or ours. peer: "Bootstrap Server coaps://...
 * (127.0.0.1:5684)". */
void dtls_failure_from_alert(Failure *failure, const char *peer, int alert);

/* The handshake ended, or ran out of time, without an alert. */
void dtls_failure_from_silence(Failure *failure, const char *peer);
