/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the object tables for registry.py: one JSON line per Object and per Resource and LwM2M version. */
#include <stdio.h>

#include "model/object.h"
#include "model/object_connectivity_monitoring.h"
#include "model/object_connectivity_statistics.h"

/* Letters as in the registry: "R", "W", "RW", "E", or "" for a Resource that only a bootstrap touches. */
static const char *operations_to_string(uint8_t operations)
{
        if (operations & OPERATION_EXECUTE)
                return "E";
        if ((operations & OPERATION_READ) && (operations & OPERATION_WRITE))
                return "RW";
        if (operations & OPERATION_READ)
                return "R";
        if (operations & OPERATION_WRITE)
                return "W";
        return "";
}

static const char *type_to_string(ValueType type)
{
        switch (type) {
        case VALUE_NONE:
                return "";
        case VALUE_STRING:
                return "String";
        case VALUE_INTEGER:
                return "Integer";
        case VALUE_UNSIGNED:
                return "Unsigned Integer";
        case VALUE_FLOAT:
                return "Float";
        case VALUE_BOOLEAN:
                return "Boolean";
        case VALUE_OPAQUE:
                return "Opaque";
        case VALUE_TIME:
                return "Time";
        case VALUE_OBJLNK:
                return "Objlnk";
        case VALUE_CORELNK:
                return "Corelnk";
        case _VALUE_TYPE_MAX:
                break;
        }
        return "?";
}

static const char *bool_to_string(bool value)
{
        return value ? "true" : "false";
}

static void dump_resource(const ObjectDef *object, const ResourceDef *resource, Lwm2mVersion version)
{
        printf("{\"lwm2m\": \"%s\", \"object\": %u, \"version\": \"%s\", \"resource\": %u, \"name\": "
               "\"%s\", "
               "\"type\": \"%s\", \"multiple\": %s, \"mandatory\": %s, \"operations\": \"%s\"}\n",
                lwm2m_version_to_string(version), (unsigned)object->id, object->versions[version],
                (unsigned)resource->id, resource->name, type_to_string(resource->type),
                bool_to_string(resource->multiple), bool_to_string(resource->mandatory),
                operations_to_string(resource->operations[version]));
}

static void dump_object(const ObjectDef *object, Lwm2mVersion version)
{
        printf("{\"lwm2m\": \"%s\", \"object\": %u, \"version\": \"%s\", \"name\": \"%s\", \"multiple\": "
               "%s}\n",
                lwm2m_version_to_string(version), (unsigned)object->id, object->versions[version],
                object->name, bool_to_string(object->multiple));
        for (size_t i = 0; i < object->n_resources; i++)
                if (object->resources[i].operations[version] != OPERATIONS_ABSENT)
                        dump_resource(object, &object->resources[i], version);
}

static void dump(const ObjectDef *object)
{
        for (Lwm2mVersion version = 0; version < _LWM2M_VERSION_MAX; version++)
                if (object->versions[version])
                        dump_object(object, version);
}

int main(void)
{
        static const ObjectDef *const others[] = {
                &object_connectivity_monitoring, &object_connectivity_statistics};

        for (size_t i = 0; i < object_table_size; i++)
                dump(object_table[i]);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                dump(others[i]);
        return 0;
}
