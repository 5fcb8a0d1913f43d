/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a session's incoming requests: repetition? body complete? further block of an answer? else the
 * handler; and of its Response back into a packet. */
#pragma once

#include "coap/blockwise.h"
#include "coap/dedup.h"
#include "lwm2m/message.h"

typedef struct IncomingHandler {
        /* Whether the peer may ask at all now; asked once a request, after the ring. False: no response. */
        bool (*accepts)(void *userdata);
        /* A whole request. Leave CODE_NONE for no response. */
        void (*request)(void *userdata, const Request *request, Response *ret_response);
        /* A Block1 block extended its assembly. */
        void (*block)(void *userdata);
} IncomingHandler;

typedef struct Incoming {
        size_t block_size; /* largest block of ours, 16 .. 1024 */
        Dedup dedup;
        Blockwise blockwise; /* its max_body_size also caps a body of one datagram: 4.13 */
} Incoming;

/* Decides on one request, key->hash aside, which it computes. True: *ret_answer is to be sent, valid until
 * the next call. False: no response, and a repetition will be asked again. */
bool incoming_handle(Incoming *incoming, uint64_t now, const MessageKey *key, bool confirmable,
        const Packet *packet, const IncomingHandler *handler, void *userdata, Packet *ret_answer);

void incoming_done(Incoming *incoming);
