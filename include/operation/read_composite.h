/* SPDX-License-Identifier: Apache-2.0 */
/* Read-Composite: FETCH / (Core TS 6.3.8). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Answers with what the requester may read at or below the paths of the payload: 2.05, with nothing where
 * nothing of it is there; what is not there, cannot be read or may not be is left out. 4.01 where something
 * is there and the requester has no right on any of it; 4.00 or 4.15 for the payload, 4.06 for the Accept.
 * 0, OPERATION_LATER, or -ENOMEM. */
int operation_read_composite(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects);
