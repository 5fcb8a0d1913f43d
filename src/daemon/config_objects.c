/* SPDX-License-Identifier: Apache-2.0 */
/* `objects:` -> Object Instances. */
#include "daemon/config_objects.h"

#include "daemon/config_object_values.h"
#include "daemon/config_value.h"
#include "daemon/object_directories.h"
#include "model/object.h"

#define FIELD(type, member) offsetof(type, member)

/* What an entry's keys say. */
typedef struct Draft {
        uint16_t object;
        uint16_t instance;
        const YamlNode *values;
} Draft;

static const ConfigKey keys[] = {
        {"object", config_read_id, FIELD(Draft, object), 0, ID_INVALID - 1},
        {"instance", config_read_id, FIELD(Draft, instance), 0, ID_INVALID - 1},
        {"values", config_note_node, FIELD(Draft, values)},
};

void config_object_done(ConfigObject *object)
{
        record_list_done(&object->values);
        for (size_t i = 0; i < object->n_files; i++)
                free(object->files[i].path);
        free(object->files);
        *object = (ConfigObject){0};
}

/* -- Definition -- */

static void tell_wrong_definition(
        ConfigContext *context, const YamlNode *node, const char *file, const ConfigProblems *problems)
{
        for (size_t i = 0; i < problems->errors.n; i++) {
                const ConfigProblem *problem = &problems->errors.items[i];

                config_error_at(context, node, "the definition of the Object is wrong: %s:%u:%u: %s", file,
                        problem->line, problem->column, problem->sentence);
        }
        context->problems->errors.n_dropped += problems->errors.n_dropped;
}

/* 0 with NULL in *ret, recorded, where there is none; or -ENOMEM. What is taken is to be forgotten. */
static int take_definition(
        ConfigContext *context, const YamlNode *node, uint16_t object, const ObjectDef **ret)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *file = NULL;
        int r = OBJECT_DIRECTORIES_E_NONE;

        *ret = NULL;
        if (object_find(object)) {
                config_error_at(context, node, "Object %u is the client's own", object);
                return 0;
        }
        if (context->definitions)
                r = object_directories_take(context->definitions, object, ret, &file, &problems);
        if (r == OBJECT_DIRECTORIES_E_NONE)
                config_error_at(context, node,
                        "no object directory has %u.yaml, the Object's definition, see lwm2m-objects(7)",
                        object);
        else if (r == OBJECT_DIRECTORIES_E_INVALID)
                tell_wrong_definition(context, node, file, &problems);
        return r < 0 ? r : 0;
}

/* -- An entry -- */

static void check_mandatory(
        ConfigContext *context, const YamlNode *node, const ObjectDef *def, const ConfigObject *object)
{
        for (size_t i = 0; i < def->n_resources; i++) {
                const ResourceDef *resource = &def->resources[i];

                if (resource->mandatory && resource->operations[LWM2M_1_1] & OPERATION_READ &&
                        !config_object_has(object, resource->id))
                        config_error_at(context, node,
                                "'values' needs %u (%s), which each instance of Object %u (%s) has",
                                resource->id, resource->name, def->id, def->name);
        }
}

static int read_values(ConfigContext *context, const YamlNode *node, const Draft *draft,
        const ObjectDef *def, ConfigObject *object)
{
        const size_t n_errors = context->problems->errors.n;
        int r;

        if (draft->instance > 0 && !def->multiple)
                config_error_at(context, config_yaml_get(node, "instance"),
                        "'instance' must be 0: Object %u (%s) has one instance", def->id, def->name);
        r = draft->values ? config_read_object_values(context, draft->values, def, object) : 0;
        /* One that is wrong is there all the same. */
        if (r >= 0 && context->problems->errors.n == n_errors)
                check_mandatory(context, node, def, object);
        return r;
}

static int read_entry(ConfigContext *context, const YamlNode *node, const char *name, ConfigObject *object)
{
        Draft draft = {.object = ID_INVALID};
        const ObjectDef *def;
        int r;

        r = config_read_mapping(context, node, name, keys, ELEMENTSOF(keys), &draft);
        if (r < 0 || node->kind != YAML_KIND_MAPPING)
                return r;
        if (!config_yaml_get(node, "object"))
                config_error_at(context, node, "'%s' needs 'object'", name);
        object->object = draft.object;
        object->instance = draft.instance;
        if (draft.object == ID_INVALID || context->problems->errors.n > 0)
                return 0;
        r = take_definition(context, config_yaml_get(node, "object"), draft.object, &def);
        if (r < 0 || !def)
                return r;
        r = read_values(context, node, &draft, def, object);
        object_directories_forget(context->definitions, draft.object);
        return r;
}

/* -- The list -- */

static int compare_objects(const ConfigObject *a, const ConfigObject *b)
{
        return a->object != b->object ? (int)a->object - b->object : (int)a->instance - b->instance;
}

