/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Finish: POST /bs (Core TS 6.1.7.7). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Checks the candidate, opening one when nothing was written. 2.04 and EFFECT_BOOTSTRAP_FINISHED: the
 * candidate stays open, for the caller to commit. 4.06 with the reason as payload and
 * EFFECT_BOOTSTRAP_REFUSED: the server may correct and finish again. 0 or -ENOMEM. */
int bootstrap_finish(OperationContext *context, Response *response, Effects *effects);
