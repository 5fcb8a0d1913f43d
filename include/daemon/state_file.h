/* SPDX-License-Identifier: Apache-2.0 */
/* The format of `current` and `last-good`: a header and the values in SenML CBOR (design.md section 7). */
#pragma once

#include "client/client.h"
#include "daemon/config_fingerprint.h"
#include "daemon/state_error.h"

/* One file at most: each value of the store with its name, "/65535/65535/65535/65535", and SenML's labels.
 */
#define STATE_FILE_MAX (LIMIT_STORE_SIZE + LIMIT_STORE_VALUES * 48)

#define STATE_FILE_FLAGS \
        (SAVE_PROVEN | SAVE_PURGED | SAVE_BOOTSTRAPPED | SAVE_BOOTSTRAP_PROVEN | SAVE_FELL_BACK)

#define STATE_FILE_VERSION 2 /* what is written; 1 is read too */

typedef struct StateFile {
        uint16_t version;
        bool renew;              /* what reads files: it is not written as it would be now */
        Dataset *dataset;        /* owned */
        unsigned flags;          /* of STATE_FILE_FLAGS */
        uint64_t epoch;          /* counts the Resets; 0 in version 1 */
        uint64_t last_bootstrap; /* CLOCK_REALTIME usec of the last accepted Finish; 0: none, or version 1 */
        /* Of the YAML's accounts when it was written; without the bare ones in version 1, where they are 0.
         */
        ConfigFingerprint fingerprint;
} StateFile;

void state_file_done(StateFile *file);

/* As bytes (owned by the caller, to be wiped), in STATE_FILE_VERSION whatever file->version says. 0,
 * -ENOMEM, -EIO, -E2BIG. */
int state_file_encode(const StateFile *file, uint8_t **ret, size_t *ret_size);

/* The inverse. 0, STATE_FILE_E_DAMAGED, STATE_FILE_E_NEWER (then nothing but ret->version is set, and
 * nothing but the magic was checked), or -ENOMEM, -EIO. */
int state_file_decode(const uint8_t *data, size_t size, StateFile *ret);
