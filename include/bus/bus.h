/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus face: all objects, on a connection that survives the bus's restart. */
#pragma once

#include <systemd/sd-event.h>

#include "client/client.h"

typedef struct Bus Bus;

/* Called from the loop; none may free the bus. */
typedef struct BusHandler {
        /* The name is owned (again). */
        void (*ready)(void *userdata);
        /* There is a bus, but it does not answer, let us in or own the name (reason: a sentence; it was
         * logged): go on without, the bus tries again by itself. May come several times; NULL: not called.
         */
        void (*refused)(void *userdata, const char *reason);
        /* The name belongs to somebody else at start: the daemon is to end with status 1. pid 0: unknown. */
        void (*name_taken)(void *userdata, unsigned pid);
        /* Reload(): 0, or CLIENT_E_INVALID_CONFIGURATION with *ret_message (the bus frees it), or negative
         * errno. */
        int (*reload)(void *userdata, char **ret_message);
} BusHandler;

/* config_file and the handler are borrowed for the bus's lifetime. Connecting is asynchronous; without a
 * system bus it waits for the socket to appear (inotify), nothing is polled. *ret_present (may be NULL):
 * whether there is a bus now. It listens to the client, which must not run any more when the bus is freed. 0
 * or negative errno. */
int bus_new(sd_event *event, Client *client, const char *config_file, const BusHandler *handler,
        void *userdata, bool *ret_present, Bus **ret);
Bus *bus_free(Bus *bus);
DEFINE_CLEANUP(Bus *, bus_free)
