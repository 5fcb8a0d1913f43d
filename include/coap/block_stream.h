/* SPDX-License-Identifier: Apache-2.0 */
/* A Block1 body of the peer's that goes into a sink as it comes, and not into memory (RFC 7959, 2.5); one
 * in a session. Nobody else's transfer ends it. */
#pragma once

#include "coap/block.h"
#include "lwm2m/body_sink.h"

/* Zeroed at first. */
typedef struct BlockStream {
        ByteWriter key;   /* what its requests have in common; size 0: none is under way */
        ByteWriter place; /* what it is written to */
        BodySink sink;
        uint64_t received;  /* bytes, of blocks that were taken */
        uint64_t time;      /* CLOCK_BOOTTIME usec, of the last one, or of the end of the last wait */
        Block last;         /* the last one that was taken */
        uint64_t last_hash; /* of its payload */
        bool is_ending;     /* done() was called */
        bool is_waiting;    /* for block_stream_resume() */
} BlockStream;

/* Whether one is under way, and whether this request is one of it, or writes to the same place. */
bool block_stream_is_open(const BlockStream *stream);
bool block_stream_has(const BlockStream *stream, const Packet *request);
bool block_stream_has_place(const BlockStream *stream, const Packet *request);

/* Begins with the request, whose block is the first of several; the one before has ended. The block itself
 * is still to be taken. 0, or negative errno: the sink is nobody's. */
int block_stream_begin(BlockStream *stream, const Packet *request, const BodySink *sink);

/* Takes a block of it. Returns
 *   CODE_CONTINUE     more is awaited; also for the last block once more
 *   CODE_CHANGED      it was the last one, and the sink is content
 *   BODY_WAIT         the answer follows from block_stream_resume()
 *   CODE_BAD_REQUEST  the block is not as long as it says: nothing has changed
 *   CODE_INCOMPLETE   not the next block: nothing has changed
 *   CODE_UNAVAILABLE  the block before is still being worked on: nothing has changed
 *   CODE_TOO_LARGE    past BLOCK_NUMBER_MAX: the transfer has ended
 *   another Code of class 4 or 5, or negative errno: the sink's, and the transfer has ended. */
int block_stream_take(BlockStream *stream, uint64_t now, const Packet *request, const Block *block);

/* BodyResume, while it waits: as block_stream_take(). */
int block_stream_resume(BlockStream *stream, uint64_t now, int result);

/* Tells the sink, where one is under way. */
void block_stream_end(BlockStream *stream, BodyEnd why);

/* CLOCK_BOOTTIME usec, when it will have been silent for too long; 0: never, as it waits or none is there.
 */
uint64_t block_stream_deadline(const BlockStream *stream);
