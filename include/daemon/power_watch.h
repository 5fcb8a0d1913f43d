/* SPDX-License-Identifier: Apache-2.0 */
/* The power supplies as they were when they were looked at last. Drivers may take a second, or hang, where a
 * chip is asked behind a slow bus: so a thread of its own looks, and the loop goes on. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/power_supply.h"
#include "util/clock.h"

typedef struct PowerWatch PowerWatch;

/* What is older counts as stale: a fuel gauge measures once in some seconds (design.md 10.4). */
#define POWER_WATCH_FRESH_USEC (10 * USEC_PER_SEC)

/* So long after its beginning a look that has not ended counts as failed, and nothing is known any more. By
 * CLOCK_MONOTONIC: while the machine sleeps, the look does. */
#define POWER_WATCH_PATIENCE_USEC (9 * USEC_PER_SEC)

/* Begins a first look. folder and clock are borrowed. looked is called from the loop after each look, with
 * what was known before. 0 or negative errno. */
int power_watch_new(sd_event *event, const Clock *clock, const char *folder,
        void (*looked)(void *userdata, const PowerState *before), void *userdata, PowerWatch **ret);
PowerWatch *power_watch_free(PowerWatch *watch);
DEFINE_CLEANUP(PowerWatch *, power_watch_free)

/* What is known. Borrowed until the next loop turn. */
const PowerState *power_watch_state(const PowerWatch *watch);

/* Sees to it that what is known is fresh. False: it is, or nothing better can be had now. True: a look is
 * under way, and looked will be called, at the latest after POWER_WATCH_PATIENCE_USEC. */
bool power_watch_refresh(PowerWatch *watch);
