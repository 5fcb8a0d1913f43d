/* SPDX-License-Identifier: Apache-2.0 */
/* What the client begins with, out of configuration and state directory. */
#pragma once

#include "daemon/config_choice.h"
#include "daemon/storage.h"

/* Has the storage use config and loads what counts into the store, with *ret for the client, which borrows
 * from the storage. before: the accounts of the configuration before, or NULL; taken over. locked: the state
 * directory is left alone, and nothing is loaded. 0 or negative errno. */
int loading_accounts(Storage *storage, const Config *config, Dataset *before, bool locked, Store *store,
        ClientAccounts *ret);
