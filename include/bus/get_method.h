/* SPDX-License-Identifier: Apache-2.0 */
/* GetValues(), GetTexts() and GetObjects() of org.lwm2m.Client1.Objects: what servers read. */
#pragma once

#include <systemd/sd-bus.h>

#include "client/client.h"

/* Begins GetValues() or GetTexts(), by the member that the message calls, and replies when the values are
 * there. Returns 1; or a negative errno, with the error set where there is more to say, and there will be no
 * reply. */
int get_method_values(sd_bus_message *message, Client *client, sd_bus_error *reterr);

/* Replies at once. As a handler of a method returns. */
int get_method_objects(sd_bus_message *message, Client *client);
