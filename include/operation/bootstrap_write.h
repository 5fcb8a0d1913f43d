/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Write: PUT /O, /O/I, /O/I/R (Core TS 6.1.7.5). */
#pragma once

#include "lwm2m/message.h"
#include "operation/context.h"
#include "operation/tree.h"

/* Whether a Bootstrap-Write can address this path at all. */
bool bootstrap_write_is_possible(const Tree *tree, const Path *path);

/* Replaces the Object Instances that the payload names (/O), the Object Instance (/O/I) or the Resource
 * (/O/I/R), creating what is absent; access rights play no part. On an error nothing has changed. Opens the
 * transaction. 0 (response filled: 2.04, 4.00, 4.15) or -ENOMEM. */
int bootstrap_write(OperationContext *context, const Path *path, const Request *request, Response *response);
