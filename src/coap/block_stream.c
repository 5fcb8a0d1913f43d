/* SPDX-License-Identifier: Apache-2.0 */
/* A Block1 body of the peer's that goes into a sink. */
#include "coap/block_stream.h"

static void stream_done(BlockStream *stream)
{
        byte_writer_done(&stream->key);
        byte_writer_done(&stream->place);
        *stream = (BlockStream){.received = 0};
}

bool block_stream_is_open(const BlockStream *stream)
{
        return stream->key.size > 0;
}

static bool matches(const Packet *request, BlockKey kind, const ByteWriter *expected)
{
        _cleanup_(byte_writer_done) ByteWriter key = {.size = 0};

        return expected->size > 0 && block_key(request, kind, &key) == 0 && block_key_equal(&key, expected);
}

bool block_stream_has(const BlockStream *stream, const Packet *request)
{
        return matches(request, BLOCK_KEY_BODY, &stream->key);
}

bool block_stream_has_place(const BlockStream *stream, const Packet *request)
{
        return matches(request, BLOCK_KEY_PLACE, &stream->place);
}

int block_stream_begin(BlockStream *stream, const Packet *request, const BodySink *sink)
{
        int r;

        r = block_key(request, BLOCK_KEY_BODY, &stream->key);
        if (r == 0)
                r = block_key(request, BLOCK_KEY_PLACE, &stream->place);
        if (r < 0)
                stream_done(stream);
        else
                stream->sink = *sink;
        return r;
}

/* What follows from the sink's word on the last block that was taken. */
static int proceed(BlockStream *stream, int result)
{
        if (result == 0 && !stream->last.more && !stream->is_ending) {
                stream->is_ending = true;
                result = stream->sink.done(stream->sink.userdata);
        }
        stream->is_waiting = result == BODY_WAIT;
        if (result == BODY_WAIT)
                return BODY_WAIT;
        if (result == 0 && stream->last.more)
                return CODE_CONTINUE;
        stream_done(stream);
        return result == 0 ? CODE_CHANGED : result;
}

static bool is_last_once_more(const BlockStream *stream, const Packet *request, const Block *block)
{
        return stream->received > 0 && block_value(block) == block_value(&stream->last) &&
               hash_bytes(HASH_INIT, request->payload, request->payload_size) == stream->last_hash;
}

int block_stream_take(BlockStream *stream, uint64_t now, const Packet *request, const Block *block)
{
        if (!block_fits(block, request->payload_size))
                return CODE_BAD_REQUEST;
        if (stream->is_waiting)
                return CODE_UNAVAILABLE;
        /* A non-confirmable one whose answer was lost comes in a message of its own. */
        if (is_last_once_more(stream, request, block)) {
                stream->time = now;
                return CODE_CONTINUE;
        }
        if (block_offset(block) != stream->received)
                return CODE_INCOMPLETE;
        if (block->more && block->number == BLOCK_NUMBER_MAX) {
                block_stream_end(stream, BODY_TOO_LARGE);
                return CODE_TOO_LARGE;
        }

        stream->time = now;
        stream->received += request->payload_size;
        stream->last = *block;
        stream->last_hash = hash_bytes(HASH_INIT, request->payload, request->payload_size);
        if (request->payload_size == 0)
                return proceed(stream, 0);
        return proceed(
                stream, stream->sink.write(stream->sink.userdata, request->payload, request->payload_size));
}

int block_stream_resume(BlockStream *stream, uint64_t now, int result)
{
        stream->time = now;
        return proceed(stream, result);
}

void block_stream_end(BlockStream *stream, BodyEnd why)
{
        const BodySink sink = stream->sink;

        if (!block_stream_is_open(stream))
                return;
        stream_done(stream);
        sink.abort(sink.userdata, why);
}

uint64_t block_stream_deadline(const BlockStream *stream)
{
        return block_stream_is_open(stream) && !stream->is_waiting ? stream->time + BLOCK_LIFETIME_USEC : 0;
}
