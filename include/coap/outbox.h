/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves by itself over a session: requests, answers that come later, notifications; and what becomes
 * of the confirmable notifications. */
#pragma once

#include <coap3/coap.h>
#include <systemd/sd-event.h>

#include "coap/counters.h"
#include "coap/notification.h"
#include "coap/settings.h"
#include "coap/trace.h"
#include "lwm2m/limits.h"

typedef struct Notification {
        uint64_t number; /* 0: unused */
        uint8_t token[LIMIT_TOKEN_SIZE];
        size_t token_size;
        coap_mid_t message_id;
        bool divided;      /* it counts once the rest of its blocks is fetched */
        bool acknowledged; /* that is, its first block, and the rest is awaited */
        uint64_t deadline; /* usec, CLOCK_BOOTTIME; 0: the fate is known */
        NotificationFate fate;
        NotificationCallback callback;
        void *userdata;
} Notification;

typedef struct Outbox {
        coap_context_t *context;
        coap_session_t *session;
        const Clock *clock;
        Trace *trace;
        Counters *counters;
        CoapSettings coap;
        sd_event_source *timer; /* the next deadline, or what is to be told */
        Notification notifications[LIMIT_NOTIFICATIONS];
        uint64_t last_number;
        coap_tick_t due; /* libcoap's next retransmission, or giving up; by its own clock; 0: none */
        bool gave_up;    /* since then it has */
        bool unfetched;  /* the peer has let the rest of the last one in blocks lie */
        bool listening;  /* for acknowledgements */
        bool dropped;    /* an answer of ours has met an ICMP error in this turn */
} Outbox;

/* What an answer that is not piggybacked is sent for. */
typedef struct AnswerTarget {
        const uint8_t *token;
        size_t token_size;
        bool confirmable;
        const Packet *request;
        uint64_t received; /* usec, CLOCK_BOOTTIME, when the request came; 0: it is a notification */
        bool divided;      /* and the first one of several blocks, of which the others are awaited */
} AnswerTarget;

/* Everything but event is in place in the outbox already, borrowed. timer is called with userdata when
 * outbox_tell() is due. 0 or negative errno; outbox_done in both cases. */
int outbox_init(Outbox *outbox, sd_event *event, sd_event_time_handler_t timer, void *userdata);

/* What becomes of the notifications under way is told nobody any more. */
void outbox_forget(Outbox *outbox);

/* Ends the timer; nothing is told any more. */
void outbox_done(Outbox *outbox);

/* Send a confirmable request, or an answer. 0, or negative errno: -EMSGSIZE, it does not fit into a
 * datagram; -ENOMEM; what the socket said (-ENETUNREACH ...), -EIO where it said nothing. */
int outbox_request(Outbox *outbox, const uint8_t *token, size_t token_size, const Packet *request);
int outbox_answer(Outbox *outbox, const AnswerTarget *target, const Packet *answer);

/* Sends a notification; callback (may be NULL) is told of a confirmable one. 0; -ENOBUFS:
 * LIMIT_NOTIFICATIONS are under way; else as above. *ret_number is its number, never 0. */
int outbox_notification(Outbox *outbox, const AnswerTarget *target, const Packet *answer,
        NotificationCallback callback, void *userdata, uint64_t *ret_number);

/* A further block of that notification is fetched, whole: the last one. */
void outbox_fetched(Outbox *outbox, uint64_t number, bool whole);

/* The rest of that notification is not awaited any more: its first block's acknowledgement is enough. */
void outbox_forgo_rest(Outbox *outbox, uint64_t number);

/* libcoap's nack of a message of ours (NULL: of none). True: it was an answer, and nothing that the session
 * or a request of ours depends on. From inside libcoap. */
bool outbox_nack(Outbox *outbox, const coap_pdu_t *sent, coap_nack_reason_t reason);

/* Counts retransmissions. libcoap does not tell of them, only when it has to work next, and in an open
 * session there is nothing else to do then but to retransmit, or to give up. Two of the same millisecond
 * count as one. next: what coap_io_prepare_epoll() has just returned for that time, ms. */
void outbox_watch(Outbox *outbox, coap_tick_t now, unsigned next);

/* To be called when libcoap has worked: it does not tell of an acknowledgement, but whether anything still
 * waits for one. */
void outbox_listen(Outbox *outbox);

/* Tells what is known, and what is late. A callback may end the outbox. */
void outbox_tell(Outbox *outbox);
