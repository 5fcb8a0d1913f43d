/* SPDX-License-Identifier: Apache-2.0 */
/* The last firmware updates as they come over the bus, the reply of Firmware's GetHistory(). */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/format.h"
#include "ctl/json.h"

/* Strings are borrowed from the message. */
typedef struct Update {
        const char *id;
        uint64_t start, end; /* CLOCK_REALTIME, usec; end 0: it is still on */
        const char *delivery, *uri, *name, *version;
        uint64_t size; /* bytes */
        uint8_t result;
        const char *result_name, *text, *version_before, *version_after;
} Update;

typedef struct Updates {
        Update *updates; /* newest first; owned */
        size_t n;
} Updates;

/* Reads aa{sv}; what is unknown is skipped, what is missing is "" or 0. 0, negative errno of sd-bus or
 * -ENOMEM; updates_done() in either case. */
int updates_read(sd_bus_message *message, Updates *ret);
void updates_done(Updates *updates);

/* Writes a table, a row for each, numbered from 1; nothing where there is none. 0 or -ENOMEM. */
int updates_show(const Updates *updates, FILE *file);

/* Writes everything about one. */
void update_show(const Update *update, FILE *file);

/* As the reply has it: an array; one of it. */
void updates_to_json(const Updates *updates, JsonWriter *writer);
void update_to_json(const Update *update, JsonWriter *writer);
