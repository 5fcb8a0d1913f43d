/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Delete: DELETE /, /O, /O/I (Core TS 6.1.7.6). */
#pragma once

#include "lwm2m/message.h"
#include "operation/context.h"

/* Whether path is an Object Instance that no Delete removes: the Bootstrap-Server Account's, the OSCORE one
 * that it links, or one with live values. */
bool bootstrap_delete_spares(const OperationContext *context, const Path *path);

/* Removes Object Instances from the candidate, and with a Security Object Instance the Server Object
 * Instance of the same Short Server ID. The Bootstrap-Server Account's, the OSCORE one that it links, and
 * provided ones stay: 2.02 where a wider delete spares them, 4.00 where they are addressed themselves. Opens
 * the transaction. 0 (2.02, 4.00) or -ENOMEM. */
int bootstrap_delete(OperationContext *context, const Path *path, Response *response);
