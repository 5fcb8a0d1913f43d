/* SPDX-License-Identifier: Apache-2.0 */
/* What the client begins with, out of configuration and state directory. */
#pragma once

#include "daemon/config_choice.h"
#include "daemon/storage.h"

/* The accounts of config as Objects (the caller's), and their digests. 0 or negative errno. */
int loading_configured(const Config *config, Dataset **ret, ConfigFingerprint *ret_fingerprint);

/* Has the storage use config and loads what counts into the store, with *ret for the client, which borrows
 * from the storage. before: the accounts of the configuration before, or NULL; taken over. locked: the state
 * directory is left alone, and nothing is loaded. 0 or negative errno. */
int loading_accounts(Storage *storage, const Config *config, Dataset *before, bool locked, Store *store,
        ClientAccounts *ret);

/* Gives the client what was kept of earlier bootstraps, once the accounts are loaded and not locked. */
void loading_history(const Storage *storage, Client *client);
