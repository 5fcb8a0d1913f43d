/* SPDX-License-Identifier: Apache-2.0 */
/* One request of ours from its first block to its whole answer: Block1 out, Block2 in (RFC 7959); bytes
 * only, the transport and the deadline are the caller's. */
#pragma once

#include "coap/answer_stream.h"
#include "coap/blockwise.h"
#include "coap/packet.h"
#include "coap/translate.h"
#include "lwm2m/message.h"

/* Bytes, random: libcoap cancels what shares a token; design.md section 3, rule 7. */
#define EXCHANGE_TOKEN_SIZE 8

typedef struct Exchange {
        Request request; /* owned */
        size_t max_body_size;
        uint8_t token[EXCHANGE_TOKEN_SIZE]; /* of the message under way */
        uint8_t szx;                        /* of our blocks; the peer may lower it */
        size_t sent;                        /* bytes of the body before the block under way */
        bool fetching;                      /* the answer comes in blocks, our body has gone */
        Response response;                  /* begun by the answer's first block; owned */
        EntityTag etag;                     /* of the answer's first block */
        ByteWriter body;                    /* of the answer, so far */
        Block next;                         /* of the answer, to ask for */
        AnswerStream *stream;               /* that a 2.05 goes into; NULL: into body */
} Exchange;

typedef enum ExchangeStep {
        EXCHANGE_FOREIGN, /* not the answer to this exchange's message, or one to be rejected */
        EXCHANGE_SEND,    /* another message is due: exchange_message */
        EXCHANGE_DONE,
        EXCHANGE_WAIT, /* the stream waits: exchange_resume() */
        EXCHANGE_STOP, /* nobody wants the rest of the stream */
} ExchangeStep;

/* Copies the request. block_size: 16 .. 1024, a larger body leaves in blocks. 0 or -ENOMEM. */
int exchange_init(Exchange *exchange, const Request *request, size_t block_size, size_t max_body_size);
void exchange_done(Exchange *exchange);

/* What it is answered with 2.05 goes into the stream, which is borrowed; the request has no body. */
void exchange_stream(Exchange *exchange, AnswerStream *stream);

/* From the first message on, as if nothing had been sent: at another address. */
void exchange_restart(Exchange *exchange, size_t block_size);

/* The message now due, with a fresh token; host: its Uri-Host, "" for none. *ret borrows from options, which
 * the caller ends, and from the exchange. 0, -ENOMEM, -EMSGSIZE (options too large), -EIO (no random bytes).
 */
int exchange_message(Exchange *exchange, const char *host, ByteWriter *options, Packet *ret);

/* Takes the peer's message. EXCHANGE_DONE: *ret_response is the answer, owned by the caller; one whose body
 * did not arrive in order, has blocks of two representations (RFC 7959, 2.4), has taken the place of another
 * on the way and goes on, or is larger than max_body_size, comes without body, and so does a 2.05 that has
 * gone into the stream, which knows whether it is whole. Negative: -ENOMEM. */
int exchange_take(Exchange *exchange, const uint8_t *token, size_t token_size, const Packet *packet,
        Response *ret_response);

/* The stream goes on. EXCHANGE_SEND; or EXCHANGE_DONE, and *ret_response as by exchange_take(). */
ExchangeStep exchange_resume(Exchange *exchange, Response *ret_response);
