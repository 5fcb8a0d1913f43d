/* SPDX-License-Identifier: Apache-2.0 */
/* Two generations: what is committed, and the candidate of an open transaction. And the table of sources. */
#include "model/store.h"

typedef struct SourceSlot {
        uint16_t object;
        SourceRef ref;
} SourceSlot;

struct Store {
        Dataset *committed; /* never NULL */
        Dataset *candidate; /* NULL: no transaction is open */
        Registry registry;
        SourceSlot sources[LIMIT_SOURCES];
        size_t n_sources;
        const StoreListener *listener; /* or NULL */
        void *listener_userdata;
        Path touched[LIMIT_TOUCHED];
        size_t n_touched;
};

int store_new(Store **ret)
{
        _cleanup_(store_freep) Store *store = calloc(1, sizeof(Store));

        if (!store)
                return -ENOMEM;
        store->committed = dataset_new();
        if (!store->committed)
                return -ENOMEM;
        registry_init(&store->registry);

        *ret = TAKE_PTR(store);
        return 0;
}

Store *store_free(Store *store)
{
        if (!store)
                return NULL;

        dataset_free(store->committed);
        dataset_free(store->candidate);
        free(store);
        return NULL;
}

Registry *store_registry(Store *store)
{
        return &store->registry;
}

static size_t find_slot(const Store *store, uint16_t object)
{
        size_t i = 0;

        while (i < store->n_sources && store->sources[i].object != object)
                i++;
        return i;
}

int store_set_source(Store *store, uint16_t object, const Source *source, void *userdata)
{
        size_t i = find_slot(store, object);

        if (!source) {
                if (i < store->n_sources)
                        store->sources[i] = store->sources[--store->n_sources];
                return 0;
        }
        if (i >= LIMIT_SOURCES)
                return -E2BIG;

        store->sources[i] = (SourceSlot){object, {source, userdata}};
        store->n_sources = MAX_OF(store->n_sources, i + 1);
        return 0;
}

SourceRef store_source(const Store *store, uint16_t object)
{
        const size_t i = find_slot(store, object);

        return i < store->n_sources ? store->sources[i].ref : (SourceRef){NULL, NULL};
}

size_t store_instances(
        const Store *store, const Dataset *generation, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        const SourceRef ref = store_source(store, object);

        return ref.source ? ref.source->instances(ref.userdata, object, ret)
                          : dataset_instances(generation, object, ret);
}

bool store_has_instance(const Store *store, const Dataset *generation, uint16_t object, uint16_t instance)
{
        uint16_t ids[LIMIT_INSTANCES];
        const size_t n = store_instances(store, generation, object, ids);

        for (size_t i = 0; i < n; i++)
                if (ids[i] == instance)
                        return true;

        return false;
}

const Dataset *store_committed(const Store *store)
{
        return store->committed;
}

void store_set_listener(Store *store, const StoreListener *listener, void *userdata)
{
        store->listener = listener;
        store->listener_userdata = userdata;
}

void store_changed(const Store *store, const Path *path)
{
        if (store->listener && store->listener->changed)
                store->listener->changed(store->listener_userdata, path);
}

void store_answer(const Store *store, uint64_t call, int code, const char *text)
{
        if (store->listener && store->listener->answered)
                store->listener->answered(store->listener_userdata, call, code, text);
}

/* Several Objects may be of one source. */
static bool is_first_slot(const Store *store, size_t i)
{
        const SourceRef *ref = &store->sources[i].ref;

        for (size_t j = 0; j < i; j++)
                if (store->sources[j].ref.source == ref->source &&
                        store->sources[j].ref.userdata == ref->userdata)
                        return false;

        return true;
}

void store_end_call(const Store *store, uint64_t call)
{
        for (size_t i = 0; i < store->n_sources; i++) {
                const SourceRef *ref = &store->sources[i].ref;

                if (ref->source->ended && is_first_slot(store, i))
                        ref->source->ended(ref->userdata, call);
        }
}

void store_objects_changed(const Store *store)
{
        if (store->listener && store->listener->objects_changed)
                store->listener->objects_changed(store->listener_userdata);
}

void store_withdrawn(const Store *store, const Path *instance)
{
        if (store->listener && store->listener->withdrawn)
                store->listener->withdrawn(store->listener_userdata, instance);
}

Dataset *store_own(Store *store)
{
        return store->committed;
}

int store_begin(Store *store)
{
        int r;

        if (store->candidate)
                return -EBUSY;

        r = dataset_copy(store->committed, &store->candidate);
        if (r < 0)
                return r;

        store->n_touched = 0;
        return 0;
}

Dataset *store_candidate(Store *store)
{
        return store->candidate;
}

static void tell_difference(void *userdata, const Path *path)
{
        store_changed(userdata, path);
}

/* What listens sees the new generation. */
static void replace_committed(Store *store, Dataset *dataset)
{
        _cleanup_(dataset_freep) Dataset *before = store->committed;

        store->committed = dataset;
        if (store->listener)
                dataset_compare(before, dataset, tell_difference, store);
}

void store_commit(Store *store)
{
        if (store->candidate)
                replace_committed(store, TAKE_PTR(store->candidate));
}

void store_rollback(Store *store)
{
        store->candidate = dataset_free(store->candidate);
}

void store_replace(Store *store, Dataset *dataset)
{
        store_rollback(store);
        replace_committed(store, dataset);
}

void store_touch(Store *store, const Path *path)
{
        for (size_t i = 0; i < store->n_touched; i++)
                if (path_has_prefix(path, &store->touched[i]))
                        return;

        if (store->n_touched >= LIMIT_TOUCHED) {
                store->touched[0] = PATH_ROOT;
                store->n_touched = 1;
                return;
        }
        store->touched[store->n_touched++] = *path;
}

bool store_was_touched(const Store *store, uint16_t object, uint16_t instance)
{
        const Path path = PATH_INSTANCE(object, instance);

        for (size_t i = 0; i < store->n_touched; i++)
                if (path_has_prefix(&path, &store->touched[i]) || path_has_prefix(&store->touched[i], &path))
                        return true;

        return false;
}
