/* SPDX-License-Identifier: Apache-2.0 */
/* model/object: lookups, operations per version, ranges, what decoders know. */
#include <math.h>

#include "tests/unit/model/fixture.h"

static void test_tables_are_sorted(void **state)
{
        static const uint16_t objects[] = {
                OBJECT_SECURITY, OBJECT_SERVER, OBJECT_ACCESS_CONTROL, OBJECT_DEVICE, OBJECT_OSCORE};

        assert_int_equal(object_table_size, ELEMENTSOF(objects));
        for (size_t i = 0; i < object_table_size; i++) {
                assert_int_equal(object_table[i]->id, objects[i]);
                for (size_t j = 0; j < object_table[i]->n_resources; j++) {
                        const ResourceDef *resource = &object_table[i]->resources[j];

                        if (j > 0)
                                assert_true(resource->id > resource[-1].id);
                        assert_ptr_equal(object_find_resource(objects[i], resource->id), resource);
                }
        }

        assert_null(object_find(5));
        assert_null(object_find_resource(1, 28));
        assert_null(object_find_resource(2, 4));
}

/* "-": not served; else the letters of the operations. */
static void test_served_operations(void **state)
{
        static const struct {
                uint16_t object, resource;
                const char *operations[_LWM2M_VERSION_MAX];
        } table[] = {
                {0, 0, {"", "", ""}},
                {0, 5, {"", "", ""}},
                {0, 12, {"", "", ""}},
                {0, 6, {"-", "-", "-"}},
                {0, 13, {"-", "", ""}},
                {0, 14, {"-", "", ""}},
                {0, 15, {"-", "", ""}},
                {0, 16, {"-", "", ""}},
                {1, 0, {"R", "R", "R"}},
                {1, 1, {"RW", "RW", "RW"}},
                {1, 4, {"E", "E", "E"}},
                {1, 8, {"E", "E", "E"}},
                {1, 9, {"-", "E", "E"}},
                {1, 10, {"-", "-", "-"}},
                {1, 11, {"-", "R", "R"}},
                {1, 12, {"-", "R", "R"}},
                {1, 13, {"-", "", "R"}},
                {1, 14, {"-", "", "RW"}},
                {1, 16, {"-", "", "R"}},
                {1, 20, {"-", "", "RW"}},
                {1, 21, {"-", "-", "-"}},
                {1, 22, {"-", "-", "-"}},
                {1, 23, {"-", "RW", "RW"}},
                {1, 26, {"-", "-", "RW"}},
                {2, 0, {"R", "R", "R"}},
                {2, 2, {"RW", "RW", "RW"}},
                {2, 3, {"RW", "RW", "RW"}},
                {3, 0, {"R", "R", "R"}},
                {3, 4, {"E", "E", "E"}},
                {3, 5, {"E", "E", "E"}},
                {3, 9, {"R", "R", "R"}},
                {3, 12, {"E", "E", "E"}},
                {3, 13, {"RW", "RW", "RW"}},
                {3, 20, {"R", "R", "R"}},
                {3, 21, {"R", "R", "R"}},
                {3, 22, {"-", "-", "-"}},
                {21, 0, {"-", "", ""}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (Lwm2mVersion version = 0; version < _LWM2M_VERSION_MAX; version++) {
                        const ResourceDef *resource =
                                object_find_served(table[i].object, table[i].resource, version);
                        const char *wanted = table[i].operations[version];
                        uint8_t operations = 0;

                        if (strcmp(wanted, "-") == 0) {
                                assert_null(resource);
                                continue;
                        }
                        operations |= strchr(wanted, 'R') ? OPERATION_READ : 0;
                        operations |= strchr(wanted, 'W') ? OPERATION_WRITE : 0;
                        operations |= strchr(wanted, 'E') ? OPERATION_EXECUTE : 0;
                        assert_non_null(resource);
                        assert_int_equal(resource_operations(resource, version), operations);
                }

        assert_int_equal(resource_operations(object_find_resource(1, 9), LWM2M_1_0), 0);
}

static const char *check(const Path *path, const Value *value)
{
        return resource_check_value(object_find_resource(path->id[0], path->id[2]), value, LWM2M_1_1);
}

static void test_ranges(void **state)
{
        static const struct {
                const char *path, *good, *bad;
        } table[] = {
                {"/0/0/2", "0", "-1"},
                {"/0/0/2", "4", "5"},
                {"/0/0/10", "65535", "65536"},
                {"/0/0/11", "0", "-1"},
                {"/0/0/13", "3", "4"},
                {"/0/0/14", "a.example", "192.0.2.1"},
                {"/0/0/14", "", "a\nb"},
                {"/0/0/15", "0", "4"},
                {"/0/0/16/0", "65535", "65536"},
                {"/1/0/0", "1", "65536"},
                {"/1/0/1", "1", "0"},
                {"/1/0/1", "2147483647", "2147483648"},
                {"/1/0/2", "4294967295", "4294967296"},
                {"/1/0/5", "86400", "-86400"},
                {"/1/0/7", "UQ", "UUUUUUUUUUUUUUUU"},
                {"/1/0/7", "UT", "UU"},
                {"/1/0/7", "S", "M"},
                {"/1/0/17", "0", "4294967296"},
                {"/1/0/19", "4294967295", "4294967296"},
                {"/2/0/0", "1", "0"},
                {"/2/0/0", "65534", "65535"},
                {"/2/0/1", "65535", "65536"},
                {"/2/0/2/1", "65535", "-1"},
                {"/2/0/3", "65535", "65536"},
                {"/3/0/11", "32", "33"},
        };
        char text[300];
        Path path = PATH_RESOURCE(0, 0, 0);
        Value value;

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(path_parse(table[i].path, &path), 0);
                value = fixture_value(&path, table[i].good);
                assert_null(check(&path, &value));
                value_done(&value);
                value = fixture_value(&path, table[i].bad);
                assert_non_null(check(&path, &value));
                value_done(&value);
        }

        for (uint16_t resource = SECURITY_IDENTITY; resource <= SECURITY_SECRET_KEY; resource++) {
                uint8_t *bytes = calloc(1, LIMIT_CERTIFICATE_SIZE + 2); /* and the NUL behind a value */

                value = (Value){.type = VALUE_OPAQUE, .bytes = {bytes, LIMIT_CERTIFICATE_SIZE}};
                assert_null(check(&PATH_RESOURCE(0, 0, resource), &value));
                value.bytes.size++;
                assert_non_null(check(&PATH_RESOURCE(0, 0, resource), &value));
                value_done(&value);
        }

        memset(text, 'u', sizeof(text));
        text[256] = '\0';
        value = fixture_value(&PATH_RESOURCE(0, 0, 0), text);
        assert_non_null(check(&PATH_RESOURCE(0, 0, 0), &value));
        value_done(&value);
        text[255] = '\0';
        value = fixture_value(&PATH_RESOURCE(0, 0, 0), text);
        assert_null(check(&PATH_RESOURCE(0, 0, 0), &value));
        value_done(&value);
}

static void test_ranges_of_floats(void **state)
{
        static const ResourceDef temperature = {
                .type = VALUE_FLOAT, .has_range = true, .real_minimum = -50.5, .real_maximum = 150};
        static const struct {
                double real;
                bool good;
        } table[] = {{-50.5, true}, {-50.51, false}, {0, true}, {150, true}, {150.001, false}, {NAN, false},
                {INFINITY, false}};

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const Value value = {.type = VALUE_FLOAT, .real = table[i].real};

                assert_int_equal(!resource_check_value(&temperature, &value, LWM2M_1_1), table[i].good);
        }
}

