/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications over an open session. */
#include "coap/notifier.h"

#define TIMER_ACCURACY_USEC (10 * USEC_PER_MSEC)

int notifier_init(Notifier *notifier, Peer *peer, sd_event_time_handler_t timer, void *userdata)
{
        int r;

        *notifier = (Notifier){.peer = peer};
        r = sd_event_add_time(
                peer->event, &notifier->timer, CLOCK_BOOTTIME, 0, TIMER_ACCURACY_USEC, timer, userdata);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(notifier->timer, "connection-notifications");
        return sd_event_source_set_enabled(notifier->timer, SD_EVENT_OFF);
}

void notifier_done(Notifier *notifier)
{
        notifier->timer = sd_event_source_disable_unref(notifier->timer);
        notifier_drop(notifier);
}

static bool is_under_way(const Notification *notification)
{
        return notification->number != 0 && notification->deadline != 0;
}

static void notifier_arm(Notifier *notifier)
{
        uint64_t next = USEC_INFINITY;

        for (size_t i = 0; i < NOTIFIER_MAX; i++)
                if (notifier->notifications[i].number != 0)
                        next = MIN_OF(next, notifier->notifications[i].deadline);
        if (!notifier->timer)
                return;
        (void)sd_event_source_set_time(notifier->timer, next);
        (void)sd_event_source_set_enabled(
                notifier->timer, next == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void notification_end(Notification *notification, NotificationFate fate)
{
        notification->fate = fate;
        notification->deadline = 0;
}

static Notification *notifier_place(Notifier *notifier)
{
        for (size_t i = 0; i < NOTIFIER_MAX; i++)
                if (notifier->notifications[i].number == 0)
                        return &notifier->notifications[i];
        return NULL;
}

static void notifier_await(Notifier *notifier, Notification *place, const Request *request,
        uint16_t message_id, NotificationCallback callback, void *userdata)
{
        *place = (Notification){
                .number = notifier->last_number,
                .token_size = request->token_size,
                .message_id = message_id,
                .deadline = clock_boottime(notifier->peer->clock) + peer_wait(notifier->peer),
                .callback = callback,
                .userdata = userdata,
        };
        memcpy(place->token, request->token, request->token_size);
        notifier_arm(notifier);
}

uint64_t notifier_send(Notifier *notifier, const Request *request, const Response *response,
        bool confirmable, NotificationCallback callback, void *userdata)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        _cleanup_(response_done) Response copy = RESPONSE_INIT;
        Notification *place = notifier_place(notifier);
        Peer *peer = notifier->peer;
        Packet packet;
        int r;

        if (!place && confirmable)
                return 0;
        r = response_copy(response, &copy);
        if (r < 0)
                return 0;
        r = incoming_notification(
                &peer->incoming, clock_boottime(peer->clock), request, &copy, &options, &packet);
        if (r < 0)
                return 0;
        r = transport_send_answer(
                peer->transport, request->token, request->token_size, confirmable, &packet);
        if (r < 0)
                return 0;
        notifier->last_number++;
        if (confirmable && callback)
                notifier_await(notifier, place, request, (uint16_t)r, callback, userdata);
        return notifier->last_number;
}

/* With a Reset libcoap gives up whatever waits under the token. */
void notifier_undelivered(
        Notifier *notifier, uint16_t message_id, const uint8_t *token, size_t token_size, bool reset)
{
        for (size_t i = 0; i < NOTIFIER_MAX; i++) {
                Notification *notification = &notifier->notifications[i];

                if (!is_under_way(notification) || notification->token_size != token_size ||
                        memcmp(notification->token, token, token_size) != 0)
                        continue;
                if (reset)
                        notification_end(notification, NOTIFICATION_RESET);
                else if (notification->message_id == message_id)
                        notification_end(notification, NOTIFICATION_TIMED_OUT);
        }
        notifier_arm(notifier);
}

void notifier_quiet(Notifier *notifier, bool lost)
{
        for (size_t i = 0; i < NOTIFIER_MAX; i++)
                if (is_under_way(&notifier->notifications[i]))
                        notification_end(&notifier->notifications[i],
                                lost ? NOTIFICATION_TIMED_OUT : NOTIFICATION_ACKNOWLEDGED);
        notifier_arm(notifier);
}

void notifier_tell(Notifier *notifier)
{
        uint64_t now = clock_boottime(notifier->peer->clock);

        for (size_t i = 0; i < NOTIFIER_MAX; i++) {
                Notification notification = notifier->notifications[i];

                if (notification.number == 0 || notification.deadline > now)
                        continue;
                if (is_under_way(&notification))
                        notification_end(&notification, NOTIFICATION_TIMED_OUT);
                notifier->notifications[i] = (Notification){0};
                notification.callback(notification.userdata, notification.number, notification.fate);
        }
        notifier_arm(notifier);
}

void notifier_drop(Notifier *notifier)
{
        for (size_t i = 0; i < NOTIFIER_MAX; i++)
                notifier->notifications[i] = (Notification){0};
        notifier_arm(notifier);
}
