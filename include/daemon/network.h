/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when a link, an address or a route of this machine comes, goes or changes, and what there is: the
 * one listener to rtnetlink(7); coap/network_path.h asks for the way to one peer. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/network_map.h"

typedef struct Network Network;

/* changed is called from the loop, once for all that has come in a turn; also where the kernel had more to
 * tell than it could keep, so that whoever looks then misses nothing. 0 or negative errno. */
int network_new(sd_event *event, void (*changed)(void *userdata), void *userdata, Network **ret);
Network *network_free(Network *network);
DEFINE_CLEANUP(Network *, network_free)

/* From now on mapped is called from the loop with all there is: at once, and after each change that may
 * concern a map, at most once in NETWORK_LOOK_USEC, since what belongs together comes one after the other. A
 * map that the kernel did not give whole, or not within NETWORK_PATIENCE_USEC for each of its parts, is not
 * told: another look follows after NETWORK_LOOK_USEC, so often in a row at most, then after the next change.
 * NULL: not any more. */
#define NETWORK_LOOK_USEC       USEC_PER_SEC
#define NETWORK_PATIENCE_USEC   (3 * USEC_PER_SEC) /* it takes milliseconds, or for ever */
#define NETWORK_LOOKS_AGAIN_MAX 5 /* our choice: want of memory is over by then, or not over soon */
void network_follow(Network *network, void (*mapped)(void *userdata, const NetworkMap *map), void *userdata);
