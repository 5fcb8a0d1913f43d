/* SPDX-License-Identifier: Apache-2.0 */
/* What a session knows of the peer's requests, and one of them on its way. The parts of coap/incoming work
 * on it. */
#pragma once

#include "coap/block_stream.h"
#include "coap/blockwise.h"
#include "coap/dedup.h"
#include "coap/translate.h"
#include "lwm2m/message.h"

typedef struct Incoming {
        size_t block_size;   /* largest block of ours, 16 .. 1024 */
        Dedup dedup;         /* of what was served: to do it again would be a mistake */
        Dedup parts;         /* of what was not served, as all blocks but the last: they push nothing out */
        Blockwise blockwise; /* its max_body_size also caps a body of one datagram: 4.13 */
        BlockStream stream;
        struct LateRequest *late[LIMIT_LATE_ANSWERS]; /* those whose answer comes later */
        struct LateRequest *held;                     /* the block of the stream that waits, or NULL */
} Incoming;

/* One request on its way. */
typedef struct IncomingRequest {
        Request request;   /* what is to be served; its payload is borrowed */
        Response response; /* to be filled in; CODE_NONE: none */
        bool extended;     /* it is a Block1 block that extended its body */
        /* It begins a body of several blocks, of announced bytes (0: not said): before incoming_end() the
         * caller refuses it by the response, or says by incoming_open_body() where it goes. */
        bool opens_body;
        uint64_t announced;
        /* The answer is a block more of that notification, or 0; and the last one. */
        uint64_t notification;
        bool last_block;

        /* inside */
        Incoming *incoming;
        uint64_t now;
        const Packet *packet; /* as it came */
        MessageKey message;
        bool confirmable;
        bool served;   /* the response is the server's, not ours */
        Dedup *ring;   /* where the answer is kept for its repetitions */
        bool awaited;  /* it is a notification, of which the further blocks are awaited */
        uint64_t late; /* the handle of the answer that comes later, or 0 */
        TransferOptions transfer;
        uint8_t *body; /* that the payload was put together in, or NULL */
        size_t body_size;
        const BlockSnapshot *snapshot; /* that the answer is a block of, or NULL */
        Block block2;                  /* of the answer */
        AnswerOptions answer;
        const uint8_t *payload; /* of the answer */
        size_t payload_size;
} IncomingRequest;

/* A request without what it asked for: what its answer is made by. */
typedef struct LateRequest {
        IncomingRequest in; /* in.now is when it came; its packet is the copy */
        PacketCopy copy;
} LateRequest;

LateRequest *late_request_new(const IncomingRequest *request, uint64_t handle); /* NULL: out of memory */
LateRequest *late_request_free(LateRequest *late);
DEFINE_CLEANUP(LateRequest *, late_request_free)

/* Whether an answer of that code is wanted (RFC 7967, 2.1); libcoap asks by itself only where it is
 * piggybacked. */
bool late_request_wants(const LateRequest *late, uint8_t code);
