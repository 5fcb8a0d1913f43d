/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups in the object tables, which have every Resource per LwM2M version and are compared with OMA's
 * registry by a lint test. */
#pragma once

#include "model/definition.h"

/* All Objects in ascending order: 0, 1, 2, 3, 21. */
extern const ObjectDef *const object_table[];
extern const size_t object_table_size;

const ObjectDef *object_find(uint16_t object);                               /* or NULL */
const ResourceDef *object_find_resource(uint16_t object, uint16_t resource); /* or NULL */

/* The Resource if it is supported and exists in the version, else NULL. */
const ResourceDef *object_served(const ObjectDef *object, uint16_t resource, Lwm2mVersion version);
const ResourceDef *object_find_served(uint16_t object, uint16_t resource, Lwm2mVersion version);

/* What a Schema says of a Resource of the Object: true where it is supported, in any version, and holds
 * values. */
bool object_lookup(const ObjectDef *object, uint16_t resource, ValueType *ret_type, bool *ret_multiple);

/* Operations of a Resource for servers, 0 where it does not exist. */
uint8_t resource_operations(const ResourceDef *resource, Lwm2mVersion version);

/* NULL, or what is wrong with a value of the Resource's type, to be read behind the path ("the value is out
 * of range"). Static. The one rule for Write and Bootstrap-Write. */
const char *resource_check_value(const ResourceDef *resource, const Value *value, Lwm2mVersion version);

/* object_lookup() of the static tables, for what is kept: the accounts. */
extern const Schema model_schema;
