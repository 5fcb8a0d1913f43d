/* SPDX-License-Identifier: Apache-2.0 */
/* Notifies an LwM2M Server: one confirmable notification at a time, the others wait, or are kept (RFC 7641,
 * 4.5; design.md 10.5). */
#pragma once

#include "client/observation_set.h"

/* Steps the observation, and sends or keeps what it wants to notify. It may end by that. */
void notifying_follow(Observations *observations, Observed *observed, ObservationEventType type);

/* Whether something may leave, or whether it is kept, may be another one. */
void notifying_hold(Observations *observations);

/* Something may leave again: first what is kept. */
void notifying_go_on(Observations *observations);
