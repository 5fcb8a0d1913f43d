/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Read. */
#include "operation/bootstrap_read.h"

#include "operation/payload.h"
#include "operation/tree.h"

int bootstrap_read(OperationContext *context, const Path *path, const Request *request, Response *response)
{
        _cleanup_(record_list_done) RecordList records = {.maximum = LIMIT_STORE_VALUES};
        const Tree tree = tree_candidate(context->store, context->version);
        int r;

        if (context->version == LWM2M_1_0 || path->length < 1 || path->length > 2 ||
                (path->id[0] != OBJECT_SERVER && path->id[0] != OBJECT_ACCESS_CONTROL)) {
                response_set_error(
                        response, CODE_METHOD_NOT_ALLOWED, "%s cannot be read here", PATH_TEXT(path));
                return 0;
        }
        if (!tree_object(&tree, path->id[0]) ||
                (path->length == 2 && !tree_has_instance(&tree, path->id[0], path->id[1]))) {
                response_set_error(response, CODE_NOT_FOUND, "%s does not exist", PATH_TEXT(path));
                return 0;
        }

        r = tree_read(&tree, NULL, path, true, &records);
        if (r < 0)
                return r;
        return payload_answer(context, path, request, &records, response);
}
