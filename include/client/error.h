/* SPDX-License-Identifier: Apache-2.0 */
/* What the client answers to a method that it cannot do. */
#pragma once

/* Errors of the methods that D-Bus calls (interface.md section 3). */
typedef enum ClientError {
        CLIENT_E_BOOTSTRAP_IN_PROGRESS = 1,
        CLIENT_E_NO_BOOTSTRAP_SERVER_ACCOUNT,
        CLIENT_E_INVALID_CONFIGURATION,
        CLIENT_E_NOT_REGISTERED,
        CLIENT_E_STORAGE_FAILED,
} ClientError;
