/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a session's incoming requests. */
#include "coap/incoming.h"
#include "coap/translate.h"
#include "util/secret.h"

/* One request on its way. */
typedef struct Pass {
        Incoming *incoming;
        uint64_t now;
        const Packet *packet; /* as it came */
        Request request;
        TransferOptions transfer;
        Response response;
        const BlockSnapshot *snapshot; /* that the answer is a block of, or NULL */
        Block block2;                  /* of the answer */
        AnswerOptions answer;
        const uint8_t *payload; /* of the answer */
        size_t payload_size;
} Pass;

/* 4.13 names the size that would do (RFC 7959, 2.9.3). */
static void refuse_body(Pass *pass)
{
        response_set_error(&pass->response, CODE_TOO_LARGE, "at most %zu bytes",
                pass->incoming->blockwise.max_body_size);
        pass->answer.size1 = (uint32_t)pass->incoming->blockwise.max_body_size;
}

/* Block1. True: the request is whole, *ret_body (may be NULL) is what it was put together in. */
static bool take_body(Pass *pass, const IncomingHandler *handler, void *userdata, uint8_t **ret_body)
{
        Request *request = &pass->request;
        bool extended = false;
        size_t size = 0;
        int r;

        if (!pass->transfer.has_block1) {
                if (request->payload_size <= pass->incoming->blockwise.max_body_size)
                        return true;
                refuse_body(pass);
                return false;
        }
        pass->answer.block1 = &pass->transfer.block1;
        r = blockwise_take(&pass->incoming->blockwise, pass->now, pass->packet, &pass->transfer.block1,
                pass->transfer.size1, ret_body, &size, &extended);
        if (extended && handler->block)
                handler->block(userdata);
        switch (r) {
        case CODE_NONE:
                request->payload = *ret_body;
                request->payload_size = size;
                return true;
        case CODE_CONTINUE:
                pass->response.code = CODE_CONTINUE;
                return false;
        case CODE_INCOMPLETE:
                response_set_error(&pass->response, CODE_INCOMPLETE, "not the next block");
                return false;
        case CODE_TOO_LARGE:
                refuse_body(pass);
                return false;
        case CODE_BAD_REQUEST:
                response_set_error(&pass->response, CODE_BAD_REQUEST, "the block is not as long as it says");
                return false;
        default:
                response_set_error(&pass->response, CODE_INTERNAL_ERROR, "out of memory");
                return false;
        }
}

/* Cuts the block out of the snapshot that the request asks for; 4.00 behind its end (RFC 7959, 2.4). */
static void cut_block(Pass *pass, const BlockSnapshot *snapshot)
{
        uint8_t szx = block_szx(pass->incoming->block_size);
        size_t offset = 0, size;

        if (pass->transfer.has_block2) {
                offset = block_offset(&pass->transfer.block2);
                szx = MIN_OF(szx, pass->transfer.block2.szx);
        }
        if (offset >= snapshot->body_size) {
                response_set_error(&pass->response, CODE_BAD_REQUEST, "the block lies behind the end");
                return;
        }
        size = MIN_OF(block_size(szx), snapshot->body_size - offset);
        pass->block2 = (Block){
                .number = (uint32_t)(offset >> (szx + 4)),
                .more = offset + size < snapshot->body_size,
                .szx = szx,
        };
        pass->response.code = snapshot->code;
        pass->response.content_format = snapshot->content_format;
        pass->answer.block2 = &pass->block2;
        pass->answer.etag = hash_bytes(HASH_INIT, snapshot->body, snapshot->body_size);
        pass->answer.size2 = pass->block2.number == 0 ? (uint32_t)snapshot->body_size : 0;
        pass->payload = snapshot->body + offset;
        pass->payload_size = size;
        pass->snapshot = snapshot;
}

