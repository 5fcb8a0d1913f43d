/* SPDX-License-Identifier: Apache-2.0 */
/* Write by an LwM2M Server. */
#include "operation/write.h"

#include "operation/call.h"
#include "operation/payload.h"
#include "operation/tree.h"
#include "operation/values.h"

/* Whether the tree holds that value there already. */
static bool holds(const Tree *tree, const Record *record)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};

        return tree_read(tree, NULL, &record->path, true, &values) == 0 && values.n == 1 &&
               path_equal(&values.items[0].path, &record->path) &&
               value_equal(&values.items[0].value, &record->value);
}

/* True when the record asks for a change that servers may not make. A saved Object Instance may be written
 * back with its read-only Resources as they are. */
static bool is_forbidden(const Tree *tree, const Record *record)
{
        if (record->path.length < 3)
                return false;
        if (record->unknown)
                return values_allow(tree, &record->path, OPERATION_EXECUTE);

        return !values_allow(tree, &record->path, OPERATION_WRITE) && !holds(tree, record);
}

static bool names_resource(const RecordList *records)
{
        for (size_t i = 0; i < records->n; i++)
                if (records->items[i].path.length >= 3)
                        return true;

        return false;
}

/* What a Replace of the Object Instance does not keep; returns how many. */
static size_t list_replaced(
        const Tree *tree, const Path *path, const RecordList *records, Path ret[LIMIT_RESOURCES])
{
        const ObjectDef *object = tree_object(tree, path->id[0]);
        size_t n = 0;

        for (size_t i = 0; i < object->n_resources && n < LIMIT_RESOURCES; i++) {
                const Path resource = path_append(path, object->resources[i].id);

                /* Without its Lifetime an account would be none any more. */
                if (values_allow(tree, &resource, OPERATION_WRITE) &&
                        (!object->resources[i].mandatory || record_list_names(records, &resource)))
                        ret[n++] = resource;
        }

        return n;
}

static int write_source(OperationContext *context, const Tree *tree, const Path *path, bool replace,
        RecordList *records, Response *response, Effects *effects)
{
        const SourceRef ref = tree_source(tree, path->id[0]);
        _cleanup_(record_list_done) RecordList values = {.n = 0};
        SourceCall call = operation_call(context, effects);
        SourceWrite write = {.path = *path, .replace = replace, .values = &values};
        Path cleared[LIMIT_RESOURCES];
        int r;

        if (replace && path->length == 2)
                write.n_cleared = list_replaced(tree, path, records, cleared);
        else if (replace && path->length == 3)
                cleared[write.n_cleared++] = *path;
        write.cleared = cleared;

        r = values_take(tree, records, &values);
        if (r < 0)
                return r;
        if (values_refuse_links(tree, &values, response))
                return 0;
        r = ref.source->write(ref.userdata, &call, &write);
        return operation_answered(&call, r, path, CODE_CHANGED, response);
}

int operation_write(OperationContext *context, const Path *path, const Request *request, Response *response,
        Effects *effects)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0};
        const Tree tree = tree_committed(context->store, context->version);
        const bool replace = request->method == METHOD_PUT;
        int r;

        if (path->length == 4 && !tree_has(&tree, path)) {
                response_set_error(response, CODE_NOT_FOUND, "%s does not exist", PATH_TEXT(path));
                return 0;
        }

        r = payload_decode(context, path, request, &records, response);
        if (r != 0)
                return r < 0 ? r : 0;
        /* Without a New Value (Core TS, table 6.3.3) a Replace would only take away. */
        if ((path->length >= 3 || replace) && !names_resource(&records)) {
                response_set_error(response, CODE_BAD_REQUEST, "the payload holds no value");
                return 0;
        }
        for (size_t i = 0; i < records.n; i++)
                if (is_forbidden(&tree, &records.items[i])) {
                        response_set_error(response, CODE_METHOD_NOT_ALLOWED, "%s cannot be written",
                                PATH_TEXT(&records.items[i].path));
                        return 0;
                }

        return write_source(context, &tree, path, replace, &records, response, effects);
}
