/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a session's incoming requests. */
#include "coap/incoming.h"
#include "util/secret.h"

/* handle 0: an unused place. */
static LateRequest **late_find(Incoming *incoming, uint64_t handle)
{
        for (size_t i = 0; i < ELEMENTSOF(incoming->late); i++) {
                const LateRequest *late = incoming->late[i];

                if ((late ? late->in.late : 0) == handle)
                        return &incoming->late[i];
        }
        return NULL;
}

static void late_forget(Incoming *incoming, uint64_t handle)
{
        LateRequest **place = late_find(incoming, handle);

        if (place)
                *place = late_request_free(*place);
}

/* Cuts the block out of the snapshot that the request asks for; 4.00 behind its end (RFC 7959, 2.4). */
static void cut_block(IncomingRequest *in, const BlockSnapshot *snapshot)
{
        uint8_t szx = block_szx(in->incoming->block_size);
        size_t offset = 0, size;

        if (in->transfer.has_block2) {
                offset = block_offset(&in->transfer.block2);
                szx = MIN_OF(szx, in->transfer.block2.szx);
        }
        if (offset >= snapshot->body_size) {
                response_set_error(&in->response, CODE_BAD_REQUEST, "the block lies behind the end");
                return;
        }
        size = MIN_OF(block_size(szx), snapshot->body_size - offset);
        in->block2 = (Block){
                .number = (uint32_t)(offset >> (szx + 4)),
                .more = offset + size < snapshot->body_size,
                .szx = szx,
        };
        in->response.code = snapshot->code;
        in->response.content_format = snapshot->content_format;
        in->answer.block2 = &in->block2;
        in->answer.etag = hash_bytes(HASH_INIT, snapshot->body, snapshot->body_size);
        in->answer.size2 = in->block2.number == 0 ? (uint32_t)snapshot->body_size : 0;
        in->payload = snapshot->body + offset;
        in->payload_size = size;
        in->snapshot = snapshot;
        in->last_block = !in->block2.more;
        in->notification = blockwise_progress(&in->incoming->blockwise, snapshot, offset + size);
}

/* Block2 where the answer needs it, or the request asks for a smaller or a later block. */
static void divide_answer(IncomingRequest *in)
{
        const Block *wanted = in->transfer.has_block2 ? &in->transfer.block2 : NULL;
        size_t limit = in->incoming->block_size;
        const BlockSnapshot *snapshot;
        int r;

        if (CODE_CLASS(in->response.code) != 2)
                return;
        if (wanted)
                limit = MIN_OF(limit, block_size(wanted->szx));
        if (in->response.payload_size <= limit && !(wanted && wanted->number > 0))
                return;
        r = blockwise_keep(
                &in->incoming->blockwise, in->now, in->packet, in->awaited, &in->response, &snapshot);
        if (r < 0) {
                response_set_error(&in->response, CODE_INTERNAL_ERROR, "out of memory");
                return;
        }
        cut_block(in, snapshot);
}

/* A further block of an answer given before. False: the handler has to give it anew, where that changes
 * nothing. */
static bool continue_answer(IncomingRequest *in)
{
        const BlockSnapshot *snapshot;

        if (!in->transfer.has_block2 || in->transfer.block2.number == 0)
                return false;
        snapshot = blockwise_find(&in->incoming->blockwise, in->now, in->packet);
        if (snapshot)
                cut_block(in, snapshot);
        else if (in->request.method != METHOD_GET && in->request.method != METHOD_FETCH)
                response_set_error(&in->response, CODE_INCOMPLETE, "no answer to continue");
        else
                return false;
        return true;
}

/* *ret borrows from options and in. 0 or -ENOMEM. */
static int make_packet(const IncomingRequest *in, ByteWriter *options, Packet *ret)
{
        translate_answer_options(&in->response, &in->answer, options);
        *ret = (Packet){
                .code = in->response.code,
                .options = options->data,
                .options_size = options->size,
                .payload = in->payload ? in->payload : in->response.payload,
                .payload_size = in->payload ? in->payload_size : in->response.payload_size,
        };
        return options->error;
}

/* Both the answer that leaves and the one a repetition gets are the ring's copy. */
static void store_answer(IncomingRequest *in, Packet *ret_answer)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        Packet answer;
        int r;

        r = make_packet(in, &options, &answer);
        if (r == 0)
                r = dedup_store(in->ring, &in->message, in->now, in->confirmable, &answer, ret_answer);
        if (r < 0)
                *ret_answer = (Packet){.code = CODE_INTERNAL_ERROR};
        if (in->snapshot && !in->block2.more)
                blockwise_forget(&in->incoming->blockwise, in->snapshot);
}

