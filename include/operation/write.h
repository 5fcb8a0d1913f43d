/* SPDX-License-Identifier: Apache-2.0 */
/* Write by an LwM2M Server: PUT replaces, POST updates partially (Core TS 6.3.3). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Writes an existing Object Instance or a writable Resource and commits. A Replace of an Object Instance
 * keeps what servers cannot write, and mandatory Resources that it does not name; other writable ones are
 * gone. A value for a Resource that is not writable is ignored when it equals the stored one, else the whole
 * write is refused with 4.05. 2.04 and effects for what has another value now; 4.00 (also for a Replace
 * without any value), 4.04 (absent Resource
 * Instance), 4.05, 4.15 with nothing changed. No transaction may be open. 0 or -ENOMEM. */
int operation_write(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects);
