/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Server on /org/lwm2m/Client1/server/<Short Server ID>, one an account. */
#pragma once

#include <systemd/sd-bus.h>

#include "client/client.h"

typedef struct ServerObjects ServerObjects;

/* Twice the accounts: between the new ones' coming and the old ones' going both are there. */
#define SERVER_OBJECTS_MAX (2 * LIMIT_SERVER_ACCOUNTS)

/* Starts with the servers that the client has; it is borrowed. 0 or -ENOMEM. */
int server_objects_new(Client *client, ServerObjects **ret);
ServerObjects *server_objects_free(ServerObjects *objects);
DEFINE_CLEANUP(ServerObjects *, server_objects_free)

/* Puts all of them, now and later, on a new connection, for the connection's lifetime. 0 or negative errno
 * of sd-bus. */
int server_objects_attach(ServerObjects *objects, sd_bus *connection);

/* What is shown now counts as sent: whoever sees the name appear reads it. */
void server_objects_settle(ServerObjects *objects);

/* A server came, changed, or went. add and remove send InterfacesAdded or InterfacesRemoved at once unless
 * connection is NULL; refresh takes over what the client says now. An unknown one is no error. 0, -ENOMEM,
 * -E2BIG (more than SERVER_OBJECTS_MAX), or negative errno of sd-bus. */
int server_objects_add(ServerObjects *objects, sd_bus *connection, uint16_t short_server_id);
void server_objects_refresh(ServerObjects *objects, uint16_t short_server_id);
int server_objects_remove(ServerObjects *objects, sd_bus *connection, uint16_t short_server_id);

/* Sends what changed, one PropertiesChanged an object. 0 or negative errno of sd-bus (all are tried). */
int server_objects_emit_changed(ServerObjects *objects, sd_bus *connection);
