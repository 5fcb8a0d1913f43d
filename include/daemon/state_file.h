/* SPDX-License-Identifier: Apache-2.0 */
/* The format of `current` and `last-good`: a header and the values in SenML CBOR (design.md section 7). */
#pragma once

#include "client/client.h"
#include "daemon/config.h"

/* One file at most: each value of the store with its name, "/65535/65535/65535/65535", and SenML's labels.
 */
#define STATE_FILE_MAX (LIMIT_STORE_SIZE + LIMIT_STORE_VALUES * 48)

#define STATE_FILE_FLAGS (SAVE_PROVEN | SAVE_PURGED | SAVE_BOOTSTRAPPED)

#define STATE_FILE_E_DAMAGED 1 /* not a state file of ours, truncated, altered, or of a newer version */

typedef struct StateFile {
        Dataset *dataset;              /* owned */
        unsigned flags;                /* of STATE_FILE_FLAGS */
        ConfigFingerprint fingerprint; /* of the YAML's accounts when it was written */
} StateFile;

void state_file_done(StateFile *file);

/* As bytes (owned by the caller, to be wiped). 0, -ENOMEM, -EIO, -E2BIG. */
int state_file_encode(const Dataset *dataset, unsigned flags, const ConfigFingerprint *fingerprint,
        uint8_t **ret, size_t *ret_size);

/* The inverse. 0, STATE_FILE_E_DAMAGED or -ENOMEM, -EIO. */
int state_file_decode(const uint8_t *data, size_t size, StateFile *ret);
