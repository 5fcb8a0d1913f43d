/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves by itself over a session. */
#include "coap/outbox.h"
#include "coap/pdu.h"
#include "coap/session.h"
#include "lwm2m/message.h"

#define TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)

int outbox_init(Outbox *outbox, sd_event *event, sd_event_time_handler_t timer, void *userdata)
{
        int r;

        r = sd_event_add_time(
                event, &outbox->timer, CLOCK_BOOTTIME, 0, TIMER_ACCURACY_USEC, timer, userdata);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(outbox->timer, "coap-notifications");
        return sd_event_source_set_enabled(outbox->timer, SD_EVENT_OFF);
}

void outbox_forget(Outbox *outbox)
{
        for (size_t i = 0; i < LIMIT_NOTIFICATIONS; i++)
                outbox->notifications[i] = (Notification){0};
}

void outbox_done(Outbox *outbox)
{
        outbox->timer = sd_event_source_disable_unref(outbox->timer);
        outbox_forget(outbox);
}

/* The Message ID, or negative errno. */
static int send_once(
        Outbox *outbox, coap_pdu_type_t type, const uint8_t *token, size_t token_size, const Packet *packet)
{
        coap_pdu_t *pdu;
        coap_mid_t mid;

        pdu = coap_pdu_init(type, (coap_pdu_code_t)packet->code, coap_new_message_id(outbox->session),
                coap_session_max_pdu_size(outbox->session));
        if (!pdu)
                return -ENOMEM;
        if (!coap_add_token(pdu, token_size, token) || !pdu_fill(pdu, packet)) {
                coap_delete_pdu(pdu);
                return -EMSGSIZE;
        }
        errno = 0;
        mid = coap_send(outbox->session, pdu);
        if (mid != COAP_INVALID_MID)
                return mid;
        return errno > 0 ? -errno : -EIO;
}

static int send_message(
        Outbox *outbox, coap_pdu_type_t type, const uint8_t *token, size_t token_size, const Packet *packet)
{
        int r;

        r = send_once(outbox, type, token, token_size, packet);
        if (r == -ECONNREFUSED) /* the ICMP error of an earlier datagram, which is gone now */
                r = send_once(outbox, type, token, token_size, packet);
        if (r >= 0)
                counters_sent(outbox->counters, token_size, packet);
        return r;
}

int outbox_request(Outbox *outbox, const uint8_t *token, size_t token_size, const Packet *request)
{
        trace_sent(outbox->trace, token, token_size, request);
        return MIN_OF(send_message(outbox, COAP_MESSAGE_CON, token, token_size, request), 0);
}

/* The Message ID, or negative errno. */
static int send_answer(Outbox *outbox, const AnswerTarget *target, const Packet *answer)
{
        int r;

        trace_answered(outbox->trace, target->confirmable ? "CON" : "NON", target->request, answer,
                target->received);
        session_set_ack_timeout(outbox->session, &outbox->coap, true);
        r = send_message(outbox, target->confirmable ? COAP_MESSAGE_CON : COAP_MESSAGE_NON, target->token,
                target->token_size, answer);
        session_set_ack_timeout(outbox->session, &outbox->coap, false);
        return r;
}

int outbox_answer(Outbox *outbox, const AnswerTarget *target, const Packet *answer)
{
        return MIN_OF(send_answer(outbox, target, answer), 0);
}

