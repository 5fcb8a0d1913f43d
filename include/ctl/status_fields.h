/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the device is connected, and if not, why and until when: for status, and for monitor. */
#pragma once

#include "ctl/properties.h"
#include "ctl/servers.h"

#define STATUS_KEY_WIDTH 16 /* "Bootstrap Server" */

/* Writes Status, since when, the attempt, what comes next and the last error, a line each. */
void status_fields_write(
        FILE *file, const ManagerProperties *properties, const ServersSummary *servers, Moment now);
