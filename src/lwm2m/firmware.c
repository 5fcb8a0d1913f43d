/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the numbers of Firmware Update. */
#include "lwm2m/firmware.h"

static const char *const firmware_state_table[] = {
        [FIRMWARE_IDLE] = "idle",
        [FIRMWARE_DOWNLOADING] = "downloading",
        [FIRMWARE_DOWNLOADED] = "downloaded",
        [FIRMWARE_UPDATING] = "updating",
};
static_assert(ELEMENTSOF(firmware_state_table) == _FIRMWARE_STATE_MAX, "every State has a word");

DEFINE_STRING_TABLE(firmware_state, FirmwareState)

static const char *const firmware_result_table[] = {
        [FIRMWARE_RESULT_INITIAL] = "initial",
        [FIRMWARE_RESULT_SUCCESS] = "success",
        [FIRMWARE_RESULT_NO_SPACE] = "no-space",
        [FIRMWARE_RESULT_NO_MEMORY] = "no-memory",
        [FIRMWARE_RESULT_CONNECTION_LOST] = "connection-lost",
        [FIRMWARE_RESULT_INTEGRITY] = "integrity",
        [FIRMWARE_RESULT_UNSUPPORTED_PACKAGE] = "unsupported-package",
        [FIRMWARE_RESULT_INVALID_URI] = "invalid-uri",
        [FIRMWARE_RESULT_FAILED] = "failed",
        [FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL] = "unsupported-protocol",
        [FIRMWARE_RESULT_CANCELLED] = "cancelled",
        [FIRMWARE_RESULT_DEFERRED] = "deferred",
};
static_assert(ELEMENTSOF(firmware_result_table) == _FIRMWARE_RESULT_MAX, "every Update Result has a word");

DEFINE_STRING_TABLE(firmware_result, FirmwareResult)

static const char *const firmware_delivery_table[] = {
        [FIRMWARE_PULL] = "pull",
        [FIRMWARE_PUSH] = "push",
};

DEFINE_STRING_TABLE(firmware_delivery, FirmwareDelivery)

const char *firmware_result_sentence(FirmwareResult result)
{
        static const char *const table[] = {
                [FIRMWARE_RESULT_INITIAL] = "",
                [FIRMWARE_RESULT_SUCCESS] = "The firmware was updated.",
                [FIRMWARE_RESULT_NO_SPACE] = "There is not enough space for the package.",
                [FIRMWARE_RESULT_NO_MEMORY] = "There is not enough memory for the download.",
                [FIRMWARE_RESULT_CONNECTION_LOST] = "The connection was lost during the download.",
                [FIRMWARE_RESULT_INTEGRITY] =
                        "The package is damaged, or is not signed by whom it should be.",
                [FIRMWARE_RESULT_UNSUPPORTED_PACKAGE] =
                        "The package is of a type that this device cannot install.",
                [FIRMWARE_RESULT_INVALID_URI] = "There is no package at the Package URI.",
                [FIRMWARE_RESULT_FAILED] = "The firmware update has failed.",
                [FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL] =
                        "The Package URI names a protocol that is not supported.",
                [FIRMWARE_RESULT_CANCELLED] = "The firmware update was cancelled.",
                [FIRMWARE_RESULT_DEFERRED] = "The firmware update was deferred.",
        };
        static_assert(ELEMENTSOF(table) == _FIRMWARE_RESULT_MAX, "every Update Result has a sentence");

        return result < _FIRMWARE_RESULT_MAX ? table[result] : "";
}

FirmwareResult firmware_result_of_1_0(FirmwareResult result)
{
        return result > FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL ? FIRMWARE_RESULT_INITIAL : result;
}
