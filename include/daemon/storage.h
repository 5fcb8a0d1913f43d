/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory: `current` and `last-good`, each replaced atomically (design.md section 7). */
#pragma once

#include "client/client.h"
#include "daemon/config_fingerprint.h"
#include "daemon/state_file.h"
#include "daemon/state_vault.h"

typedef struct Storage {
        StateVault *vault;       /* borrowed */
        StateVaultCounts counts; /* of the vault, as long as the storage is open */
        /* Of the configuration in force: its fingerprint goes into every file written; accounts owned. */
        ConfigFingerprint fingerprint;
        Dataset *factory;
        Dataset *before; /* those before it, for credentials that it renews; or NULL */
        /* Of one that a Reload will put in force; factory NULL: none. */
        ConfigFingerprint next_fingerprint;
        Dataset *next_factory;
        uint64_t epoch;                    /* of what was loaded; a Reset begins a new one */
        uint64_t last_bootstrap;           /* CLOCK_REALTIME usec of the last accepted Finish; 0: none */
        void (*was_reset)(void *userdata); /* everything else is to be forgotten, too; NULL: nobody asks */
        void *reset_userdata;
        /* The last write failed: what can be read may not be durable. */
        bool current_unsure, last_good_unsure;
} Storage;

/* vault: its directory exists, and is locked; outlives the storage, which counts what is written there from
 * now on. *ret stays where it is. */
void storage_open(StateVault *vault, Storage *ret);
void storage_done(Storage *storage);

/* The configuration that counts: at once where there is none yet, else from storage_use_configuration() on.
 * Takes factory over. */
void storage_set_configuration(Storage *storage, const ConfigFingerprint *fingerprint, Dataset *factory);
void storage_use_configuration(Storage *storage);

/* The accounts of the configuration before the first one; taken over, may be NULL. */
void storage_set_before(Storage *storage, Dataset *before);

/* Loads what counts, by design.md sections 6 and 7: `current`; damaged, not readable, or missing beside a
 * `last-good`: `last-good`; the broken file is kept as `.broken`, one of a newer version as `.format-N`. A
 * changed bootstrap.server replaces the Bootstrap-Server Account, renewed credentials are replaced in place,
 * changed servers or endpoint replace everything; with nothing usable the YAML's accounts count. What that
 * changes is written before it returns; *ret_unsaved: it could not be. Each step but this one is logged. 0
 * or negative errno. */
int storage_load(Storage *storage, StateFile *ret, bool *ret_unsaved);

/* ClientStorage on a Storage as userdata. */
extern const ClientStorage storage_for_client;
