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

ClockOffsets clock_offsets(const Clock *clock)
{
        uint64_t boottime = clock_boottime(clock);

        return (ClockOffsets){
                .realtime = (int64_t)(clock_realtime(clock) - boottime),
                .monotonic = (int64_t)(clock_monotonic(clock) - boottime),
        };
}

uint64_t clock_shift(uint64_t boottime, int64_t offset)
{
        if (boottime == 0)
                return 0;
        if (offset < 0 && boottime <= (uint64_t)-offset)
                return 1;
        return boottime + (uint64_t)offset;
}

const Clock clock_system = {
        .boottime = system_boottime,
        .realtime = system_realtime,
        .monotonic = system_monotonic,
};
