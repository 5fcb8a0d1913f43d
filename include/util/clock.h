/* SPDX-License-Identifier: Apache-2.0 */
/* Time, injected so that tests can turn it. All in microseconds. */
#pragma once

#include <stdint.h>

typedef struct Clock {
        uint64_t (*boottime)(void *userdata);  /* CLOCK_BOOTTIME: every deadline */
        uint64_t (*realtime)(void *userdata);  /* CLOCK_REALTIME: stamps for people */
        uint64_t (*monotonic)(void *userdata); /* CLOCK_MONOTONIC: stamps beside systemd's */
        void *userdata;
} Clock;

/* The machine's own clocks. */
extern const Clock clock_system;

static inline uint64_t clock_boottime(const Clock *clock)
{
        return clock->boottime(clock->userdata);
}

static inline uint64_t clock_realtime(const Clock *clock)
{
        return clock->realtime(clock->userdata);
}

static inline uint64_t clock_monotonic(const Clock *clock)
{
        return clock->monotonic(clock->userdata);
}
