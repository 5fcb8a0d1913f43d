/* SPDX-License-Identifier: Apache-2.0 */
/* One libcoap context with one session in it, to one address: datagrams <-> packets (design.md section 3,
 * rules 1-4). */
#pragma once

#include <systemd/sd-event.h>

#include "coap/incoming.h"
#include "coap/packet.h"
#include "coap/resolver.h"
#include "coap/settings.h"
#include "util/clock.h"
#include "util/secret.h"

typedef struct Endpoint Endpoint;

typedef enum EndpointEvent {
        ENDPOINT_CONNECTED,   /* the DTLS handshake is complete */
        ENDPOINT_REFUSED,     /* ICMP: port unreachable */
        ENDPOINT_UNREACHABLE, /* ICMP: host or net unreachable */
        ENDPOINT_RESET,       /* the peer answered the message under way with a Reset */
        ENDPOINT_DEAD,        /* the DTLS session failed or was closed; nothing can be sent any more */
        _ENDPOINT_EVENT_MAX,
} EndpointEvent;

typedef struct EndpointHandler {
        /* As IncomingHandler. From inside libcoap: endpoint_close is safe, and frees when libcoap has
         * returned. */
        bool (*accepts)(void *userdata);
        void (*request)(void *userdata, const Request *request, Response *ret_response);
        void (*block)(void *userdata);
        /* A response. False: it belongs to nothing, the peer gets a Reset. Likewise from inside libcoap. */
        bool (*response)(void *userdata, const uint8_t *token, size_t token_size, const Packet *packet);
        /* In a turn of the loop of its own; equal ones before it are merged. */
        void (*event)(void *userdata, EndpointEvent event);
} EndpointHandler;

typedef struct EndpointSettings {
        const ResolvedAddress *address;
        const Secret *identity; /* NULL: NoSec */
        const Secret *key;
        const CoapSettings *coap;
} EndpointSettings; /* all borrowed during endpoint_open only */

/* Makes context, socket (a new ephemeral port) and session, and sends the ClientHello where there is an
 * identity. The clock and the handler are borrowed until endpoint_close. 0, -ENOMEM, or -ENETUNREACH where
 * libcoap refuses. */
int endpoint_open(sd_event *event, const Clock *clock, const EndpointSettings *settings,
        const EndpointHandler *handler, void *userdata, Endpoint **ret);

/* Ends the session (close_notify) and drops what was under way. No callback comes afterwards. Returns NULL.
 */
Endpoint *endpoint_close(Endpoint *endpoint);
DEFINE_CLEANUP(Endpoint *, endpoint_close)

/* Sends a confirmable request; libcoap retransmits it. 0; -ENOTCONN: no session (any more); -EMSGSIZE: it
 * does not fit into a datagram; -ENOMEM; what the socket said (-ENETUNREACH ...), -EIO where it said
 * nothing. */
int endpoint_send(Endpoint *endpoint, const uint8_t *token, size_t token_size, const Packet *packet);

/* The peer's fatal alert, or DTLS_ALERT_NONE. */
int endpoint_alert(const Endpoint *endpoint);

/* Name of the cipher suite, "" without DTLS. Static. */
const char *endpoint_cipher(const Endpoint *endpoint);
