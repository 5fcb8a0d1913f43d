/* SPDX-License-Identifier: Apache-2.0 */
/* Values of Resources as they come over the bus: into lines for people, into JSON for scripts. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/json.h"

/* Each reads the reply from its beginning on, and returns 0 or negative errno of sd-bus. */

/* The reply of GetTexts(), a(ss): a line "PATH VALUE" for each, the value made printable. */
int values_to_lines(sd_bus_message *reply, FILE *file);

/* The reply of GetValues(), a(sv): an array of {"Path", "Value"}. Numbers, Booleans and strings are those of
 * JSON, a Time is a number of seconds; Opaque and Objlnk, which JSON does not have, are the text that
 * `lwm2mctl set` takes; a multiple-instance Resource is an object with its Resource Instance IDs as keys. */
int values_to_json(sd_bus_message *reply, JsonWriter *writer);

/* Whether one of the values in either reply stands at this path or below it. 1, 0 or negative errno. */
int values_have(sd_bus_message *reply, const char *path);
