/* SPDX-License-Identifier: Apache-2.0 */
/* The Objects that this client knows. */
#include "model/registry.h"

void registry_init(Registry *registry)
{
        registry->n = object_table_size;
        memcpy(registry->objects, object_table, object_table_size * sizeof(object_table[0]));
}

/* The place of an Object, or the one where it would be. */
static size_t find_place(const Registry *registry, uint16_t object)
{
        size_t low = 0, high = registry->n;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;

                if (registry->objects[middle]->id < object)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

int registry_add(Registry *registry, const ObjectDef *object)
{
        const size_t i = find_place(registry, object->id);

        if (i < registry->n && registry->objects[i]->id == object->id)
                return -EEXIST;
        if (registry->n >= LIMIT_OBJECTS)
                return -E2BIG;

        memmove(registry->objects + i + 1, registry->objects + i,
                (registry->n - i) * sizeof(registry->objects[0]));
        registry->objects[i] = object;
        registry->n++;
        return 0;
}

void registry_remove(Registry *registry, uint16_t object)
{
        const size_t i = find_place(registry, object);

        if (i >= registry->n || registry->objects[i]->id != object)
                return;
        registry->n--;
        memmove(registry->objects + i, registry->objects + i + 1,
                (registry->n - i) * sizeof(registry->objects[0]));
}

const ObjectDef *registry_find(const Registry *registry, uint16_t object)
{
        const size_t i = find_place(registry, object);

        return i < registry->n && registry->objects[i]->id == object ? registry->objects[i] : NULL;
}

const ResourceDef *registry_find_served(
        const Registry *registry, uint16_t object, uint16_t resource, Lwm2mVersion version)
{
        const ObjectDef *def = registry_find(registry, object);

        return def ? object_served(def, resource, version) : NULL;
}

static bool lookup(
        const Schema *schema, uint16_t object, uint16_t resource, ValueType *ret_type, bool *ret_multiple)
{
        const ObjectDef *def = registry_find(schema->userdata, object);

        return def && object_lookup(def, resource, ret_type, ret_multiple);
}

Schema registry_schema(const Registry *registry)
{
        return (Schema){.lookup = lookup, .userdata = registry};
}
