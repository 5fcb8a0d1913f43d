/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a peer, asked for again and again until it is known or its time is over (design.md 9.11). */
#pragma once

#include "coap/naming.h"
#include "coap/peer.h"

/* A name that fails, or hangs, is asked for again: design.md 9.11. */
#define RESOLVING_ASK_AGAIN_USEC (10 * USEC_PER_SEC)

#define RESOLVING_HOST_SIZE (sizeof(((Uri *)0)->host) + sizeof(((Uri *)0)->scope))

typedef struct Resolving {
        Peer *peer;
        Naming naming;
        char host[RESOLVING_HOST_SIZE]; /* what is resolved */
        int error;                      /* EAI_* of the last query that failed; 0: none */
        uint64_t until;                 /* CLOCK_BOOTTIME usec */
        bool asks_again;                /* it was not known at once */
} Resolving;

/* Asks, and arms the peer's deadline. peer and resolver are borrowed until resolving_stop(); callback, with
 * the peer's userdata, as naming_start() has it. 0, or negative errno and the failure filled in. */
int resolving_start(Resolving *resolving, Peer *peer, Resolver *resolver, NamingCallback callback,
        Failure *reterr_failure);

/* No callback comes any more; fine at any time, also on a zeroed one. */
void resolving_stop(Resolving *resolving);

/* Asks anew, beside what hangs. */
void resolving_again(Resolving *resolving);

/* A query has failed with this EAI_*. True: nobody else can be asked, and the failure is filled in. */
bool resolving_failed(Resolving *resolving, int error, Failure *reterr_failure);

/* The peer's deadline has passed: asks again. False: its time is over, and the failure is filled in. */
bool resolving_late(Resolving *resolving, Failure *reterr_failure);
