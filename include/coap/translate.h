/* SPDX-License-Identifier: Apache-2.0 */
/* Packets <-> Request and Response, on the raw options: libcoap's strings re-encode and join what was
 * separate. */
#pragma once

#include "coap/blockwise.h"
#include "coap/entity_tag.h"
#include "coap/packet.h"
#include "lwm2m/message.h"

/* The options of a message that concern its transfer alone. */
typedef struct TransferOptions {
        bool has_block1;
        bool has_block2;
        Block block1;
        Block block2;
        uint32_t size1;       /* bytes announced, 0: not */
        uint32_t size2;       /* likewise, of an answer */
        uint32_t no_response; /* bits of the classes of answers that are not wanted (RFC 7967, 2.1) */
        EntityTag etag;       /* of an answer */
} TransferOptions;

/* An incoming request. *ret->payload is borrowed from the packet: end it with translate_request_done. 0;
 * -ENOMEM; or the code to answer with, and in *reterr_reason a diagnostic text:
 *
 * 4.00: NUL in Uri-Path or Uri-Query, a block of the reserved size, more than LIMIT_QUERIES of Uri-Query.
 *
 * 4.02: If-Match, If-None-Match (no representation of ours has a tag to compare), another critical option
 * that is unknown, given twice, of the wrong length (RFC 7252, 5.4.1, 5.4.3, 5.4.5), or not defined for the
 * method: Block1 in a GET or DELETE.
 *
 * 4.04: more than LIMIT_PATH_SEGMENTS of Uri-Path: nothing of ours lies so deep.
 *
 * 4.15: a FETCH without Content-Format, which it must have (RFC 8132, 2.1).
 *
 * Uri-Host and Uri-Port are not looked at. Observe counts in a GET or FETCH where it is 0 or 1: else it is
 * left out, as any elective option that cannot be understood (RFC 7252, 5.4.1; RFC 7641, 2). */
int translate_request(
        const Packet *packet, Request *ret, TransferOptions *ret_transfer, const char **reterr_reason);
void translate_request_done(Request *request);

/* An answer to a request of ours, without its payload. A Location-Path that cannot be kept whole, or names
 * nothing (design.md 9.7), is left out and ret->location_problem says why. 0; -ENOMEM; or CODE_BAD_OPTION: a
 * block that cannot be understood or is given twice, for which the answer is to be rejected (RFC
 * 7252, 5.4.1, 5.4.5), and *ret is nothing. */
int translate_response(const Packet *packet, Response *ret, TransferOptions *ret_transfer);

/* Options of a request of ours; host: "" for none, as in uri_name(); block1, block2: NULL for none. The
 * error is the writer's. */
void translate_request_options(const Request *request, const char *host, const Block *block1,
        const Block *block2, ByteWriter *options);

/* What an answer to a request carries beside its Response; zeroed: nothing. */
typedef struct AnswerOptions {
        const Block *block1; /* echoed */
        const Block *block2;
        uint64_t etag;  /* with block2, 0: none */
        uint32_t size2; /* with block2, 0: none */
        uint32_t size1; /* largest body taken, with 4.13; 0: none */
} AnswerOptions;

void translate_answer_options(const Response *response, const AnswerOptions *answer, ByteWriter *options);
