/* SPDX-License-Identifier: Apache-2.0 */
/* Execute. */
#include "operation/execute.h"

#include "lwm2m/execute_arguments.h"
#include "operation/call.h"
#include "operation/tree.h"

int operation_execute(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects)
{
        const Tree tree = tree_committed(context->store, context->version);
        const SourceRef ref = tree_source(&tree, path->id[0]);
        SourceCall call = operation_call(context, effects);
        ExecuteArgument arguments[EXECUTE_ARGUMENTS_MAX];
        int r;

        if (request->payload_size > 0 && request->content_format != FORMAT_NONE &&
                request->content_format != FORMAT_TEXT) {
                response_set_error(response, CODE_BAD_REQUEST, "arguments are text/plain");
                return 0;
        }
        if (!execute_arguments_parse((const char *)request->payload, request->payload_size, arguments)) {
                response_set_error(response, CODE_BAD_REQUEST, "the arguments are not well-formed");
                return 0;
        }

        r = ref.source->execute(ref.userdata, &call, path, request->payload, request->payload_size);
        return operation_answered(&call, r, path, CODE_CHANGED, response);
}
