/* SPDX-License-Identifier: Apache-2.0 */
/* What happens from the loop: a Reload, the effects of operations, the next step of the sequence. */
#pragma once

#include "client/inside.h"

/* Makes everything that decides from the loop. 0 or negative errno. */
int decide_new(Client *client);
void decide_done(Client *client);
