/* SPDX-License-Identifier: Apache-2.0 */
/* Two generations: what is committed, and the candidate of an open transaction. */
#include "model/store.h"

#define PROVIDERS_MAX 4 /* Objects with live values: Device, and those of later issues (4, 5, 7) */

typedef struct ProviderSlot {
        uint16_t object;
        const Provider *provider;
        void *userdata;
} ProviderSlot;

struct Store {
        Dataset *committed; /* never NULL */
        Dataset *candidate; /* NULL: no transaction is open */
        ProviderSlot providers[PROVIDERS_MAX];
        size_t n_providers;
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

static const ProviderSlot *find_slot(const Store *store, uint16_t object)
{
        for (size_t i = 0; i < store->n_providers; i++)
                if (store->providers[i].object == object)
                        return &store->providers[i];

        return NULL;
}

int store_set_provider(Store *store, uint16_t object, const Provider *provider, void *userdata)
{
        const ProviderSlot *known = find_slot(store, object);
        size_t i = known ? (size_t)(known - store->providers) : store->n_providers;

        if (i >= PROVIDERS_MAX)
                return -E2BIG;

        store->providers[i] = (ProviderSlot){object, provider, userdata};
        store->n_providers = MAX_OF(store->n_providers, i + 1);
        return 0;
}

const Provider *store_provider(const Store *store, uint16_t object, void **ret_userdata)
{
        const ProviderSlot *slot = find_slot(store, object);

        if (!slot)
                return NULL;
        if (ret_userdata)
                *ret_userdata = slot->userdata;
        return slot->provider;
}

const Dataset *store_committed(const Store *store)
{
        return store->committed;
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

void store_commit(Store *store)
{
        if (!store->candidate)
                return;

        dataset_free(store->committed);
        store->committed = TAKE_PTR(store->candidate);
}

void store_rollback(Store *store)
{
        store->candidate = dataset_free(store->candidate);
}

void store_replace(Store *store, Dataset *dataset)
{
        store_rollback(store);
        dataset_free(store->committed);
        store->committed = dataset;
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
