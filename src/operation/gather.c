/* SPDX-License-Identifier: Apache-2.0 */
/* Values that a server may read. */
#include "operation/gather.h"

#include "model/access.h"

/* path: of the Object Instance or below it. */
static int gather_instance(const Tree *tree, SourceCall *call, const Path *path, RecordList *list)
{
        if (!tree_has_instance(tree, path->id[0], path->id[1]) ||
                !(access_rights(tree->store, tree->dataset, call->requester, path->id[0], path->id[1]) &
                        ACCESS_READ))
                return 0;
        return tree_read(tree, call, path, false, list);
}

static int gather_object(const Tree *tree, SourceCall *call, uint16_t object, RecordList *list)
{
        uint16_t ids[LIMIT_INSTANCES];
        const size_t n = tree_instances(tree, object, ids);
        int r = 0;

        for (size_t i = 0; i < n && source_goes_on(r); i++)
                r = source_join(r, gather_instance(tree, call, &PATH_INSTANCE(object, ids[i]), list));
        return r;
}

int gather_path(const Tree *tree, SourceCall *call, const Path *path, RecordList *list)
{
        const ObjectDef *object;
        size_t position = 0;
        int r = 0;

        while (source_goes_on(r) && (object = tree_next(tree, &position))) {
                if (path->length > 0 && path->id[0] != object->id)
                        continue;
                r = source_join(r, path->length > 1 ? gather_instance(tree, call, path, list)
                                                    : gather_object(tree, call, object->id, list));
        }

        return r;
}

int gather(const Tree *tree, SourceCall *call, const PathList *paths, RecordList *list)
{
        int r = 0;

        for (size_t i = 0; i < paths->n && source_goes_on(r); i++)
                r = source_join(r, gather_path(tree, call, &paths->items[i], list));
        return r;
}
