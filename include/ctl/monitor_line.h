/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of lwm2mctl monitor on standard output: one of text, or one JSON object, for each change. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/json.h"

/* Signals of the daemon: StatusChanged; PropertiesChanged (a line each property); InterfacesAdded and
 * InterfacesRemoved. 0 or negative errno of sd-bus. */
int monitor_line_status(sd_bus_message *message, JsonMode json);
int monitor_line_properties(sd_bus_message *message, JsonMode json);
int monitor_line_object(sd_bus_message *message, JsonMode json);

/* What is: the message stands before the a{sv} of the client as a whole. 0 or negative errno of sd-bus. */
int monitor_line_present(sd_bus_message *properties, JsonMode json);

/* The daemon has come to the bus, or is not there any more. */
void monitor_line_daemon(bool present, JsonMode json);

void monitor_line_bus_lost(JsonMode json);
