/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a confirmable notification. */
#pragma once

#include "util/macro.h"

typedef enum NotificationFate {
        NOTIFICATION_ACKNOWLEDGED, /* and fetched as a whole, where it comes in blocks */
        NOTIFICATION_UNFETCHED,    /* acknowledged, but the peer has not fetched the rest of its blocks */
        NOTIFICATION_RESET,        /* the peer does not want it: RFC 7641, 3.6 */
        NOTIFICATION_TIMED_OUT,
} NotificationFate;

/* Once for each, in a turn of the loop of its own; notification: its number. */
typedef void (*NotificationCallback)(void *userdata, uint64_t notification, NotificationFate fate);
