/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Pack: what answers GET /bspack (Core TS 1.2, Bootstrap-Pack-Request). */
#pragma once

#include "lwm2m/message.h"
#include "model/effects.h"
#include "operation/context.h"

/* Takes a 2.05 as what is both written and finished: each Object that it holds loses the Object Instances
 * from before, but for those that no Delete removes, and gets those of the pack; other Objects stay as they
 * are. What the client does not know is skipped, as are values that are its own (/3). Opens the transaction
 * where none is open, and checks the candidate as Bootstrap-Finish does. EFFECT_BOOTSTRAP_FINISHED: the
 * candidate stays open, for the caller to commit. EFFECT_BOOTSTRAP_REFUSED: context->check->reason says what
 * is wrong with the payload or its accounts; what is open is the caller's to roll back. 0 or -ENOMEM. */
int bootstrap_pack(OperationContext *context, const Response *pack, Effects *ret_effects);
