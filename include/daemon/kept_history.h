/* SPDX-License-Identifier: Apache-2.0 */
/* `history` in the state directory: what became of the last series of bootstrap attempts. What is wrong with
 * it never keeps the daemon from starting. */
#pragma once

#include "client/history.h"
#include "daemon/state_vault.h"

/* Replaces it, where a daemon that starts later finds it. epoch: of the state directory. 0 or negative
 * errno. */
int kept_history_write(const StateVault *vault, uint64_t epoch, const History *history);

/* Reads it; nothing, where there is none or an earlier epoch has written it. One that cannot be used is put
 * aside as other files are, and the journal says so. A series that was on then is `aborted`; times of this
 * boot are by the clock of now. */
void kept_history_read(const StateVault *vault, uint64_t epoch, History *ret);
