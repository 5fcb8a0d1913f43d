/* SPDX-License-Identifier: Apache-2.0 */
/* One service of the bus: who has its name, and what that one signals. Whoever else sends a signal of the
 * same name to us alone is not heard: the bus lets everybody do that. */
#pragma once

#include <systemd/sd-bus.h>

#include "util/macro.h"

typedef struct ServiceWatch ServiceWatch;

#define SERVICE_WATCH_SIGNALS_MAX 2

typedef struct ServiceSignal {
        const char *path, *interface, *member;
} ServiceSignal;

/* Both are called from the loop, as the last that is done, and may free the watch. */
typedef struct ServiceWatchHandler {
        /* Whoever had the name has left the bus, or has lost it to another. */
        void (*gone)(void *userdata);
        /* One of the signals, of whoever has the name. */
        void (*signal)(void *userdata, sd_bus_message *signal);
} ServiceWatchHandler;

/* For the lifetime of a connection at most. n: 1..SERVICE_WATCH_SIGNALS_MAX. The signals' texts and the
 * handler are borrowed. What is called on the connection from then on is answered after the watch is in
 * force. 0 or negative errno. */
int service_watch_new(sd_bus *connection, const char *name, const ServiceSignal *signals, size_t n,
        const ServiceWatchHandler *handler, void *userdata, ServiceWatch **ret);
/* Also after the connection is lost. */
ServiceWatch *service_watch_free(ServiceWatch *watch);
DEFINE_CLEANUP(ServiceWatch *, service_watch_free)
