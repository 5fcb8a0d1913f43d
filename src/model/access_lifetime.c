/* SPDX-License-Identifier: Apache-2.0 */
/* Access Control Object Instances that come and go with what they are for. */
#include "model/access_lifetime.h"

#include "model/access.h"
#include "model/account_check.h"

static void remove_all(Dataset *dataset, const Path *instance)
{
        uint16_t id;

        while ((id = access_find(dataset, instance->id[0], instance->id[1])) != ID_INVALID)
                (void)dataset_remove(dataset, &PATH_INSTANCE(OBJECT_ACCESS_CONTROL, id));
}

static int add(Dataset *dataset, const Path *instance, uint16_t owner)
{
        const uint16_t id = dataset_free_instance(dataset, OBJECT_ACCESS_CONTROL);
        const struct {
                uint16_t resource, value;
        } values[] = {
                {ACCESS_CONTROL_OBJECT, instance->id[0]},
                {ACCESS_CONTROL_INSTANCE, instance->id[1]},
                {ACCESS_CONTROL_OWNER, owner},
        };
        int r;

        if (id == ID_INVALID)
                return DATASET_E_LIMIT;

        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                r = dataset_set_integer(dataset,
                        &PATH_RESOURCE(OBJECT_ACCESS_CONTROL, id, values[i].resource), VALUE_INTEGER,
                        values[i].value);
                if (r != 0)
                        return r;
        }

        return 0;
}

int access_begin_create(Store *store, const Path *instance, uint16_t owner)
{
        Dataset *candidate;
        bool controlled;
        int r;

        r = access_begin_remove(store, instance);
        if (r < 0)
                return r;

        candidate = store_candidate(store);
        controlled = access_is_controlled(store_committed(store));
        if (controlled)
                r = add(candidate, instance, owner);
        if (r == 0 && account_takes_room(store_committed(store), candidate))
                r = DATASET_E_LIMIT;
        if (r != 0)
                store_rollback(store);
        return r;
}

int access_begin_remove(Store *store, const Path *instance)
{
        int r;

        r = store_begin(store);
        if (r < 0)
                return r;

        remove_all(store_candidate(store), instance);
        return 0;
}

bool access_end(Store *store, bool done)
{
        const bool changes = done && !dataset_equal(store_committed(store), store_candidate(store));

        if (changes)
                store_commit(store);
        else
                store_rollback(store);
        return changes;
}

static bool is_of_created(const Store *store, const Dataset *dataset, uint16_t access_control)
{
        const int64_t object = dataset_get_integer(
                dataset, OBJECT_ACCESS_CONTROL, access_control, ACCESS_CONTROL_OBJECT, ID_INVALID);
        const int64_t instance = dataset_get_integer(
                dataset, OBJECT_ACCESS_CONTROL, access_control, ACCESS_CONTROL_INSTANCE, ID_INVALID);
        const SourceRef ref = store_source(store, (uint16_t)object);

        return ref.source && ref.source->is_created &&
               ref.source->is_created(ref.userdata, &PATH_INSTANCE((uint16_t)object, (uint16_t)instance));
}

int access_copy_lasting(const Store *store, const Dataset *dataset, Dataset **ret)
{
        const Instances list = dataset_list_instances(dataset, OBJECT_ACCESS_CONTROL);
        _cleanup_(dataset_freep) Dataset *copy = NULL;

        for (size_t i = 0; i < list.n; i++) {
                if (!is_of_created(store, dataset, list.ids[i]))
                        continue;
                if (!copy && dataset_copy(dataset, &copy) < 0)
                        return -ENOMEM;
                (void)dataset_remove(copy, &PATH_INSTANCE(OBJECT_ACCESS_CONTROL, list.ids[i]));
        }
        *ret = TAKE_PTR(copy);
        return 0;
}
