/* SPDX-License-Identifier: Apache-2.0 */
/* Write-Attributes. */
#include "operation/write_attributes.h"

#include "operation/call.h"
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
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};
        SourceCall call = operation_call(context, NULL);
        char problem[ATTRIBUTE_PROBLEM_SIZE];
        int r = 0;

        if (!context->attributes) {
                response_set_error(response, CODE_METHOD_NOT_ALLOWED, "no attributes here");
                return 0;
        }
        if (resource)
                r = tree_read(&tree, &call, path, false, &values);
        if (r != 0)
                return operation_answered(&call, r, path, CODE_CHANGED, response);
        if (resource && values.n == 0) {
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
