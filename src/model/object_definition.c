/* SPDX-License-Identifier: Apache-2.0 */
/* A definition that comes at run time. */
#include "model/object_definition.h"

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
                .own_version = true,
                .versions = {strdup(version)},
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
