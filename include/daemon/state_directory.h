/* SPDX-License-Identifier: Apache-2.0 */
/* The names in the state directory: state files that are read, written, put aside where they cannot be used,
 * and taken back (design.md section 7, 9.9). */
#pragma once

#include "daemon/state_file.h"
#include "daemon/state_vault.h"

#define STATE_CURRENT   "current"
#define STATE_LAST_GOOD "last-good"
#define STATE_HISTORY   "history"
#define STATE_FIRMWARE  "firmware"

/* Makes the directory (0700) where it is missing. 0 or negative errno. */
int state_directory_make(const char *directory);

/* Reads a file. 0, STATE_FILE_E_DAMAGED, STATE_FILE_E_NEWER, STATE_FILE_E_LOCKED, -ENOENT or another errno.
 */
int state_directory_read(const StateVault *vault, const char *name, StateFile *ret);

/* Whether what counts there, or is to be written there, needs a key that is not at hand: *ret says which
 * one, and the directory is to be left alone until it is. */
bool state_directory_is_locked(const StateVault *vault, Failure *ret);

/* Why a file is locked, as CredentialUnusable. */
void state_directory_explain(const StateVault *vault, const char *name, Failure *ret);

/* The same; a file that is damaged or cannot be read is renamed to name.broken, one of a newer version N to
 * name.format-N, and the journal says so: the next start does without it, and a daemon that only failed
 * would leave the device unreachable. 0, STATE_FILE_E_DAMAGED, STATE_FILE_E_NEWER, STATE_FILE_E_LOCKED (as
 * it was), -ENOENT, -ENOMEM. */
int state_directory_take(const StateVault *vault, const char *name, StateFile *ret);

/* The renaming of that: why is what reading it has returned, version that of one of a newer version. */
void state_directory_put_aside(const StateVault *vault, const char *name, int why, unsigned version);

/* Takes name.format-N back where this version reads it: the daemon that put it aside was an older one. It
 * goes, where the older one has bootstrapped or was Reset meanwhile. The journal says either. */
void state_directory_take_back(const StateVault *vault, const char *name);

/* Whether `current` or `last-good` can be used, taken back where need be. */
bool state_directory_is_usable(const StateVault *vault);

/* Replaces a file atomically and durably; slow disks are logged. 0 or negative errno. */
int state_directory_replace(const StateVault *vault, const char *name, const void *data, size_t size);
int state_directory_write(const StateVault *vault, const char *name, const StateFile *file);

/* Writes each file of ours anew that is not as it would be written now, those that were put aside among
 * them, and removes temporary ones. What fails is logged and stays as it is: its key is still needed. */
void state_directory_renew(const StateVault *vault);

/* Removes everything but `current`, `configuration`, the lock, a TLS key log that is being written, and what
 * Firmware Update has, which decides itself what a Reset leaves of it; logs what cannot be removed. */
void state_directory_clear(const StateVault *vault);

/* Whether a name is, or may become, that of a file of ours. */
bool state_directory_is_ours(const char *name);
