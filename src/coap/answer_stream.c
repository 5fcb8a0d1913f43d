/* SPDX-License-Identifier: Apache-2.0 */
/* A Block2 answer that goes into a sink. */
#include "coap/answer_stream.h"

void answer_stream_init(
        AnswerStream *stream, const AnswerSink *sink, const AnswerRange *range, size_t block_size)
{
        *stream = (AnswerStream){.sink = *sink, .szx = block_szx(block_size)};
        if (range->etag.size == 0 || range->offset >> (stream->szx + 4) > BLOCK_NUMBER_MAX)
                return;
        stream->etag = range->etag;
        stream->position = range->offset;
}

Block answer_stream_next(const AnswerStream *stream)
{
        return (Block){.number = (uint32_t)(stream->position >> (stream->szx + 4)), .szx = stream->szx};
}

bool answer_stream_begin_anew(AnswerStream *stream)
{
        if (stream->is_begun || stream->position == 0)
                return false;
        stream->position = 0;
        stream->etag.size = 0;
        return true;
}

/* Whether the block goes on with the body: that is said by its first block where there is an ETag, and has
 * to be said by all whose body has been begun before. */
static bool is_same(const AnswerStream *stream, const EntityTag *etag)
{
        if (stream->is_begun)
                return entity_tag_may_be_same(&stream->etag, etag);
        return stream->position == 0 || entity_tag_equal(&stream->etag, etag);
}

/* Whether the sink wants it. */
static bool begin(AnswerStream *stream, const EntityTag *etag, uint64_t total)
{
        const AnswerHead head = {.total = total, .etag = *etag, .offset = stream->position};

        stream->is_begun = true;
        stream->etag = *etag;
        return stream->sink.begin(stream->sink.userdata, &head) == 0;
}

AnswerStep answer_stream_take(AnswerStream *stream, const Block *block, const EntityTag *etag,
        uint64_t total, const uint8_t *data, size_t size)
{
        const Block whole = {.szx = BLOCK_SZX_MAX};
        const Block *taken = block ?: &whole;
        int r = 0;

        if (block_offset(taken) != stream->position || !is_same(stream, etag))
                return answer_stream_begin_anew(stream) ? ANSWER_SEND : ANSWER_BROKEN;
        if (!block_fits(taken, size) || (taken->more && taken->number == BLOCK_NUMBER_MAX))
                return ANSWER_BROKEN;
        if (!stream->is_begun && !begin(stream, etag, total))
                return ANSWER_STOP;

        stream->position += size;
        stream->szx = MIN_OF(stream->szx, taken->szx);
        stream->is_last = !taken->more;
        if (size > 0)
                r = stream->sink.write(stream->sink.userdata, data, size);
        if (r != 0)
                return r == BODY_WAIT ? ANSWER_WAIT : ANSWER_STOP;
        return answer_stream_resume(stream);
}

AnswerStep answer_stream_resume(AnswerStream *stream)
{
        stream->is_whole = stream->is_last;
        return stream->is_last ? ANSWER_WHOLE : ANSWER_SEND;
}