/* Of the next deadline. Also from inside libcoap: what is known then is told in a turn of its own. */
static void outbox_arm(Outbox *outbox)
{
        uint64_t next = USEC_INFINITY;

        for (size_t i = 0; i < LIMIT_NOTIFICATIONS; i++)
                if (outbox->notifications[i].number != 0)
                        next = MIN_OF(next, outbox->notifications[i].deadline);
        if (!outbox->timer)
                return;
        (void)sd_event_source_set_time(outbox->timer, next);
        (void)sd_event_source_set_enabled(
                outbox->timer, next == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* number 0: an unused place. */
static Notification *find_notification(Outbox *outbox, uint64_t number)
{
        for (size_t i = 0; i < LIMIT_NOTIFICATIONS; i++)
                if (outbox->notifications[i].number == number)
                        return &outbox->notifications[i];
        return NULL;
}

int outbox_notification(Outbox *outbox, const AnswerTarget *target, const Packet *answer,
        NotificationCallback callback, void *userdata, uint64_t *ret_number)
{
        Notification *place = find_notification(outbox, 0);
        bool awaited = target->confirmable && callback;
        int r;

        if (awaited && !place)
                return -ENOBUFS;
        r = send_answer(outbox, target, answer);
        if (r < 0)
                return r;
        *ret_number = ++outbox->last_number;
        if (!awaited)
                return 0;
        *place = (Notification){
                .number = outbox->last_number,
                .token_size = target->token_size,
                .message_id = r,
                .divided = target->divided,
                .deadline = clock_boottime(outbox->clock) + coap_settings_max_transmit_wait(&outbox->coap),
                .callback = callback,
                .userdata = userdata,
        };
        memcpy(place->token, target->token, target->token_size);
        outbox->listening = true;
        outbox_arm(outbox);
        return 0;
}

static bool is_under_way(const Notification *notification)
{
        return notification->number != 0 && notification->deadline != 0;
}

static void notification_end(Notification *notification, NotificationFate fate)
{
        notification->fate = fate;
        notification->deadline = 0;
}

/* From the acknowledgement on the rest of its blocks is awaited: as long as from a peer that is gone; where
 * it has let the last one lie, only until a first request for a block that was lost has been repeated. A
 * peer that never fetches would stand in the way of everything else. */
static void notification_acknowledged(Outbox *outbox, Notification *notification)
{
        const CoapSettings *coap = &outbox->coap;
        const uint64_t repeated = 2 * (uint64_t)((double)coap->ack_timeout * coap->ack_random_factor);

        if (!notification->divided) {
                notification_end(notification, NOTIFICATION_ACKNOWLEDGED);
                return;
        }
        notification->acknowledged = true;
        notification->deadline = clock_boottime(outbox->clock) +
                                 (outbox->unfetched ? repeated : coap_settings_max_transmit_wait(coap));
}

void outbox_fetched(Outbox *outbox, uint64_t number, bool whole)
{
        Notification *notification = find_notification(outbox, number);

        if (!notification || !is_under_way(notification))
                return;
        outbox->unfetched = false;
        notification_acknowledged(outbox, notification);
        if (whole)
                notification_end(notification, NOTIFICATION_ACKNOWLEDGED);
        outbox_arm(outbox);
}

void outbox_forgo_rest(Outbox *outbox, uint64_t number)
{
        Notification *notification = find_notification(outbox, number);

        if (!notification || !is_under_way(notification))
                return;
        notification->divided = false;
        if (notification->acknowledged)
                notification_end(notification, NOTIFICATION_ACKNOWLEDGED);
        outbox_arm(outbox);
}

/* A Reset goes for whatever waits under the token: libcoap drops all of it. */
static void end_undelivered(Outbox *outbox, const coap_pdu_t *sent, NotificationFate fate)
{
        coap_bin_const_t token = coap_pdu_get_token(sent);

        for (size_t i = 0; i < LIMIT_NOTIFICATIONS; i++) {
                Notification *notification = &outbox->notifications[i];

                if (is_under_way(notification) && notification->token_size == token.length &&
                        memcmp(notification->token, token.s, token.length) == 0 &&
                        (fate == NOTIFICATION_RESET || (notification->message_id == coap_pdu_get_mid(sent) &&
                                                               !notification->acknowledged)))
                        notification_end(notification, fate);
        }
        outbox_arm(outbox);
}

bool outbox_nack(Outbox *outbox, const coap_pdu_t *sent, coap_nack_reason_t reason)
{
        outbox->gave_up |= reason == COAP_NACK_TOO_MANY_RETRIES;
        if (!sent || CODE_CLASS(coap_pdu_get_code(sent)) < 2)
                return false;
        if (reason == COAP_NACK_ICMP_ISSUE)
                outbox->dropped = true; /* or not: outbox_listen() sees */
        else if (reason == COAP_NACK_RST)
                end_undelivered(outbox, sent, NOTIFICATION_RESET);
        else if (reason == COAP_NACK_TOO_MANY_RETRIES)
                end_undelivered(outbox, sent, NOTIFICATION_TIMED_OUT);
        return true;
}

void outbox_watch(Outbox *outbox, coap_tick_t now, unsigned next)
{
        const bool open = coap_session_get_state(outbox->session) == COAP_SESSION_STATE_ESTABLISHED;

        if (outbox->due != 0 && now >= outbox->due && !outbox->gave_up && !coap_can_exit(outbox->context)) {
                outbox->counters->retransmissions++;
                trace_repeated(outbox->trace);
        }
        outbox->gave_up = false;
        outbox->due = open && next > 0 ? now + next * COAP_TICKS_PER_SECOND / 1000 : 0;
}

void outbox_listen(Outbox *outbox)
{
        const bool dropped = outbox->dropped;

        outbox->dropped = false;
        if (!outbox->listening || !coap_can_exit(outbox->context))
                return;
        outbox->listening = false;
        for (size_t i = 0; i < LIMIT_NOTIFICATIONS; i++) {
                Notification *notification = &outbox->notifications[i];

                if (!is_under_way(notification) || notification->acknowledged)
                        continue;
                if (dropped)
                        notification_end(notification, NOTIFICATION_TIMED_OUT);
                else
                        notification_acknowledged(outbox, notification);
        }
        outbox_arm(outbox);
}

/* Nothing more has come of it. */
static void give_up(Outbox *outbox, Notification *notification)
{
        notification_end(
                notification, notification->acknowledged ? NOTIFICATION_UNFETCHED : NOTIFICATION_TIMED_OUT);
        outbox->unfetched = outbox->unfetched || notification->acknowledged;
}

void outbox_tell(Outbox *outbox)
{
        uint64_t now = clock_boottime(outbox->clock);

        for (size_t i = 0; i < LIMIT_NOTIFICATIONS; i++) {
                Notification notification = outbox->notifications[i];

                if (notification.number == 0 || notification.deadline > now)
                        continue;
                if (is_under_way(&notification))
                        give_up(outbox, &notification);
                outbox->notifications[i] = (Notification){0};
                notification.callback(notification.userdata, notification.number, notification.fate);
        }
        outbox_arm(outbox);
}
