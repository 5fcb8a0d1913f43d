/* SPDX-License-Identifier: Apache-2.0 */
/* Wires configuration, store, storage, client and bus to one event loop; signals, Reload, sd_notify. */
#pragma once

#include "daemon/arguments.h"
#include "daemon/config_choice.h"

typedef struct Manager Manager;

/* Loads the stored accounts and makes everything ready to run. arguments and vault are borrowed; the
 * configuration is taken out of choice. 0 or negative errno, logged. */
int manager_new(const Arguments *arguments, StateVault *vault, ConfigChoice *choice, Manager **ret);
Manager *manager_free(Manager *manager);
DEFINE_CLEANUP(Manager *, manager_free)

/* Runs until an orderly stop or a fatal error. Returns the exit code: 0, or 1. */
int manager_run(Manager *manager);
