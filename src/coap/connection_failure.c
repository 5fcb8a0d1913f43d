/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a connection's failures. */
#include <netdb.h>
#include <stdio.h>

#include "coap/connection_failure.h"
#include "coap/dtls_failure.h"
#include "lwm2m/limits.h"
#include "util/macro.h"

#define PEER_SIZE (LIMIT_URI_SIZE + 128) /* URI, kind and address */

/* "Bootstrap Server coap://example.org (192.0.2.1:5683)" */
static const char *peer(const FailureContext *context, char buffer[PEER_SIZE])
{
        bool known = context->address[0] != 0;

        (void)snprintf(buffer, PEER_SIZE, "%s %s%s%s%s", context->peer_kind, context->uri, known ? " (" : "",
                context->address, known ? ")" : "");
        return buffer;
}
#define PEER(context) peer((context), (char[PEER_SIZE]){0})

static double seconds(uint64_t usec)
{
        return (double)usec / USEC_PER_SEC;
}

void failure_set_uri(Failure *failure, const FailureContext *context, const char *reason)
{
        failure_set(failure, FAILURE_INVALID_CONFIGURATION, "%s: the URI %s; correct it in the account.",
                PEER(context), reason);
}

void failure_set_credential(Failure *failure, const FailureContext *context, const char *reason)
{
        failure_set(failure, FAILURE_CREDENTIAL_UNUSABLE, "%s: the %s; correct it in the account.",
                PEER(context), reason);
}

void failure_set_unresolved(Failure *failure, const FailureContext *context, const char *host, int error)
{
        failure_set(failure, FAILURE_NAME_RESOLUTION_FAILED,
                "%s: the host name %s could not be resolved: %s; check the URI and the name server.",
                PEER(context), host, gai_strerror(error));
}

void failure_set_no_interface(Failure *failure, const FailureContext *context, const char *scope)
{
        failure_set(failure, FAILURE_NO_ROUTE,
                "There is no way to %s: no interface %s has such addresses; "
                "check that it is there, and that the address in the URI is a link-local one.",
                PEER(context), scope);
}

void failure_set_resolved_late(
        Failure *failure, const FailureContext *context, const char *host, uint64_t wait)
{
        failure_set(failure, FAILURE_NAME_RESOLUTION_FAILED,
                "%s: the host name %s was not resolved within %g s; "
                "check that the name server can be reached.",
                PEER(context), host, seconds(wait));
}

void failure_set_no_route(Failure *failure, const FailureContext *context, int error)
{
        /* connect() says so of a link-local address without scope. */
        bool scope = error == EINVAL;

        failure_set(failure, FAILURE_NO_ROUTE, "There is no way to %s: %s; check %s.", PEER(context),
                strerrordesc_np(error),
                scope ? "that a link-local address names its interface (%25eth0)"
                      : "the network connection and its routes");
}

void failure_set_refused(Failure *failure, const FailureContext *context)
{
        failure_set(failure, FAILURE_REFUSED,
                "%s refused the connection (ICMP port unreachable); "
                "check that the server runs and listens on this port.",
                PEER(context));
}

void failure_set_reset(Failure *failure, const FailureContext *context)
{
        failure_set(failure, FAILURE_REFUSED,
                "%s refused the request with a CoAP Reset; check that the port belongs to such a server.",
                PEER(context));
}

void failure_set_handshake(Failure *failure, const FailureContext *context, int alert)
{
        if (alert == DTLS_ALERT_NONE)
                dtls_failure_from_silence(failure, PEER(context));
        else
                dtls_failure_from_alert(failure, PEER(context), context->credential, alert);
}

void failure_set_no_certificate(Failure *failure, const FailureContext *context, int alert)
{
        dtls_failure_without_certificate(failure, PEER(context), alert);
}

void failure_set_verdict(Failure *failure, const FailureContext *context, const Failure *verdict)
{
        failure_set(failure, verdict->name, "%s: %s", PEER(context), verdict->sentence);
}

/* A DTLS server drops what is no record of DTLS without a word. */
static bool is_at_port_of_dtls(const FailureContext *context)
{
        const char *port = strrchr(context->address, ':');

        return context->credential->mode == SECURITY_MODE_NOSEC && port && strcmp(port, ":5684") == 0;
}

void failure_set_unanswered(Failure *failure, const FailureContext *context, uint64_t wait)
{
        failure_set(failure, FAILURE_TIMEOUT,
                "%s did not answer within %g s; check address, port and firewall, and that the server "
                "runs.%s",
                PEER(context), seconds(wait),
                is_at_port_of_dtls(context) ? " Port 5684 is that of coaps://, of DTLS." : "");
}

void failure_set_unsent(Failure *failure, const FailureContext *context, int error)
{
        switch (-error) {
        case ECONNREFUSED:
                failure_set_refused(failure, context);
                break;
        case EHOSTUNREACH:
        case ENETDOWN:
        case ENETUNREACH:
                failure_set_no_route(failure, context, -error);
                break;
        default:
                failure_set(failure, FAILURE_CONNECTION_LOST, "The request to %s could not be sent: %s.",
                        PEER(context), strerrordesc_np(-error));
        }
}

void failure_set_suites(Failure *failure, const FailureContext *context)
{
        dtls_failure_from_suites(failure, PEER(context), context->credential);
}

void failure_set_lost(Failure *failure, const FailureContext *context, int alert)
{
        if (alert != DTLS_ALERT_NONE)
                dtls_failure_of_session(failure, PEER(context), context->credential, alert);
        else
                failure_set(failure, FAILURE_CONNECTION_LOST,
                        "%s ended the DTLS session, or it was lost; the server's log says why.",
                        PEER(context));
}
