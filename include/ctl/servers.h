/* SPDX-License-Identifier: Apache-2.0 */
/* The LwM2M Servers as the daemon shows them, in the reply of GetManagedObjects(). */
#pragma once

#include "ctl/call.h"
#include "ctl/format.h"

#define SERVER_PATH_SIZE sizeof("/org/lwm2m/Client1/server/65535")

/* The path on the bus of the server with the Short Server ID that a word says. */
void server_path(const char *word, char ret[SERVER_PATH_SIZE]);

/* All of them at one moment. As ctl_call(). */
int servers_get(const Ctl *ctl, sd_bus_message **ret);

/* From wherever the message stands: before the properties of the server with this path. 1, 0: there is none,
 * or negative errno. */
int servers_seek(sd_bus_message *objects, const char *path);

/* Calls each with the message before the properties of every server, by ascending Short Server ID. 0 or
 * negative errno. */
int servers_each(
        sd_bus_message *objects, int (*each)(sd_bus_message *message, void *userdata), void *userdata);

typedef struct ServersSummary {
        size_t registered, all;
        Moment next;  /* the first end of what one of them waits for */
        Moment awake; /* when the first of those that sleep wakes up, for its Update */
} ServersSummary;

/* 0 or negative errno. */
int servers_sum_up(sd_bus_message *objects, ServersSummary *ret);

/* Fills an empty table: a head, and a row for each. 0 or negative errno; the table is the caller's. */
int servers_to_table(sd_bus_message *objects, Table *table);