/* Block2 where the answer needs it, or the request asks for a smaller or a later block. */
static void divide_answer(Pass *pass)
{
        const Block *wanted = pass->transfer.has_block2 ? &pass->transfer.block2 : NULL;
        size_t limit = pass->incoming->block_size;
        const BlockSnapshot *snapshot;

        if (CODE_CLASS(pass->response.code) != 2)
                return;
        if (wanted)
                limit = MIN_OF(limit, block_size(wanted->szx));
        if (pass->response.payload_size <= limit && !(wanted && wanted->number > 0))
                return;
        if (blockwise_keep(&pass->incoming->blockwise, pass->now, pass->packet, &pass->response, &snapshot) <
                0) {
                response_set_error(&pass->response, CODE_INTERNAL_ERROR, "out of memory");
                return;
        }
        cut_block(pass, snapshot);
}

/* A further block of an answer given before. False: the handler has to give it anew, where that changes
 * nothing. */
static bool continue_answer(Pass *pass)
{
        const BlockSnapshot *snapshot;

        if (!pass->transfer.has_block2 || pass->transfer.block2.number == 0)
                return false;
        snapshot = blockwise_find(&pass->incoming->blockwise, pass->now, pass->packet);
        if (snapshot)
                cut_block(pass, snapshot);
        else if (pass->request.method != METHOD_GET && pass->request.method != METHOD_FETCH)
                response_set_error(&pass->response, CODE_INCOMPLETE, "no answer to continue");
        else
                return false;
        return true;
}

/* Fills the response in; CODE_NONE: none. */
static void decide(Pass *pass, const IncomingHandler *handler, void *userdata)
{
        const char *reason = "";
        uint8_t *body = NULL;
        int r;

        r = translate_request(pass->packet, &pass->request, &pass->transfer, &reason);
        if (r < 0)
                response_set_error(&pass->response, CODE_INTERNAL_ERROR, "out of memory");
        else if (r > 0)
                response_set_error(&pass->response, (Code)r, "%s", reason);
        else if (!continue_answer(pass) && take_body(pass, handler, userdata, &body)) {
                size_t size = body ? pass->request.payload_size : 0;

                handler->request(userdata, &pass->request, &pass->response);
                divide_answer(pass);
                secret_free_bytes(body, size);
        }
}

/* Both the answer that leaves and the one a repetition gets are the ring's copy. */
static void store_answer(Pass *pass, const MessageKey *key, bool confirmable, Packet *ret_answer)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        Packet answer = {.code = pass->response.code};
        int r;

        translate_answer_options(
                &pass->response.location, pass->response.content_format, &pass->answer, &options);
        r = options.error;
        if (r == 0) {
                answer.options = options.data;
                answer.options_size = options.size;
                answer.payload = pass->payload ? pass->payload : pass->response.payload;
                answer.payload_size = pass->payload ? pass->payload_size : pass->response.payload_size;
                r = dedup_store(&pass->incoming->dedup, key, pass->now, confirmable, &answer, ret_answer);
        }
        if (r < 0)
                *ret_answer = (Packet){.code = CODE_INTERNAL_ERROR};
        if (pass->snapshot && !pass->block2.more)
                blockwise_forget(&pass->incoming->blockwise, pass->snapshot);
}

bool incoming_handle(Incoming *incoming, uint64_t now, const MessageKey *key, bool confirmable,
        const Packet *packet, const IncomingHandler *handler, void *userdata, Packet *ret_answer)
{
        Pass pass = {
                .incoming = incoming,
                .now = now,
                .packet = packet,
                .request = REQUEST_INIT,
                .response = RESPONSE_INIT,
        };
        MessageKey hashed = *key;
        bool answered;

        hashed.hash = packet_hash(packet);
        if (dedup_find(&incoming->dedup, &hashed, now, ret_answer))
                return true;
        if (!handler->accepts(userdata))
                return false;
        decide(&pass, handler, userdata);
        answered = pass.response.code != CODE_NONE;
        if (answered)
                store_answer(&pass, &hashed, confirmable, ret_answer);
        translate_request_done(&pass.request);
        response_done(&pass.response);
        return answered;
}

void incoming_done(Incoming *incoming)
{
        dedup_done(&incoming->dedup);
        blockwise_done(&incoming->blockwise);
}
