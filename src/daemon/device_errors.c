/* SPDX-License-Identifier: Apache-2.0 */
/* The Resource Instances of Error Code. */
#include "daemon/device_errors.h"

unsigned device_errors_present(const DeviceErrors *errors)
{
        unsigned present = 0;

        for (size_t i = 0; i < ELEMENTSOF(errors->instances); i++)
                if (errors->instances[i] != DEVICE_ERROR_NONE)
                        present |= 1U << errors->instances[i];
        return present;
}

static void add(DeviceErrors *errors, DeviceError error)
{
        size_t i = 0;

        while (errors->instances[i] != DEVICE_ERROR_NONE)
                i++;
        errors->instances[i] = error;
}

bool device_errors_set(DeviceErrors *errors, unsigned present)
{
        const unsigned before = device_errors_present(errors);

        for (size_t i = 0; i < ELEMENTSOF(errors->instances); i++)
                if (!(present & 1U << errors->instances[i]))
                        errors->instances[i] = DEVICE_ERROR_NONE;
        for (unsigned error = DEVICE_ERROR_NONE + 1; error < _DEVICE_ERROR_MAX; error++)
                if (present & ~before & 1U << error)
                        add(errors, error);
        return device_errors_present(errors) != before;
}

bool device_errors_reset(DeviceErrors *errors, unsigned present)
{
        const DeviceErrors before = *errors;

        *errors = (DeviceErrors){0};
        (void)device_errors_set(errors, present);
        return memcmp(errors, &before, sizeof(before)) != 0;
}
