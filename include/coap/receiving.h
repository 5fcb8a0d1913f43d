/* SPDX-License-Identifier: Apache-2.0 */
/* The body that a peer sends into a sink: what becomes of it when the peer falls silent, and the answer to a
 * block that has waited. */
#pragma once

#include "coap/peer.h"

typedef struct Receiving {
        Peer *peer;
        sd_event_source *timer;
} Receiving;

/* peer is borrowed. 0 or negative errno, receiving_done in both cases. */
int receiving_init(Receiving *receiving, Peer *peer);
void receiving_done(Receiving *receiving);

/* The peer has begun one. */
void receiving_watch(Receiving *receiving);

/* What the sink's owner says behind BODY_WAIT: the block is answered, unless the end waits as well. */
void receiving_resume(Receiving *receiving, int result);
