/* SPDX-License-Identifier: Apache-2.0 */
/* Notifies an LwM2M Server: one confirmable notification at a time, the others wait, or are kept (RFC 7641,
 * 4.5; design.md 10.5). */
#pragma once

#include "client/observation_set.h"

/* A notification that is not acknowledged is followed by an Update (design.md 10.5): so many in a row by one
 * at once, then after a wait that doubles each time, since a server that answers Updates and acknowledges
 * nothing is there and does not hear. The longest one is the cap of design.md 9.4. */
#define SILENCES_AT_ONCE      3
#define SILENCE_WAIT_USEC     (120 * USEC_PER_SEC)
#define SILENCE_WAIT_MAX_USEC (3600 * USEC_PER_SEC)

/* Steps the observation, and sends or keeps what it wants to notify. It may end by that. What is gone while
 * changes of the object list are collected is looked at when they have been: whoever publishes it may be
 * back by then. */
void notifying_follow(Observations *observations, Observed *observed, ObservationEventType type);

/* Whether something may leave, or whether it is kept, may be another one. */
void notifying_hold(Observations *observations);

/* Something may leave again: first what is kept. */
void notifying_go_on(Observations *observations);

/* The wait for the Update that follows a silence is over. */
void notifying_ask(Observations *observations);

/* The server acknowledges, or is another one: no silence counts any more. */
void notifying_trust(Observations *observations);
