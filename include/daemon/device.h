/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 3, Device (Core TS, Appendix E.4): strings of the configuration and the machine's live
 * values. */
#pragma once

#include "model/store.h"
#include "util/clock.h"

/* NULL: the Resource is absent. Borrowed. */
typedef struct DeviceStrings {
        const char *manufacturer;
        const char *model_number;
        const char *serial_number;
        const char *firmware_version;
        const char *device_type;
        const char *hardware_version;
        const char *software_version;
} DeviceStrings;

/* The source's userdata; may be changed at any time. */
typedef struct Device {
        const Clock *clock; /* borrowed */
        DeviceStrings strings;
} Device;

/* Reboot has no back end; Reset Error Code succeeds: Error Code is always "no error". */
extern const Source device_source;
