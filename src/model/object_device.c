/* SPDX-License-Identifier: Apache-2.0 */
/* Object 3, Device (Core TS, Appendix E.4): every Resource of every version in OMA's registry. */
#include "model/object_device.h"

#include "model/object_row.h"

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range */
        {DEVICE_MANUFACTURER, "Manufacturer", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_MODEL_NUMBER, "Model Number", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_SERIAL_NUMBER, "Serial Number", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_FIRMWARE_VERSION, "Firmware Version", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_REBOOT, "Reboot", VALUE_NONE, SINGLE, MANDATORY, {E, E, E}, SUPPORTED},
        {DEVICE_FACTORY_RESET, "Factory Reset", VALUE_NONE, SINGLE, OPTIONAL, {E, E, E}, SUPPORTED},
        {DEVICE_POWER_SOURCES, "Available Power Sources", VALUE_INTEGER, MULTIPLE, OPTIONAL, {R, R, R},
                SUPPORTED, RANGE(0, 7)},
        {DEVICE_POWER_VOLTAGE, "Power Source Voltage", VALUE_INTEGER, MULTIPLE, OPTIONAL, {R, R, R},
                SUPPORTED},
        {DEVICE_POWER_CURRENT, "Power Source Current", VALUE_INTEGER, MULTIPLE, OPTIONAL, {R, R, R},
                SUPPORTED},
        {DEVICE_BATTERY_LEVEL, "Battery Level", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED,
                RANGE(0, 100)},
        {DEVICE_MEMORY_FREE, "Memory Free", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_ERROR_CODE, "Error Code", VALUE_INTEGER, MULTIPLE, MANDATORY, {R, R, R}, SUPPORTED,
                RANGE(0, 32)},
        {DEVICE_RESET_ERROR_CODE, "Reset Error Code", VALUE_NONE, SINGLE, OPTIONAL, {E, E, E}, SUPPORTED},
        {DEVICE_CURRENT_TIME, "Current Time", VALUE_TIME, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {DEVICE_UTC_OFFSET, "UTC Offset", VALUE_STRING, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {DEVICE_TIMEZONE, "Timezone", VALUE_STRING, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED},
        {DEVICE_SUPPORTED_BINDING, "Supported Binding and Modes", VALUE_STRING, SINGLE, MANDATORY, {R, R, R},
                SUPPORTED},
        {DEVICE_DEVICE_TYPE, "Device Type", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_HARDWARE_VERSION, "Hardware Version", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_SOFTWARE_VERSION, "Software Version", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {DEVICE_BATTERY_STATUS, "Battery Status", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED,
                RANGE(0, 6)},
        {DEVICE_MEMORY_TOTAL, "Memory Total", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {22, "ExtDevInfo", VALUE_OBJLNK, MULTIPLE, OPTIONAL, {R, R, R}, UNKNOWN},
};

const ObjectDef object_device = {
        .id = OBJECT_DEVICE,
        .name = "Device",
        .multiple = false,
        .versions = {"1.0", "1.1", "1.2"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
