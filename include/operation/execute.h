/* SPDX-License-Identifier: Apache-2.0 */
/* Execute: POST /O/I/R on an executable Resource (Core TS 6.3.5). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* 4.00 for arguments that are not well-formed; else what the Object's source says of it: 2.04, or its
 * refusal. 0, OPERATION_LATER, or -ENOMEM. */
int operation_execute(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects);
