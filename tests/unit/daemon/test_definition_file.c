/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/definition_file: every key, and the sentence and place of everything that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/definition_file.h"
#include "model/object.h"
#include "tests/unit/daemon/print_problems.h"

#define HEAD "object: 3303\nname: Temperature\nresources:\n"
#define R    OPERATION_READ
#define W    OPERATION_WRITE
#define E    OPERATION_EXECUTE

static int parse(const char *text, ObjectDefinition **ret, ConfigProblems *ret_problems)
{
        return definition_file_parse((const uint8_t *)text, strlen(text), 3303, ret, ret_problems);
}

/* The caller frees. */
static ObjectDefinition *parse_valid(const char *text)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        ObjectDefinition *definition = NULL;

        if (parse(text, &definition, &problems) != 0)
                config_problems_print(&problems, "3303.yaml", stderr);
        assert_non_null(definition);
        return definition;
}

/* Fails unless text gives exactly these lines, "f:LINE:COLUMN: sentence". */
static void assert_errors(const char *text, const char *wanted)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *printed = NULL;
        ObjectDefinition *definition = NULL;

        assert_int_equal(parse(text, &definition, &problems), DEFINITION_E_INVALID);
        assert_null(definition);
        printed = print_problems(&problems, "f");
        assert_string_equal(printed, wanted);
}

/* As in the contract. */
static void test_every_key(void **state)
{
        static const char text[] =
                "object: 3303\n"
                "name: Temperature\n"
                "version: \"1.1\"\n"
                "multiple: true\n"
                "mandatory: false\n"
                "resources:\n"
                "  5700: {name: Sensor Value, operations: R, type: float, mandatory: true,\n"
                "    range: [-50, 150.5]}\n"
                "  1: {name: S, operations: RW, type: string, multiple: true}\n"
                "  2: {name: I, operations: W, type: integer, range: [-128, 127]}\n"
                "  3: {name: U, operations: R, type: unsigned, range: [0, 18446744073709551615]}\n"
                "  4: {name: B, operations: R, type: boolean}\n"
                "  5: {name: O, operations: R, type: opaque}\n"
                "  6: {name: T, operations: R, type: time, range: [0, 9223372036854775807]}\n"
                "  7: {name: L, operations: none, type: objlnk}\n"
                "  8: {name: C, operations: R, type: corelnk}\n"
                "  9: {name: E, operations: E}\n"
                "  10: {name: N, operations: E, type: none, mandatory: true}\n";
        static const struct {
                uint16_t id;
                ValueType type;
                uint8_t operations;
                bool mandatory, multiple, has_range;
        } table[] = {
                {1, VALUE_STRING, R | W, .multiple = true},
                {2, VALUE_INTEGER, W, .has_range = true},
                {3, VALUE_UNSIGNED, R, .has_range = true},
                {4, VALUE_BOOLEAN, R},
                {5, VALUE_OPAQUE, R},
                {6, VALUE_TIME, R, .has_range = true},
                {7, VALUE_OBJLNK, 0},
                {8, VALUE_CORELNK, R},
                {9, VALUE_NONE, E},
                {10, VALUE_NONE, E, .mandatory = true},
                {5700, VALUE_FLOAT, R, .mandatory = true, .has_range = true},
        };
        _cleanup_(object_definition_freep) ObjectDefinition *definition = parse_valid(text);
        const ObjectDef *object = object_definition_get(definition);

        assert_int_equal(object->id, 3303);
        assert_string_equal(object->name, "Temperature");
        assert_string_equal(object->versions[LWM2M_1_0], "1.1");
        assert_true(object->multiple);
        assert_int_equal(object->n_resources, ELEMENTSOF(table));
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const ResourceDef *resource = &object->resources[i];

                assert_int_equal(resource->id, table[i].id);
                assert_int_equal(resource->type, table[i].type);
                assert_int_equal(resource->mandatory, table[i].mandatory);
                assert_int_equal(resource->multiple, table[i].multiple);
                assert_int_equal(resource->has_range, table[i].has_range);
                assert_true(resource->supported);
                for (Lwm2mVersion version = LWM2M_1_0; version < _LWM2M_VERSION_MAX; version++)
                        assert_int_equal(resource->operations[version], table[i].operations);
        }
        assert_int_equal(object->resources[1].minimum, -128);
        assert_int_equal(object->resources[1].maximum, 127);
        assert_true((uint64_t)object->resources[2].maximum == UINT64_MAX);
        assert_true(
                object->resources[10].real_minimum == -50 && object->resources[10].real_maximum == 150.5);
        assert_string_equal(object->resources[10].name, "Sensor Value");
}

