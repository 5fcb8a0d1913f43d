/* SPDX-License-Identifier: Apache-2.0 */
/* What the peer of a connection asks. */
#include "coap/answers.h"
#include "coap/receiving.h"

/* It moves with each block; so it is looked at when the earliest one is there, not set for each. */
static void arm(Receiving *receiving, uint64_t at)
{
        (void)sd_event_source_set_time(receiving->timer, at);
        (void)sd_event_source_set_enabled(receiving->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        Receiving *receiving = userdata;
        Incoming *incoming = &receiving->peer->incoming;
        const uint64_t now = clock_boottime(receiving->peer->clock);
        const uint64_t deadline = block_stream_deadline(&incoming->stream);

        if (deadline != 0 && deadline <= now)
                incoming_end_stream(incoming, BODY_SILENT);
        else if (block_stream_is_open(&incoming->stream))
                arm(receiving, deadline ?: now + BLOCK_LIFETIME_USEC);
        return 0;
}

int receiving_init(
        Receiving *receiving, Peer *peer, Opening *opening, const ConnectionHandler *handler, void *userdata)
{
        int r;

        *receiving = (Receiving){
                .peer = peer,
                .opening = opening,
                .handler = handler,
                .userdata = userdata,
        };
        r = sd_event_add_time(
                peer->event, &receiving->timer, CLOCK_BOOTTIME, 0, USEC_PER_SEC, on_timer, receiving);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(receiving->timer, "connection-body");
        return sd_event_source_set_enabled(receiving->timer, SD_EVENT_OFF);
}

void receiving_done(Receiving *receiving)
{
        receiving->timer = sd_event_source_disable_unref(receiving->timer);
}

void receiving_stop(Receiving *receiving)
{
        receiving_done(receiving);
        receiving->handler = NULL;
}

static bool accepts(const Receiving *receiving)
{
        const ConnectionHandler *handler = receiving->handler;

        if (!handler || !opening_has_session(receiving->opening))
                return false;
        return !handler->accepts || handler->accepts(receiving->userdata);
}

static void serve(Receiving *receiving, IncomingRequest *request)
{
        receiving->serving = request;
        receiving->handler->request(receiving->userdata, &request->request, &request->response);
        receiving->serving = NULL;
        if (request->response.code != CODE_NONE || request->late)
                opening_accept(receiving->opening);
}

/* BodyResume: the block that has waited is answered, unless the end waits as well. */
static void on_resume(void *userdata, int result)
{
        Receiving *receiving = userdata;
        Peer *peer = receiving->peer;
        LateRequest *late;

        lifetime_enter(peer->lifetime);
        late = incoming_resume(&peer->incoming, clock_boottime(peer->clock), result);
        if (late)
                answers_send(peer, late);
        (void)late_request_free(late);
        lifetime_leave(peer->lifetime);
}

/* Where the body goes of which this request is the first block. */
static void open_body(Receiving *receiving, IncomingRequest *request)
{
        const ConnectionHandler *handler = receiving->handler;
        const BodyResume resume = {on_resume, receiving};
        BodySink sink;
        bool streams = false;

        if (handler && handler->body)
                streams = handler->body(receiving->userdata, &request->request, request->announced, resume,
                        &sink, &request->response);
        if (request->response.code != CODE_NONE)
                return;
        incoming_open_body(request, streams ? &sink : NULL);
        if (streams && receiving->handler)
                arm(receiving, clock_boottime(receiving->peer->clock) + BLOCK_LIFETIME_USEC);
}

bool receiving_request(Receiving *receiving, const MessageKey *message, bool confirmable,
        const Packet *packet, Packet *ret_answer)
{
        Incoming *incoming = &receiving->peer->incoming;
        uint64_t now = clock_boottime(receiving->peer->clock);
        IncomingRequest request;
        bool whole, answered;

        if (incoming_repeats(incoming, now, message, packet, ret_answer))
                return ret_answer->code != CODE_NONE;
        if (!accepts(receiving))
                return false;
        whole = incoming_begin(&request, incoming, now, message, confirmable, packet);
        if (request.opens_body)
                open_body(receiving, &request);
        if (request.extended) {
                opening_accept(receiving->opening);
                if (receiving->handler && receiving->handler->block)
                        receiving->handler->block(receiving->userdata);
        }
        if (whole && receiving->handler)
                serve(receiving, &request);
        answered = incoming_end(&request, ret_answer);
        answers_fetched(receiving->peer, &request);
        return answered;
}

bool receiving_can_answer_later(const Receiving *receiving)
{
        return receiving->serving && incoming_can_answer_later(receiving->serving);
}

uint64_t receiving_answer_later(Receiving *receiving)
{
        return receiving->serving ? incoming_answer_later(receiving->serving) : 0;
}
