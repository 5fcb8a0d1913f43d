/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to a peer that are no part of an exchange under way. */
#include "coap/answers.h"

void answers_send(Peer *peer, LateRequest *late)
{
        const AnswerTarget target = {
                .token = late->in.message.token,
                .token_size = late->in.message.token_size,
                .confirmable = late->in.confirmable,
                .request = &late->copy.packet,
                .received = late->in.now,
        };
        Packet answer;

        assert(late->in.response.code != CODE_NONE);
        late->in.now = clock_boottime(peer->clock);
        if (incoming_end(&late->in, &answer) && late_request_wants(late, answer.code) && peer->transport)
                (void)transport_answer(peer->transport, &target, &answer);
}

void answers_send_later(Peer *peer, uint64_t handle, const Response *response)
{
        _cleanup_(late_request_freep) LateRequest *late = incoming_take(&peer->incoming, handle);

        if (!late)
                return;
        if (response_copy(response, &late->in.response) < 0)
                response_set_error(&late->in.response, CODE_INTERNAL_ERROR, "out of memory");
        answers_send(peer, late);
}

/* As if the request came again. */
static Packet request_packet(const Request *request, ByteWriter *options)
{
        translate_request_options(request, "", NULL, NULL, options);
        return (Packet){
                .code = (uint8_t)request->method,
                .options = options->data,
                .options_size = options->size,
                .payload = request->payload,
                .payload_size = request->payload_size,
        };
}

uint64_t answers_notify(Peer *peer, const Request *request, const Response *response, bool confirmable,
        NotificationCallback callback, void *userdata)
{
        _cleanup_(byte_writer_done) ByteWriter request_options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        _cleanup_(response_done) Response copy = RESPONSE_INIT;
        Packet again = request_packet(request, &request_options), answer;
        AnswerTarget target = {
                .token = request->token,
                .token_size = request->token_size,
                .confirmable = confirmable,
                .request = &again,
        };
        const bool awaited = confirmable && callback;
        uint64_t now = clock_boottime(peer->clock), number;

        if (request_options.error < 0 || response_copy(response, &copy) < 0 ||
                incoming_notification(&peer->incoming, now, &again, request->block_size, awaited, &copy,
                        &options, &answer, &target.divided) < 0 ||
                transport_notify(peer->transport, &target, &answer, callback, userdata, &number) < 0)
                return 0;
        if (target.divided)
                incoming_notified(&peer->incoming, number);
        return number;
}

void answers_fetched(Peer *peer, const IncomingRequest *request)
{
        if (request->notification != 0 && peer->transport)
                transport_fetched(peer->transport, request->notification, request->last_block);
}
