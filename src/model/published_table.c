/* SPDX-License-Identifier: Apache-2.0 */
/* Objects with their Object Instances, and whom they belong to. */
#include "model/published_table.h"

/* -- Owners: one of them each, while it has something -- */

static PublishedOwner *find_owner(const PublishedTable *table, uint64_t id)
{
        PublishedOwner *owner = table->owners;

        while (owner && owner->id != id)
                owner = owner->next;
        return owner;
}

/* NULL: out of memory. */
static PublishedOwner *use_owner(PublishedTable *table, uint64_t id)
{
        PublishedOwner *owner = find_owner(table, id);

        if (!owner) {
                owner = calloc(1, sizeof(*owner));
                if (!owner)
                        return NULL;
                owner->id = id;
                owner->next = table->owners;
                table->owners = owner;
        }
        owner->uses++;
        return owner;
}

static void release_owner(PublishedTable *table, PublishedOwner *owner)
{
        PublishedOwner **place = &table->owners;

        if (--owner->uses > 0)
                return;
        while (*place != owner)
                place = &(*place)->next;
        *place = owner->next;
        free(owner);
}

/* -- Objects -- */

/* The place of an Object, or the one where it would be. */
static size_t find_object(const PublishedTable *table, uint16_t id)
{
        size_t low = 0, high = table->n;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;

                if (table->objects[middle]->def->id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

PublishedObject *published_table_object(const PublishedTable *table, uint16_t object)
{
        const size_t i = find_object(table, object);

        return i < table->n && table->objects[i]->def->id == object ? table->objects[i] : NULL;
}

int published_table_add_object(PublishedTable *table, const ObjectDef *def, PublishedObject **ret)
{
        const size_t i = find_object(table, def->id);
        PublishedObject *object;

        if (table->n >= LIMIT_PUBLISHED_OBJECTS)
                return -E2BIG;
        object = calloc(1, sizeof(*object));
        if (!object)
                return -ENOMEM;
        object->def = def;

        memmove(table->objects + i + 1, table->objects + i, (table->n - i) * sizeof(table->objects[0]));
        table->objects[i] = object;
        table->n++;
        *ret = object;
        return 0;
}

void published_table_remove_object(PublishedTable *table, PublishedObject *object)
{
        const size_t i = find_object(table, object->def->id);

        assert(!object->publisher && object->n == 0);
        table->n--;
        memmove(table->objects + i, table->objects + i + 1, (table->n - i) * sizeof(table->objects[0]));
        free(object);
}

int published_table_set_publisher(
        PublishedTable *table, PublishedObject *object, uint64_t owner, char *handler)
{
        assert(!object->publisher);
        object->publisher = use_owner(table, owner);
        if (!object->publisher) {
                free(handler);
                return -ENOMEM;
        }
        object->handler = handler;
        return 0;
}

void published_table_clear_publisher(PublishedTable *table, PublishedObject *object)
{
        release_owner(table, TAKE_PTR(object->publisher));
        free(TAKE_PTR(object->handler));
}

bool published_object_is_of(const PublishedObject *object, uint64_t owner)
{
        bool found = object && object->publisher && object->publisher->id == owner;

        for (size_t i = 0; object && i < object->n && !found; i++)
                found = object->instances[i]->owner->id == owner;
        return found;
}

size_t published_table_count_objects(const PublishedTable *table, uint64_t owner)
{
        size_t count = 0;

        for (size_t i = 0; i < table->n; i++)
                count += published_object_is_of(table->objects[i], owner);
        return count;
}

/* -- Object Instances -- */

static size_t find_instance(const PublishedObject *object, uint16_t id)
{
        size_t i = 0;

        while (i < object->n && object->instances[i]->id < id)
                i++;
        return i;
}

PublishedInstance *published_object_instance(const PublishedObject *object, uint16_t instance)
{
        const size_t i = find_instance(object, instance);

        return i < object->n && object->instances[i]->id == instance ? object->instances[i] : NULL;
}

PublishedInstance *published_table_instance(const PublishedTable *table, const Path *path)
{
        const PublishedObject *object = published_table_object(table, path->id[0]);

        return object ? published_object_instance(object, path->id[1]) : NULL;
}

static void count(PublishedTable *table, PublishedInstance *instance)
{
        size_t n_values;

        instance->size = dataset_size(instance->values, &PATH_ROOT, &n_values);
        instance->owner->size += instance->size;
        table->size += instance->size;
}

static void discount(PublishedTable *table, const PublishedInstance *instance)
{
        instance->owner->size -= instance->size;
        table->size -= instance->size;
}

const char *published_table_find_excess(const PublishedTable *table, const PublishedOwner *owner)
{
        if (owner->id != PUBLISHED_CONFIGURATION && owner->size > LIMIT_PUBLISHER_SIZE)
                return "a publisher has 256 KiB of values at most";
        if (table->size > LIMIT_STORE_SIZE)
                return "all published values have 1 MiB at most";
        return NULL;
}

int published_table_add_instance(PublishedTable *table, PublishedObject *object, uint16_t id, uint64_t owner,
        Dataset **values, PublishedInstance **ret, const char **ret_limit)
{
        const size_t i = find_instance(object, id);
        PublishedInstance *instance;

        if (object->n >= LIMIT_INSTANCES) {
                *ret_limit = "an Object has 64 Object Instances at most";
                return PUBLISHED_E_LIMIT;
        }
        instance = calloc(1, sizeof(*instance));
        if (!instance)
                return -ENOMEM;
        instance->owner = use_owner(table, owner);
        if (!instance->owner) {
                free(instance);
                return -ENOMEM;
        }
        instance->id = id;
        instance->values = *values;
        count(table, instance);
        *ret_limit = published_table_find_excess(table, instance->owner);
        if (*ret_limit) {
                discount(table, instance);
                release_owner(table, instance->owner);
                free(instance);
                return PUBLISHED_E_LIMIT;
        }

        memmove(object->instances + i + 1, object->instances + i,
                (object->n - i) * sizeof(object->instances[0]));
        object->instances[i] = instance;
        object->n++;
        *values = NULL;
        *ret = instance;
        return 0;
}

void published_table_remove_instance(
        PublishedTable *table, PublishedObject *object, PublishedInstance *instance)
{
        const size_t i = find_instance(object, instance->id);

        object->n--;
        memmove(object->instances + i, object->instances + i + 1,
                (object->n - i) * sizeof(object->instances[0]));
        discount(table, instance);
        release_owner(table, instance->owner);
        dataset_free(instance->values);
        published_copy_done(&instance->options);
        free(instance);
}

void published_table_swap(PublishedTable *table, PublishedInstance *instance, Dataset *values)
{
        discount(table, instance);
        dataset_swap(instance->values, values);
        count(table, instance);
}

void published_table_clear_object(PublishedTable *table, PublishedObject *object)
{
        while (object->n > 0)
                published_table_remove_instance(table, object, object->instances[object->n - 1]);
        if (object->publisher)
                published_table_clear_publisher(table, object);
}
