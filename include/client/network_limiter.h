/* SPDX-License-Identifier: Apache-2.0 */
/* How often the network may make the client do something: a link that flaps drains neither server nor
 * battery (design.md 9.11). Pure; times are CLOCK_BOOTTIME usec. */
#pragma once

#include "util/macro.h"

#define NETWORK_LIMIT_SPACING_USEC (10 * USEC_PER_SEC)   /* at most once in so long, ... */
#define NETWORK_LIMIT_PERIOD_USEC  (3600 * USEC_PER_SEC) /* ... and in so long ... */
#define NETWORK_LIMIT_COUNT        10                    /* ... so often */

/* So often one attempt begins anew because the network has taken its way; then it has failed. Else a link
 * that flaps would keep a Bootstrap Server that accepts and is silent, or a long list of addresses, for
 * ever. */
#define NETWORK_LIMIT_ANEW 10

typedef struct NetworkLimiter {
        uint64_t done[NETWORK_LIMIT_COUNT]; /* when, a ring; 0: not yet */
        size_t next;                        /* the place of the oldest */
} NetworkLimiter;

/* The earliest time, from now on, at which something may be done again; _spaced: without the count. */
uint64_t network_limiter_next(const NetworkLimiter *limiter, uint64_t now);
uint64_t network_limiter_next_spaced(const NetworkLimiter *limiter, uint64_t now);

/* Something was done. */
void network_limiter_note(NetworkLimiter *limiter, uint64_t now);
