/* SPDX-License-Identifier: Apache-2.0 */
/* The body that a peer sends into a sink. */
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

int receiving_init(Receiving *receiving, Peer *peer)
{
        int r;

        *receiving = (Receiving){.peer = peer};
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

void receiving_watch(Receiving *receiving)
{
        arm(receiving, clock_boottime(receiving->peer->clock) + BLOCK_LIFETIME_USEC);
}

void receiving_resume(Receiving *receiving, int result)
{
        Peer *peer = receiving->peer;
        _cleanup_(late_request_freep) LateRequest *late =
                incoming_resume(&peer->incoming, clock_boottime(peer->clock), result);

        if (late)
                answers_send(peer, late);
}
