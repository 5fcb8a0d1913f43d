/* SPDX-License-Identifier: Apache-2.0 */
/* Write-Composite: iPATCH / (Core TS 6.3.9). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Writes all that the payload names or nothing, as Partial Updates: 2.04. Every target has to be an existing
 * Object Instance's writable Resource, or in SenML-ETCH a Resource Instance to remove: else 4.04, 4.05, or
 * 4.01 by Access Control and below /0 and /21, of the first that is not. 4.00, 4.15; the refusal of a
 * source; 4.05 where more than one of the sources concerned only knows by doing it whether it does. No
 * transaction may be open. 0, OPERATION_LATER, or -ENOMEM. */
int operation_write_composite(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects);
