/* SPDX-License-Identifier: Apache-2.0 */
/* Discover. */
#include "operation/discover.h"

#include <stdio.h>

#include "codec/core_link.h"
#include "operation/payload.h"
#include "operation/tree.h"

/* Nothing is written for a Resource that the Object Instance does not have. */
static int write_resource(
        ByteWriter *writer, const Tree *tree, const ResourceDef *resource, const Path *path, bool deep)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};
        uint8_t operations = resource_operations(resource, tree->version);
        char text[sizeof("65535")];
        size_t n = 0;
        int r;

        if (operations == 0)
                return 0;
        if (!(operations & OPERATION_EXECUTE)) {
                r = tree_read(tree, NULL, path, true, &values);
                if (r < 0)
                        return r;
                if (values.n == 0)
                        return 0;
        }

        core_link_add(writer, path);
        if (!resource->multiple)
                return 0;

        for (size_t i = 0; i < values.n; i++)
                n += values.items[i].path.length == 4;
        (void)snprintf(text, sizeof(text), "%u", (unsigned)n);
        core_link_attribute(writer, "dim", text, false);
        for (size_t i = 0; i < values.n && deep; i++)
                if (values.items[i].path.length == 4)
                        core_link_add(writer, &values.items[i].path);

        return 0;
}

static int write_instance(ByteWriter *writer, const Tree *tree, const ObjectDef *object, const Path *path)
{
        int r;

        core_link_add(writer, path);

        for (size_t i = 0; i < object->n_resources; i++) {
                const Path child = path_append(path, object->resources[i].id);
                const ResourceDef *resource = tree_resource(tree, &child);

                if (!resource)
                        continue;
                r = write_resource(writer, tree, resource, &child, false);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int write_object(ByteWriter *writer, const Tree *tree, const ObjectDef *object)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = tree_instances(tree, object->id, ids);
        int r;

        core_link_add(writer, &PATH_OBJECT(object->id));

        for (size_t i = 0; i < n; i++) {
                r = write_instance(writer, tree, object, &PATH_INSTANCE(object->id, ids[i]));
                if (r < 0)
                        return r;
        }

        return 0;
}

int operation_discover(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(context->max_body_size);
        const Tree tree = tree_committed(context->store, context->version);
        int r;

        if (path->length == 1)
                r = write_object(&writer, &tree, tree_object(&tree, path->id[0]));
        else if (path->length == 2)
                r = write_instance(&writer, &tree, tree_object(&tree, path->id[0]), path);
        else
                r = write_resource(&writer, &tree, tree_resource(&tree, path), path, true);
        if (r < 0)
                return r;
        if (writer.size == 0 && writer.error == 0) {
                response_set_error(response, CODE_NOT_FOUND, "%s has no value", PATH_TEXT(path));
                return 0;
        }

        return payload_answer_links(&writer, response);
}
