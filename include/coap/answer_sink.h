/* SPDX-License-Identifier: Apache-2.0 */
/* Where the body of an answer to a request of ours goes, in pieces as they come: what is larger than memory.
 */
#pragma once

#include "coap/entity_tag.h"
#include "lwm2m/body_sink.h"
#include "lwm2m/failure.h"

/* What the first block says of the body. */
typedef struct AnswerHead {
        uint64_t total;  /* Size2, bytes; 0: not said */
        EntityTag etag;  /* of the representation */
        uint64_t offset; /* bytes before the first one that write() gets: what was asked for, or 0 */
} AnswerHead;

/* What is there already of the answer. */
typedef struct AnswerRange {
        uint64_t offset; /* bytes, a multiple of 1024; 0: nothing */
        EntityTag etag;  /* of the representation that they are of; without one, offset counts as 0 */
} AnswerRange;

/* Called on the event loop. begin() and write() do not close the connection, ended() may. */
typedef struct AnswerSink {
        /* The first block of a 2.05 is there. 0, or anything else: stop. */
        int (*begin)(void *userdata, const AnswerHead *head);
        /* The next bytes, 1 .. 1024, borrowed for the call. 0; BODY_WAIT: taken, and the next block is not
         * asked for before connection_resume(); anything else: stop. */
        int (*write)(void *userdata, const uint8_t *data, size_t size);
        /* The last call, once, unless the connection fails or is closed before. response: what the peer has
         * said; where is_whole, 2.05, and all of the body has been written; 2.05 without it: a block that
         * was not the one that was asked for, or of another representation than those before. Another code
         * comes with its diagnostic text. NULL: nothing was said, and failure tells why; both NULL: begin()
         * or write() has said stop. */
        void (*ended)(void *userdata, bool is_whole, const Response *response, const Failure *failure);
        void *userdata;
} AnswerSink;
