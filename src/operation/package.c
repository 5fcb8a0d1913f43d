/* SPDX-License-Identifier: Apache-2.0 */
/* Write of a value that is larger than memory. */
#include "operation/package.h"

#include "operation/call.h"
#include "operation/dispatch.h"
#include "operation/payload.h"
#include "operation/request.h"
#include "operation/tree.h"

/* Whose value may come in pieces: a single Opaque Resource of a source that takes it so. */
static bool is_streamed(const Tree *tree, const Request *request)
{
        const ResourceDef *resource;
        Path path;

        if (request->method != METHOD_PUT || request_get_path(request, &path) < 0 || path.length != 3 ||
                !tree_object(tree, path.id[0]) || !tree_source(tree, path.id[0]).source->stream)
                return false;
        resource = tree_resource(tree, &path);
        return resource && resource->type == VALUE_OPAQUE && !resource->multiple;
}

bool package_begin(OperationContext *context, const Request *request, uint64_t announced, BodyResume resume,
        BodySink *ret, Response *response, Effects *effects)
{
        const Tree tree = tree_committed(context->store, context->version);
        SourceCall call = operation_call(context, effects);
        SourceRef ref;
        Path path;
        int r;

        if (!is_streamed(&tree, request))
                return false;
        if (!dispatch_is_write(context, request, &path, response))
                return response->code != CODE_NONE;
        if (payload_refuse_format(context, &path, request, response))
                return true;

        ref = tree_source(&tree, path.id[0]);
        r = ref.source->stream(ref.userdata, &call, &path, request->content_format, announced, resume, ret);
        if (r != 0 && operation_answered(&call, r, &path, CODE_NONE, response) != 0)
                response_set_error(response, CODE_INTERNAL_ERROR, "out of memory");
        return true;
}
