/* SPDX-License-Identifier: Apache-2.0 */
/* Which configuration counts at a start: the file, or the one accepted last. */
#pragma once

#include "daemon/kept_configuration.h"

typedef struct ConfigChoice {
        Config *config;         /* owned */
        KeptConfiguration kept; /* what was accepted last before; without accounts: none */
        char *problem;          /* why the file is not, or not wholly, what is in force, or ""; owned */
} ConfigChoice;

void config_choice_done(ConfigChoice *choice);

/* Reads file; when it is of no use, and the state directory holds `configuration` and a usable `current` or
 * `last-good`, that configuration counts: a provisioned device does not go offline because of a file.
 * Problems are logged. 0, CONFIG_E_INVALID: neither, or -ENOMEM, -EIO. */
int config_choose(const char *file, StateVault *vault, ConfigChoice *ret);