/* What one version takes and another does not */
static void test_values_of_a_version(void **state)
{
        static const struct {
                const char *path, *value;
                bool fits[_LWM2M_VERSION_MAX];
        } table[] = {
                {"/1/0/1", "0", {false, false, true}},
                {"/1/0/1", "1", {true, true, true}},
                {"/1/0/1", "-1", {false, false, false}},
                {"/1/0/7", "U", {true, true, true}},
                {"/1/0/7", "T", {false, true, true}},
                {"/1/0/7", "H", {false, false, true}},
                {"/1/0/7", "", {false, false, false}},
                {"/2/0/2/1", "31", {true, true, true}},
                {"/2/0/2/1", "32", {true, true, false}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (Lwm2mVersion version = 0; version < _LWM2M_VERSION_MAX; version++) {
                        Path path = PATH_ROOT;
                        Value value;

                        assert_int_equal(path_parse(table[i].path, &path), 0);
                        value = fixture_value(&path, table[i].value);
                        assert_int_equal(!resource_check_value(object_find_resource(path.id[0], path.id[2]),
                                                 &value, version),
                                table[i].fits[version]);
                        value_done(&value);
                }
}

static void test_schema(void **state)
{
        ValueType type;
        bool multiple;

        assert_true(model_schema.lookup(&model_schema, 0, 5, &type, &multiple));
        assert_int_equal(type, VALUE_OPAQUE);
        assert_false(multiple);
        assert_true(model_schema.lookup(&model_schema, 0, 16, &type, &multiple));
        assert_int_equal(type, VALUE_UNSIGNED);
        assert_true(multiple);
        assert_true(model_schema.lookup(&model_schema, 3, 11, &type, &multiple));
        assert_int_equal(type, VALUE_INTEGER);
        assert_true(multiple);
        assert_true(model_schema.lookup(&model_schema, 1, 19, &type, &multiple));
        assert_int_equal(type, VALUE_UNSIGNED);

        assert_false(model_schema.lookup(&model_schema, 1, 8, &type, &multiple));  /* executable */
        assert_false(model_schema.lookup(&model_schema, 0, 18, &type, &multiple)); /* not supported */
        assert_false(model_schema.lookup(&model_schema, 1, 99, &type, &multiple));
        assert_false(model_schema.lookup(&model_schema, 5, 0, &type, &multiple));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tables_are_sorted),
                cmocka_unit_test(test_served_operations),
                cmocka_unit_test(test_ranges),
                cmocka_unit_test(test_ranges_of_floats),
                cmocka_unit_test(test_values_of_a_version),
                cmocka_unit_test(test_schema),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
