/* SPDX-License-Identifier: Apache-2.0 */
/* A change of published values. */
#include "model/published_change.h"

#define CAPACITY_FIRST 4 /* parts of the first allocation: most changes have one */

void published_change_done(PublishedChange *change)
{
        for (size_t i = 0; i < change->n; i++)
                dataset_free(change->items[i].values);
        free(change->items);
}

/* Where the last one came, the next one comes mostly. */
static PublishedPart *find_part(const PublishedChange *change, const PublishedInstance *instance)
{
        for (size_t i = change->n; i-- > 0;)
                if (change->items[i].instance == instance)
                        return &change->items[i];

        return NULL;
}

static int reserve(PublishedChange *change)
{
        const size_t capacity = MAX_OF(change->capacity * 2, (size_t)CAPACITY_FIRST);
        PublishedPart *items;

        if (change->n < change->capacity)
                return 0;
        items = reallocarray(change->items, capacity, sizeof(*items));
        if (!items)
                return -ENOMEM;
        change->items = items;
        change->capacity = capacity;
        return 0;
}

int published_change_part(PublishedChange *change, const Path *path, PublishedPart **ret)
{
        const PublishedObject *object = published_table_object(change->table, path->id[0]);
        PublishedInstance *instance =
                object && path->length >= 2 ? published_object_instance(object, path->id[1]) : NULL;
        PublishedPart *part;
        int r;

        if (!instance)
                return -ENOENT;
        part = find_part(change, instance);
        if (!part) {
                r = reserve(change);
                if (r < 0)
                        return r;
                part = &change->items[change->n];
                *part = (PublishedPart){
                        object->def, instance, PATH_INSTANCE(path->id[0], path->id[1]), NULL};
                r = dataset_copy(instance->values, &part->values);
                if (r < 0)
                        return r;
                change->n++;
        }

        *ret = part;
        return 0;
}

static void swap(PublishedChange *change)
{
        for (size_t i = 0; i < change->n; i++)
                published_table_swap(change->table, change->items[i].instance, change->items[i].values);
}

static const char *find_excess(const PublishedChange *change)
{
        const char *excess = NULL;

        for (size_t i = 0; i < change->n && !excess; i++)
                excess = published_table_find_excess(change->table, change->items[i].instance->owner);
        return excess;
}

const char *published_change_find_excess(PublishedChange *change)
{
        const char *excess;

        swap(change);
        excess = find_excess(change);
        swap(change);
        return excess;
}

static void tell(void *userdata, const Path *path)
{
        store_changed(userdata, path);
}

const char *published_change_commit(PublishedChange *change, const Store *store)
{
        const char *excess;

        swap(change);
        excess = find_excess(change);
        if (excess) {
                swap(change);
                return excess;
        }
        for (size_t i = 0; i < change->n; i++)
                dataset_compare(
                        change->items[i].values, change->items[i].instance->values, tell, (void *)store);
        return NULL;
}
