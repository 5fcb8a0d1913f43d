/* SPDX-License-Identifier: Apache-2.0 */
/* Discover: GET /O, /O/I, /O/I/R with Accept 40 (Core TS 6.3.2). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Lists Object, Object Instances and Resources (of a Resource: its Resource Instances) from path down, an
 * existing Object, Object Instance or Resource: 2.05; 4.04 where a Resource has no value. Executables are
 * listed, Resources for the Bootstrap Server only are not; dim counts the instances of a multiple-instance
 * Resource. 0 or -ENOMEM. */
int operation_discover(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects);
