/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory: `current` and `last-good`, each replaced atomically (design.md section 7). */
#pragma once

#include "client/client.h"
#include "daemon/config.h"

#define STORAGE_CURRENT   "current"
#define STORAGE_LAST_GOOD "last-good"

/* One file at most: each value of the store with its name, "/65535/65535/65535/65535", and SenML's labels.
 */
#define STORAGE_FILE_MAX (LIMIT_STORE_SIZE + LIMIT_STORE_VALUES * 48)

#define STORAGE_E_DAMAGED 1 /* not a state file of ours, truncated, altered, or of a newer version */

typedef struct StorageContent {
        Dataset *dataset;              /* owned */
        unsigned flags;                /* SaveFlags without SAVE_LAST_GOOD */
        ConfigFingerprint fingerprint; /* of the YAML's accounts when it was written */
        bool unsaved;                  /* it should be in `current`, but could not be written */
} StorageContent;

void storage_content_done(StorageContent *content);

/* The content as file bytes (owned by the caller, to be wiped). 0, -ENOMEM, -EIO, -E2BIG. */
int storage_encode(const Dataset *dataset, unsigned flags, const ConfigFingerprint *fingerprint,
        uint8_t **ret, size_t *ret_size);

/* The inverse. 0, STORAGE_E_DAMAGED or -ENOMEM, -EIO. */
int storage_decode(const uint8_t *data, size_t size, StorageContent *ret);

typedef struct Storage {
        char *directory; /* owned */
        /* Of the configuration in force: its fingerprint goes into every file written; accounts owned. */
        ConfigFingerprint fingerprint;
        Dataset *factory;
        /* Of one that a Reload will put in force; factory NULL: none. */
        ConfigFingerprint next_fingerprint;
        Dataset *next_factory;
        bool unsure; /* the last write failed: what can be read may not be durable */
} Storage;

/* Makes the directory (0700) where it is missing. 0 or negative errno. */
int storage_open(const char *directory, Storage *ret);
void storage_done(Storage *storage);

/* The configuration that counts: at once where there is none yet, else from storage_use_configuration() on.
 * Takes factory over. */
void storage_set_configuration(Storage *storage, const ConfigFingerprint *fingerprint, Dataset *factory);
void storage_use_configuration(Storage *storage);

/* Loads what counts, by design.md sections 6 and 7: `current`; damaged, not readable, or missing
 * beside a `last-good`: `last-good`; the broken file is kept as `.broken`. A changed bootstrap.server
 * replaces the Bootstrap-Server Account, changed servers or endpoint everything; with nothing usable the
 * YAML's accounts count. What that changes is written before it returns; where that fails, ret->unsaved is
 * set. Each step but this one is logged. 0 or negative errno. */
int storage_load(Storage *storage, StorageContent *ret);

/* ClientStorage on a Storage as userdata. */
extern const ClientStorage storage_for_client;
