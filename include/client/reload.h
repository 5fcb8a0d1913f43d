/* SPDX-License-Identifier: Apache-2.0 */
/* A Reload takes effect: settings, accounts, credentials (design.md section 6). */
#pragma once

#include "client/inside.h"

/* What client->reload holds is in force from now on. No transaction is open. */
void reload_apply(Client *client);
