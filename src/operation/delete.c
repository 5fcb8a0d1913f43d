/* SPDX-License-Identifier: Apache-2.0 */
/* Delete. */
#include "operation/delete.h"

#include "model/access_lifetime.h"
#include "operation/call.h"
#include "operation/tree.h"

static int delete_resource_instance(const Tree *tree, SourceCall *call, const Path *path)
{
        const SourceRef ref = tree_source(tree, path->id[0]);

        if (!call->granted && !tree_has(tree, path))
                return source_refuse(call, CODE_NOT_FOUND, "%s does not exist", PATH_TEXT(path));
        return ref.source->remove(ref.userdata, call, path);
}

static int delete_instance(const Tree *tree, SourceCall *call, const Path *path)
{
        const SourceRef ref = tree_source(tree, path->id[0]);
        int r;

        r = access_begin_remove(tree->store, path);
        if (r < 0)
                return r;

        r = ref.source->remove(ref.userdata, call, path);
        if (access_end(tree->store, r == 0))
                effects_add(call->effects, EFFECT_STORE_CHANGED, 0);
        if (r == 0)
                effects_add(call->effects, EFFECT_OBJECTS_CHANGED, 0);
        return r;
}

int operation_delete(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects)
{
        const Tree tree = tree_committed(context->store, context->version);
        SourceCall call = operation_call(context, effects);
        int r;

        r = path->length == 2 ? delete_instance(&tree, &call, path)
                              : delete_resource_instance(&tree, &call, path);
        return operation_answered(&call, r, path, CODE_DELETED, response);
}
