/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the standard output. */
#pragma once

#include <systemd/sd-event.h>

#include "util/macro.h"

/* Ends the loop when whoever reads it has gone (CTL_DONE), or when nothing can be written to it (CTL_FAILED,
 * which is told). 0 or negative errno. */
int output_watch(sd_event *event);
