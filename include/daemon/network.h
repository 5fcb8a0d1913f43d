/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when a link, an address or a route of this machine comes, goes or changes: the one reader of
 * rtnetlink(7). */
#pragma once

#include <systemd/sd-event.h>

#include "util/macro.h"

typedef struct Network Network;

/* changed is called from the loop, once for all that has come in a turn; also where the kernel had more to
 * tell than it could keep, so that whoever looks then misses nothing. 0 or negative errno. */
int network_new(sd_event *event, void (*changed)(void *userdata), void *userdata, Network **ret);
Network *network_free(Network *network);
DEFINE_CLEANUP(Network *, network_free)
