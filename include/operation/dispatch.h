/* SPDX-License-Identifier: Apache-2.0 */
/* Which operation a request of an LwM2M Server is, and whether it may have it. */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* As operation_device_management(); the response may be filled where this fails. */
int dispatch_server(OperationContext *context, const Request *request, Response *response, Effects *effects);
