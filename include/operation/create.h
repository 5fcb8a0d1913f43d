/* SPDX-License-Identifier: Apache-2.0 */
/* Create: POST /O (Core TS 6.3.6). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Creates an Object Instance of an Object whose source can, at the ID that the payload names or at the
 * lowest free one, and under Access Control an Access Control Object Instance that gives it to the
 * requester: 2.01 with Location-Path. Values of Resources that servers cannot write, and of unknown ones,
 * are ignored; no payload and no Content-Format is an Object Instance without a value. 4.00 for an ID that
 * is taken, more than one Object Instance, an ID other than 0 of a single-instance Object, a mandatory
 * Resource that servers write and the payload does not, no room; 4.15; or the source's refusal. No
 * transaction may be open. 0, OPERATION_LATER, or -ENOMEM. */
int operation_create(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects);
