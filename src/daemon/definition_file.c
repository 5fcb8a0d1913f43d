/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML file -> definition of an Object. */
#include "daemon/definition_file.h"

#include "daemon/config_file.h"
#include "daemon/config_value.h"
#include "model/object.h"
#include "util/file.h"
#include "util/parse.h"

#define NAME_SIZE_MAX 255 /* bytes; the registry's longest has 66 */
#define NO_OPERATIONS (-1)

#define FIELD(type, member) offsetof(type, member)

/* What the file's keys say, before it is known whether they go together. */
typedef struct ObjectDraft {
        uint16_t object;
        char *name;
        char *version;
        bool multiple;
        bool mandatory; /* of a client: nothing that follows from it here */
        const YamlNode *resources;
} ObjectDraft;

typedef struct ResourceDraft {
        char *name;
        int operations;
        int type;
        bool mandatory;
        bool multiple;
        const YamlNode *range;
} ResourceDraft;

static void object_draft_done(ObjectDraft *draft)
{
        free(draft->name);
        free(draft->version);
}

static void resource_draft_done(ResourceDraft *draft)
{
        free(draft->name);
}

/* -- Keys -- */

static const ConfigWord operations_words[] = {
        {"R", OPERATION_READ},
        {"W", OPERATION_WRITE},
        {"RW", OPERATION_READ | OPERATION_WRITE},
        {"E", OPERATION_EXECUTE},
        {"none", 0},
        {NULL},
};

static const ConfigWord type_words[] = {
        {"string", VALUE_STRING},
        {"integer", VALUE_INTEGER},
        {"unsigned", VALUE_UNSIGNED},
        {"float", VALUE_FLOAT},
        {"boolean", VALUE_BOOLEAN},
        {"opaque", VALUE_OPAQUE},
        {"time", VALUE_TIME},
        {"objlnk", VALUE_OBJLNK},
        {"corelnk", VALUE_CORELNK},
        {"none", VALUE_NONE},
        {NULL},
};

/* "1.0": two IDs, as it were. */
static bool is_version(const char *text)
{
        char major[sizeof("65534")];
        size_t n = strcspn(text, ".");
        uint16_t number;

        if (text[n] == 0 || n >= sizeof(major))
                return false;
        memcpy(major, text, n);
        major[n] = 0;
        return path_parse_id(major, &number) == 0 && path_parse_id(text + n + 1, &number) == 0;
}

static int read_version(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field)
{
        const char *text = config_scalar(context, key, value);

        if (!text)
                return 0;
        if (is_version(text))
                return config_set_text(field, text);
        config_error_at(context, value, "'%s' must be two numbers, as in \"1.0\"", key->name);
        return 0;
}

static const ConfigKey object_keys[] = {
        {"object", config_read_id, FIELD(ObjectDraft, object), 0, ID_INVALID - 1},
        {"name", config_read_text, FIELD(ObjectDraft, name), 1, NAME_SIZE_MAX},
        {"version", read_version, FIELD(ObjectDraft, version)},
        {"multiple", config_read_boolean, FIELD(ObjectDraft, multiple)},
        {"mandatory", config_read_boolean, FIELD(ObjectDraft, mandatory)},
        {"resources", config_note_node, FIELD(ObjectDraft, resources)},
};

static const ConfigKey resource_keys[] = {
        {"name", config_read_text, FIELD(ResourceDraft, name), 1, NAME_SIZE_MAX},
        {"operations", config_read_word, FIELD(ResourceDraft, operations), .words = operations_words},
        {"type", config_read_word, FIELD(ResourceDraft, type), .words = type_words},
        {"mandatory", config_read_boolean, FIELD(ResourceDraft, mandatory)},
        {"multiple", config_read_boolean, FIELD(ResourceDraft, multiple)},
        {"range", config_note_node, FIELD(ResourceDraft, range)},
};

static bool check_needed(ConfigContext *context, const YamlNode *node, const char *subject, const char *key)
{
        if (config_yaml_get(node, key))
                return true;
        config_error_at(context, node, "%s needs '%s'", subject, key);
        return false;
}

