/* SPDX-License-Identifier: Apache-2.0 */
/* model/store: generations, sources, who is told, what a transaction addressed. */
#include "tests/unit/model/fixture.h"

static void test_commit_and_rollback(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(SERVER_101);

        assert_null(store_candidate(store));
        store_commit(store);
        store_rollback(store);

        assert_int_equal(store_begin(store), 0);
        assert_int_equal(store_begin(store), -EBUSY);
        assert_true(dataset_equal(store_candidate(store), store_committed(store)));
        fixture_put(store_candidate(store), "/1/0/1=61");
        assert_int_equal(dataset_get_integer(store_committed(store), 1, 0, 1, 0), 60);
        store_rollback(store);
        assert_null(store_candidate(store));
        assert_int_equal(dataset_get_integer(store_committed(store), 1, 0, 1, 0), 60);

        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), "/1/0/1=62");
        store_commit(store);
        assert_null(store_candidate(store));
        assert_int_equal(dataset_get_integer(store_committed(store), 1, 0, 1, 0), 62);
}

static void test_replace_rolls_back(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store(SERVER_101);

        assert_int_equal(store_begin(store), 0);
        store_replace(store, fixture_dataset(SERVER_102));
        assert_null(store_candidate(store));
        assert_true(dataset_has(store_committed(store), &PATH_INSTANCE(1, 1)));
        assert_false(dataset_has(store_committed(store), &PATH_INSTANCE(1, 0)));
}

static size_t two_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        ret[0] = 3;
        ret[1] = 7;
        return 2;
}

static void test_sources(void **state)
{
        static const Source source = {.instances = two_instances}, other = {NULL};
        _cleanup_(store_freep) Store *store = fixture_store(SERVER_101);
        uint16_t ids[LIMIT_INSTANCES];
        int mine;

        assert_null(store_source(store, 3).source);
        assert_int_equal(store_set_source(store, 3, &source, &mine), 0);
        assert_ptr_equal(store_source(store, 3).source, &source);
        assert_ptr_equal(store_source(store, 3).userdata, &mine);
        assert_int_equal(store_instances(store, store_committed(store), 3, ids), 2);
        assert_int_equal(ids[1], 7);
        assert_int_equal(store_instances(store, store_committed(store), 1, ids), 1);
        assert_int_equal(store_set_source(store, 3, &other, NULL), 0);
        assert_ptr_equal(store_source(store, 3).source, &other);

        for (uint16_t object = 4; object < 3 + LIMIT_SOURCES; object++)
                assert_int_equal(store_set_source(store, object, &source, NULL), 0);
        assert_int_equal(store_set_source(store, 1000, &source, NULL), -E2BIG);
        assert_int_equal(store_set_source(store, 3, NULL, NULL), 0);
        assert_null(store_source(store, 3).source);
        assert_int_equal(store_set_source(store, 1000, &source, &mine), 0);
        assert_ptr_equal(store_source(store, 1000).userdata, &mine);
        assert_ptr_equal(store_source(store, 4).source, &source);
}

static char told[256];

static void note_changed(void *userdata, const Path *path)
{
        size_t n = strlen(told);

        (void)snprintf(told + n, sizeof(told) - n, "%s%s", n > 0 ? " " : "", PATH_TEXT(path));
}

static void note_answered(void *userdata, uint64_t call, int code, const char *text)
{
        (void)snprintf(told, sizeof(told), "%d: %u.%02u %s", (int)call, CODE_ARGS(code), text ?: "-");
}

static const char *take_told(void)
{
        static char copy[sizeof(told)];

        (void)snprintf(copy, sizeof(copy), "%s", told);
        told[0] = '\0';
        return copy;
}

static void note_objects(void *userdata)
{
        (void)snprintf(told, sizeof(told), "objects");
}

static void note_withdrawn(void *userdata, const Path *instance)
{
        (void)snprintf(told, sizeof(told), "without %s", PATH_TEXT(instance));
}

