/* SPDX-License-Identifier: Apache-2.0 */
/* What the state directory holds of the accounts: `current`, and `last-good`, of which each half is the last
 * proven one (design.md 9.2 and section 7). */
#pragma once

#include "client/inside.h"

/* What `current` holds, or should: the accounts in force, or those that are kept while others are tried.
 * Borrowed until either changes. */
const Dataset *stored_accounts(const Client *client);
unsigned stored_flags(const Client *client);

/* dataset, or NULL: what was purged stays out, whatever file or configuration still has it. */
const Dataset *stored_unless_purged(const Client *client, const Dataset *dataset);

/* Reads `last-good`, which the caller frees. 0 (NULL and no flags: there is none) or negative errno. */
int stored_last_good(const Client *client, Dataset **ret, unsigned *ret_flags);

/* Each half of `last-good` is the last proven one; what has never been proven is better than nothing. 0 or
 * negative errno. */
int stored_save_last_good(const Client *client);

/* CLOCK_REALTIME usec of the last accepted Finish, 0: none. */
uint64_t stored_last_bootstrap(const Client *client);

/* Writes `current`, and `last-good` where it is due; a failure is kept as StorageFailed and tried again
 * every 60 s, by client->storage_timer. */
void stored_save(Client *client);

/* A series has begun or ended, or not: one that is over is written soon, one that is on a moment later, so
 * that a power cut does not take it. By client->history_timer. */
void stored_look_at_history(Client *client);

/* Writes it, where it is not what is there. A failure is logged once, and tried again every ten minutes, or
 * when the next series is over. */
void stored_save_history(Client *client);

/* With the accounts. */
void stored_forget_history(Client *client);
