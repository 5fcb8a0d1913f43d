/* SPDX-License-Identifier: Apache-2.0 */
/* Time, injected so that tests can turn it. All in microseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Clock {
        uint64_t (*boottime)(void *userdata); /* CLOCK_BOOTTIME: every deadline */
        uint64_t (*realtime)(void *userdata); /* CLOCK_REALTIME: stamps for people */
        /* CLOCK_MONOTONIC: stamps beside systemd's, timer_new_awake() */
        uint64_t (*monotonic)(void *userdata);
        void *userdata;
} Clock;

/* The machine's own clocks. */
extern const Clock clock_system;

/* Where systemd-timesyncd says that it has synchronized the clock: systemd-timesyncd.service(8). */
#define CLOCK_TIMESYNC "/run/systemd/timesync"

/* Whether CLOCK_REALTIME can be right: it does not stand before the build (SOURCE_DATE_EPOCH), and whoever
 * synchronizes it says so, or does not run: the folder timesync (CLOCK_TIMESYNC) has a file "synchronized",
 * or is not there. */
bool clock_is_set(const Clock *clock, const char *timesync);

/* CLOCK_REALTIME as the time of values for a peer. 0, none: it was never set, it stands below the 2^28 s
 * from which on SenML takes a time as absolute (RFC 8428, 4.5.3). */
int64_t clock_stamp(const Clock *clock);

/* How far the other two stand from CLOCK_BOOTTIME. Neither changes but when the clock is set and when the
 * machine sleeps, so that a moment is shown by the same number each time. */
typedef struct ClockOffsets {
        int64_t realtime, monotonic;
} ClockOffsets;

/* Takes them anew, at first into zeroes. What would move by less than a reading may take stays. */
void clock_offsets_renew(const Clock *clock, ClockOffsets *offsets);

/* A CLOCK_BOOTTIME moment, past or to come, in the clock that stands offset from it; 0 (none) stays 0, what
 * lies before the clock's beginning is 1. */
uint64_t clock_shift(uint64_t boottime, int64_t offset);

/* The earlier of two moments of one clock, of which 0 is none. */
static inline uint64_t clock_earlier(uint64_t a, uint64_t b)
{
        return a == 0 ? b : b == 0 ? a : a < b ? a : b;
}

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