static void test_listener(void **state)
{
        static const StoreListener listener = {note_changed, note_answered, note_objects, note_withdrawn};
        static const StoreListener deaf = {NULL};
        _cleanup_(store_freep) Store *store = fixture_store("/1/0/0=101 /1/0/1=60 /1/0/7=U");

        store_set_listener(store, &listener, NULL);
        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), "/1/0/1=61 /1/0/2=5 /1/1/0=102");
        assert_true(dataset_remove(store_candidate(store), &PATH_RESOURCE(1, 0, 7)));
        assert_string_equal(take_told(), "");
        store_commit(store);
        assert_string_equal(take_told(), "/1/0/1 /1/0/2 /1/0/7 /1/1/0");

        assert_int_equal(store_begin(store), 0);
        fixture_put(store_candidate(store), "/1/0/1=62");
        store_rollback(store);
        assert_int_equal(store_begin(store), 0);
        store_commit(store);
        assert_string_equal(take_told(), "");

        store_replace(store, fixture_dataset("/1/0/0=101"));
        assert_string_equal(take_told(), "/1/0/1 /1/0/2 /1/1/0");
        store_changed(store, &PATH_RESOURCE(3, 0, 9));
        assert_string_equal(take_told(), "/3/0/9");
        store_answer(store, 7, CODE_FORBIDDEN, "no");
        assert_string_equal(take_told(), "7: 4.03 no");
        store_answer(store, 8, 0, NULL);
        assert_string_equal(take_told(), "8: 0.00 -");
        store_objects_changed(store);
        assert_string_equal(take_told(), "objects");
        store_withdrawn(store, &PATH_INSTANCE(1000, 2));
        assert_string_equal(take_told(), "without /1000/2");

        store_set_listener(store, &deaf, NULL);
        store_changed(store, &PATH_RESOURCE(3, 0, 9));
        store_answer(store, 8, 0, NULL);
        store_objects_changed(store);
        store_withdrawn(store, &PATH_INSTANCE(1000, 2));
        store_set_listener(store, NULL, NULL);
        store_changed(store, &PATH_RESOURCE(3, 0, 9));
        store_objects_changed(store);
        store_withdrawn(store, &PATH_INSTANCE(1000, 2));
        assert_string_equal(take_told(), "");
}

static void note_ended(void *userdata, uint64_t call)
{
        size_t n = strlen(told);

        (void)snprintf(told + n, sizeof(told) - n, "%s%d ", (const char *)userdata, (int)call);
}

/* A source is told once, however many Objects it serves; one that keeps nothing is not asked. */
static void test_call_that_ends(void **state)
{
        static const Source source = {.ended = note_ended}, other = {.ended = note_ended};
        static const Source forgetful = {.ended = NULL};
        _cleanup_(store_freep) Store *store = fixture_store("");
        char a[] = "a", b[] = "b", c[] = "c";

        assert_int_equal(store_set_source(store, 3, &forgetful, NULL), 0);
        assert_int_equal(store_set_source(store, 1000, &source, a), 0);
        assert_int_equal(store_set_source(store, 1001, &source, b), 0);
        assert_int_equal(store_set_source(store, 1002, &source, a), 0);
        assert_int_equal(store_set_source(store, 1003, &other, c), 0);
        store_end_call(store, 7);
        assert_string_equal(take_told(), "a7 b7 c7 ");
}

static void test_touched(void **state)
{
        static const struct {
                const char *touched;
                bool security_1, server_0;
        } table[] = {
                {NULL, false, false},
                {"/", true, true},
                {"/0", true, false},
                {"/0/1", true, false},
                {"/0/2", false, false},
                {"/1", false, true},
                {"/1/0", false, true},
                {"/1/0/5", false, true},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store("");
                Path path;

                assert_int_equal(store_begin(store), 0);
                if (table[i].touched) {
                        assert_int_equal(path_parse(table[i].touched, &path), 0);
                        store_touch(store, &path);
                }
                for (int round = 0; round < 2; round++) { /* kept through commit */
                        assert_int_equal(store_was_touched(store, 0, 1), table[i].security_1);
                        assert_int_equal(store_was_touched(store, 1, 0), table[i].server_0);
                        store_commit(store);
                }
                assert_int_equal(store_begin(store), 0);
                assert_false(store_was_touched(store, 0, 1));
                assert_false(store_was_touched(store, 1, 0));
        }
}

static void test_touched_overflow_means_all(void **state)
{
        _cleanup_(store_freep) Store *store = fixture_store("");

        assert_int_equal(store_begin(store), 0);
        for (uint16_t i = 0; i < LIMIT_TOUCHED; i++)
                store_touch(store, &PATH_INSTANCE(0, i));
        store_touch(store, &PATH_INSTANCE(0, 0));
        assert_false(store_was_touched(store, 1, 0));
        store_touch(store, &PATH_INSTANCE(0, LIMIT_TOUCHED));
        assert_true(store_was_touched(store, 1, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_commit_and_rollback),
                cmocka_unit_test(test_replace_rolls_back),
                cmocka_unit_test(test_sources),
                cmocka_unit_test(test_listener),
                cmocka_unit_test(test_call_that_ends),
                cmocka_unit_test(test_touched),
                cmocka_unit_test(test_touched_overflow_means_all),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
