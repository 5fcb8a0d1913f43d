/* SPDX-License-Identifier: Apache-2.0 */
/* Values and the definition. */
#include "model/published_values.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/object.h"

/* Definitions that come at run time are the same in all versions. */
#define VERSION ((Lwm2mVersion)(_LWM2M_VERSION_MAX - 1))

int published_refuse(char *text, PublishedError error, const char *format, ...)
{
        va_list arguments;

        if (!text)
                return error;
        va_start(arguments, format);
        (void)vsnprintf(text, SOURCE_TEXT_SIZE, format, arguments);
        va_end(arguments);
        return error;
}

static const char *find_problem(const ObjectDef *def, const Record *record)
{
        const Path *path = &record->path;
        const ResourceDef *resource;

        if (path->length < 3)
                return "is not the path of a Resource";
        resource = object_served(def, path->id[2], VERSION);
        if (!resource)
                return "the Object has no such Resource";
        if (resource->type == VALUE_NONE)
                return "the Resource has no value";
        if (record->value.type == VALUE_NONE)
                return resource->multiple && path->length == 3 ? NULL : "the value is missing";
        if (resource->multiple != (path->length == 4))
                return resource->multiple ? "the Resource has Resource Instances"
                                          : "the Resource has no Resource Instances";
        if (path->length == 4 && path->id[3] == ID_INVALID)
                return "65535 is no Resource Instance ID";
        if (record->value.type != resource->type)
                return "the value is not of its Resource's type";

        return resource_check_value(resource, &record->value, VERSION);
}

int published_check_record(const ObjectDef *def, const Record *record, char *text)
{
        const char *problem = find_problem(def, record);

        return problem ? published_refuse(text, PUBLISHED_E_INVALID_VALUE, "%s: %s",
                                 PATH_TEXT(&record->path), problem)
                       : 0;
}

int published_put(const ObjectDef *def, Dataset *dataset, const Record *record, char *text)
{
        int r;

        r = published_check_record(def, record, text);
        if (r != 0)
                return r;
        if (record->value.type == VALUE_NONE)
                (void)dataset_remove(dataset, &record->path);
        r = dataset_set(dataset, &record->path, &record->value);
        return r > 0 ? published_refuse(
                               text, PUBLISHED_E_LIMIT, "%s: " PUBLISHED_NO_ROOM, PATH_TEXT(&record->path))
                     : r;
}

int published_put_all(
        const ObjectDef *def, Dataset *dataset, uint16_t instance, RecordList *values, char *text)
{
        int r = 0;

        for (size_t i = 0; i < values->n && r == 0; i++) {
                Record *record = &values->items[i];

                if (record->path.length < 2 || record->path.id[0] != def->id)
                        return published_refuse(text, PUBLISHED_E_INVALID_VALUE, "%s is not below /%u",
                                PATH_TEXT(&record->path), def->id);
                record->path.id[1] = instance;
                r = published_put(def, dataset, record, text);
        }
        return r;
}

bool published_is_needed(const ResourceDef *resource)
{
        return resource->mandatory && resource->supported &&
               resource_operations(resource, VERSION) & OPERATION_READ;
}

static bool names(const RecordList *values, const Path *cleared, size_t n_cleared, const Path *resource)
{
        for (size_t i = 0; i < n_cleared; i++)
                if (path_has_prefix(&cleared[i], resource))
                        return true;

        return record_list_names(values, resource);
}

int published_list_named(const ObjectDef *def, const Dataset *dataset, const Path *instance,
        const RecordList *values, const Path *cleared, size_t n_cleared, RecordList *ret)
{
        int r = 0;

        for (size_t i = 0; i < def->n_resources && r == 0; i++) {
                const Path resource = path_append(instance, def->resources[i].id);

                if (names(values, cleared, n_cleared, &resource))
                        r = dataset_list(dataset, &resource, ret);
        }
        return r;
}
