/* SPDX-License-Identifier: Apache-2.0 */
/* Delete: DELETE /O/I, and since LwM2M 1.2 /O/I/R/RI (Core TS 6.3.7). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Removes an existing Object Instance with the Access Control Object Instance for it, or a Resource
 * Instance, where the source can: 2.02; 4.04 for a Resource Instance that is not there; or the source's
 * refusal. No transaction may be open. 0, OPERATION_LATER, or -ENOMEM. */
int operation_delete(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects);
