/* SPDX-License-Identifier: Apache-2.0 */
/* Current Time, UTC Offset and Timezone, /3/0/13 to /3/0/15, set by timedated (design.md 10.10). */
#pragma once

#include "bus/bus.h"
#include "daemon/device_refusal.h"
#include "daemon/timezone.h"
#include "model/store.h"

typedef struct DeviceTime {
        Store *store; /* borrowed, as the bus */
        Bus *bus;     /* NULL: there is none */
        /* The Write under way */
        uint64_t call; /* 0: none is */
        uint16_t requester;
        int64_t time;                    /* s; 0: stays */
        char zone[TIMEZONE_SIZE];        /* "": stays */
        char zone_before[TIMEZONE_SIZE]; /* "": had no name */
        DeviceRefusal refused;
} DeviceTime;

/* Write. As Source.write: SOURCE_LATER, after which all of it is set or nothing; 4.00 for what is no time,
 * no name of a zone or no offset of one, 5.00 where timedated refuses (as it does while the time is
 * synchronized) or is not there, 5.03 where another Write is under way. */
int device_time_write(DeviceTime *time, SourceCall *call, const SourceWrite *write);
