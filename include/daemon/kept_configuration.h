/* SPDX-License-Identifier: Apache-2.0 */
/* `configuration` in the state directory: the one accepted last, for a start at which the file is of no use
 * (interface.md section 2). */
#pragma once

#include "daemon/config.h"
#include "daemon/state_vault.h"

#define KEPT_CONFIGURATION "configuration"

typedef struct KeptConfiguration {
        Secret text;       /* the YAML */
        char *endpoint;    /* its templates filled in; owned */
        Dataset *accounts; /* its accounts, credentials read; owned; NULL: there is none */
} KeptConfiguration;

void kept_configuration_done(KeptConfiguration *kept);

/* 0; KEPT_CONFIGURATION_E_LOCKED: encrypted with a key that is not at hand; or -ENOENT: there is none, or
 * none that can be used, which is logged. */
#define KEPT_CONFIGURATION_E_LOCKED 1
int kept_configuration_read(const StateVault *vault, KeptConfiguration *ret);

/* Keeps config, which has its text still, with the accounts that factory_accounts_build() has made of it,
 * atomically, 0600, where that differs from what is kept. 0 or negative errno. */
int kept_configuration_write(const StateVault *vault, const Config *config, const Dataset *accounts);
