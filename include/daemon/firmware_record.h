/* SPDX-License-Identifier: Apache-2.0 */
/* `firmware` in the state directory: Firmware Update as it is, so that a start goes on with it, and the last
 * updates (design.md 14.1). */
#pragma once

#include "client/firmware_machine.h"
#include "daemon/download_attempt.h"
#include "daemon/state_file.h"
#include "daemon/state_vault.h"

#define FIRMWARE_RECORD_VERSION 1

typedef struct FirmwareRecord {
        FirmwareMachine machine;
        char id[FIRMWARE_ID_SIZE];        /* of the installation; "": there has been none */
        char backend[FIRMWARE_NAME_SIZE]; /* that was asked to verify the package; "": none was */
        /* Of the package that is, or was, transferred */
        uint64_t received;                           /* bytes that survive a power cut */
        uint64_t total;                              /* 0: not known */
        uint64_t elapsed;                            /* usec that its download has taken */
        char validator[DOWNLOAD_VALIDATOR_SIZE + 1]; /* ETag or Last-Modified; "" */
        FirmwareHistory history;
} FirmwareRecord;

/* A client that has never been updated. */
void firmware_record_init(FirmwareRecord *record);

/* One update of FIRMWARE_HISTORY_MAX at most: numbers, words, texts. */
#define FIRMWARE_RECORD_MAX                                                          \
        (4096 + FIRMWARE_HISTORY_MAX * (128 + FIRMWARE_ID_SIZE + FIRMWARE_URI_SIZE + \
                                               4 * FIRMWARE_NAME_SIZE + FIRMWARE_TEXT_SIZE))

/* As bytes, owned by the caller, to be wiped: the URI may have a password. 0, -ENOMEM, -EIO. */
int firmware_record_encode(const FirmwareRecord *record, uint8_t **ret, size_t *ret_size);

/* The inverse: 0; STATE_FILE_E_DAMAGED; STATE_FILE_E_NEWER with *ret_version; or -EIO. Where it is not 0 the
 * record is as firmware_record_init() makes it. */
int firmware_record_decode(const uint8_t *data, size_t size, FirmwareRecord *ret, unsigned *ret_version);

/* Replaces the file. On the loop, with fsync. 0 or negative errno, which is logged. */
int firmware_record_write(const StateVault *vault, const FirmwareRecord *record);

/* What cannot be used is put aside, which the journal says, and the record begins anew. */
void firmware_record_read(const StateVault *vault, FirmwareRecord *ret);
