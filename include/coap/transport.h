/* SPDX-License-Identifier: Apache-2.0 */
/* One libcoap context with one session in it, to one address: datagrams <-> packets (design.md section 3,
 * rules 1-4). */
#pragma once

#include <systemd/sd-event.h>

#include "coap/inbox.h"
#include "coap/lifetime.h"
#include "coap/outbox.h"
#include "coap/packet.h"
#include "coap/resolver.h"
#include "coap/settings.h"
#include "lwm2m/failure.h"
#include "util/clock.h"
#include "util/log.h"

typedef struct Transport Transport;

typedef enum TransportEvent {
        TRANSPORT_ALERT,       /* the peer has sent an alert, of whatever level */
        TRANSPORT_CONNECTED,   /* the DTLS handshake is complete */
        TRANSPORT_REFUSED,     /* ICMP: port unreachable */
        TRANSPORT_UNREACHABLE, /* ICMP: host or net unreachable */
        TRANSPORT_RESET,       /* the peer answered the message under way with a Reset */
        TRANSPORT_DEAD,        /* the DTLS session failed or was closed; nothing can be sent any more */
        _TRANSPORT_EVENT_MAX,
} TransportEvent;

/* transport_close is safe inside each of them. */
typedef struct TransportHandler {
        InboxRequest request;
        InboxResponse response;
        /* In a turn of the loop of its own; equal ones before it are merged. */
        void (*event)(void *userdata, TransportEvent event);
} TransportHandler;

typedef struct TransportSettings {
        const Clock *clock; /* borrowed as long as the transport */
        const ResolvedAddress *address;
        const Credential *credential; /* borrowed as long as the lifetime */
        const char *server_name;      /* SNI, or NULL; likewise */
        const char *reference;        /* the name or address in the server's certificate; likewise */
        const char *trust_store;      /* ConnectionSettings; likewise */
        Counters *counters;           /* likewise; they go on */
        const LogAbout *about;        /* likewise: who the peer is */
        const CoapSettings *coap;
} TransportSettings; /* else borrowed during transport_open only */

/* Makes context, socket (a new ephemeral port) and session, and sends the ClientHello where the mode
 * is not NoSec. Every call of the handler is a call of the lifetime. That and the handler are borrowed until
 * the transport is destroyed, at the latest when the lifetime's outermost call after transport_close has
 * returned. 0, -ENOMEM, -EPROTONOSUPPORT where none of the account's cipher suites can be offered,
 * -EKEYREJECTED where OpenSSL's security level is against the client's certificates, or -ENETUNREACH where
 * libcoap refuses. */
int transport_open(sd_event *event, Lifetime *lifetime, const TransportSettings *settings,
        const TransportHandler *handler, void *userdata, Transport **ret);

/* Ends the session (close_notify) and drops what was under way. No callback comes afterwards. Returns NULL.
 */
Transport *transport_close(Transport *transport);
DEFINE_CLEANUP(Transport *, transport_close)

/* Sends a confirmable request; libcoap retransmits it. 0; -ENOTCONN: no session (any more); -EMSGSIZE: it
 * does not fit into a datagram; -ENOMEM; what the socket said (-ENETUNREACH ...), -EIO where it said
 * nothing. */
int transport_send(Transport *transport, const uint8_t *token, size_t token_size, const Packet *packet);

/* Sends an answer that is not piggybacked, or a notification: outbox_notification(). As above. */
int transport_answer(Transport *transport, const AnswerTarget *target, const Packet *answer);
int transport_notify(Transport *transport, const AnswerTarget *target, const Packet *answer,
        NotificationCallback callback, void *userdata, uint64_t *ret_number);

/* outbox_fetched() */
void transport_fetched(Transport *transport, uint64_t number, bool whole);

/* outbox_forgo_rest() */
void transport_forgo_rest(Transport *transport, uint64_t number);

/* outbox_forget() */
void transport_forget_notifications(Transport *transport);

/* What the DTLS of a session has come to so far. */
typedef struct TransportTls {
        const Failure *verdict; /* why the server's certificate was refused; FAILURE_NONE: it was not. See
                                   Verification; borrowed from the transport */
        bool lacks_certificate; /* the server has asked for one, and the account has none */
        int alert;    /* that has ended the session, the peer's (a fatal one, or close_notify) or ours, or
                         DTLS_ALERT_NONE */
        int received; /* the last one of the peer, whatever its level, or DTLS_ALERT_NONE */
        bool offers_session; /* it was to go on with a session of before; the next one will not */
        bool is_resumed;     /* it has gone on with the keys of one before (RFC 5246, 7.3) */
        const char *cipher;  /* name of the cipher suite, "" without DTLS; static */
} TransportTls;

TransportTls transport_tls(const Transport *transport);

/* Whether the session can go on in the network of now: network_path_is_usable(). */
bool transport_is_usable(const Transport *transport);

/* The port at our end, network byte order. */
uint16_t transport_port(const Transport *transport);
