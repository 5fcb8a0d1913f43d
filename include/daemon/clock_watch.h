/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when the clock is set. */
#pragma once

#include <systemd/sd-event.h>

#include "util/macro.h"

typedef struct ClockWatch ClockWatch;

/* Calls set from the loop whenever CLOCK_REALTIME is set, and when the machine has slept, in which
 * CLOCK_MONOTONIC stood still. 0 or negative errno. */
int clock_watch_new(sd_event *event, void (*set)(void *userdata), void *userdata, ClockWatch **ret);
ClockWatch *clock_watch_free(ClockWatch *watch);
DEFINE_CLEANUP(ClockWatch *, clock_watch_free)
