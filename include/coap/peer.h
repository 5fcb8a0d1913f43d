/* SPDX-License-Identifier: Apache-2.0 */
/* The peer of a connection: who it is, the session with it at the address under way, and the one deadline
 * for what it owes. Knows no sequence. */
#pragma once

#include "coap/address_list.h"
#include "coap/connection_failure.h"
#include "coap/exchange.h"
#include "coap/incoming.h"
#include "coap/transport.h"
#include "lwm2m/uri.h"
#include "util/clock.h"
#include "util/log.h"

#define PEER_CIPHER_SIZE 64 /* bytes; OpenSSL's longest name has 29 */

typedef struct Peer {
        sd_event *event;
        const Clock *clock;
        Lifetime *lifetime;
        const TransportHandler *handler;
        void *userdata;

        char *kind;
        char *uri_text;
        LogAbout about; /* for the log: who the peer is */
        Uri uri;
        const char *uri_reason;            /* what is wrong with it, or NULL */
        char name[URI_HOST_NAME_SIZE + 1]; /* Uri-Host, "" for an address */
        Credential credential;
        char *trust_store;
        CoapSettings coap;

        Transport *transport; /* to the address under way, or NULL */
        Incoming incoming;    /* of its session */
        Counters counters;    /* of all its sessions */
        sd_event_source *timer;
        uint64_t end;        /* CLOCK_BOOTTIME usec: no deadline lies behind */
        TransportEvent icmp; /* has come since the last message of ours, or _TRANSPORT_EVENT_MAX */
        char address[ADDRESS_TEXT_SIZE]; /* the last one tried */
        char cipher[PEER_CIPHER_SIZE];
} Peer;

/* Copies the settings; lifetime, clock and handler are borrowed. deadline and the handler are called with
 * userdata. 0 or negative errno, peer_done in both cases. */
int peer_init(Peer *peer, sd_event *event, const Clock *clock, Lifetime *lifetime,
        const ConnectionSettings *settings, const TransportHandler *handler,
        sd_event_time_handler_t deadline, void *userdata);
void peer_done(Peer *peer);

/* Ends the session and all events; peer_done may come later. */
void peer_shut(Peer *peer);

/* The deadline: usec from now, at least one turn of the loop away. peer_limit: this and all later ones come
 * within that time from now. */
void peer_arm(Peer *peer, uint64_t wait);
void peer_limit(Peer *peer, uint64_t wait);
void peer_disarm(Peer *peer);

/* MAX_TRANSMIT_WAIT of the settings, usec. */
uint64_t peer_wait(const Peer *peer);

/* Borrows from the peer. */
FailureContext peer_failure_context(const Peer *peer);

/* ICMP has come for the message under way: it is noted, and is the reason when no answer comes (false: there
 * was none). One that did come may still be answered: a server that is restarted. */
void peer_note_icmp(Peer *peer, TransportEvent event);
bool peer_failure_icmp(const Peer *peer, Failure *failure);

/* Whether URI and credential can be used at all; if not, the failure says what is wrong with them. */
bool peer_is_sound(const Peer *peer, Failure *failure);

/* There is no session. error: of peer_connect(). */
void peer_failure_unconnected(const Peer *peer, int error, Failure *failure);

/* The handshake at the address under way has failed, by a verdict, an alert, or without a word. */
void peer_failure_handshake(const Peer *peer, Failure *failure);

/* The open session has ended; libcoap may have begun a handshake by itself that ended so. */
void peer_failure_lost(const Peer *peer, Failure *failure);

/* A new session with an address, in place of the one before. 0 or negative errno. */
int peer_connect(Peer *peer, const ResolvedAddress *address);
void peer_disconnect(Peer *peer);

/* The session cannot go on in the network of now: its address is gone, or leads nowhere. */
bool peer_is_stranded(const Peer *peer);

/* transport_port() of the session, which must be there. */
uint16_t peer_port(const Peer *peer);

/* Sends the exchange's message that is due. 0 or negative errno. */
int peer_send(Peer *peer, Exchange *exchange);
