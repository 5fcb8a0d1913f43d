/* SPDX-License-Identifier: Apache-2.0 */
/* A Block2 answer that goes into a sink as it comes, and not into memory; one block is asked for at a time
 * (RFC 7959, 2.4). */
#pragma once

#include "coap/answer_sink.h"
#include "coap/block.h"

typedef struct AnswerStream {
        AnswerSink sink;
        EntityTag etag;    /* of the body */
        uint64_t position; /* bytes before the block that is asked for */
        uint8_t szx;       /* of that block; the peer may lower it */
        bool is_begun;     /* begin() was called */
        bool is_last;      /* the last block has been taken */
        bool is_whole;     /* ANSWER_WHOLE has been said */
} AnswerStream;

typedef enum AnswerStep {
        ANSWER_SEND,   /* the block at position is to be asked for */
        ANSWER_WAIT,   /* the sink waits: answer_stream_resume() */
        ANSWER_WHOLE,  /* all has been written */
        ANSWER_BROKEN, /* another block, or another representation */
        ANSWER_STOP,   /* the sink does not want more */
} AnswerStep;

/* Goes on at range, in blocks of at most block_size bytes. */
void answer_stream_init(
        AnswerStream *stream, const AnswerSink *sink, const AnswerRange *range, size_t block_size);

/* The block to ask for. */
Block answer_stream_next(const AnswerStream *stream);

/* Takes the answer to that, a 2.05: block, or NULL for a body of one message; total: Size2, 0: not said. A
 * body that cannot be gone on with is asked for from its beginning. */
AnswerStep answer_stream_take(AnswerStream *stream, const Block *block, const EntityTag *etag,
        uint64_t total, const uint8_t *data, size_t size);

/* Another code has come. True: it is asked for from its beginning, where it could not be gone on with. */
bool answer_stream_begin_anew(AnswerStream *stream);

/* What follows when the sink has waited. */
AnswerStep answer_stream_resume(AnswerStream *stream);
