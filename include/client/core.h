/* SPDX-License-Identifier: Apache-2.0 */
/* What happens next: carries out what the sequence machine decides (Core TS 6.1.2; design.md 9.1). */
#pragma once

#include "client/state.h"

/* Tells the sequence machine and does what it says; what follows from that is decided from the loop. */
void core_step(Client *client, SequenceEvent event);

/* The stored accounts are in force again; returns whether others were. */
bool core_restore(Client *client);

/* The 2.04 to an accepted Finish has left: its accounts are in force from now on. */
void core_finished(Client *client);

/* Reset(), and a Reload of servers or endpoint: shows `initial` and begins anew. As generations_reset(). */
int core_reset(Client *client, bool insist);

/* De-registers from all servers (at most 1 s), tells that it has left, and begins nothing more: shows
 * `initial` until client_start(). */
void core_leave(Client *client);
