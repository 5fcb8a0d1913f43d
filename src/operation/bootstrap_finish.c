/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Finish. */
#include "operation/bootstrap_finish.h"

int bootstrap_finish(OperationContext *context, Response *response, Effects *effects)
{
        int r;

        if (!store_candidate(context->store)) {
                r = store_begin(context->store);
                if (r < 0)
                        return r;
        }

        r = account_check(context->store, context->version, context->check);
        if (r < 0)
                return r;
        if (r > 0) {
                response_set_error(response, CODE_NOT_ACCEPTABLE, "%s", context->check->reason);
                effects_add(effects, EFFECT_BOOTSTRAP_REFUSED, 0);
                return 0;
        }

        response->code = CODE_CHANGED;
        effects_add(effects, EFFECT_BOOTSTRAP_FINISHED, 0);
        return 0;
}
