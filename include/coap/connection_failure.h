/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a connection's failures (interface.md section 4). */
#pragma once

#include "lwm2m/credential.h"
#include "lwm2m/failure.h"

/* With whom; all borrowed. */
typedef struct FailureContext {
        const char *peer_kind; /* "Bootstrap Server" */
        const char *uri;
        const char *address; /* "127.0.0.1:5683", "" before one is tried */
        const Credential *credential;
} FailureContext;

/* reason: behind "the URI " or "the ". */
void failure_set_uri(Failure *failure, const FailureContext *context, const char *reason);
void failure_set_credential(Failure *failure, const FailureContext *context, const char *reason);

/* error: EAI_* of getaddrinfo; _no_interface: of an IPv6 literal with a scope; _late: no result within wait
 * (usec). */
void failure_set_unresolved(Failure *failure, const FailureContext *context, const char *host, int error);
void failure_set_no_interface(Failure *failure, const FailureContext *context, const char *scope);
void failure_set_resolved_late(
        Failure *failure, const FailureContext *context, const char *host, uint64_t wait);

/* error: errno. */
void failure_set_no_route(Failure *failure, const FailureContext *context, int error);
void failure_set_refused(Failure *failure, const FailureContext *context);
void failure_set_reset(Failure *failure, const FailureContext *context);

/* alert: as transport_alert() says. */
void failure_set_handshake(Failure *failure, const FailureContext *context, int alert);

/* The server's certificate was refused; the verdict is that of a Verification. */
void failure_set_verdict(Failure *failure, const FailureContext *context, const Failure *verdict);

/* It was ended by the peer's alert, after it had asked for a client certificate in vain. */
void failure_set_no_certificate(Failure *failure, const FailureContext *context, int alert);

/* No answer to a request within wait (usec). */
void failure_set_unanswered(Failure *failure, const FailureContext *context, uint64_t wait);

/* error: negative errno of the layers below. */
void failure_set_unsent(Failure *failure, const FailureContext *context, int error);

/* The open session is gone. alert: as above. */
void failure_set_lost(Failure *failure, const FailureContext *context, int alert);

/* The account names cipher suites, of which none can be offered. */
void failure_set_suites(Failure *failure, const FailureContext *context);
