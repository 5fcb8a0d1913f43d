/* SPDX-License-Identifier: Apache-2.0 */
/* $SSLKEYLOGFILE: whether a TLS key log is written, and where. */
#pragma once

#include "daemon/state_vault.h"

/* Opens the file that SSLKEYLOGFILE names, 0600, and has the sessions' keys written there; the vault leaves
 * it alone then. Only a file of its own in the state directory will do: anything else is refused in the
 * journal, and the daemon goes on without, as it does without the variable. *ret_fd stays open as long as
 * keys are to be written; -1: none are. 0 or -ENOMEM. */
int key_log_file_open(StateVault *vault, int *ret_fd);
