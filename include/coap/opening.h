/* SPDX-License-Identifier: Apache-2.0 */
/* The opening of a connection: from the name over each of its addresses to the answer of the opening request
 * (design.md section 3, rule 9). What comes of it stands in its state; who calls looks there and tells. */
#pragma once

#include "coap/connection_memory.h"
#include "coap/peer.h"
#include "coap/resolving.h"

typedef enum OpeningState {
        OPENING_IDLE,
        OPENING_RESOLVING,
        OPENING_HANDSHAKING,
        OPENING_REQUESTING,
        OPENING_ACCEPTED, /* a request of the peer was answered before its answer came */
        OPENING_ANSWERED,
        OPENING_FAILED, /* every address, or there is none: failure says why */
} OpeningState;

typedef struct Opening {
        Peer *peer;
        Resolver *resolver;
        NamingCallback resolved;
        ConnectionMemory *memory;
        Exchange exchange;
        OpeningState state;
        Resolving resolving;
        ResolvedAddress addresses[LIMIT_ADDRESSES];
        size_t n_addresses;
        size_t next_address;
        /* While a handshake is under way: how far CLOCK_REALTIME, by which libcoap and OpenSSL wait, stands
         * from CLOCK_BOOTTIME, and when it ends by ours; usec. */
        int64_t wall;
        uint64_t handshaking_until;
        bool is_new_stage; /* one of _RESOLVING to _REQUESTING has begun since the caller has looked */
        Failure failure;   /* of the last address */
} Opening;

/* Copies the request. peer, resolver and memory are borrowed; what the name is goes to resolved,
 * with the peer's userdata, and from there to opening_resolved. 0 or -ENOMEM, opening_done in both cases. */
int opening_init(Opening *opening, Peer *peer, Resolver *resolver, NamingCallback resolved,
        ConnectionMemory *memory, const Request *request);
void opening_done(Opening *opening);

void opening_start(Opening *opening);
void opening_resolved(Opening *opening, int error, const ResolvedAddress *addresses, size_t n);

/* Nobody waits for it any more: whatever comes changes nothing. opening_hold: but for the answer to a
 * request that has been sent, no further address is tried. */
void opening_stop(Opening *opening);
void opening_hold(Opening *opening);

/* The peer may ask; and it did, and was answered: no deadline and no further address any more. */
bool opening_has_session(const Opening *opening);
void opening_accept(Opening *opening);

/* The answer comes in blocks, and the next one has been asked for. */
bool opening_is_fetching(const Opening *opening);

/* Accepted or answered. */
bool opening_is_done(const Opening *opening);

/* The address under way, or the one of the session, has not answered a request: the next opening starts
 * behind it. */
void opening_remember_silence(Opening *opening);

/* The request of the address under way leaves, or its answer comes, by another way than when it began. */
bool opening_is_stranded(const Opening *opening);

/* The network has changed: a name that is not known yet is asked for again at once, where that may help. */
void opening_network_changed(Opening *opening);

/* Of the address under way. opening_refused: by ICMP, which the peer has noted; opening_reset: the opening
 * request was answered with a Reset. An open session outlives both, there the deadline of a request decides.
 */
void opening_connected(Opening *opening);
void opening_refused(Opening *opening);
void opening_reset(Opening *opening);

/* The session failed; the deadline has passed. False: it is not the opening's. */
bool opening_dead(Opening *opening);
bool opening_late(Opening *opening);

/* Another request in the place of the one that was sent or answered, at the address under way. 0 (look at
 * the state, as sending may fail) or -ENOMEM (nothing has changed). */
int opening_replace(Opening *opening, const Request *request);

/* A response. As exchange_take; EXCHANGE_DONE: the state is OPENING_ANSWERED. */
int opening_response(Opening *opening, const uint8_t *token, size_t token_size, const Packet *packet,
        Response *ret_response);
