/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus face: all objects, on a connection that survives the bus's restart. */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "bus/handler.h"
#include "client/client.h"
#include "client/firmware.h"
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

/* Whom org.lwm2m.Client1.Firmware asks, borrowed with userdata for the bus's lifetime. Once. */
void bus_set_firmware(Bus *bus, const FirmwareFace *face, void *userdata);

/* What the face says has changed. Bytes and progress are sent once a second, however often they change;
 * where the back end has come or gone, the interface does. */
void bus_firmware_changed(Bus *bus);

/* As bus_connection_heard(). */
sd_bus *bus_heard(const Bus *bus);

/* Who asks other services of the bus, and has to know when there is one. Both are called from the loop;
 * neither may free the bus, or take a listener away. */
typedef struct BusListener {
        void (*found)(void *userdata); /* bus_heard() gives it, from now on */
        /* What was asked on it is not answered any more. May come several times, and without a found(). */
        void (*lost)(void *userdata);
        void *userdata;
        struct BusListener *next; /* the bus's own */
} BusListener;

/* The listener is borrowed until it is taken away, which is before the bus is freed. Nobody is told what was
 * before. */
void bus_add_listener(Bus *bus, BusListener *listener);
void bus_remove_listener(Bus *bus, BusListener *listener);
