/* SPDX-License-Identifier: Apache-2.0 */
/* Discover. */
#include "operation/discover.h"

#include <stdio.h>

#include "codec/core_link.h"
#include "operation/call.h"
#include "operation/payload.h"
#include "operation/tree.h"

typedef struct Discovery {
        const Tree *tree;
        SourceCall *call;
        const Attributes *attributes; /* of the requester, or NULL */
        Lwm2mVersion announced;       /* to the requester */
        Path target;
        uint8_t length; /* of the longest path that is listed */
        ByteWriter *writer;
} Discovery;

static void add_attributes(Discovery *discovery, const Path *path)
{
        if (discovery->attributes)
                attributes_describe(discovery->attributes, path, path_equal(path, &discovery->target),
                        discovery->writer);
}

static void add_link(Discovery *discovery, const Path *path)
{
        core_link_add(discovery->writer, path);
        add_attributes(discovery, path);
}

/* With how many instances it has, and with those. */
static void add_multiple(Discovery *discovery, const Path *path, const RecordList *values)
{
        char text[sizeof("65535")];
        size_t n = 0;

        for (size_t i = 0; i < values->n; i++)
                n += values->items[i].path.length == 4;
        (void)snprintf(text, sizeof(text), "%u", (unsigned)n);

        core_link_add(discovery->writer, path);
        core_link_attribute(discovery->writer, "dim", text, false);
        add_attributes(discovery, path);
        for (size_t i = 0; i < values->n && discovery->length == 4; i++)
                if (values->items[i].path.length == 4)
                        add_link(discovery, &values->items[i].path);
}

/* Nothing is written for a Resource that the Object Instance does not have, or whose source refuses. */
static int add_resource(Discovery *discovery, const Path *path)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};
        const ResourceDef *resource = tree_resource(discovery->tree, path);
        const unsigned operations = resource ? resource_operations(resource, discovery->tree->version) : 0;
        int r;

        if (operations == 0)
                return 0;
        if (!(operations & OPERATION_EXECUTE)) {
                r = tree_read(discovery->tree, discovery->call, path, true, &values);
                if (r < 0 || r == SOURCE_LATER)
                        return r;
                if (values.n == 0)
                        return 0;
        }

        if (resource->multiple)
                add_multiple(discovery, path, &values);
        else
                add_link(discovery, path);
        return 0;
}

static int add_instance(Discovery *discovery, const Path *path)
{
        const ObjectDef *object = tree_object(discovery->tree, path->id[0]);
        int r = 0;

        add_link(discovery, path);
        for (size_t i = 0; i < object->n_resources && discovery->length > 2 && source_goes_on(r); i++) {
                const Path child = path_append(path, object->resources[i].id);

                r = source_join(r, add_resource(discovery, &child));
        }

        return r;
}

static int add_object(Discovery *discovery, const Path *path)
{
        uint16_t ids[LIMIT_INSTANCES];
        const size_t n = tree_instances(discovery->tree, path->id[0], ids);
        const char *version = tree_version_to_tell(
                discovery->tree, tree_object(discovery->tree, path->id[0]), discovery->announced);
        int r = 0;

        core_link_add(discovery->writer, path);
        if (version)
                core_link_attribute(discovery->writer, "ver", version, false);
        add_attributes(discovery, path);
        for (size_t i = 0; i < n && discovery->length > 1 && source_goes_on(r); i++)
                r = source_join(r, add_instance(discovery, &PATH_INSTANCE(path->id[0], ids[i])));

        return r;
}

/* Core TS, table 6.3.2: an Object and an Object Instance down to Resources, a Resource down to its
 * instances, unless the query says otherwise. */
static uint8_t choose_length(const OperationContext *context, const Path *path, const Texts *query)
{
        static const char name[] = "depth=";

        for (size_t i = 0; i < query->n && context->version >= LWM2M_1_2; i++) {
                const char *depth = query->items[i] + strlen(name);

                if (strncmp(query->items[i], name, strlen(name)) == 0 && depth[0] >= '0' &&
                        depth[0] <= '3' && depth[1] == '\0')
                        return (uint8_t)MIN_OF(path->length + depth[0] - '0', PATH_LENGTH_MAX);
        }

        return path->length == 3 ? 4 : 3;
}

int operation_discover(OperationContext *context, const Path *path, const Request *request,
        Response *response, Effects *effects)
{
        const Tree tree = tree_committed(context->store, context->version);
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(context->max_body_size);
        SourceCall call = operation_call(context, NULL);
        Discovery discovery = {
                .tree = &tree,
                .call = &call,
                .attributes = context->attributes,
                .announced = context->announced,
                .target = *path,
                .length = choose_length(context, path, &request->query),
                .writer = &writer,
        };
        int r;

        if (path->length == 1)
                r = add_object(&discovery, path);
        else if (path->length == 2)
                r = add_instance(&discovery, path);
        else
                r = add_resource(&discovery, path);
        if (r != 0)
                return r;
        if (writer.size == 0 && writer.error == 0) {
                response_set_error(response, CODE_NOT_FOUND, "%s has no value", PATH_TEXT(path));
                return 0;
        }

        return payload_answer_links(&writer, response);
}