/* The place of an Object Instance in the list, which is sorted. */
static size_t find_place(const Config *config, const ConfigObject *object)
{
        size_t i = config->n_objects;

        while (i > 0 && compare_objects(&config->objects[i - 1], object) > 0)
                i--;
        return i;
}

static void check_place(ConfigContext *context, const YamlNode *node, const Config *config,
        const ConfigObject *object, size_t place)
{
        size_t n_objects = 1, n_instances = 1;

        if (place > 0 && compare_objects(&config->objects[place - 1], object) == 0)
                config_error_at(context, node, "Object Instance /%u/%u stands there twice", object->object,
                        object->instance);
        for (size_t i = 0; i < config->n_objects; i++) {
                n_instances += config->objects[i].object == object->object;
                n_objects += config->objects[i].object != object->object &&
                             (i == 0 || config->objects[i].object != config->objects[i - 1].object);
        }
        if (n_instances > LIMIT_INSTANCES)
                config_error_at(context, node, "Object %u has more than %d instances", object->object,
                        LIMIT_INSTANCES);
        if (n_objects > LIMIT_PUBLISHED_OBJECTS)
                config_error_at(context, node, "there are more than %d Objects", LIMIT_PUBLISHED_OBJECTS);
}

static int insert(Config *config, size_t place, ConfigObject *object)
{
        ConfigObject *objects = reallocarray(config->objects, config->n_objects + 1, sizeof(*objects));

        if (!objects)
                return -ENOMEM;
        memmove(objects + place + 1, objects + place, (config->n_objects - place) * sizeof(*objects));
        objects[place] = *object;
        *object = (ConfigObject){0};
        config->objects = objects;
        config->n_objects++;
        return 0;
}

/* The problems of an entry become those of the file, and whether it counts. */
static bool settle(ConfigContext *context, const ConfigProblems *problems)
{
        ConfigProblemList *told = context->purpose == CONFIG_AS_KEPT ? &context->problems->warnings
                                                                     : &context->problems->errors;

        for (size_t i = 0; i < problems->warnings.n; i++)
                config_warning(context->problems, problems->warnings.items[i].line,
                        problems->warnings.items[i].column, "%s", problems->warnings.items[i].sentence);
        for (size_t i = 0; i < problems->errors.n; i++) {
                const ConfigProblem *problem = &problems->errors.items[i];

                if (context->purpose == CONFIG_AS_KEPT)
                        config_deviation(context->problems, problem->line, problem->column,
                                "%s; the Object Instance is left out", problem->sentence);
                else
                        config_error(
                                context->problems, problem->line, problem->column, "%s", problem->sentence);
        }
        told->n_dropped += problems->errors.n_dropped;
        context->problems->out_of_memory |= problems->out_of_memory;
        return problems->errors.n == 0;
}

static int add_entry(ConfigContext *context, const YamlNode *node, const char *name, Config *config)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_object_done) ConfigObject object = {0};
        ConfigContext inner = *context;
        size_t place;
        int r;

        inner.problems = &problems;
        r = read_entry(&inner, node, name, &object);
        if (r < 0)
                return r;
        place = find_place(config, &object);
        if (problems.errors.n == 0)
                check_place(&inner, node, config, &object, place);
        return settle(context, &problems) ? insert(config, place, &object) : 0;
}

int config_read_objects(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        Config *config = (Config *)((uint8_t *)field - FIELD(Config, objects));
        int r;

        if (!config_is_list(context, key, value))
                return 0;
        for (size_t i = 0; i < value->n; i++) {
                r = add_entry(context, value->items[i], key->name, config);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Whether the daemon has an Object of its own that no table has: it serves what the machine says of it. */
static bool is_served(uint16_t object, const Config *config)
{
        return object == OBJECT_CONNECTIVITY_STATISTICS ||
               (object == OBJECT_CONNECTIVITY_MONITORING && config->connectivity_monitoring) ||
               (object == OBJECT_FIRMWARE && config->firmware.backend);
}

/* How it is not, for the rest of a sentence. */
static const char *unless(uint16_t object)
{
        switch (object) {
        case OBJECT_CONNECTIVITY_MONITORING:
                return ", unless 'connectivity_monitoring' is false";
        case OBJECT_FIRMWARE:
                return ", unless 'backend' of 'firmware_update' is none";
        default:
                return "";
        }
}

void config_check_objects(ConfigContext *context, const YamlNode *root, const Config *config)
{
        const YamlNode *objects = config_yaml_get(root, "objects");

        for (size_t i = 0; objects && objects->kind == YAML_KIND_SEQUENCE && i < objects->n; i++) {
                const YamlNode *node = config_yaml_get(objects->items[i], "object");
                uint16_t object;

                if (!node || node->kind != YAML_KIND_SCALAR || path_parse_id(node->text, &object) < 0 ||
                        !is_served(object, config))
                        continue;
                config_error_at(context, node, "Object %u is the client's own%s", object, unless(object));
        }
}
