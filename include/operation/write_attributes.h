/* SPDX-License-Identifier: Apache-2.0 */
/* Write-Attributes: PUT /O, /O/I, /O/I/R, /O/I/R/RI with a query and without content (Core TS 6.3.4). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Attaches what the query says to an existing Object or Object Instance, or a readable Resource, for the
 * requester alone: 2.04; 4.00 and nothing changed as attributes_write(); 4.04 where a Resource has no value,
 * for which it is read; 4.05 without context->attributes. 0, OPERATION_LATER, or -ENOMEM. */
int operation_write_attributes(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects);