/* -- A Resource -- */

static const char *type_name(ValueType type)
{
        for (const ConfigWord *word = type_words; word->name; word++)
                if (word->value == (int)type)
                        return word->name;
        return "";
}

static bool has_operations(const ResourceDraft *draft)
{
        return draft->operations != NO_OPERATIONS;
}

/* An executable has no value, everything else has. */
static void check_type(ConfigContext *context, const YamlNode *node, ResourceDraft *draft)
{
        const YamlNode *place = config_yaml_get(node, "type");

        if (!has_operations(draft))
                return;
        if (draft->operations == OPERATION_EXECUTE) {
                if (place && draft->type != VALUE_NONE)
                        config_error_at(context, place,
                                "a Resource that is executed has no value: 'type' must be none");
                draft->type = VALUE_NONE;
        } else if (place && draft->type == VALUE_NONE)
                config_error_at(
                        context, place, "'type: none' is for Resources that are executed, 'operations: E'");
}

static bool parse_bounds(const char *minimum, const char *maximum, ResourceDef *def)
{
        uint64_t low, high;

        switch (def->type) {
        case VALUE_INTEGER:
        case VALUE_TIME:
                return parse_i64(minimum, &def->minimum) == 0 && parse_i64(maximum, &def->maximum) == 0 &&
                       def->minimum <= def->maximum;
        case VALUE_UNSIGNED:
                if (parse_u64(minimum, UINT64_MAX, &low) < 0 || parse_u64(maximum, UINT64_MAX, &high) < 0)
                        return false;
                def->minimum = (int64_t)low;
                def->maximum = (int64_t)high;
                return low <= high;
        case VALUE_FLOAT:
                return parse_double(minimum, &def->real_minimum) == 0 &&
                       parse_double(maximum, &def->real_maximum) == 0 &&
                       def->real_minimum <= def->real_maximum;
        case VALUE_NONE:
        case VALUE_STRING:
        case VALUE_BOOLEAN:
        case VALUE_OPAQUE:
        case VALUE_OBJLNK:
        case VALUE_CORELNK:
        case _VALUE_TYPE_MAX:
                break;
        }
        return false;
}

static void set_range(ConfigContext *context, const YamlNode *range, ResourceDef *def)
{
        if (!value_type_is_number(def->type)) {
                config_error_at(
                        context, range, "'range' is for numbers, and the type is %s", type_name(def->type));
                return;
        }
        def->has_range = range->kind == YAML_KIND_SEQUENCE && range->n == 2 &&
                         range->items[0]->kind == YAML_KIND_SCALAR &&
                         range->items[1]->kind == YAML_KIND_SCALAR &&
                         parse_bounds(range->items[0]->text, range->items[1]->text, def);
        if (!def->has_range)
                config_kind_error_at(context, range,
                        "'range' must be the least and the greatest %s, as in [0, 100]",
                        type_name(def->type));
}

static int add_resource(ConfigContext *context, const YamlNode *key, const YamlNode *range, ResourceDef *def,
        ObjectDefinition *definition)
{
        int r;

        if (range)
                set_range(context, range, def);
        r = object_definition_add(definition, def);
        if (r == -E2BIG && object_definition_get(definition)->n_resources == LIMIT_RESOURCES)
                config_error_at(context, key, "an Object has at most %d Resources", LIMIT_RESOURCES);
        return r == -E2BIG ? 0 : r;
}

