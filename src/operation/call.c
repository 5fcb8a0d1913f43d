/* SPDX-License-Identifier: Apache-2.0 */
/* How an operation asks a source. */
#include "operation/call.h"

SourceCall operation_call(const OperationContext *context, Effects *effects)
{
        return (SourceCall){
                .requester = context->requester,
                .version = context->version,
                .id = context->call,
                .begun = context->begun,
                .granted = context->granted,
                .effects = effects,
        };
}

int operation_answered(const SourceCall *call, int result, const Path *path, Code done, Response *response)
{
        if (result == -ENOMEM || result == SOURCE_LATER)
                return result;

        if (result == 0)
                response->code = done;
        else if (result > 0)
                response_set_error(response, (Code)result, "%s", call->text);
        else
                response_set_error(response, CODE_INTERNAL_ERROR, "%s failed", PATH_TEXT(path));
        return 0;
}
