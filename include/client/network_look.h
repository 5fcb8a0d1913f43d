/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of the network means for waits, attempts and sessions (design.md 9.11). */
#pragma once

#include "client/inside.h"

/* Something has changed, or may have: what that means is looked at from the loop, a moment later. */
void network_look_soon(Client *client);

/* 0 or negative errno. */
int network_look_new(Client *client);
void network_look_done(Client *client);
