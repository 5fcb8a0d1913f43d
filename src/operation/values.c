/* SPDX-License-Identifier: Apache-2.0 */
/* Values that an LwM2M Server sends. */
#include "operation/values.h"

bool values_allow(const Tree *tree, const Path *path, unsigned operation)
{
        const ResourceDef *resource = tree_resource(tree, path);

        return resource && resource_operations(resource, tree->version) & operation;
}

int values_take(const Tree *tree, RecordList *records, RecordList *ret)
{
        int r;

        for (size_t i = 0; i < records->n; i++) {
                Record *record = &records->items[i];

                if (record->unknown || record->path.length < 3 ||
                        !values_allow(tree, &record->path, OPERATION_WRITE))
                        continue;
                r = record_list_add(ret, &record->path, &record->value);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* What no server may know is told by no answer. */
static bool leads_somewhere(const Tree *tree, const Value *value)
{
        const uint16_t object = value->link.object, instance = value->link.instance;
        const ObjectDef *def = tree_object(tree, object);

        if (object == ID_INVALID)
                return instance == ID_INVALID;
        return def && !def->bootstrap_only &&
               (instance == ID_INVALID || tree_has_instance(tree, object, instance));
}

bool values_refuse_links(const Tree *tree, const RecordList *values, Response *response)
{
        for (size_t i = 0; i < values->n; i++) {
                const Value *value = &values->items[i].value;

                if (value->type != VALUE_OBJLNK || leads_somewhere(tree, value))
                        continue;
                response_set_error(response, CODE_BAD_REQUEST, "%s: there is no /%u/%u",
                        PATH_TEXT(&values->items[i].path), value->link.object, value->link.instance);
                return true;
        }

        return false;
}
