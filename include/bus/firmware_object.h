/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Firmware on /org/lwm2m/Client1: Firmware Update (interface.md section 7). It is there
 * while there is a back end, as Object 5 is. */
#pragma once

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "client/firmware.h"

typedef struct FirmwareObject FirmwareObject;

#define FIRMWARE_BYTES_INTERVAL USEC_PER_SEC /* interface.md section 7 */

/* due is called from the loop when firmware_object_emit_changed() has something to send again that it held
 * back. 0 or negative errno. */
int firmware_object_new(sd_event *event, void (*due)(void *userdata), void *userdata, FirmwareObject **ret);
FirmwareObject *firmware_object_free(FirmwareObject *object);
DEFINE_CLEANUP(FirmwareObject *, firmware_object_free)

/* Whom it asks, borrowed for its lifetime; what is there now counts as sent. Once. */
void firmware_object_set_face(FirmwareObject *object, const FirmwareFace *face, void *userdata);

/* Puts the object on a new connection, where it is there and whenever it comes, until the connection is
 * lost. 0 or negative errno of sd-bus. */
int firmware_object_attach(FirmwareObject *object, sd_bus *connection);
void firmware_object_lost(FirmwareObject *object);

/* Takes over what the face says now; where the object has come or gone, it is put or taken away, and told on
 * connection unless that is NULL. 0 or negative errno of sd-bus. */
int firmware_object_refresh(FirmwareObject *object, sd_bus *connection);

/* What is shown now counts as sent: whoever sees the name appear reads it. */
void firmware_object_settle(FirmwareObject *object);

/* Sends what has changed, what moves by itself (bytes, progress) once in FIRMWARE_BYTES_INTERVAL. 0 or
 * negative errno of sd-bus. */
int firmware_object_emit_changed(FirmwareObject *object, sd_bus *connection);
