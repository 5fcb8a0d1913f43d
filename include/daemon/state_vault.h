/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory's files as bytes: read and written plain or encrypted, as the configuration wants
 * (design.md 12). */
#pragma once

#include "daemon/state_error.h"
#include "daemon/state_key.h"

typedef struct StateVaultCounts {
        uint64_t writes, failures; /* of files */
} StateVaultCounts;

typedef struct StateVault {
        char *directory;          /* owned */
        StateKey key;             /* files are written under it; without a source: plain */
        StateKey before;          /* the one before it, for what is not written anew yet */
        StateVaultCounts *counts; /* borrowed; NULL: nobody counts */
        char *key_log;            /* name of the TLS key log there, which is left alone; owned; NULL: none */
} StateVault;

#define STATE_VAULT_FILE_MAX (8 * 1024 * 1024) /* bytes; above what any file of ours may have */

/* 0 or -ENOMEM. */
int state_vault_open(const char *directory, StateVault *ret);
void state_vault_done(StateVault *vault);

/* What is written from now on is written so; key is copied, the one before still opens files. 0 or -ENOMEM.
 */
int state_vault_set_key(StateVault *vault, const StateKey *key);

/* Reads directory/name, of at most maximum bytes: plain, encrypted with a key of the vault, or with the
 * one that its own header names. The content is the caller's, to be wiped. *ret_renew (may be NULL): it is
 * not written as it would be now. 0, STATE_FILE_E_DAMAGED (encrypted, but truncated or altered),
 * STATE_FILE_E_LOCKED, -ENOENT or another errno. */
int state_vault_read(const StateVault *vault, const char *name, size_t maximum, uint8_t **ret,
        size_t *ret_size, bool *ret_renew);

/* Replaces directory/name as file_write_atomic() does. -ENOKEY: the key could not be read. */
int state_vault_write(const StateVault *vault, const char *name, const void *data, size_t size);

/* Why a key could not be read, to be read behind "the credential NAME, which "; static. */
const char *state_vault_reason(const StateKey *key);

/* Where the key of directory/name, which is locked, comes from; without bytes where it cannot be read. 0 or
 * negative errno; the key is the caller's. */
int state_vault_key_of(const StateVault *vault, const char *name, StateKey *ret);
