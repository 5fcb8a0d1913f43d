/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications over an open session (RFC 7641, 4), and what becomes of the confirmable ones. */
#pragma once

#include "coap/notification.h"
#include "coap/peer.h"

#define NOTIFIER_MAX 4 /* under way at once; design.md section 3, rule 10 asks whoever calls for one */

typedef struct Notification {
        uint64_t number; /* 0: unused */
        uint8_t token[LIMIT_TOKEN_SIZE];
        uint8_t token_size;
        uint16_t message_id;
        uint64_t deadline; /* usec, CLOCK_BOOTTIME; 0: the fate is known */
        NotificationFate fate;
        NotificationCallback callback;
        void *userdata;
} Notification;

typedef struct Notifier {
        Peer *peer;
        sd_event_source *timer; /* the next deadline, or what is to be told */
        uint64_t last_number;
        Notification notifications[NOTIFIER_MAX];
} Notifier;

/* The peer is borrowed. timer is called with userdata: notifier_tell() is due. 0 or negative errno,
 * notifier_done in both cases. */
int notifier_init(Notifier *notifier, Peer *peer, sd_event_time_handler_t timer, void *userdata);
void notifier_done(Notifier *notifier);

/* Sends the answer to request (the observation's own, whose token it carries) as it is now; where it is
 * larger than a block, the first one (incoming_notification). Without callback, or not confirmable: nobody
 * is told. Returns its number, never 0; 0: it has not been sent. */
uint64_t notifier_send(Notifier *notifier, const Request *request, const Response *response,
        bool confirmable, NotificationCallback callback, void *userdata);

/* What the transport says: transport_handler.undelivered and .quiet. */
void notifier_undelivered(
        Notifier *notifier, uint16_t message_id, const uint8_t *token, size_t token_size, bool reset);
void notifier_quiet(Notifier *notifier, bool lost);

/* Tells what is known, and what is late. A callback may drop the notifier. */
void notifier_tell(Notifier *notifier);

/* Drops all without a callback. */
void notifier_drop(Notifier *notifier);
