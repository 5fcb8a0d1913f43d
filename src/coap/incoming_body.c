/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an incoming request, where it comes in blocks (Block1). */
#include "coap/incoming_body.h"

/* 4.13 names the size that would do (RFC 7959, 2.9.3). */
static void refuse_body(IncomingRequest *in)
{
        response_set_error(
                &in->response, CODE_TOO_LARGE, "at most %zu bytes", in->incoming->blockwise.max_body_size);
        in->answer.size1 = (uint32_t)in->incoming->blockwise.max_body_size;
}

/* Into memory. True: the request is whole. */
static bool assemble(IncomingRequest *in)
{
        Request *request = &in->request;
        int r;

        r = blockwise_take(&in->incoming->blockwise, in->now, in->packet, &in->transfer.block1,
                in->transfer.size1, &in->body, &in->body_size, &in->extended);
        switch (r) {
        case CODE_NONE:
                request->payload = in->body;
                request->payload_size = in->body_size;
                return true;
        case CODE_CONTINUE:
                in->response.code = CODE_CONTINUE;
                return false;
        case CODE_INCOMPLETE:
                response_set_error(&in->response, CODE_INCOMPLETE, "not the next block");
                return false;
        case CODE_TOO_LARGE:
                refuse_body(in);
                return false;
        case CODE_BAD_REQUEST:
                response_set_error(&in->response, CODE_BAD_REQUEST, "the block is not as long as it says");
                return false;
        default:
                response_set_error(&in->response, CODE_INTERNAL_ERROR, "out of memory");
                return false;
        }
}

/* It waits: nothing is answered now, but to resume. */
static void hold_block(IncomingRequest *in)
{
        LateRequest *late = late_request_new(in, 0);

        if (late && dedup_hold(in->ring, &in->message) == 0) {
                in->incoming->held = late;
                return;
        }
        late_request_free(late);
        block_stream_end(&in->incoming->stream, BODY_NO_MEMORY);
        response_set_error(&in->response, CODE_INTERNAL_ERROR, "out of memory");
}

/* result: of block_stream_take(), but BODY_WAIT. */
static void answer_block(IncomingRequest *in, int result)
{
        switch (result) {
        case CODE_CONTINUE:
        case CODE_CHANGED:
                in->response.code = (uint8_t)result;
                break;
        case CODE_BAD_REQUEST:
                response_set_error(&in->response, CODE_BAD_REQUEST, "the body cannot be read");
                break;
        case CODE_INCOMPLETE:
                response_set_error(&in->response, CODE_INCOMPLETE, "not the next block of a body under way");
                break;
        case CODE_UNAVAILABLE:
                response_set_error(&in->response, CODE_UNAVAILABLE, "the block before is being stored");
                break;
        case CODE_TOO_LARGE:
                response_set_error(&in->response, CODE_TOO_LARGE, "there is no room for the body");
                break;
        default:
                response_set_error(&in->response, result > 0 ? (Code)result : CODE_INTERNAL_ERROR,
                        "the body is not taken any more");
                break;
        }
}

/* Into the stream's sink. */
static void stream_block(IncomingRequest *in)
{
        const Block *block = &in->transfer.block1;
        int r;

        if (!block->more)
                in->ring = &in->incoming->dedup;
        r = block_stream_take(&in->incoming->stream, in->now, in->packet, block);
        if (r == BODY_WAIT)
                hold_block(in);
        else
                answer_block(in, r);
        in->extended = block->number > 0 && (r == BODY_WAIT || r == CODE_CONTINUE || r == CODE_CHANGED);
}

bool incoming_take_body(IncomingRequest *in)
{
        const Block *block = &in->transfer.block1;
        Incoming *incoming = in->incoming;

        if (!in->transfer.has_block1) {
                if (in->request.payload_size <= incoming->blockwise.max_body_size)
                        return true;
                refuse_body(in);
                return false;
        }
        in->answer.block1 = block;
        if (block->number == 0 && block_stream_has_place(&incoming->stream, in->packet))
                incoming_end_stream(incoming, BODY_BEGUN_ANEW);
        if (block->number == 0 && block->more && block_fits(block, in->request.payload_size)) {
                in->opens_body = true;
                in->announced = in->transfer.size1;
                return false;
        }
        if (!block_stream_has(&incoming->stream, in->packet))
                return assemble(in);
        stream_block(in);
        return false;
}

/* As many bytes as blocks of this size can carry. */
static uint64_t capacity(const Block *block)
{
        return ((uint64_t)BLOCK_NUMBER_MAX + 1) << (block->szx + 4);
}

void incoming_open_body(IncomingRequest *in, const BodySink *sink)
{
        Incoming *incoming = in->incoming;

        if (!sink) {
                (void)assemble(in);
                return;
        }
        incoming_end_stream(incoming, BODY_BEGUN_ANEW);
        if (block_stream_begin(&incoming->stream, in->packet, sink) < 0) {
                sink->abort(sink->userdata, BODY_NO_MEMORY);
                response_set_error(&in->response, CODE_INTERNAL_ERROR, "out of memory");
        } else if (in->announced > capacity(&in->transfer.block1)) {
                incoming_end_stream(incoming, BODY_TOO_LARGE);
                response_set_error(&in->response, CODE_TOO_LARGE,
                        "blocks of %zu bytes carry at most %llu bytes", block_size(in->transfer.block1.szx),
                        (unsigned long long)capacity(&in->transfer.block1));
        } else
                stream_block(in);
}

LateRequest *incoming_resume(Incoming *incoming, uint64_t now, int result)
{
        LateRequest *late;
        int r;

        if (!incoming->held)
                return NULL;
        r = block_stream_resume(&incoming->stream, now, result);
        if (r == BODY_WAIT)
                return NULL;
        late = TAKE_PTR(incoming->held);
        answer_block(&late->in, r);
        return late;
}

void incoming_end_stream(Incoming *incoming, BodyEnd why)
{
        if (incoming->held)
                dedup_release(incoming->held->in.ring, &incoming->held->in.message);
        incoming->held = late_request_free(incoming->held);
        block_stream_end(&incoming->stream, why);
}
