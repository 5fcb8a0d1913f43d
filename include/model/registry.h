/* SPDX-License-Identifier: Apache-2.0 */
/* The Objects that this client knows: the static tables, and definitions that come at run time. What is
 * about the accounts alone asks the tables (model/object.h). */
#pragma once

#include "model/object.h"

typedef struct Registry {
        const ObjectDef *objects[LIMIT_OBJECTS]; /* ascending by id; borrowed */
        size_t n;
} Registry;

/* With the static tables. */
void registry_init(Registry *registry);

/* Adds a definition, which has to stay where it is. 0, -EEXIST for an Object that is known, -E2BIG. */
int registry_add(Registry *registry, const ObjectDef *object);

/* Nothing where it is not known. */
void registry_remove(Registry *registry, uint16_t object);

/* As object_find() and object_find_served(). */
const ObjectDef *registry_find(const Registry *registry, uint16_t object);
const ResourceDef *registry_find_served(
        const Registry *registry, uint16_t object, uint16_t resource, Lwm2mVersion version);

/* For the decoders, as model_schema; valid as long as the registry. */
Schema registry_schema(const Registry *registry);
