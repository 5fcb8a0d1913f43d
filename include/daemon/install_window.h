/* SPDX-License-Identifier: Apache-2.0 */
/* firmware_update.install_window: the time of day, local, in which packages are installed. */
#pragma once

#include "util/macro.h"

#define INSTALL_WINDOW_DAY (24 * 60) /* minutes */

/* Minutes from midnight, 0..INSTALL_WINDOW_DAY - 1. An end before the begin is of the next day. Both the
 * same: it is always open. */
typedef struct InstallWindow {
        unsigned begin, end;
} InstallWindow;

/* "02:00-05:00". 0, or -EINVAL: it is none, or a window of no length. */
int install_window_parse(const char *text, InstallWindow *ret);

/* CLOCK_REALTIME usec: when it opens next, by the machine's time zone; 0: it is open now. */
uint64_t install_window_opens_at(const InstallWindow *window, uint64_t now);
