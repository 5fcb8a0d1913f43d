/* SPDX-License-Identifier: Apache-2.0 */
/* Object 5, Firmware Update (Core TS, Appendix E.6). */
#include "model/object_firmware.h"

#include "lwm2m/firmware.h"
#include "model/object_row.h"

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range */
        {FIRMWARE_PACKAGE, "Package", VALUE_OPAQUE, SINGLE, MANDATORY, {W, W, W}, SUPPORTED},
        {FIRMWARE_PACKAGE_URI, "Package URI", VALUE_STRING, SINGLE, MANDATORY, {RW, RW, RW}, SUPPORTED,
                RANGE(0, 255)},
        {FIRMWARE_UPDATE, "Update", VALUE_NONE, SINGLE, MANDATORY, {E, E, E}, SUPPORTED},
        {FIRMWARE_STATE, "State", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R}, SUPPORTED,
                RANGE(FIRMWARE_IDLE, FIRMWARE_UPDATING)},
        {FIRMWARE_UPDATE_RESULT, "Update Result", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R}, SUPPORTED,
                RANGE(FIRMWARE_RESULT_INITIAL, FIRMWARE_RESULT_DEFERRED)},
        {FIRMWARE_PACKAGE_NAME, "PkgName", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED,
                RANGE(0, 255)},
        {FIRMWARE_PACKAGE_VERSION, "PkgVersion", VALUE_STRING, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED,
                RANGE(0, 255)},
        {FIRMWARE_PROTOCOL_SUPPORT, "Firmware Update Protocol Support", VALUE_INTEGER, MULTIPLE, OPTIONAL,
                {R, R, R}, SUPPORTED, RANGE(0, 5)},
        {FIRMWARE_DELIVERY_METHOD, "Firmware Update Delivery Method", VALUE_INTEGER, SINGLE, MANDATORY,
                {R, R, R}, SUPPORTED, RANGE(0, FIRMWARE_DELIVERY_BOTH)},
        {FIRMWARE_CANCEL, "Cancel", VALUE_NONE, SINGLE, OPTIONAL, {ABSENT, E, E}, SUPPORTED},
        {FIRMWARE_SEVERITY, "Severity", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, RW, RW}, SUPPORTED,
                RANGE(0, 2)},
        {FIRMWARE_LAST_STATE_CHANGE, "Last State Change Time", VALUE_TIME, SINGLE, OPTIONAL, {ABSENT, R, R},
                SUPPORTED},
        {FIRMWARE_MAX_DEFER_PERIOD, "Maximum Defer Period", VALUE_UNSIGNED, SINGLE, OPTIONAL,
                {ABSENT, RW, RW}, SUPPORTED, SECONDS},
        {FIRMWARE_AUTOMATIC_UPGRADE, "Automatic Upgrade at Download", VALUE_BOOLEAN, SINGLE, OPTIONAL,
                {ABSENT, ABSENT, RW}, SUPPORTED},
};

/* Cancel and what follows came with version 1.1, which LwM2M 1.2 implies; the registry gives it, and 1.2, to
 * LwM2M 1.1 and later, where a server has to be told. */
const ObjectDef object_firmware = {
        .id = OBJECT_FIRMWARE,
        .name = "Firmware Update",
        .multiple = false,
        .versions = {"1.0", "1.1", "1.2"},
        .implied = {"1.0", "1.0", "1.1"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
