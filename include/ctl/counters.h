/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of the client as a whole and of each server, a{st} on the bus. */
#pragma once

#include <stdio.h>
#include <systemd/sd-bus.h>

#include "util/macro.h"

#define COUNTERS_MAX 64 /* more than a daemon has (interface.md section 3) */

typedef struct Counters {
        struct {
                const char *name; /* borrowed from the message */
                uint64_t value;
        } counters[COUNTERS_MAX];
        size_t n;
} Counters;

/* Reads the a{st} that the message stands before into *ret. 0 or negative errno. */
int counters_read(sd_bus_message *message, void *ret);

/* Writes those that are not zero, "Updates 3, Sends 1", broken into lines of at most so many columns (0: one
 * line), without a newline at the end. Whether there were any. */
bool counters_write(const Counters *counters, unsigned columns, FILE *file);
