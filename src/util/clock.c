/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own clocks. */
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "config.h"
#include "util/clock.h"
#include "util/macro.h"

#define READING_MAX  USEC_PER_MSEC /* from one clock to the next; a setting by less is nobody's concern */
#define ABSOLUTE_MIN ((UINT64_C(1) << 28) * USEC_PER_SEC) /* below: relative to now, RFC 8428, 4.5.3 */

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

static void renew(int64_t *offset, int64_t now)
{
        if (llabs(now - *offset) >= (long long)READING_MAX)
                *offset = now;
}

void clock_offsets_renew(const Clock *clock, ClockOffsets *offsets)
{
        uint64_t boottime = clock_boottime(clock);

        renew(&offsets->realtime, (int64_t)(clock_realtime(clock) - boottime));
        renew(&offsets->monotonic, (int64_t)(clock_monotonic(clock) - boottime));
}

uint64_t clock_shift(uint64_t boottime, int64_t offset)
{
        if (boottime == 0)
                return 0;
        if (offset < 0 && boottime <= (uint64_t)-offset)
                return 1;
        return boottime + (uint64_t)offset;
}

bool clock_is_set(const Clock *clock, const char *timesync)
{
        char synchronized[PATH_MAX];

        if (clock_realtime(clock) / USEC_PER_SEC < BUILD_EPOCH)
                return false;
        (void)snprintf(synchronized, sizeof(synchronized), "%s/synchronized", timesync);
        return access(timesync, F_OK) < 0 || access(synchronized, F_OK) == 0;
}

int64_t clock_stamp(const Clock *clock)
{
        uint64_t now = clock_realtime(clock);

        return now < ABSOLUTE_MIN ? 0 : (int64_t)now;
}

const Clock clock_system = {
        .boottime = system_boottime,
        .realtime = system_realtime,
        .monotonic = system_monotonic,
};
