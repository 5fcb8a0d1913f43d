/* SPDX-License-Identifier: Apache-2.0 */
/* Properties as flat views: what an object shows now, beside what was sent last; only real changes are sent.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "client/counters.h"
#include "lwm2m/failure.h"

#define PROPERTIES_MAX 32 /* of one interface; Manager has 18 */

/* Getters for fields of a view beyond sd-bus's own: text is a char array, (ss) is a Failure. */
int property_get_text(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr);
int property_get_failure(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr);

/* Appends the first n counters as a{st}. 0 or negative errno of sd-bus. */
int property_append_counters(sd_bus_message *reply, const ClientCounters *counters, size_t n);

/* Copies text (NULL: "") into a field of size bytes; a longer one is cut between two characters, and
 * it is made printable: D-Bus takes UTF-8 only. */
void property_set_text(char *field, size_t size, const char *text);

/* Whether a property of the vtable flagged EMITS_CHANGE differs between two views that its offsets point
 * into. */
bool property_differs(const sd_bus_vtable *vtable, const void *a, const void *b);

/* Sends one PropertiesChanged with the properties of the vtable flagged EMITS_CHANGE whose fields differ
 * between view and emitted; none when none does. Both are views of view_size bytes that the vtable's offsets
 * point into; emitted becomes a copy of view. 0 or negative errno of sd-bus. */
int property_emit_changed(sd_bus *connection, const char *path, const char *interface,
        const sd_bus_vtable *vtable, const void *view, void *emitted, size_t view_size);
