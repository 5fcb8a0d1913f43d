/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Objects on /org/lwm2m/Client1: what other services publish (interface.md section 6). */
#pragma once

#include <systemd/sd-bus.h>

#include "client/client.h"
#include "model/published.h"

typedef struct ObjectsObject ObjectsObject;

/* Both are borrowed; it is the asker of published until it is freed. 0 or -ENOMEM. */
int objects_object_new(Client *client, Published *published, ObjectsObject **ret);
/* No request may be served any more. */
ObjectsObject *objects_object_free(ObjectsObject *object);
DEFINE_CLEANUP(ObjectsObject *, objects_object_free)

/* Puts the object on a new connection, for the connection's lifetime. 0 or negative errno of sd-bus. */
int objects_object_attach(ObjectsObject *object, sd_bus *connection);

/* The connection is lost: all that was published over it goes. */
void objects_object_lost(ObjectsObject *object);
