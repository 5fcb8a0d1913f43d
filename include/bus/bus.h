/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus face: all objects, on a connection that survives the bus's restart. */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bus/handler.h"
#include "client/client.h"
#include "model/published.h"

typedef struct Bus Bus;

/* published, config_file and the handler are borrowed for the bus's lifetime. Connecting is asynchronous;
 * without a system bus it waits for the socket to appear (inotify), nothing is polled. *ret_present (may be
 * NULL): whether there is a bus now. It listens to the client and is the asker of published; no request may
 * be served any more when the bus is freed. 0 or negative errno. */
int bus_new(sd_event *event, Client *client, Published *published, const char *config_file,
        const BusHandler *handler, void *userdata, bool *ret_present, Bus **ret);
Bus *bus_free(Bus *bus);
DEFINE_CLEANUP(Bus *, bus_free)

/* As bus_connection_heard(). */
sd_bus *bus_heard(const Bus *bus);
