/* SPDX-License-Identifier: Apache-2.0 */
/* How an operation asks a source, and what becomes of its answer. */
#pragma once

#include "lwm2m/message.h"
#include "model/source.h"
#include "operation/context.h"

#define OPERATION_LATER SOURCE_LATER

/* A call for the requester of the operation. */
SourceCall operation_call(const OperationContext *context, Effects *effects);

/* The Response to what a source returned: done with that code, or its refusal; 5.00 with path for an error
 * of its own. 0, OPERATION_LATER (no response yet), or -ENOMEM. */
int operation_answered(const SourceCall *call, int result, const Path *path, Code done, Response *response);
