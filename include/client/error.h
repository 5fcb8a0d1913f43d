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
        CLIENT_E_SEND_MUTED,        /* /1/x/23 is absent or true */
        CLIENT_E_REJECTED,          /* the server has said no */
        CLIENT_E_NOT_ANSWERED,      /* it has said nothing */
        CLIENT_E_NO_SEND,           /* LwM2M 1.0 has none */
        CLIENT_E_SEND_FORMAT,       /* the version has no such format */
        CLIENT_E_NOTHING_TO_SEND,   /* nothing that the server may read is there */
        CLIENT_E_TOO_LARGE,         /* for one Send */
        CLIENT_E_TOO_MANY_SENDS,    /* are waiting for the server */
        CLIENT_E_TOO_MANY_READINGS, /* wait for what values are read from */
        CLIENT_E_NOT_READ,          /* that has said nothing */
        CLIENT_E_WRONG_STATE,       /* the firmware update has none for this */
} ClientError;