static int read_resource(
        ConfigContext *context, uint16_t id, const YamlNode *key, const YamlNode *value, void *userdata)
{
        const size_t n_errors = context->problems->errors.n;
        _cleanup_(resource_draft_done)
                ResourceDraft draft = {.operations = NO_OPERATIONS, .type = _VALUE_TYPE_MAX};
        char subject[sizeof("Resource 65534")];
        ResourceDef def;
        int r;

        (void)snprintf(subject, sizeof(subject), "Resource %u", id);
        r = config_read_mapping(context, value, subject, resource_keys, ELEMENTSOF(resource_keys), &draft);
        if (r < 0 || value->kind != YAML_KIND_MAPPING)
                return r;
        (void)check_needed(context, value, subject, "name");
        (void)check_needed(context, value, subject, "operations");
        check_type(context, value, &draft);
        if (draft.type == _VALUE_TYPE_MAX)
                (void)check_needed(context, value, subject, "type");
        if (context->problems->errors.n > n_errors)
                return 0;
        def = (ResourceDef){
                .id = id,
                .name = draft.name,
                .type = (ValueType)draft.type,
                .multiple = draft.multiple,
                .mandatory = draft.mandatory,
                .supported = true,
        };
        memset(def.operations, draft.operations, sizeof(def.operations));
        return add_resource(context, key, draft.range, &def, userdata);
}

/* -- The whole -- */

static void check_object(
        ConfigContext *context, const YamlNode *root, uint16_t object, const ObjectDraft *draft)
{
        (void)check_needed(context, root, "a definition", "name");
        (void)check_needed(context, root, "a definition", "resources");
        if (!check_needed(context, root, "a definition", "object") || draft->object == ID_INVALID)
                return;
        if (draft->object != object)
                config_error_at(context, config_yaml_get(root, "object"),
                        "'object' is another one than that of the file's name, %u.yaml", object);
        else if (object_find(object))
                config_error_at(context, config_yaml_get(root, "object"),
                        "Object %u is the client's own, it has no other definition", object);
}

static int read_tree(ConfigContext *context, const YamlNode *root, uint16_t object, ObjectDefinition **ret)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
        _cleanup_(object_draft_done) ObjectDraft draft = {.object = ID_INVALID};
        int r;

        r = config_read_mapping(context, root, NULL, object_keys, ELEMENTSOF(object_keys), &draft);
        if (r < 0 || root->kind != YAML_KIND_MAPPING)
                return r;
        check_object(context, root, object, &draft);
        r = object_definition_new(
                object, draft.name ?: "", draft.version ?: "1.0", draft.multiple, &definition);
        if (r >= 0 && draft.resources)
                r = config_read_ids(context, draft.resources, "resources", read_resource, definition);
        if (r >= 0)
                *ret = TAKE_PTR(definition);
        return r;
}

int definition_file_parse(const uint8_t *text, size_t size, uint16_t object, ObjectDefinition **ret,
        ConfigProblems *ret_problems)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
        _cleanup_(config_yaml_freep) YamlNode *root = NULL;
        ConfigContext context = {.directory = "/", .problems = ret_problems};
        int r;

        *ret_problems = (ConfigProblems){0};
        r = config_yaml_parse(text, size, &root, ret_problems);
        if (r == 0 && root)
                r = read_tree(&context, root, object, &definition);
        else if (r == 0)
                config_error(ret_problems, 1, 1, "the file is empty");
        if (r < 0 || ret_problems->out_of_memory)
                return -ENOMEM;
        config_problems_sort(ret_problems);
        if (ret_problems->errors.n > 0)
                return DEFINITION_E_INVALID;
        *ret = TAKE_PTR(definition);
        return 0;
}

int definition_file_read(
        const char *file, uint16_t object, ObjectDefinition **ret, ConfigProblems *ret_problems)
{
        _cleanup_(freep) uint8_t *text = NULL;
        size_t size = 0;
        int r;

        *ret_problems = (ConfigProblems){0};
        r = file_read(file, DEFINITION_FILE_SIZE_MAX, &text, &size);
        if (r == 0)
                return definition_file_parse(text, size, object, ret, ret_problems);
        if (r == -ENOMEM)
                return r;
        if (r == -ENOENT || r == -ENOTDIR)
                return -ENOENT;
        if (r == -EFBIG)
                config_error(ret_problems, 1, 1, "the file is larger than %d KiB",
                        DEFINITION_FILE_SIZE_MAX / 1024);
        else
                config_error(ret_problems, 1, 1, "the file %s", config_file_reason(r));
        return ret_problems->out_of_memory ? -ENOMEM : DEFINITION_E_INVALID;
}
