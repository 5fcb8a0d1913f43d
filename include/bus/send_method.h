/* SPDX-License-Identifier: Apache-2.0 */
/* Send() of org.lwm2m.Client1.Server, which returns when the LwM2M Server has answered. */
#pragma once

#include <systemd/sd-bus.h>

#include "client/client.h"

/* Begins a Send to that server with what the message says ("asa{sv}"); replies later, also with an error.
 * Returns 1; or a negative errno with the error set, and there is no Send. */
int send_method(sd_bus_message *message, Client *client, uint16_t short_server_id, sd_bus_error *reterr);
