/* SPDX-License-Identifier: Apache-2.0 */
/* model/dataset: set and remove with their containers, lists, limits. */
#include "tests/unit/model/fixture.h"

static void test_set_and_remove(void **state)
{
        static const struct {
                const char *steps, *result;
        } table[] = {
                {"", ""},
                {"/1/0", "/1/0"},
                {"/1/0 /1/0", "/1/0"},
                {"/1/0 /1/0/1=60", "/1/0/1=60"},
                {"/1/0/1=60 /1/0", "/1/0/1=60"},
                {"/1/0/1=60 /1/0/1=61", "/1/0/1=61"},
                {"/1/1/1=1 /1/0/1=2 /0/9/10=3", "/0/9/10=3 /1/0/1=2 /1/1/1=1"},
                {"/1/0/1=60 -/1/0/1", "/1/0"},
                {"/1/0/1=60 /1/0/2=3 -/1/0/1", "/1/0/2=3"},
                {"/1/0/1=60 -/1/0", ""},
                {"/1/0/1=60 /1/1/1=5 -/1", ""},
                {"/1/0/1=60 /0/0/1=true -/1", "/0/0/1=true"},
                {"/1/0/1=60 /0/0/1=true -/", ""},
                {"/3/0/11", "/3/0/11"},
                {"/3/0 /3/0/11", "/3/0/11"},
                {"/3/0/11 /3/0/11/0=1", "/3/0/11/0=1"},
                {"/3/0/11/0=1 /3/0/11", "/3/0/11/0=1"},
                {"/3/0/11/1=7 /3/0/11/0=1", "/3/0/11/0=1 /3/0/11/1=7"},
                {"/3/0/11/1=7 -/3/0/11/1", "/3/0/11"},
                {"/3/0/11/1=7 -/3/0/11", "/3/0"},
                {"/3/0/11/1=7 /3/0/11=5", "/3/0/11=5"},
                {"/3/0/11=5 /3/0/11/1=7", "/3/0/11/1=7"},
                {"/0/0/3=identity", "/0/0/3=identity"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(table[i].steps);

                assert_string_equal(fixture_text(dataset, &PATH_ROOT), table[i].result);
        }
}

static void test_remove_says_whether(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset("/1/0/1=60");

        assert_false(dataset_remove(dataset, &PATH_OBJECT(0)));
        assert_false(dataset_remove(dataset, &PATH_RESOURCE(1, 0, 2)));
        assert_true(dataset_remove(dataset, &PATH_RESOURCE(1, 0, 1)));
        assert_true(dataset_remove(dataset, &PATH_ROOT));
        assert_false(dataset_remove(dataset, &PATH_ROOT));
}

static void test_typed_reads(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset =
                fixture_dataset("/0/0/0=coap://h /0/0/1=true /1/0/1=-5 /1/0/17=7 /1/1 /3/0/13=12");

        assert_int_equal(dataset_get_integer(dataset, 1, 0, 1, 9), -5);
        assert_int_equal(dataset_get_integer(dataset, 1, 0, 17, 9), 7);
        assert_int_equal(dataset_get_integer(dataset, 3, 0, 13, 9), 12);
        assert_int_equal(dataset_get_integer(dataset, 1, 0, 2, 9), 9);
        assert_int_equal(dataset_get_integer(dataset, 0, 0, 0, 9), 9); /* not a number */
        assert_true(dataset_get_boolean(dataset, 0, 0, 1, false));
        assert_true(dataset_get_boolean(dataset, 0, 1, 1, true));
        assert_false(dataset_get_boolean(dataset, 1, 0, 1, false));
        assert_string_equal(dataset_get_string(dataset, 0, 0, 0, ""), "coap://h");
        assert_null(dataset_get_string(dataset, 1, 0, 1, NULL));
        assert_null(dataset_get(dataset, &PATH_INSTANCE(1, 1)));

        assert_int_equal(
                dataset_set_integer(dataset, &PATH_RESOURCE(1, 0, 19), VALUE_UNSIGNED, 4294967295), 0);
        assert_int_equal(dataset_get_integer(dataset, 1, 0, 19, 0), 4294967295);
        dataset_set(dataset, &PATH_RESOURCE(1, 0, 19),
                &(Value){.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX});
        assert_int_equal(dataset_get_integer(dataset, 1, 0, 19, 0), INT64_MAX);
}

static void test_instances(void **state)
{
        static const struct {
                const char *steps;
                uint16_t ids[4];
                size_t n;
                uint16_t free;
        } table[] = {
                {"/0/0", {0}, 0, 0},
                {"/1/0 /1/1/1=2 /1/1/2=2", {0, 1}, 2, 2},
                {"/1/2 /1/0", {0, 2}, 2, 1},
                {"/1/1 /1/65534", {1, 65534}, 2, 0},
        };
        uint16_t ids[LIMIT_INSTANCES];

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(dataset_freep) Dataset *dataset = fixture_dataset(table[i].steps);

                assert_int_equal(dataset_instances(dataset, 1, ids), table[i].n);
                assert_memory_equal(ids, table[i].ids, table[i].n * sizeof(ids[0]));
                assert_int_equal(dataset_free_instance(dataset, 1), table[i].free);
        }
}

