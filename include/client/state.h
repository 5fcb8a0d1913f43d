/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the client are, taken together, and how it is shown. */
#pragma once

#include "client/inside.h"

/* Shows what changed: Status, SubStatus, stamps, errors; one StatusChanged for each transition. */
void state_publish(Client *client);

/* Lets the loop decide what happens next, after the callback that asks for it has returned. */
void state_decide_soon(Client *client);

/* Whether a series of bootstrap attempts runs. */
bool state_bootstrap_runs(const Client *client);

Server *state_find_server(const Client *client, uint16_t short_server_id); /* or NULL */

/* The servers as the rule of order sees them; returns how many. */
size_t state_order(const Client *client, OrderedServer ret[LIMIT_SERVER_ACCOUNTS]);

bool state_any_registered(const Client *client);
