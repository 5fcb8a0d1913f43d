/* SPDX-License-Identifier: Apache-2.0 */
/* A generation of the store together with what the sources serve. */
#include "operation/tree.h"

#include "model/account_source.h"

Tree tree_candidate(Store *store, Lwm2mVersion version)
{
        Dataset *candidate = store_candidate(store);

        return (Tree){store, candidate ? candidate : store_committed(store), version};
}

Tree tree_committed(Store *store, Lwm2mVersion version)
{
        return (Tree){store, store_committed(store), version};
}

const ObjectDef *tree_object(const Tree *tree, uint16_t object)
{
        const ObjectDef *def = registry_find(store_registry(tree->store), object);

        return def && def->versions[tree->version] ? def : NULL;
}

const ObjectDef *tree_next(const Tree *tree, size_t *position)
{
        const Registry *registry = store_registry(tree->store);

        while (*position < registry->n) {
                const ObjectDef *def = registry->objects[(*position)++];

                if (def->versions[tree->version])
                        return def;
        }

        return NULL;
}

const char *tree_version_to_tell(const Tree *tree, const ObjectDef *object, Lwm2mVersion announced)
{
        const char *version = object->versions[tree->version];
        const char *implied = object->implied[announced] ?: object->versions[announced];

        return implied && strcmp(version, implied) == 0 ? NULL : version;
}

const ResourceDef *tree_resource(const Tree *tree, const Path *path)
{
        return registry_find_served(store_registry(tree->store), path->id[0], path->id[2], tree->version);
}

bool tree_is_stored(const Tree *tree, uint16_t object)
{
        return !store_source(tree->store, object).source;
}

SourceRef tree_source(const Tree *tree, uint16_t object)
{
        const SourceRef ref = store_source(tree->store, object);

        return ref.source ? ref : (SourceRef){&account_source, tree->store};
}

bool tree_supports(const Tree *tree, unsigned operation, const Path *path)
{
        const SourceRef ref = tree_source(tree, path->id[0]);

        return ref.source->supports && ref.source->supports(ref.userdata, operation, path);
}

size_t tree_instances(const Tree *tree, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        return store_instances(tree->store, tree->dataset, object, ret);
}

bool tree_has_instance(const Tree *tree, uint16_t object, uint16_t instance)
{
        return store_has_instance(tree->store, tree->dataset, object, instance);
}

static bool is_visible(const Tree *tree, const Path *path, bool hidden)
{
        const ResourceDef *resource = tree_resource(tree, path);

        return resource && (hidden || resource_operations(resource, tree->version) & OPERATION_READ);
}

/* Moves the records at or below path over that the peer may see. */
static int move_visible(const Tree *tree, RecordList *from, const Path *path, bool hidden, RecordList *to)
{
        int r;

        for (size_t i = 0; i < from->n; i++) {
                const Path *found = &from->items[i].path;

                if (!path_has_prefix(found, path) ||
                        (found->length >= 3 && !is_visible(tree, found, hidden)))
                        continue;
                r = record_list_add(to, found, &from->items[i].value);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Below an Object, the source is asked for each Object Instance. */
static int read_source(const Tree *tree, SourceCall *call, const Path *path, RecordList *all)
{
        const SourceRef ref = tree_source(tree, path->id[0]);
        uint16_t ids[LIMIT_INSTANCES];
        size_t n;
        int r = 0;

        if (path->length > 1)
                return ref.source->read(ref.userdata, call, path, all);

        n = tree_instances(tree, path->id[0], ids);
        for (size_t i = 0; i < n && source_goes_on(r); i++)
                r = source_join(
                        r, ref.source->read(ref.userdata, call, &PATH_INSTANCE(path->id[0], ids[i]), all));
        return r;
}

int tree_read(const Tree *tree, SourceCall *call, const Path *path, bool hidden, RecordList *list)
{
        _cleanup_(record_list_done) RecordList all = {.maximum = LIMIT_STORE_VALUES};
        SourceCall own = {.version = tree->version};
        int r;

        if (tree_is_stored(tree, path->id[0]))
                r = dataset_list(tree->dataset, path, &all);
        else
                r = read_source(tree, call ?: &own, path, &all);
        return r != 0 ? r : move_visible(tree, &all, path, hidden, list);
}

bool tree_has(const Tree *tree, const Path *path)
{
        _cleanup_(record_list_done) RecordList values = {.maximum = LIMIT_STORE_VALUES};

        return tree_read(tree, NULL, path, true, &values) == 0 && values.n > 0;
}
