/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus face: owns the connection to the system bus, its name, and all objects; survives the bus's
 * restart. */
#pragma once

#include <systemd/sd-event.h>

#include "client/client.h"

typedef struct Bus Bus;

typedef struct BusHandler {
        /* The name is owned (again). */
        void (*ready)(void *userdata);
        /* The name belongs to somebody else at start: the daemon is to end with status 1. */
        void (*name_taken)(void *userdata, unsigned pid);
        /* Reload(): 0, or CLIENT_E_INVALID_CONFIGURATION with *ret_message (owned by the caller), or
         * negative errno. */
        int (*reload)(void *userdata, char **ret_message);
} BusHandler;

/* config_file and the handler are borrowed for the bus's lifetime. Connecting is asynchronous; without a
 * system bus it waits for the socket to appear (inotify), nothing is polled. *ret_present (may be NULL):
 * whether there is a bus now. 0 or negative errno. */
int bus_new(sd_event *event, Client *client, const char *config_file, const BusHandler *handler,
        void *userdata, bool *ret_present, Bus **ret);
Bus *bus_free(Bus *bus);
DEFINE_CLEANUP(Bus *, bus_free)
