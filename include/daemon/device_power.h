/* SPDX-License-Identifier: Apache-2.0 */
/* Power supplies, /3/0/6 to /3/0/9 and /3/0/20, and Error Code, /3/0/11, which follows from them. */
#pragma once

#include "daemon/device_errors.h"
#include "daemon/power_watch.h"
#include "model/store.h"

typedef struct DevicePower {
        Store *store;      /* borrowed */
        PowerWatch *watch; /* NULL: power: none */
        DeviceErrors errors;
        uint64_t waiting[LIMIT_POWER_READS];
        size_t n_waiting;
} DevicePower;

/* Turns the back end on or off. folder and clock are borrowed. 0 or negative errno. */
int device_power_set(DevicePower *power, sd_event *event, const Clock *clock, const char *folder, bool on);

/* Whether a Resource changes with the power supplies, which are looked at only when somebody asks. */
bool device_power_moves(const DevicePower *power, uint16_t resource);

/* Before a Read at or below path: 0, it can be read; or SOURCE_LATER, since what is known is stale. */
int device_power_prepare(DevicePower *power, const SourceCall *call, const Path *path);

/* Appends what is known of a Resource. 0 or negative errno. */
int device_power_read(const DevicePower *power, const ResourceDef *resource, RecordList *list);

/* Reset Error Code, /3/0/12. */
void device_power_reset_errors(DevicePower *power);
