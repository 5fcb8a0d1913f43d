/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to the system bus and the name on it; survives the bus's restart. */
#pragma once

#include <systemd/sd-bus.h>

#include "util/macro.h"

typedef struct BusConnection BusConnection;

/* Called from the loop (attach also from bus_connection_new()); none may free the connection. */
typedef struct BusConnectionHandler {
        /* Puts all objects on a new connection, for its lifetime. 0 or negative errno: tried again later. */
        int (*attach)(void *userdata, sd_bus *connection);
        /* The name is owned (again). */
        void (*owned)(void *userdata);
        /* A connection that objects were put on is lost, whether or not the name was owned on it: whoever
         * was there is gone. May come several times for one. */
        void (*lost)(void *userdata);
        /* There is a bus, but it does not answer, let us in or own the name (reason: a sentence; it was
         * logged): it is tried again. May come several times. */
        void (*refused)(void *userdata, const char *reason);
        /* The name belonged to somebody else at the first attempt. pid 0: unknown. */
        void (*name_taken)(void *userdata, unsigned pid);
} BusConnectionHandler;

/* The handler is borrowed for the connection's lifetime. Connecting is asynchronous; without a system bus
 * it waits for the socket to appear (inotify), nothing is polled. 0 or negative errno. */
int bus_connection_new(
        sd_event *event, const BusConnectionHandler *handler, void *userdata, BusConnection **ret);
BusConnection *bus_connection_free(BusConnection *bus);
DEFINE_CLEANUP(BusConnection *, bus_connection_free)

/* Whether there is a bus at the other end, or only the place where its socket will be. */
bool bus_connection_is_present(const BusConnection *bus);

/* The connection while the name is ours, so that signals are heard, else NULL. Borrowed until the next loop
 * turn. */
sd_bus *bus_connection_heard(const BusConnection *bus);
