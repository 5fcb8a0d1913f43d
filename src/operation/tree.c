/* SPDX-License-Identifier: Apache-2.0 */
/* A generation of the store together with the live values of providers. */
#include "operation/tree.h"

Tree tree_candidate(Store *store, Lwm2mVersion version)
{
        Dataset *candidate = store_candidate(store);

        return (Tree){store, candidate ? candidate : store_committed(store), version};
}

Tree tree_committed(const Store *store, Lwm2mVersion version)
{
        return (Tree){store, store_committed(store), version};
}

const ObjectDef *tree_object(const Tree *tree, uint16_t object)
{
        const ObjectDef *def = object_find(object);

        return def && def->versions[tree->version] ? def : NULL;
}

bool tree_is_provided(const Tree *tree, uint16_t object)
{
        return store_provider(tree->store, object, NULL);
}

bool tree_executes(const Tree *tree, uint16_t object, const ResourceDef *resource)
{
        void *userdata = NULL;
        const Provider *provider = store_provider(tree->store, object, &userdata);

        return !provider || (provider->executes && provider->executes(userdata, resource));
}

bool tree_has_instance(const Tree *tree, uint16_t object, uint16_t instance)
{
        if (tree_is_provided(tree, object))
                return instance == 0;

        return dataset_has(tree->dataset, &PATH_INSTANCE(object, instance));
}

size_t tree_instances(const Tree *tree, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        if (tree_is_provided(tree, object)) {
                ret[0] = 0;
                return 1;
        }

        return dataset_instances(tree->dataset, object, ret);
}

static bool is_visible(const Tree *tree, const ResourceDef *resource, bool hidden)
{
        return resource && (hidden || resource_operations(resource, tree->version) & OPERATION_READ);
}

/* Moves the records at or below path over. */
static int move_records(RecordList *from, const Path *path, RecordList *to)
{
        int r;

        for (size_t i = 0; i < from->n; i++) {
                if (!path_has_prefix(&from->items[i].path, path))
                        continue;
                r = record_list_add(to, &from->items[i].path, &from->items[i].value);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_provided(const Tree *tree, const Path *path, bool hidden, RecordList *list)
{
        _cleanup_(record_list_done) RecordList all = {.maximum = LIMIT_STORE_VALUES};
        const ObjectDef *object = tree_object(tree, path->id[0]);
        void *userdata = NULL;
        const Provider *provider = store_provider(tree->store, path->id[0], &userdata);
        int r;

        for (size_t i = 0; object && i < object->n_resources; i++) {
                const ResourceDef *resource =
                        object_find_served(object->id, object->resources[i].id, tree->version);

                if (!is_visible(tree, resource, hidden) || resource->type == VALUE_NONE ||
                        (path->length >= 3 && path->id[2] != resource->id))
                        continue;
                r = provider->read(userdata, resource, &all);
                if (r < 0)
                        return r;
        }

        return move_records(&all, path, list);
}

int tree_read(const Tree *tree, const Path *path, bool hidden, RecordList *list)
{
        _cleanup_(record_list_done) RecordList all = {.maximum = LIMIT_STORE_VALUES};
        int r;

        if (tree_is_provided(tree, path->id[0]))
                return read_provided(tree, path, hidden, list);

        r = dataset_list(tree->dataset, path, &all);
        if (r < 0)
                return r;

        for (size_t i = 0; i < all.n; i++) {
                const Path *found = &all.items[i].path;

                if (found->length >= 3 &&
                        !is_visible(
                                tree, object_find_served(found->id[0], found->id[2], tree->version), hidden))
                        continue;
                r = record_list_add(list, found, &all.items[i].value);
                if (r < 0)
                        return r;
        }

        return 0;
}
