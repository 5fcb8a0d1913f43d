/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection has sent, received and met: Object 7 and the counters of the bus. */
#pragma once

#include "coap/packet.h"
#include "util/clock.h"

/* Without DTLS, bytes are those of CoAP messages: all that the peer's requests and responses and ours have,
 * each sent one once (libcoap does not tell of its retransmissions), and the empty messages we send; not the
 * empty ones of the peer, nor what libcoap refuses by itself. With DTLS they are those of every record, the
 * handshake, retransmissions and empty messages among them, and a datagram is a record (in a handshake one
 * datagram may hold several). IP and UDP headers never count. */
typedef struct Traffic {
        uint64_t datagrams;
        uint64_t bytes;
        uint64_t largest; /* bytes of one of them */
} Traffic;

typedef struct Counters {
        bool secured; /* DTLS: its records are counted in the place of messages */
        Traffic sent;
        Traffic received;
        uint64_t retransmissions;    /* of confirmable messages, outbox_watch() */
        uint64_t handshakes;         /* of DTLS, that have brought a session */
        uint64_t handshake_failures; /* that have brought none at one address, for whatever reason */
        const Clock *clock;
        uint64_t last_message; /* in either direction: usec, CLOCK_BOOTTIME; 0: none yet */
} Counters;

/* Bytes of the message on the wire (RFC 7252, 3). */
size_t counters_message_size(size_t token_size, const Packet *packet);

/* A message; code 0: an empty one. */
void counters_sent(Counters *counters, size_t token_size, const Packet *packet);
void counters_received(Counters *counters, size_t token_size, const Packet *packet);

/* A datagram of so many bytes. */
void traffic_add(Traffic *traffic, size_t size);
