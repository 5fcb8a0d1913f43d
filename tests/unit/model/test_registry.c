/* SPDX-License-Identifier: Apache-2.0 */
/* model/registry: the static tables and what comes beside them. */
#include "tests/unit/model/fixture.h"

#include "model/store.h"

static const ResourceDef resources[] = {
        {.id = 5700, .name = "Sensor Value", .type = VALUE_FLOAT, .supported = true},
};

static ObjectDef make_object(uint16_t id)
{
        return (ObjectDef){.id = id,
                .name = "Mine",
                .versions = {"1.0", "1.0", "1.0"},
                .resources = resources,
                .n_resources = ELEMENTSOF(resources)};
}

static void test_static_objects(void **state)
{
        Registry registry;

        registry_init(&registry);
        assert_int_equal(registry.n, object_table_size);
        assert_ptr_equal(registry_find(&registry, OBJECT_DEVICE), object_find(OBJECT_DEVICE));
        assert_ptr_equal(
                registry_find_served(&registry, 1, 1, LWM2M_1_0), object_find_served(1, 1, LWM2M_1_0));
        assert_null(registry_find_served(&registry, 1, 9, LWM2M_1_0));
        assert_null(registry_find(&registry, 3303));
}

static void test_added_object(void **state)
{
        const ObjectDef low = make_object(12), high = make_object(3303), twice = make_object(OBJECT_DEVICE);
        Registry registry;
        Schema schema;
        ValueType type;
        bool multiple;

        registry_init(&registry);
        schema = registry_schema(&registry);
        assert_false(schema.lookup(&schema, 3303, 5700, &type, &multiple));
        assert_int_equal(registry_add(&registry, &high), 0);
        assert_int_equal(registry_add(&registry, &low), 0);
        assert_int_equal(registry_add(&registry, &high), -EEXIST);
        assert_int_equal(registry_add(&registry, &twice), -EEXIST);
        for (size_t i = 1; i < registry.n; i++)
                assert_true(registry.objects[i - 1]->id < registry.objects[i]->id);
        assert_ptr_equal(registry_find(&registry, 3303), &high);
        assert_ptr_equal(registry_find(&registry, 12), &low);
        assert_ptr_equal(registry_find_served(&registry, 12, 5700, LWM2M_1_2), &resources[0]);
        assert_null(registry_find_served(&registry, 12, 5701, LWM2M_1_2));
        assert_true(schema.lookup(&schema, 3303, 5700, &type, &multiple));
        assert_int_equal(type, VALUE_FLOAT);
        assert_false(multiple);
}

static void test_removed_object(void **state)
{
        const ObjectDef low = make_object(12), high = make_object(3303);
        Registry registry;

        registry_init(&registry);
        assert_int_equal(registry_add(&registry, &low), 0);
        assert_int_equal(registry_add(&registry, &high), 0);
        registry_remove(&registry, 13);
        registry_remove(&registry, 65535);
        assert_int_equal(registry.n, object_table_size + 2);
        registry_remove(&registry, 12);
        assert_null(registry_find(&registry, 12));
        assert_ptr_equal(registry_find(&registry, 3303), &high);
        registry_remove(&registry, 3303);
        assert_int_equal(registry.n, object_table_size);
        for (size_t i = 0; i < registry.n; i++)
                assert_ptr_equal(registry.objects[i], object_table[i]);
        assert_int_equal(registry_add(&registry, &low), 0);
}

static void test_full(void **state)
{
        ObjectDef objects[LIMIT_OBJECTS];
        Registry registry;
        size_t n = 0;

        registry_init(&registry);
        while (registry.n < LIMIT_OBJECTS) {
                objects[n] = make_object((uint16_t)(10000 + n));
                assert_int_equal(registry_add(&registry, &objects[n++]), 0);
        }
        objects[n] = make_object(20000);
        assert_int_equal(registry_add(&registry, &objects[n]), -E2BIG);
        assert_null(registry_find(&registry, 20000));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_static_objects),
                cmocka_unit_test(test_added_object),
                cmocka_unit_test(test_removed_object),
                cmocka_unit_test(test_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
