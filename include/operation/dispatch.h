/* SPDX-License-Identifier: Apache-2.0 */
/* Which operation a request of an LwM2M Server is, and whether it may have it. */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* As operation_device_management(); the response may be filled where this fails. */
int dispatch_server(OperationContext *context, const Request *request, Response *response, Effects *effects);

/* Whether it is a Write of *ret_path that the requester may do, which dispatch_server() would do now. False:
 * it is another operation, or the response says why not. */
bool dispatch_is_write(
        OperationContext *context, const Request *request, Path *ret_path, Response *response);
