/* SPDX-License-Identifier: Apache-2.0 */
/* A definition that comes at run time: an ObjectDef that owns what it is made of. It says the same of every
 * LwM2M version. */
#pragma once

#include "model/definition.h"

typedef struct ObjectDefinition ObjectDefinition;

/* Without Resources. name and version ("1.0") are copied. 0 or -ENOMEM. */
int object_definition_new(
        uint16_t object, const char *name, const char *version, bool multiple, ObjectDefinition **ret);

/* Adds a Resource; resource and its name are copied. 0, -EEXIST, -E2BIG past LIMIT_RESOURCES, -ENOMEM. */
int object_definition_add(ObjectDefinition *definition, const ResourceDef *resource);

/* Valid until the definition is freed; grows with it. */
const ObjectDef *object_definition_get(const ObjectDefinition *definition);

/* Whether both say the same of the same Object. */
bool object_definition_equal(const ObjectDefinition *a, const ObjectDefinition *b);

/* NULL is fine. Returns NULL. */
ObjectDefinition *object_definition_free(ObjectDefinition *definition);
DEFINE_CLEANUP(ObjectDefinition *, object_definition_free)
