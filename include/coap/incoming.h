/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a session's incoming requests: repetition? body complete? further block of an answer? else it
 * is to be served; and of its Response back into a packet. */
#pragma once

#include "coap/blockwise.h"
#include "coap/dedup.h"
#include "coap/translate.h"
#include "lwm2m/message.h"

typedef struct Incoming {
        size_t block_size;   /* largest block of ours, 16 .. 1024 */
        Dedup dedup;         /* of what was served: to do it again would be a mistake */
        Dedup parts;         /* of what was not served, as all blocks but the last: they push nothing out */
        Blockwise blockwise; /* its max_body_size also caps a body of one datagram: 4.13 */
} Incoming;

void incoming_init(Incoming *incoming, size_t block_size, size_t max_body_size);
void incoming_done(Incoming *incoming);

/* One request on its way. */
typedef struct IncomingRequest {
        Request request;   /* what is to be served; its payload is borrowed */
        Response response; /* to be filled in; CODE_NONE: none */
        bool extended;     /* it is a Block1 block that extended its assembly */

        /* inside */
        Incoming *incoming;
        uint64_t now;
        const Packet *packet; /* as it came */
        MessageKey message;
        bool confirmable;
        bool served; /* the response is the server's, not ours */
        TransferOptions transfer;
        uint8_t *body; /* that the payload was put together in, or NULL */
        size_t body_size;
        const BlockSnapshot *snapshot; /* that the answer is a block of, or NULL */
        Block block2;                  /* of the answer */
        AnswerOptions answer;
        const uint8_t *payload; /* of the answer */
        size_t payload_size;
} IncomingRequest;

/* Whether the message, its hash aside, has been answered already. True: *ret_answer is to be sent again,
 * valid until the next incoming_end. */
bool incoming_repeats(const Incoming *incoming, uint64_t now, const MessageKey *message,
        const Packet *packet, Packet *ret_answer);

/* Takes a request that is none. True: it is whole, request->response is to be filled in. incoming_end
 * follows in both cases; packet is borrowed until then. */
bool incoming_begin(IncomingRequest *request, Incoming *incoming, uint64_t now, const MessageKey *message,
        bool confirmable, const Packet *packet);

/* True: *ret_answer is to be sent, valid until the next incoming_end. False: no response, and a repetition
 * is asked again. Frees what the request holds. */
bool incoming_end(IncomingRequest *request, Packet *ret_answer);
