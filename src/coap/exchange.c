/* SPDX-License-Identifier: Apache-2.0 */
/* One request of ours from its first block to its whole answer. */
#include "coap/exchange.h"
#include "util/crypto.h"

int exchange_init(Exchange *exchange, const Request *request, size_t block_size, size_t max_body_size)
{
        Request copy;
        int r;

        r = request_copy(request, &copy);
        if (r < 0)
                return r;
        *exchange = (Exchange){
                .request = copy,
                .max_body_size = max_body_size,
                .szx = block_szx(block_size),
                .response = RESPONSE_INIT,
                .body = BYTE_WRITER(max_body_size),
        };
        return 0;
}

void exchange_done(Exchange *exchange)
{
        if (!exchange)
                return;
        request_done(&exchange->request);
        response_done(&exchange->response);
        byte_writer_done(&exchange->body);
}

void exchange_stream(Exchange *exchange, AnswerStream *stream)
{
        exchange->stream = stream;
}

void exchange_restart(Exchange *exchange, size_t block_size)
{
        response_done(&exchange->response);
        byte_writer_done(&exchange->body);
        exchange->body = BYTE_WRITER(exchange->max_body_size);
        exchange->szx = block_szx(block_size);
        exchange->sent = 0;
        exchange->fetching = false;
}

/* The block of our body under way. False: the body goes in one message. */
static bool own_block(const Exchange *exchange, Block *ret, size_t *ret_size)
{
        size_t left = exchange->request.payload_size - exchange->sent;

        if (exchange->sent == 0 && left <= block_size(exchange->szx))
                return false;
        *ret_size = MIN_OF(block_size(exchange->szx), left);
        *ret = (Block){
                .number = (uint32_t)(exchange->sent >> (exchange->szx + 4)),
                .more = left > *ret_size,
                .szx = exchange->szx,
        };
        return true;
}

int exchange_message(Exchange *exchange, const char *host, ByteWriter *options, Packet *ret)
{
        Packet packet = {.code = (uint8_t)exchange->request.method};
        Block block;
        int r;

        r = crypto_random(exchange->token, sizeof(exchange->token));
        if (r < 0)
                return r;
        if (exchange->stream) {
                block = answer_stream_next(exchange->stream);
                translate_request_options(&exchange->request, host, NULL, &block, options);
        } else if (exchange->fetching)
                translate_request_options(&exchange->request, host, NULL, &exchange->next, options);
        else if (own_block(exchange, &block, &packet.payload_size)) {
                translate_request_options(&exchange->request, host, &block, NULL, options);
                packet.payload = exchange->request.payload + exchange->sent;
        } else {
                translate_request_options(&exchange->request, host, NULL, NULL, options);
                packet.payload = exchange->request.payload;
                packet.payload_size = exchange->request.payload_size;
        }
        if (options->error < 0)
                return options->error;
        packet.options = options->data;
        packet.options_size = options->size;
        *ret = packet;
        return 0;
}

/* 2.31: on to the next block, in the peer's size where that is smaller (RFC 7959, 2.5). False: there is
 * none. */
static bool take_continue(Exchange *exchange, const TransferOptions *transfer)
{
        size_t size;
        Block block;

        if (!own_block(exchange, &block, &size) || !block.more)
                return false;
        if (transfer->has_block1 && transfer->block1.szx < exchange->szx)
                exchange->szx = transfer->block1.szx;
        exchange->sent += size;
        return true;
}

/* 4.13 that names a smaller size: from the start, in that size (RFC 7959, 2.9.3). */
static bool take_smaller(Exchange *exchange, const TransferOptions *transfer)
{
        if (!transfer->has_block1 || transfer->block1.szx >= exchange->szx ||
                exchange->request.payload_size <= block_size(transfer->block1.szx))
                return false;
        exchange->szx = transfer->block1.szx;
        exchange->sent = 0;
        return true;
}

/* Whether the block may be of the same body as the first one. */
static bool same_representation(const Exchange *exchange, const TransferOptions *transfer)
{
        return !exchange->fetching || entity_tag_may_be_same(&exchange->etag, &transfer->etag);
}

