/* SPDX-License-Identifier: Apache-2.0 */
/* Discover: GET /O, /O/I, /O/I/R with Accept 40 (Core TS 6.3.2). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Lists Object, Object Instances and Resources (of a Resource: its Resource Instances) from path down, an
 * existing Object, Object Instance or Resource, each with the attributes that the requester has attached
 * there; path itself also with those that it inherits: 2.05; 4.04 where a Resource has no value. With LwM2M
 * 1.2 the query depth, 0 to 3, says how many levels further down; another one counts as none. Executables
 * are listed, Resources for the Bootstrap Server only are not; dim counts the instances of a
 * multiple-instance Resource; an Object has ver where the announced LwM2M version implies another one. What
 * has a value is read for that. 0, OPERATION_LATER, or -ENOMEM. */
int operation_discover(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects);
