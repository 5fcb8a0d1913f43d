/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Read: GET /1, /1/I, /2, /2/I (Core TS 6.1.7.4). */
#pragma once

#include "lwm2m/message.h"
#include "operation/context.h"

/* Answers with the Server or Access Control Object or one Instance, Resources without operations included;
 * Access Control plays no part. Anything else 4.05; an absent Instance 4.04; an unsupported Accept 4.06;
 * with LwM2M 1.0 always 4.05. 0 or -ENOMEM. */
int bootstrap_read(OperationContext *context, const Path *path, const Request *request, Response *response);
