/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the object tables for registry.py: one JSON line per Object and per Resource and LwM2M version.
 * dump_objects FOLDER OBJECT...: the same of definitions that the daemon reads from a folder. */
#include <stdio.h>

#include "daemon/object_directories.h"
#include "model/object.h"
#include "model/object_connectivity_monitoring.h"
#include "model/object_connectivity_statistics.h"
#include "model/object_firmware.h"

#define NAME_MAX 512

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

/* In JSON. */
static const char *quote(const char *text, char buffer[NAME_MAX])
{
        size_t n = 0;

        for (; *text && n + 2 < NAME_MAX; text++) {
                if (strchr("\"\\", *text))
                        buffer[n++] = '\\';
                buffer[n++] = *text;
        }
        buffer[n] = 0;
        return buffer;
}
#define QUOTE(text) quote((text), (char[NAME_MAX]){0})

static void dump_resource(const ObjectDef *object, const ResourceDef *resource, Lwm2mVersion version)
{
        printf("{\"lwm2m\": \"%s\", \"object\": %u, \"version\": \"%s\", \"resource\": %u, \"name\": "
               "\"%s\", "
               "\"type\": \"%s\", \"multiple\": %s, \"mandatory\": %s, \"operations\": \"%s\"}\n",
                lwm2m_version_to_string(version), (unsigned)object->id, object->versions[version],
                (unsigned)resource->id, QUOTE(resource->name), type_to_string(resource->type),
                bool_to_string(resource->multiple), bool_to_string(resource->mandatory),
                operations_to_string(resource->operations[version]));
}

static void dump_object(const ObjectDef *object, Lwm2mVersion version)
{
        printf("{\"lwm2m\": \"%s\", \"object\": %u, \"version\": \"%s\", \"name\": \"%s\", \"multiple\": "
               "%s}\n",
                lwm2m_version_to_string(version), (unsigned)object->id, object->versions[version],
                QUOTE(object->name), bool_to_string(object->multiple));
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

/* False where there is no definition, or a wrong one, which is told. */
static bool dump_definition(ObjectDirectories *directories, const char *object)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *file = NULL;
        const ObjectDef *def;
        uint16_t id;

        if (path_parse_id(object, &id) < 0 ||
                object_directories_take(directories, id, &def, &file, &problems) != 0) {
                config_problems_print(&problems, file ?: object, stderr);
                return false;
        }
        dump_object(def, LWM2M_1_1);
        object_directories_forget(directories, id);
        return true;
}

static int dump_definitions(const char *folder, char *objects[], int n)
{
        _cleanup_(object_directories_freep) ObjectDirectories *directories = NULL;
        bool right = true;

        if (object_directories_new(&directories) < 0 || object_directories_add(directories, folder) < 0)
                return EXIT_FAILURE;
        for (int i = 0; i < n; i++)
                right = dump_definition(directories, objects[i]) && right;
        return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
        static const ObjectDef *const others[] = {
                &object_connectivity_monitoring, &object_connectivity_statistics, &object_firmware};

        if (argc > 2)
                return dump_definitions(argv[1], argv + 2, argc - 2);
        for (size_t i = 0; i < object_table_size; i++)
                dump(object_table[i]);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                dump(others[i]);
        return 0;
}
