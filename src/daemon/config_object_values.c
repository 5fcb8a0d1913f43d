/* SPDX-License-Identifier: Apache-2.0 */
/* The values of an entry of `objects:`. */
#include "daemon/config_object_values.h"

#include <limits.h>

#include "daemon/config_file.h"
#include "daemon/config_value.h"
#include "lwm2m/value_text.h"
#include "model/object.h"
#include "util/parse.h"

#define INTERVAL_DEFAULT (10 * USEC_PER_SEC)
#define INTERVAL_MIN     (100 * USEC_PER_MSEC)
#define INTERVAL_MAX     (86400 * USEC_PER_SEC)

#define FIELD(type, member) offsetof(type, member)

/* What the values of one Object Instance are read by and into. */
typedef struct Values {
        const ObjectDef *def;
        ConfigObject *object;
} Values;

/* Behind "must be ". */
static const char *type_words(ValueType type)
{
        switch (type) {
        case VALUE_STRING:
        case VALUE_CORELNK:
                return "text";
        case VALUE_INTEGER:
                return "a whole number";
        case VALUE_UNSIGNED:
                return "a whole number, 0 or more";
        case VALUE_FLOAT:
                return "a number, as 21.5";
        case VALUE_BOOLEAN:
                return "true or false";
        case VALUE_OPAQUE:
                return "base64: and bytes in Base64";
        case VALUE_TIME:
                return "a time, as 2026-01-31T10:00:00Z";
        case VALUE_OBJLNK:
                return "an Object Instance, as 3:0";
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                break;
        }
        return "";
}

/* -- Constants -- */

static bool is_file_path(const ResourceDef *resource, const YamlNode *node)
{
        return node->kind == YAML_KIND_SCALAR && node->text[0] == '/' && resource->type != VALUE_OBJLNK;
}

/* Before what comes behind it, so that the list stays sorted. */
static int insert_record(RecordList *list, const Path *path, Value *value)
{
        Record added;
        size_t i;
        int r;

        list->maximum = CONFIG_YAML_NODES_MAX;
        r = record_list_add(list, path, value);
        if (r < 0)
                return r;
        added = list->items[list->n - 1];
        for (i = list->n - 1; i > 0 && path_compare(&list->items[i - 1].path, path) > 0; i--)
                list->items[i] = list->items[i - 1];
        list->items[i] = added;
        return 0;
}

/* A value that passes, or 1 with what is wrong recorded. */
static int parse_constant(
        ConfigContext *context, const ResourceDef *resource, const YamlNode *node, Value *ret)
{
        const char *reason;
        int r = -EINVAL;

        if (node->kind == YAML_KIND_SCALAR)
                r = value_parse_text(resource->type, node->text, ret);
        if (r == -EINVAL) {
                config_kind_error_at(context, node, "%u (%s) must be %s%s", resource->id, resource->name,
                        type_words(resource->type),
                        is_file_path(resource, node) ? "; a file that holds it is {file: /path}" : "");
                return 1;
        }
        if (r < 0)
                return r;
        reason = value_size(ret) > LIMIT_VALUE_SIZE ? "the value is larger than 64 KiB"
                                                    : resource_check_value(resource, ret, LWM2M_1_1);
        if (!reason)
                return 0;
        config_error_at(context, node, "%u (%s): %s", resource->id, resource->name, reason);
        value_done(ret);
        return 1;
}

static int add_constant(ConfigContext *context, const ResourceDef *resource, const YamlNode *node,
        const Path *path, ConfigObject *object)
{
        _cleanup_(value_done) Value value = {0};
        int r;

        r = parse_constant(context, resource, node, &value);
        if (r != 0)
                return r < 0 ? r : 0;
        return insert_record(&object->values, path, &value);
}