/* What the request says of the way of its answer. Only block 0 asks for an observation, or for the end of
 * one (RFC 7959, 3.4). */
static void add_transport(IncomingRequest *in)
{
        Request *request = &in->request;

        if (in->transfer.has_block2)
                request->block_size = block_size(in->transfer.block2.szx);
        request->further_block = in->transfer.block2.number > 0;
        if (request->further_block)
                request->observe = OBSERVE_NONE;
        request->token_size = in->message.token_size;
        memcpy(request->token, in->message.token, in->message.token_size);
}

static MessageKey hashed(const MessageKey *message, const Packet *packet)
{
        MessageKey key = *message;

        key.hash = packet_hash(packet);
        return key;
}

bool incoming_repeats(const Incoming *incoming, uint64_t now, const MessageKey *message,
        const Packet *packet, Packet *ret_answer)
{
        MessageKey key = hashed(message, packet);

        return dedup_find(&incoming->dedup, &key, now, ret_answer) ||
               dedup_find(&incoming->parts, &key, now, ret_answer);
}

bool incoming_begin(IncomingRequest *request, Incoming *incoming, uint64_t now, const MessageKey *message,
        bool confirmable, const Packet *packet)
{
        const char *reason = "";
        int r;

        *request = (IncomingRequest){
                .request = REQUEST_INIT,
                .response = RESPONSE_INIT,
                .incoming = incoming,
                .ring = &incoming->parts,
                .now = now,
                .packet = packet,
                .message = hashed(message, packet),
                .confirmable = confirmable,
        };
        r = translate_request(packet, &request->request, &request->transfer, &reason);
        if (r < 0)
                response_set_error(&request->response, CODE_INTERNAL_ERROR, "out of memory");
        else if (r > 0)
                response_set_error(&request->response, (Code)r, "%s", reason);
        else {
                add_transport(request);
                request->served = !continue_answer(request) && incoming_take_body(request);
        }
        if (request->served)
                request->ring = &incoming->dedup;
        return request->served;
}

bool incoming_can_answer_later(const IncomingRequest *request)
{
        return late_find(request->incoming, 0) != NULL;
}

uint64_t incoming_answer_later(IncomingRequest *request)
{
        static uint64_t last_handle;
        Incoming *incoming = request->incoming;
        LateRequest **place = late_find(incoming, 0);
        _cleanup_(late_request_freep) LateRequest *late = NULL;

        if (!place)
                return 0;
        late = late_request_new(request, last_handle + 1);
        if (!late || dedup_hold(request->ring, &request->message) < 0)
                return 0;
        *place = TAKE_PTR(late);
        request->late = ++last_handle;
        return request->late;
}

bool incoming_end(IncomingRequest *request, Packet *ret_answer)
{
        bool answered;

        if (request->served)
                divide_answer(request);
        answered = request->response.code != CODE_NONE;
        if (answered) {
                late_forget(request->incoming, request->late); /* told at once all the same */
                store_answer(request, ret_answer);
        }
        translate_request_done(&request->request);
        response_done(&request->response);
        secret_free_bytes(request->body, request->body_size);
        return answered;
}

LateRequest *incoming_take(Incoming *incoming, uint64_t handle)
{
        LateRequest **place = handle != 0 ? late_find(incoming, handle) : NULL;

        return place ? TAKE_PTR(*place) : NULL;
}

int incoming_notification(Incoming *incoming, uint64_t now, const Packet *request, size_t size, bool awaited,
        Response *response, ByteWriter *options, Packet *ret_packet, bool *ret_divided)
{
        IncomingRequest in = {
                .response = *response,
                .incoming = incoming,
                .now = now,
                .packet = request,
                .awaited = awaited,
                .transfer.has_block2 = size > 0,
                .transfer.block2.szx = block_szx(size),
        };
        int r;

        divide_answer(&in);
        r = make_packet(&in, options, ret_packet);
        *response = in.response;
        *ret_divided = awaited && in.snapshot && in.block2.more;
        return r;
}

void incoming_notified(Incoming *incoming, uint64_t number)
{
        incoming->blockwise.notified.notification = number;
}

void incoming_init(Incoming *incoming, size_t block_size, size_t max_body_size)
{
        *incoming = (Incoming){.block_size = block_size, .blockwise.max_body_size = max_body_size};
}

void incoming_done(Incoming *incoming)
{
        incoming_end_stream(incoming, BODY_SESSION_LOST);
        for (size_t i = 0; i < ELEMENTSOF(incoming->late); i++)
                incoming->late[i] = late_request_free(incoming->late[i]);
        dedup_done(&incoming->dedup);
        dedup_done(&incoming->parts);
        blockwise_done(&incoming->blockwise);
}
