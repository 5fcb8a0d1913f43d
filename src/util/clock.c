/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own clocks. */
#include <time.h>

#include "util/clock.h"
#include "util/macro.h"

static uint64_t now(clockid_t id)
{
        struct timespec ts;

        /* These three clocks exist on every kernel that systemd 252 runs on. */
        if (clock_gettime(id, &ts) < 0)
                abort();
        return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

static uint64_t system_boottime(void *userdata)
{
        return now(CLOCK_BOOTTIME);
}

static uint64_t system_realtime(void *userdata)
{
        return now(CLOCK_REALTIME);
}

static uint64_t system_monotonic(void *userdata)
{
        return now(CLOCK_MONOTONIC);
}

const Clock clock_system = {
        .boottime = system_boottime,
        .realtime = system_realtime,
        .monotonic = system_monotonic,
};
