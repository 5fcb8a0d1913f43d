/* SPDX-License-Identifier: Apache-2.0 */
/* What happens next: the one place that decides, from the loop (Core TS 6.1.2; design.md 4.1, 4.6, 4.8). */
#pragma once

#include "client/state.h"

/* Prepares deciding. 0 or negative errno. */
int core_new(Client *client);

/* Enters the Bootstrap Sequence. restart: with fresh servers, and the next series has no hold-off. */
void core_enter_sequence(Client *client, bool restart);

/* Reset(), and a Reload of servers or endpoint: shows `initial` and begins anew. As accounts_reset(). */
int core_reset(Client *client, bool insist);