/* One block of the answer. True: the next one is to be asked for. */
static bool take_block(Exchange *exchange, const Packet *packet, const TransferOptions *transfer)
{
        const Block *block = &transfer->block2;

        if (!same_representation(exchange, transfer) || block_offset(block) != exchange->body.size ||
                (block->more && packet->payload_size != block_size(block->szx)) ||
                block_offset(block) + packet->payload_size > exchange->max_body_size) {
                byte_writer_done(&exchange->body);
                return false;
        }
        byte_writer_add(&exchange->body, packet->payload, packet->payload_size);
        exchange->next = (Block){.number = block->number + 1, .szx = block->szx};
        return block->more && exchange->body.error == 0;
}

static int finish(Exchange *exchange, Response *ret_response)
{
        int r;

        if (exchange->body.size > 0) {
                r = byte_writer_take(
                        &exchange->body, &exchange->response.payload, &exchange->response.payload_size);
                if (r < 0)
                        return r;
        }
        *ret_response = exchange->response;
        exchange->response = RESPONSE_INIT;
        return EXCHANGE_DONE;
}

static ExchangeStep streamed(AnswerStep step, Response *ret_response)
{
        switch (step) {
        case ANSWER_SEND:
                return EXCHANGE_SEND;
        case ANSWER_WAIT:
                return EXCHANGE_WAIT;
        case ANSWER_STOP:
                return EXCHANGE_STOP;
        case ANSWER_WHOLE:
        case ANSWER_BROKEN:
                break;
        }
        *ret_response = RESPONSE_INIT;
        ret_response->code = CODE_CONTENT;
        return EXCHANGE_DONE;
}

ExchangeStep exchange_resume(Exchange *exchange, Response *ret_response)
{
        return streamed(answer_stream_resume(exchange->stream), ret_response);
}

/* response: taken over. */
static int take_streamed(Exchange *exchange, const Packet *packet, const TransferOptions *transfer,
        Response *response, Response *ret_response)
{
        const Block *block = transfer->has_block2 ? &transfer->block2 : NULL;
        AnswerStream *stream = exchange->stream;

        if (packet->code == CODE_CONTENT) {
                response_done(response);
                return (int)streamed(answer_stream_take(stream, block, &transfer->etag, transfer->size2,
                                             packet->payload, packet->payload_size),
                        ret_response);
        }
        if (answer_stream_begin_anew(stream)) {
                response_done(response);
                return EXCHANGE_SEND;
        }
        exchange->response = *response;
        byte_writer_add(&exchange->body, packet->payload, packet->payload_size);
        return finish(exchange, ret_response);
}

int exchange_take(Exchange *exchange, const uint8_t *token, size_t token_size, const Packet *packet,
        Response *ret_response)
{
        TransferOptions transfer;
        bool changes = false;
        Response response;
        int r;

        if (token_size != sizeof(exchange->token) || memcmp(token, exchange->token, token_size) != 0)
                return EXCHANGE_FOREIGN;
        r = translate_response(packet, &response, &transfer);
        if (r != 0)
                return r < 0 ? r : EXCHANGE_FOREIGN;
        if (exchange->stream)
                return take_streamed(exchange, packet, &transfer, &response, ret_response);
        if (!exchange->fetching &&
                ((packet->code == CODE_CONTINUE && take_continue(exchange, &transfer)) ||
                        (packet->code == CODE_TOO_LARGE && take_smaller(exchange, &transfer)))) {
                response_done(&response);
                return EXCHANGE_SEND;
        }
        if (exchange->fetching && packet->code == exchange->response.code)
                response_done(&response); /* what the first block said holds */
        else {
                changes = exchange->fetching;
                response_done(&exchange->response);
                byte_writer_done(&exchange->body);
                exchange->fetching = false;
                exchange->response = response;
        }
        if (!transfer.has_block2)
                transfer.block2 = (Block){.szx = BLOCK_SZX_MAX};
        if (!take_block(exchange, packet, &transfer))
                return finish(exchange, ret_response);
        /* Or two answers that take turns would be asked for without an end. */
        if (changes) {
                byte_writer_done(&exchange->body);
                return finish(exchange, ret_response);
        }
        if (!exchange->fetching)
                exchange->etag = transfer.etag;
        exchange->fetching = true;
        return EXCHANGE_SEND;
}
