/* SPDX-License-Identifier: Apache-2.0 */
/* The format of `history` in the state directory: a header and the series, newest first. */
#pragma once

#include "client/history.h"
#include "daemon/state_error.h"

#define HISTORY_FILE_VERSION 1
#define HISTORY_FILE_BOOT    16 /* bytes of a boot ID: sd-id128(3) */

/* Of one series: numbers, words, URI and sentence; of one operation: numbers and path. */
#define HISTORY_FILE_MAX                                                            \
        (256 + HISTORY_SERIES_MAX * (256 + LIMIT_URI_SIZE + FAILURE_SENTENCE_SIZE + \
                                            HISTORY_OPERATIONS_MAX * (32 + HISTORY_PATH_SIZE)))

typedef struct HistoryFile {
        uint16_t version;
        uint64_t epoch;                  /* as of state files */
        uint8_t boot[HISTORY_FILE_BOOT]; /* in which it was written */
        int64_t offset;                  /* of CLOCK_REALTIME from CLOCK_BOOTTIME then, usec */
        uint64_t written;                /* CLOCK_REALTIME usec */
        History history;                 /* owned */
} HistoryFile;

/* As bytes (owned by the caller), in HISTORY_FILE_VERSION whatever file->version says. 0, -ENOMEM, -EIO. */
int history_file_encode(const HistoryFile *file, uint8_t **ret, size_t *ret_size);

/* The inverse: 0; STATE_FILE_E_DAMAGED; STATE_FILE_E_NEWER (then nothing but ret->version is set, and
 * nothing but the magic was checked); or -ENOMEM, -EIO. */
int history_file_decode(const uint8_t *data, size_t size, HistoryFile *ret);