/* Resource Instances 0 to n - 1. */
static int add_constants(ConfigContext *context, const ResourceDef *resource, const YamlNode *node,
        const Path *path, ConfigObject *object)
{
        if (node->n == 0 || node->n > LIMIT_RESOURCE_INSTANCES) {
                config_error_at(context, node, "%u (%s) must have 1 to %d values", resource->id,
                        resource->name, LIMIT_RESOURCE_INSTANCES);
                return 0;
        }
        for (size_t i = 0; i < node->n; i++) {
                const Path instance = path_append(path, (uint16_t)i);
                int r;

                r = add_constant(context, resource, node->items[i], &instance, object);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* -- Files -- */

static int read_real(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);

        if (text && parse_double(text, field) < 0)
                config_error_at(context, value, "'%s' must be a number, as 0.001", key->name);
        return 0;
}

static const ConfigKey file_keys[] = {
        {"file", config_read_text, FIELD(ConfigFileValue, path), 1, PATH_MAX - 1},
        {"scale", read_real, FIELD(ConfigFileValue, scale)},
        {"offset", read_real, FIELD(ConfigFileValue, offset)},
        {"interval", config_read_duration, FIELD(ConfigFileValue, interval), INTERVAL_MIN, INTERVAL_MAX},
};

static void check_number(
        ConfigContext *context, const ResourceDef *resource, const YamlNode *node, const char *key)
{
        const YamlNode *place = config_yaml_get_key(node, key);

        if (place && !value_type_is_number(resource->type))
                config_error_at(context, place, "'%s' is for numbers, %u (%s) must be %s", key, resource->id,
                        resource->name, type_words(resource->type));
}

static int insert_file(ConfigObject *object, ConfigFileValue *file)
{
        ConfigFileValue *files = reallocarray(object->files, object->n_files + 1, sizeof(*files));
        size_t i = object->n_files;

        if (!files)
                return -ENOMEM;
        for (; i > 0 && files[i - 1].resource > file->resource; i--)
                files[i] = files[i - 1];
        files[i] = *file;
        file->path = NULL;
        object->files = files;
        object->n_files++;
        return 0;
}

static void file_value_done(ConfigFileValue *file)
{
        free(file->path);
}

static int add_file(
        ConfigContext *context, const ResourceDef *resource, const YamlNode *node, ConfigObject *object)
{
        _cleanup_(file_value_done)
                ConfigFileValue file = {.resource = resource->id, .scale = 1, .interval = INTERVAL_DEFAULT};
        _cleanup_(freep) char *given = NULL;
        char name[sizeof("65534")];
        int r;

        (void)snprintf(name, sizeof(name), "%u", resource->id);
        r = config_read_mapping(context, node, name, file_keys, ELEMENTSOF(file_keys), &file);
        if (r < 0)
                return r;
        check_number(context, resource, node, "scale");
        check_number(context, resource, node, "offset");
        if (file.scale == 0)
                config_warning_at(context, config_yaml_get(node, "scale"),
                        "'scale' is 0: whatever the file holds, the value is that of 'offset'");
        if (!config_yaml_get(node, "file"))
                config_error_at(context, node, "'%s' needs 'file'", name);
        if (!file.path)
                return 0;
        given = TAKE_PTR(file.path);
        r = config_file_path(context, given, &file.path);
        if (r < 0)
                return r;
        config_file_warn(context, config_yaml_get(node, "file"), "file", file.path);
        return insert_file(object, &file);
}

/* -- A Resource -- */

static int read_value(
        ConfigContext *context, uint16_t id, const YamlNode *key, const YamlNode *value, void *userdata)
{
        const Values *values = userdata;
        const ResourceDef *resource = object_served(values->def, id, LWM2M_1_1);
        const Path path = PATH_RESOURCE(values->object->object, values->object->instance, id);

        if (!resource) {
                config_error_at(context, key, "Object %u (%s) has no Resource %u", values->def->id,
                        values->def->name, id);
                return 0;
        }
        if (resource->type == VALUE_NONE) {
                config_error_at(context, key, "%u (%s) is executed and has no value", id, resource->name);
                return 0;
        }
        if (!resource->multiple)
                return value->kind == YAML_KIND_MAPPING
                               ? add_file(context, resource, value, values->object)
                               : add_constant(context, resource, value, &path, values->object);
        if (value->kind == YAML_KIND_SEQUENCE)
                return add_constants(context, resource, value, &path, values->object);
        config_kind_error_at(
                context, value, "%u (%s) has several values: write a list, as [1, 2]", id, resource->name);
        return 0;
}

int config_read_object_values(
        ConfigContext *context, const YamlNode *node, const ObjectDef *def, ConfigObject *object)
{
        Values values = {.def = def, .object = object};

        return config_read_ids(context, node, "values", read_value, &values);
}

bool config_object_has(const ConfigObject *object, uint16_t resource)
{
        for (size_t i = 0; i < object->values.n; i++)
                if (object->values.items[i].path.id[2] == resource)
                        return true;
        for (size_t i = 0; i < object->n_files; i++)
                if (object->files[i].resource == resource)
                        return true;
        return false;
}
