/* SPDX-License-Identifier: Apache-2.0 */
/* A definition that comes at run time. */
#include "model/object_definition.h"

#define OWN_VERSION "1.0" /* of what is no part of LwM2M (Core TS 7.2.2) */

struct ObjectDefinition {
        ObjectDef object; /* name and version are owned, resources is the array below */
        ResourceDef *resources;
};

int object_definition_new(
        uint16_t object, const char *name, const char *version, bool multiple, ObjectDefinition **ret)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;

        definition = calloc(1, sizeof(*definition));
        if (!definition)
                return -ENOMEM;
        definition->object = (ObjectDef){
                .id = object,
                .name = strdup(name),
                .multiple = multiple,
                .versions = {strdup(version)},
                .implied = {OWN_VERSION, OWN_VERSION, OWN_VERSION},
        };
        if (!definition->object.name || !definition->object.versions[0])
                return -ENOMEM;
        for (size_t i = 1; i < _LWM2M_VERSION_MAX; i++)
                definition->object.versions[i] = definition->object.versions[0];
        *ret = TAKE_PTR(definition);
        return 0;
}

int object_definition_add(ObjectDefinition *definition, const ResourceDef *resource)
{
        ObjectDef *object = &definition->object;
        ResourceDef *resources, copy = *resource;
        size_t i = object->n_resources;

        while (i > 0 && definition->resources[i - 1].id >= resource->id)
                i--;
        if (i < object->n_resources && definition->resources[i].id == resource->id)
                return -EEXIST;
        if (object->n_resources == LIMIT_RESOURCES)
                return -E2BIG;
        resources = reallocarray(definition->resources, object->n_resources + 1, sizeof(*resources));
        if (!resources)
                return -ENOMEM;
        object->resources = definition->resources = resources;
        copy.name = strdup(resource->name);
        if (!copy.name)
                return -ENOMEM;
        memmove(resources + i + 1, resources + i, (object->n_resources - i) * sizeof(*resources));
        resources[i] = copy;
        object->n_resources++;
        return 0;
}

const ObjectDef *object_definition_get(const ObjectDefinition *definition)
{
        return &definition->object;
}

static bool resource_equal(const ResourceDef *a, const ResourceDef *b)
{
        return a->id == b->id && strcmp(a->name, b->name) == 0 && a->type == b->type &&
               a->multiple == b->multiple && a->mandatory == b->mandatory &&
               memcmp(a->operations, b->operations, sizeof(a->operations)) == 0 &&
               a->supported == b->supported && a->has_range == b->has_range && a->minimum == b->minimum &&
               a->maximum == b->maximum && a->check == b->check && a->real_minimum == b->real_minimum &&
               a->real_maximum == b->real_maximum;
}

bool object_definition_equal(const ObjectDefinition *a, const ObjectDefinition *b)
{
        const ObjectDef *x = &a->object, *y = &b->object;

        if (x->id != y->id || strcmp(x->name, y->name) != 0 || x->multiple != y->multiple ||
                strcmp(x->versions[0], y->versions[0]) != 0 || x->n_resources != y->n_resources)
                return false;
        for (size_t i = 0; i < x->n_resources; i++)
                if (!resource_equal(&x->resources[i], &y->resources[i]))
                        return false;
        return true;
}

ObjectDefinition *object_definition_free(ObjectDefinition *definition)
{
        if (!definition)
                return NULL;
        for (size_t i = 0; i < definition->object.n_resources; i++)
                free((char *)definition->resources[i].name);
        free(definition->resources);
        free((char *)definition->object.versions[0]);
        free((char *)definition->object.name);
        free(definition);
        return NULL;
}
