/* SPDX-License-Identifier: Apache-2.0 */
/* model/object_definition: what it owns, the order of its Resources, its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/object_definition.h"
#include "model/object.h"

static void test_what_it_is_made_of_is_its_own(void **state)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
        char name[] = "Temperature", version[] = "1.1", resource_name[] = "Sensor Value";
        const ResourceDef resource = {
                .id = 5700,
                .name = resource_name,
                .type = VALUE_FLOAT,
                .mandatory = true,
                .operations = {OPERATION_READ, OPERATION_READ, OPERATION_READ},
                .supported = true,
        };
        const ObjectDef *object;

        assert_int_equal(object_definition_new(3303, name, version, true, &definition), 0);
        assert_int_equal(object_definition_add(definition, &resource), 0);
        memset(name, 'x', strlen(name));
        memset(version, 'x', strlen(version));
        memset(resource_name, 'x', strlen(resource_name));

        object = object_definition_get(definition);
        assert_int_equal(object->id, 3303);
        assert_string_equal(object->name, "Temperature");
        assert_true(object->multiple);
        assert_string_equal(object->implied[LWM2M_1_2], "1.0");
        for (Lwm2mVersion lwm2m = LWM2M_1_0; lwm2m < _LWM2M_VERSION_MAX; lwm2m++) {
                assert_string_equal(object->versions[lwm2m], "1.1");
                assert_ptr_equal(object_served(object, 5700, lwm2m), object->resources);
        }
        assert_string_equal(object->resources->name, "Sensor Value");
        assert_int_equal(object->resources->type, VALUE_FLOAT);
}

static ObjectDefinition *definition_of(
        uint16_t object, const char *name, const char *version, bool multiple, const ResourceDef *resource)
{
        ObjectDefinition *definition = NULL;

        assert_int_equal(object_definition_new(object, name, version, multiple, &definition), 0);
        if (resource)
                assert_int_equal(object_definition_add(definition, resource), 0);
        return definition;
}

static void test_equal(void **state)
{
#define R .id = 1, .name = "R", .type = VALUE_INTEGER
        static const ResourceDef one = {R}, others[] = {
                                                    {.id = 2, .name = "R", .type = VALUE_INTEGER},
                                                    {.id = 1, .name = "S", .type = VALUE_INTEGER},
                                                    {.id = 1, .name = "R", .type = VALUE_FLOAT},
                                                    {R, .multiple = true},
                                                    {R, .mandatory = true},
                                                    {R, .operations = {[LWM2M_1_1] = OPERATION_READ}},
                                                    {R, .supported = true},
                                                    {R, .has_range = true},
                                                    {R, .minimum = 1},
                                                    {R, .maximum = 1},
                                                    {R, .real_minimum = 0.5},
                                                    {R, .real_maximum = 0.5},
                                            };
#undef R
        _cleanup_(object_definition_freep) ObjectDefinition *a = definition_of(7, "N", "1.0", true, &one);
        const struct {
                uint16_t object;
                const char *name, *version;
                bool multiple, equal;
                const ResourceDef *resource;
        } cases[] = {
                {7, "N", "1.0", true, true, &one},
                {8, "N", "1.0", true, false, &one},
                {7, "M", "1.0", true, false, &one},
                {7, "N", "1.1", true, false, &one},
                {7, "N", "1.0", false, false, &one},
                {7, "N", "1.0", true, false, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(object_definition_freep) ObjectDefinition *b = definition_of(cases[i].object,
                        cases[i].name, cases[i].version, cases[i].multiple, cases[i].resource);

                assert_int_equal(object_definition_equal(a, b), cases[i].equal);
                assert_int_equal(object_definition_equal(b, a), cases[i].equal);
        }
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                _cleanup_(object_definition_freep) ObjectDefinition *b =
                        definition_of(7, "N", "1.0", true, &others[i]);

                assert_false(object_definition_equal(a, b));
        }
}

/* A definition may have none, and nothing is found there. */
static void test_no_resources(void **state)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;

        assert_int_equal(object_definition_new(3303, "", "1.0", false, &definition), 0);
        assert_null(object_served(object_definition_get(definition), 5700, LWM2M_1_1));
}

static void test_resources_are_sorted(void **state)
{
        static const uint16_t ids[] = {5700, 5518, 65534, 0, 5601};
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
        const ObjectDef *object;

        assert_int_equal(object_definition_new(3303, "", "1.0", false, &definition), 0);
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                const ResourceDef resource = {.id = ids[i], .name = ""};

                assert_int_equal(object_definition_add(definition, &resource), 0);
                assert_int_equal(object_definition_add(definition, &resource), -EEXIST);
        }
        object = object_definition_get(definition);
        assert_int_equal(object->n_resources, ELEMENTSOF(ids));
        for (size_t i = 1; i < object->n_resources; i++)
                assert_true(object->resources[i].id > object->resources[i - 1].id);
}

static void test_limit(void **state)
{
        _cleanup_(object_definition_freep) ObjectDefinition *definition = NULL;
        ResourceDef resource = {.name = ""};

        assert_int_equal(object_definition_new(3303, "", "1.0", false, &definition), 0);
        for (; resource.id < LIMIT_RESOURCES; resource.id++)
                assert_int_equal(object_definition_add(definition, &resource), 0);
        assert_int_equal(object_definition_add(definition, &resource), -E2BIG);
        assert_int_equal(object_definition_get(definition)->n_resources, LIMIT_RESOURCES);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_it_is_made_of_is_its_own),
                cmocka_unit_test(test_no_resources),
                cmocka_unit_test(test_resources_are_sorted),
                cmocka_unit_test(test_limit),
                cmocka_unit_test(test_equal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
