/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware Update (Core TS, Appendix E.6): the values of its State and Update Result, and what they are
 * called. */
#pragma once

#include "util/string_table.h"

/* State, /5/0/3 */
typedef enum FirmwareState {
        FIRMWARE_IDLE = 0,
        FIRMWARE_DOWNLOADING = 1,
        FIRMWARE_DOWNLOADED = 2,
        FIRMWARE_UPDATING = 3,
        _FIRMWARE_STATE_MAX,
} FirmwareState;

DECLARE_STRING_TABLE(firmware_state, FirmwareState); /* "idle" "downloading" "downloaded" "updating" */

/* Update Result, /5/0/5 */
typedef enum FirmwareResult {
        FIRMWARE_RESULT_INITIAL = 0,
        FIRMWARE_RESULT_SUCCESS = 1,
        FIRMWARE_RESULT_NO_SPACE = 2,
        FIRMWARE_RESULT_NO_MEMORY = 3,
        FIRMWARE_RESULT_CONNECTION_LOST = 4,
        FIRMWARE_RESULT_INTEGRITY = 5,
        FIRMWARE_RESULT_UNSUPPORTED_PACKAGE = 6,
        FIRMWARE_RESULT_INVALID_URI = 7,
        FIRMWARE_RESULT_FAILED = 8,
        FIRMWARE_RESULT_UNSUPPORTED_PROTOCOL = 9,
        FIRMWARE_RESULT_CANCELLED = 10, /* this and the next: since Object version 1.1 */
        FIRMWARE_RESULT_DEFERRED = 11,
        _FIRMWARE_RESULT_MAX,
} FirmwareResult;

/* "initial" "success" "no-space" "no-memory" "connection-lost" "integrity" "unsupported-package"
 * "invalid-uri" "failed" "unsupported-protocol" "cancelled" "deferred" */
DECLARE_STRING_TABLE(firmware_result, FirmwareResult);

/* What it means, a sentence for operators. Static; "" for FIRMWARE_RESULT_INITIAL. */
const char *firmware_result_sentence(FirmwareResult result);

/* As version 1.0 of the Object can say it: FIRMWARE_RESULT_CANCELLED and FIRMWARE_RESULT_DEFERRED are
 * FIRMWARE_RESULT_INITIAL there. */
FirmwareResult firmware_result_of_1_0(FirmwareResult result);

/* How the package came: Firmware Update Delivery Method, /5/0/9, is both. */
typedef enum FirmwareDelivery {
        FIRMWARE_PULL, /* from the Package URI */
        FIRMWARE_PUSH, /* written to Package */
        _FIRMWARE_DELIVERY_MAX,
} FirmwareDelivery;

DECLARE_STRING_TABLE(firmware_delivery, FirmwareDelivery); /* "pull" "push" */

#define FIRMWARE_DELIVERY_BOTH 2 /* /5/0/9 */

/* Firmware Update Protocol Support, /5/0/8 */
typedef enum FirmwareProtocol {
        FIRMWARE_COAP = 0,
        FIRMWARE_COAPS = 1,
        FIRMWARE_HTTP = 2,
        FIRMWARE_HTTPS = 3,
        _FIRMWARE_PROTOCOL_MAX, /* 4 and 5, CoAP over TCP and TLS, are none of ours */
} FirmwareProtocol;