static void test_defaults(void **state)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition =
                parse_valid(HEAD "  5700: {name: V, operations: R, type: float}\n");
        const ObjectDef *object = object_definition_get(definition);

        assert_string_equal(object->versions[LWM2M_1_2], "1.0");
        assert_false(object->multiple);
        assert_false(object->resources->multiple);
        assert_false(object->resources->mandatory);
        assert_false(object->resources->has_range);
}

/* A value is judged by the range. */
static void test_ranges(void **state)
{
        static const char text[] =
                HEAD "  1: {name: I, operations: R, type: integer, range: [-128, 127]}\n"
                     "  2: {name: U, operations: R, type: unsigned, range: [1, 18446744073709551614]}\n"
                     "  3: {name: F, operations: R, type: float, range: [-0.5, 1e3]}\n"
                     "  4: {name: T, operations: R, type: time, range: [0, 10]}\n";
        const struct {
                Value value;
                uint16_t resource;
                bool good;
        } table[] = {
                {VALUE_INT(-128), 1, true},
                {VALUE_INT(-129), 1, false},
                {VALUE_INT(128), 1, false},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = 0}, 2, false},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX - 1}, 2, true},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX}, 2, false},
                {{.type = VALUE_FLOAT, .real = -0.5}, 3, true},
                {{.type = VALUE_FLOAT, .real = 1000.5}, 3, false},
                {{.type = VALUE_TIME, .integer = 10}, 4, true},
                {{.type = VALUE_TIME, .integer = -1}, 4, false},
        };
        _cleanup_(object_definition_freep) ObjectDefinition *definition = parse_valid(text);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const ResourceDef *resource =
                        object_served(object_definition_get(definition), table[i].resource, LWM2M_1_1);

                assert_int_equal(!resource_check_value(resource, &table[i].value, LWM2M_1_1), table[i].good);
        }
}

