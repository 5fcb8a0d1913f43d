/* SPDX-License-Identifier: Apache-2.0 */
/* One appointment for each device, in milliseconds: a list for each millisecond. None is ever called off. */
#pragma once

#include <stdint.h>
#include <stdlib.h>

#include "util/macro.h"

#define NOBODY (-1)

typedef struct Calendar {
        int32_t *first; /* of each millisecond */
        int32_t *next;  /* behind each device */
        uint32_t end;   /* ms */
} Calendar;

static inline void *fleet_allocate(size_t n, size_t size)
{
        void *memory = calloc(n, size);

        if (!memory)
                abort();
        return memory;
}

static inline void calendar_init(Calendar *calendar, size_t devices, uint32_t end)
{
        calendar->first = fleet_allocate(end, sizeof(*calendar->first));
        calendar->next = fleet_allocate(devices, sizeof(*calendar->next));
        calendar->end = end;
        for (uint32_t i = 0; i < end; i++)
                calendar->first[i] = NOBODY;
}

static inline void calendar_done(Calendar *calendar)
{
        free(calendar->first);
        free(calendar->next);
}

/* For a device that has none. What lies behind the end never comes. */
static inline void calendar_add(Calendar *calendar, int32_t device, uint64_t at)
{
        if (at >= calendar->end)
                return;
        calendar->next[device] = calendar->first[at];
        calendar->first[at] = device;
}

/* The next one of that millisecond, whose appointment is over; NOBODY: there is none. */
static inline int32_t calendar_take(Calendar *calendar, uint32_t at)
{
        int32_t device = calendar->first[at];

        if (device != NOBODY)
                calendar->first[at] = calendar->next[device];
        return device;
}
