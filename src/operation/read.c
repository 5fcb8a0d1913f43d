/* SPDX-License-Identifier: Apache-2.0 */
/* Read. */
#include "operation/read.h"

#include "model/access.h"
#include "operation/call.h"
#include "operation/payload.h"
#include "operation/tree.h"

/* Of an Object, the Object Instances that the requester may read. */
static int read_records(const OperationContext *context, const Tree *tree, SourceCall *call,
        const Path *path, RecordList *list)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n;
        int r = 0;

        if (path->length > 1)
                return tree_read(tree, call, path, false, list);

        n = tree_instances(tree, path->id[0], ids);
        for (size_t i = 0; i < n && r == 0; i++)
                if (access_rights(tree->dataset, context->requester, path->id[0], ids[i]) & ACCESS_READ)
                        r = tree_read(tree, call, &PATH_INSTANCE(path->id[0], ids[i]), false, list);

        return r;
}

int operation_read(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects)
{
        _cleanup_(record_list_done) RecordList records = {.maximum = LIMIT_STORE_VALUES};
        const Tree tree = tree_committed(context->store, context->version);
        SourceCall call = operation_call(context, NULL);
        int r;

        r = read_records(context, &tree, &call, path, &records);
        if (r != 0)
                return operation_answered(&call, r, path, CODE_CONTENT, response);
        if (path->length >= 3 && records.n == 0) {
                response_set_error(response, CODE_NOT_FOUND, "%s has no value", PATH_TEXT(path));
                return 0;
        }

        return payload_answer(context, path, request, &records, response);
}
