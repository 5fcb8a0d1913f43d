/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the configuration in force for a start at which the file is of no use. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/config.h"
#include "daemon/state_vault.h"
#include "util/macro.h"

typedef struct ConfigKeeper ConfigKeeper;

/* vault: the state directory; only referred to, as everything here. 0 or negative errno. */
int config_keeper_new(sd_event *event, const StateVault *vault, ConfigKeeper **ret);
ConfigKeeper *config_keeper_free(ConfigKeeper *keeper);
DEFINE_CLEANUP(ConfigKeeper *, config_keeper_free)

/* Writes config, with the accounts that factory_accounts_build() has made of it, and its text is forgotten
 * then. Where it cannot be written, which is logged once, it is tried again every minute; config and
 * accounts stay until it is written or the next call. */
void config_keeper_keep(ConfigKeeper *keeper, Config *config, const Dataset *accounts);
