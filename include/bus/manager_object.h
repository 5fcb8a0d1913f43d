/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Manager on /org/lwm2m/Client1. */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/handler.h"
#include "client/client.h"

typedef struct ManagerObject ManagerObject;

/* All pointers are borrowed for the object's lifetime; handler->reload gets userdata. 0 or -ENOMEM. */
int manager_object_new(Client *client, const char *config_file, const BusHandler *handler, void *userdata,
        ManagerObject **ret);
ManagerObject *manager_object_free(ManagerObject *object);

/* Puts the object on a new connection, for the connection's lifetime. 0 or negative errno of sd-bus. */
int manager_object_attach(ManagerObject *object, sd_bus *connection);

/* Takes over what the client says now. */
void manager_object_refresh(ManagerObject *object);

/* What is shown now counts as sent: whoever sees the name appear reads it. */
void manager_object_settle(ManagerObject *object);

/* Send a signal. 0 or negative errno of sd-bus. */
int manager_object_emit_status_changed(
        sd_bus *connection, Status old_status, Status new_status, const char *reason);
int manager_object_emit_changed(ManagerObject *object, sd_bus *connection);