static void test_copy_equal_swap(void **state)
{
        _cleanup_(dataset_freep) Dataset *a = fixture_dataset(BS SERVER_101), *b = NULL;

        assert_int_equal(dataset_copy(a, &b), 0);
        assert_true(dataset_equal(a, b));
        fixture_put(b, "/1/0/1=61");
        assert_false(dataset_equal(a, b));
        fixture_put(b, "/1/0/1=60 /1/7");
        assert_false(dataset_equal(a, b));

        dataset_swap(a, b);
        assert_true(dataset_has(a, &PATH_INSTANCE(1, 7)));
        assert_false(dataset_has(b, &PATH_INSTANCE(1, 7)));
}

static void test_list_and_apply(void **state)
{
        _cleanup_(dataset_freep) Dataset *from = fixture_dataset(SERVER_101 "/1/3 /3/0/11"),
                                         *to = dataset_new();
        _cleanup_(record_list_done) RecordList list = {.n = 0}, one = {.n = 0}, small = {.maximum = 2};

        assert_int_equal(dataset_list(from, &PATH_ROOT, &list), 0);
        assert_int_equal(record_list_add_unknown(&list, &PATH_RESOURCE(0, 0, 77)), 0);
        assert_int_equal(dataset_apply(to, &list), 0);
        assert_true(dataset_equal(from, to));

        assert_int_equal(dataset_list(from, &PATH_RESOURCE(1, 0, 1), &one), 0);
        assert_int_equal(one.n, 1);
        assert_int_equal(dataset_list(from, &PATH_ROOT, &small), -E2BIG);
}

static void test_limits(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new(), *before = NULL;
        static uint8_t bytes[LIMIT_VALUE_SIZE + 1];
        Path path;

        for (uint16_t i = 0; i < LIMIT_INSTANCES; i++)
                assert_int_equal(dataset_set_boolean(dataset, &PATH_RESOURCE(0, i, 1), false), 0);
        for (uint16_t i = 0; i < LIMIT_RESOURCE_INSTANCES; i++)
                assert_int_equal(
                        dataset_set_integer(dataset, &PATH_RESOURCE_INSTANCE(3, 0, 11, i), VALUE_INTEGER, i),
                        0);
        assert_int_equal(dataset_free_instance(dataset, 0), ID_INVALID);
        assert_int_equal(dataset_copy(dataset, &before), 0);

        assert_int_equal(dataset_set_boolean(dataset, &PATH_RESOURCE(0, 64, 1), true), DATASET_E_LIMIT);
        assert_int_equal(dataset_set(dataset, &PATH_INSTANCE(0, 64), &(Value){0}), DATASET_E_LIMIT);
        assert_int_equal(
                dataset_set_integer(dataset, &PATH_RESOURCE_INSTANCE(3, 0, 11, 256), VALUE_INTEGER, 1),
                DATASET_E_LIMIT);
        assert_int_equal(
                dataset_set_bytes(dataset, &PATH_RESOURCE(0, 0, 3), VALUE_OPAQUE, bytes, sizeof(bytes)),
                DATASET_E_LIMIT);
        assert_true(dataset_equal(dataset, before));

        /* 64 KiB each: the 16th does not fit beside the values above. */
        for (uint16_t i = 0; i < 15; i++)
                assert_int_equal(dataset_set_bytes(dataset, &PATH_RESOURCE(0, i, 3), VALUE_OPAQUE, bytes,
                                         LIMIT_VALUE_SIZE),
                        0);
        path = PATH_RESOURCE(0, 15, 3);
        assert_int_equal(
                dataset_set_bytes(dataset, &path, VALUE_OPAQUE, bytes, LIMIT_VALUE_SIZE), DATASET_E_LIMIT);
        assert_false(dataset_has(dataset, &path));

        /* What is replaced or removed makes room. */
        assert_int_equal(
                dataset_set_bytes(dataset, &PATH_RESOURCE(0, 14, 3), VALUE_OPAQUE, bytes, LIMIT_VALUE_SIZE),
                0);
        assert_true(dataset_remove(dataset, &PATH_RESOURCE(0, 3, 3)));
        assert_int_equal(dataset_set_bytes(dataset, &path, VALUE_OPAQUE, bytes, LIMIT_VALUE_SIZE), 0);
}

static void test_limit_of_values(void **state)
{
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
        size_t n = 0;

        for (uint16_t r = 0; r < 64; r++)
                for (uint16_t i = 0; i < LIMIT_RESOURCE_INSTANCES; i++, n++)
                        assert_int_equal(
                                dataset_set_boolean(dataset, &PATH_RESOURCE_INSTANCE(9, 0, r, i), true), 0);
        assert_int_equal(n, LIMIT_STORE_VALUES);
        assert_int_equal(dataset_set_boolean(dataset, &PATH_RESOURCE(9, 0, 64), true), DATASET_E_LIMIT);
        assert_int_equal(dataset_set_boolean(dataset, &PATH_RESOURCE_INSTANCE(9, 0, 3, 3), false), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_set_and_remove),
                cmocka_unit_test(test_remove_says_whether),
                cmocka_unit_test(test_typed_reads),
                cmocka_unit_test(test_instances),
                cmocka_unit_test(test_copy_equal_swap),
                cmocka_unit_test(test_list_and_apply),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_limit_of_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
