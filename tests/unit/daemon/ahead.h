/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks that are ahead of the machine's. */
#pragma once

#include "util/clock.h"

/* By so much, usec: CLOCK_BOOTTIME, CLOCK_MONOTONIC. */
static int64_t ahead, awake_ahead;

static inline uint64_t read_boottime(void *userdata)
{
        return clock_boottime(&clock_system) + (uint64_t)ahead;
}

static inline uint64_t read_monotonic(void *userdata)
{
        return clock_monotonic(&clock_system) + (uint64_t)awake_ahead;
}

static const Clock test_clock = {read_boottime, read_boottime, read_monotonic, NULL};
