/* SPDX-License-Identifier: Apache-2.0 */
/* Read. */
#include "operation/read.h"

#include "operation/call.h"
#include "operation/gather.h"
#include "operation/payload.h"
#include "operation/tree.h"

int operation_read(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects)
{
        _cleanup_(record_list_done) RecordList records = {.maximum = LIMIT_READ_VALUES};
        const Tree tree = tree_committed(context->store, context->version);
        SourceCall call = operation_call(context, NULL);
        int r;

        r = gather_path(&tree, &call, path, &records);
        if (r != 0)
                return operation_answered(&call, r, path, CODE_CONTENT, response);
        if (path->length >= 3 && records.n == 0) {
                response_set_error(response, CODE_NOT_FOUND, "%s has no value", PATH_TEXT(path));
                return 0;
        }

        return payload_answer(context, path, request, &records, response);
}
