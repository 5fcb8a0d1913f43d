/* SPDX-License-Identifier: Apache-2.0 */
/* Error Code, /3/0/11 (Core TS, Appendix E.4): a Resource Instance for each error that there is now. */
#pragma once

#include "util/macro.h"

/* The values of /3/0/11 that this client knows of */
typedef enum DeviceError {
        DEVICE_ERROR_NONE = 0,
        DEVICE_ERROR_BATTERY_LOW = 1,
        DEVICE_ERROR_EXTERNAL_SUPPLY_OFF = 2,
        _DEVICE_ERROR_MAX,
} DeviceError;

/* The index is the Resource Instance ID. An instance keeps it as long as its error lasts; the first error
 * takes the place of "no error", which is instance 0 alone. All zero: no error. */
typedef struct DeviceErrors {
        DeviceError instances[_DEVICE_ERROR_MAX]; /* DEVICE_ERROR_NONE: the instance is not there */
} DeviceErrors;

/* Takes over which errors there are now (1 << DeviceError). Returns whether that changes /3/0/11. */
bool device_errors_set(DeviceErrors *errors, unsigned present);

/* Reset Error Code, /3/0/12: forgets the instances, then looks anew at which errors there are. Returns the
 * same. */
bool device_errors_reset(DeviceErrors *errors, unsigned present);

/* The errors that there are, 1 << DeviceError. */
unsigned device_errors_present(const DeviceErrors *errors);
