/* SPDX-License-Identifier: Apache-2.0 */
/* Write-Attributes. */
#include "operation/write_attributes.h"

#include "operation/tree.h"

int operation_write_attributes(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects)
{
        const Tree tree = tree_committed(context->store, context->version);
        const ResourceDef *resource = path->length >= 3 ? tree_resource(&tree, path) : NULL;
        const AttributeTarget target = {
                .level = path->length,
                .type = resource ? resource->type : VALUE_NONE,
                .version = context->version,
        };
        char problem[ATTRIBUTE_PROBLEM_SIZE];
        int r;

        if (!context->attributes) {
                response_set_error(response, CODE_METHOD_NOT_ALLOWED, "no attributes here");
                return 0;
        }
        if (resource && !tree_has(&tree, path)) {
                response_set_error(response, CODE_NOT_FOUND, "%s has no value", PATH_TEXT(path));
                return 0;
        }

        r = attributes_write(context->attributes, path, &target, &request->query, problem);
        if (r < 0)
                return r;
        if (r > 0)
                response_set_error(response, CODE_BAD_REQUEST, "%s: %s", PATH_TEXT(path), problem);
        else
                response->code = CODE_CHANGED;
        return 0;
}
