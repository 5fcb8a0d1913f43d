/* SPDX-License-Identifier: Apache-2.0 */
/* What lwm2mctl monitor shows on a terminal: one page of text. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/format.h"

/* What the daemon has answered last; borrowed, NULL: nothing (any more). */
typedef struct MonitorView {
        const char *problem;      /* why there is nothing newer, or NULL */
        sd_bus_message *manager;  /* GetAll() */
        sd_bus_message *objects;  /* GetManagedObjects() */
        sd_bus_message *history;  /* GetHistory() */
        sd_bus_message *firmware; /* GetAll(); NULL, too: there is no back end */
} MonitorView;

/* Lines: Status with the time that is left to the next attempt, servers, a firmware
 * update with a bar, counters, and of the last
 * operations as many as rows still hold; columns is where counters are wrapped. *ret is owned by the caller.
 * 0 or negative errno. */
int monitor_view_text(const MonitorView *view, Moment now, unsigned rows, unsigned columns, char **ret);