static void test_wrong_definitions(void **state)
{
        static const struct {
                const char *text, *errors;
        } table[] = {
                {"", "f:1:1: the file is empty\n"},
                {"# nothing\n", "f:1:1: the file is empty\n"},
                {"- 1\n", "f:1:1: the file must be a mapping, lines of 'key: value'\n"},
                {"object: [\n",
                        "f:2:1: this is not YAML: did not find expected node content, while parsing a "
                        "flow node that began in line 2\n"},
                {"{}", "f:1:1: a definition needs 'name'\n"
                       "f:1:1: a definition needs 'resources'\n"
                       "f:1:1: a definition needs 'object'\n"},
                {"object: 3304\nname: H\nresources: {}\n",
                        "f:1:9: 'object' is another one than that of the file's name, 3303.yaml\n"},
                {"object: 65535\nname: H\nresources: {}\n",
                        "f:1:9: 'object' must be a number from 0 to 65534\n"},
                {"object: temp\nname: H\nresources: {}\n",
                        "f:1:9: 'object' must be a number from 0 to 65534\n"},
                {HEAD "  5700: {name: V, operations: R, typ: float}\n",
                        "f:4:9: Resource 5700 needs 'type'\n"
                        "f:4:34: unknown key 'typ' in 'Resource 5700', did you mean 'type'?\n"},
                {"object: 3303\nname: H\nresource: {}\n",
                        "f:1:1: a definition needs 'resources'\n"
                        "f:3:1: unknown key 'resource', did you mean 'resources'?\n"},
                {"object: 3303\nname: H\nname: I\nresources: {}\n",
                        "f:3:1: duplicate key 'name', the first one is in line 2\n"},
                {HEAD "  1: {name: V, operations: E}\n  1: {name: W, operations: E}\n",
                        "f:5:3: duplicate key '1', the first one is in line 4\n"},
                {HEAD "  01: {name: V, operations: E}\n",
                        "f:4:3: each key in 'resources' must be a Resource ID, 0 to 65534, "
                        "with ': ' behind it\n"},
                {HEAD "  65535: {name: V, operations: E}\n",
                        "f:4:3: each key in 'resources' must be a Resource ID, 0 to 65534, "
                        "with ': ' behind it\n"},
                {HEAD "  [1]: {name: V, operations: E}\n",
                        "f:4:3: each key in 'resources' must be a Resource ID, 0 to 65534, "
                        "with ': ' behind it\n"},
                {"object: 3303\nname: H\nresources: [5700]\n",
                        "f:3:12: 'resources' must be a mapping, lines of 'key: value'\n"},
                {HEAD "  5700: float\n",
                        "f:4:9: 'Resource 5700' must be a mapping, lines of 'key: value'\n"},
                {HEAD "  5700: {operations: R, type: float}\n", "f:4:9: Resource 5700 needs 'name'\n"},
                {HEAD "  5700: {name: V, type: float}\n", "f:4:9: Resource 5700 needs 'operations'\n"},
                {HEAD "  5700: {name: V, operations: R}\n", "f:4:9: Resource 5700 needs 'type'\n"},
                {HEAD "  5700: {name: V, operations: WR, type: float}\n",
                        "f:4:31: 'operations' must be R, W, RW, E or none\n"},
                {HEAD "  5700: {name: V, operations: R, type: Float}\n",
                        "f:4:40: 'type' must be string, integer, unsigned, float, boolean, opaque, time, "
                        "objlnk, corelnk or none\n"},
                {HEAD "  5700: {name: V, operations: E, type: float}\n",
                        "f:4:40: a Resource that is executed has no value: 'type' must be none\n"},
                {HEAD "  5700: {name: V, operations: RW, type: none}\n",
                        "f:4:41: 'type: none' is for Resources that are executed, 'operations: E'\n"},
                {HEAD "  5700: {name: V, operations: R, type: float, multiple: 1}\n",
                        "f:4:57: 'multiple' must be true or false\n"},
                {HEAD "  5700: {name: V, operations: R, type: float, mandatory: yes}\n",
                        "f:4:58: 'mandatory' must be true or false\n"},
                {HEAD "  5700: {name: V, operations: R, type: string, range: [0, 255]}\n",
                        "f:4:55: 'range' is for numbers, and the type is string\n"},
                {HEAD "  5700: {name: V, operations: E, range: [0, 255]}\n",
                        "f:4:41: 'range' is for numbers, and the type is none\n"},
                {HEAD "  5700: {name: V, operations: R, type: float, range: 0..1}\n",
                        "f:4:54: 'range' must be the least and the greatest float, as in [0, 100]\n"},
                {HEAD "  5700: {name: V, operations: R, type: float, range: [0]}\n",
                        "f:4:54: 'range' must be the least and the greatest float, as in [0, 100]\n"},
                {HEAD "  5700: {name: V, operations: R, type: float, range: [1, 0]}\n",
                        "f:4:54: 'range' must be the least and the greatest float, as in [0, 100]\n"},
                {HEAD "  5700: {name: V, operations: R, type: float, range: [0, inf]}\n",
                        "f:4:54: 'range' must be the least and the greatest float, as in [0, 100]\n"},
                {HEAD "  5700: {name: V, operations: R, type: integer, range: [0, 0.5]}\n",
                        "f:4:56: 'range' must be the least and the greatest integer, as in [0, 100]\n"},
                {HEAD "  5700: {name: V, operations: R, type: unsigned, range: [-1, 5]}\n",
                        "f:4:57: 'range' must be the least and the greatest unsigned, as in [0, 100]\n"},
                {HEAD "  5700: {name: V, operations: R, type: unsigned, range: [[0], 5]}\n",
                        "f:4:57: 'range' must be the least and the greatest unsigned, as in [0, 100]\n"},
                {"version: 1\n" HEAD "  1: {name: V, operations: E}\n",
                        "f:1:10: 'version' must be two numbers, as in \"1.0\"\n"},
                {"version: 1.0.1\n" HEAD "  1: {name: V, operations: E}\n",
                        "f:1:10: 'version' must be two numbers, as in \"1.0\"\n"},
                {"version: v1.0\n" HEAD "  1: {name: V, operations: E}\n",
                        "f:1:10: 'version' must be two numbers, as in \"1.0\"\n"},
                {"version: 01.0\n" HEAD "  1: {name: V, operations: E}\n",
                        "f:1:10: 'version' must be two numbers, as in \"1.0\"\n"},
                {"version: 1.\n" HEAD "  1: {name: V, operations: E}\n",
                        "f:1:10: 'version' must be two numbers, as in \"1.0\"\n"},
                {"version: 65535.0\n" HEAD "  1: {name: V, operations: E}\n",
                        "f:1:10: 'version' must be two numbers, as in \"1.0\"\n"},
                {"multiple: many\n" HEAD "  1: {name: V, operations: E}\n",
                        "f:1:11: 'multiple' must be true or false\n"},
                {"object: 3303\nname: \"a\\nb\"\nresources: {1: {name: V, operations: E}}\n",
                        "f:2:7: 'name' has a line break or another control character\n"},
                {HEAD "  &a 5700: {name: V, operations: E}\n",
                        "f:4:3: anchors ('&name') are not supported\n"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_errors(table[i].text, table[i].errors);
}

/* No definition changes what the client itself has. */
static void test_objects_of_the_client(void **state)
{
        static const uint16_t objects[] = {0, 1, 2, 3, 21};

        for (size_t i = 0; i < ELEMENTSOF(objects); i++) {
                _cleanup_(config_problems_done) ConfigProblems problems = {0};
                _cleanup_(freep) char *text = NULL, *wanted = NULL;
                ObjectDefinition *definition = NULL;

                assert_true(
                        asprintf(&text, "object: %u\nname: H\nresources: {1: {name: V, operations: E}}\n",
                                objects[i]) > 0);
                assert_true(asprintf(&wanted, "Object %u is the client's own, it has no other definition",
                                    objects[i]) > 0);
                assert_int_equal(definition_file_parse((const uint8_t *)text, strlen(text), objects[i],
                                         &definition, &problems),
                        DEFINITION_E_INVALID);
                assert_int_equal(problems.errors.n, 1);
                assert_string_equal(problems.errors.items[0].sentence, wanted);
        }
}

/* As many Resources as there may be, each with all of its keys; and one more. */
static void test_number_of_resources(void **state)
{
        _cleanup_(freep) char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        fputs(HEAD, stream);
        for (unsigned i = 0; i < LIMIT_RESOURCES; i++)
                fprintf(stream,
                        "  %u: {name: V, operations: R, type: float, mandatory: true, multiple: true,\n"
                        "    range: [0, 1]}\n",
                        i);
        assert_int_equal(fflush(stream), 0);
        (void)object_definition_free(parse_valid(text));
        fprintf(stream, "  %d: {name: V, operations: E}\n", LIMIT_RESOURCES);
        assert_int_equal(fclose(stream), 0);
        assert_errors(text, "f:516:3: an Object has at most 256 Resources\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_key),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_ranges),
                cmocka_unit_test(test_wrong_definitions),
                cmocka_unit_test(test_objects_of_the_client),
                cmocka_unit_test(test_number_of_resources),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
