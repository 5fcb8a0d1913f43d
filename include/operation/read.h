/* SPDX-License-Identifier: Apache-2.0 */
/* Read: GET /O, /O/I, /O/I/R, /O/I/R/RI (Core TS 6.3.1). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Answers with what the requester may read at or below path, an existing Object (Object Instances without
 * the right are left out), or an Object Instance or readable Resource with the right: 2.05, empty where an
 * Object has nothing to show; 4.04 where it has no value; 4.06 for an Accept that is not supported or cannot
 * carry it. 0 or -ENOMEM. */
int operation_read(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects);
