/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups in the object tables. */
#include "model/object.h"

#include "model/object_access_control.h"
#include "model/object_device.h"
#include "model/object_oscore.h"
#include "model/object_security.h"
#include "model/object_server.h"

const ObjectDef *const object_table[] = {
        &object_security, &object_server, &object_access_control, &object_device, &object_oscore};
const size_t object_table_size = ELEMENTSOF(object_table);

const ObjectDef *object_find(uint16_t object)
{
        for (size_t i = 0; i < ELEMENTSOF(object_table); i++)
                if (object_table[i]->id == object)
                        return object_table[i];

        return NULL;
}

static int compare_id(const void *key, const void *item)
{
        const ResourceDef *resource = item;
        uint16_t id = *(const uint16_t *)key;

        return (id > resource->id) - (id < resource->id);
}

static const ResourceDef *find_resource(const ObjectDef *object, uint16_t resource)
{
        if (object->n_resources == 0)
                return NULL; /* bsearch() wants an array of none, too */
        return bsearch(
                &resource, object->resources, object->n_resources, sizeof(*object->resources), compare_id);
}

const ResourceDef *object_find_resource(uint16_t object, uint16_t resource)
{
        const ObjectDef *def = object_find(object);

        return def ? find_resource(def, resource) : NULL;
}

const ResourceDef *object_served(const ObjectDef *object, uint16_t resource, Lwm2mVersion version)
{
        const ResourceDef *def = find_resource(object, resource);

        return def && def->supported && def->operations[version] != OPERATIONS_ABSENT ? def : NULL;
}

const ResourceDef *object_find_served(uint16_t object, uint16_t resource, Lwm2mVersion version)
{
        const ObjectDef *def = object_find(object);

        return def ? object_served(def, resource, version) : NULL;
}

uint8_t resource_operations(const ResourceDef *resource, Lwm2mVersion version)
{
        uint8_t operations = resource->operations[version];

        return operations == OPERATIONS_ABSENT ? 0 : operations;
}

static bool is_within_range(const ResourceDef *resource, const Value *value)
{
        uint64_t minimum = (uint64_t)resource->minimum, maximum = (uint64_t)resource->maximum;

        switch (value->type) {

        case VALUE_INTEGER:
        case VALUE_TIME:
                return value->integer >= resource->minimum && value->integer <= resource->maximum;

        case VALUE_UNSIGNED:
                return value->unsigned_integer >= minimum && value->unsigned_integer <= maximum;

        case VALUE_FLOAT: /* what is no number is in no range */
                return value->real >= resource->real_minimum && value->real <= resource->real_maximum;

        case VALUE_STRING:
        case VALUE_CORELNK:
        case VALUE_OPAQUE:
                return value->bytes.size >= minimum && value->bytes.size <= maximum;

        case VALUE_NONE:
        case VALUE_BOOLEAN:
        case VALUE_OBJLNK:
        case _VALUE_TYPE_MAX:
                break;
        }

        return true;
}

const char *resource_check_value(const ResourceDef *resource, const Value *value, Lwm2mVersion version)
{
        if (resource->has_range && !is_within_range(resource, value))
                return "the value is out of range";

        return resource->check ? resource->check(value, version) : NULL;
}

bool object_lookup(const ObjectDef *object, uint16_t resource, ValueType *ret_type, bool *ret_multiple)
{
        const ResourceDef *def = find_resource(object, resource);

        if (!def || !def->supported || def->type == VALUE_NONE)
                return false;

        *ret_type = def->type;
        *ret_multiple = def->multiple;
        return true;
}

static bool lookup(
        const Schema *schema, uint16_t object, uint16_t resource, ValueType *ret_type, bool *ret_multiple)
{
        const ObjectDef *def = object_find(object);

        return def && object_lookup(def, resource, ret_type, ret_multiple);
}

const Schema model_schema = {.lookup = lookup};
