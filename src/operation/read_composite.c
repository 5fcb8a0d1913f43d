/* SPDX-License-Identifier: Apache-2.0 */
/* Read-Composite. */
#include "operation/read_composite.h"

#include "model/access.h"
#include "operation/call.h"
#include "operation/gather.h"
#include "operation/payload.h"
#include "operation/tree.h"

/* What of the Object Instances at or above a path the requester may read. */
typedef struct Rights {
        bool some, denied;
} Rights;

static void add_rights(const OperationContext *context, const Tree *tree, const ObjectDef *object,
        const Path *path, Rights *rights)
{
        uint16_t ids[LIMIT_INSTANCES];
        const size_t n = tree_instances(tree, object->id, ids);

        /* Of such an Object nothing is told, not even what exists. */
        rights->denied = rights->denied || object->bootstrap_only;
        for (size_t i = 0; i < n; i++) {
                if (path->length >= 2 && path->id[1] != ids[i])
                        continue;
                if (access_rights(tree->store, tree->dataset, context->requester, object->id, ids[i]) &
                        ACCESS_READ)
                        rights->some = true;
                else
                        rights->denied = true;
        }
}

/* Whether there is something, and nothing of it for the requester. */
static bool is_denied(const OperationContext *context, const Tree *tree, const PathList *paths)
{
        Rights rights = {.some = false};

        for (size_t i = 0; i < paths->n; i++) {
                const Path *path = &paths->items[i];
                const ObjectDef *object;
                size_t position = 0;

                while ((object = tree_next(tree, &position)))
                        if (path->length == 0 || path->id[0] == object->id)
                                add_rights(context, tree, object, path, &rights);
        }

        return rights.denied && !rights.some;
}

int operation_read_composite(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects)
{
        _cleanup_(record_list_done) RecordList records = {.maximum = LIMIT_READ_VALUES};
        const Tree tree = tree_committed(context->store, context->version);
        SourceCall call = operation_call(context, NULL);
        PathList paths = {.n = 0};
        int r;

        r = payload_decode_paths(request, &paths, response);
        if (r != 0)
                return r < 0 ? r : 0;

        r = gather(&tree, &call, &paths, &records);
        if (r != 0)
                return operation_answered(&call, r, path, CODE_CONTENT, response);
        if (records.n == 0 && is_denied(context, &tree, &paths)) {
                response_set_error(response, CODE_UNAUTHORIZED,
                        "Access Control gives server %u no right here", context->requester);
                return 0;
        }

        return payload_answer(context, path, request, &records, response);
}
