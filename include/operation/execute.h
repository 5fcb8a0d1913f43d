/* SPDX-License-Identifier: Apache-2.0 */
/* Execute: POST /O/I/R on an executable Resource (Core TS 6.3.5). */
#pragma once

#include "lwm2m/message.h"
#include "operation/context.h"
#include "operation/effects.h"

/* 2.04 and the effect, or the provider is asked; 4.00 for arguments that are not well-formed or not
 * possible, 4.05 when the provider cannot. 0 or -ENOMEM. */
int operation_execute(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects);
