/* SPDX-License-Identifier: Apache-2.0 */
/* client/notification_store: what is kept for a server, and what gives way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "client/notification_store.h"

/* One text of that size, which begins with a mark, at the time that is the mark. */
static uint64_t add(NotificationStore *store, uint64_t observation, size_t maximum, size_t size, char mark)
{
        _cleanup_(record_list_done) RecordList records = {.n = 0};
        _cleanup_(freep) char *text = calloc(1, size + 1);
        Value value;
        uint64_t id;

        assert_non_null(text);
        memset(text, '.', size);
        text[0] = mark;
        assert_int_equal(value_make_bytes(VALUE_STRING, text, size, &value), 0);
        assert_int_equal(record_list_add(&records, &PATH_RESOURCE(3, 0, 0), &value), 0);
        id = notification_store_add(store, observation, maximum, mark, &records);
        assert_true((records.n == 0) == (id != 0));
        return id;
}

/* The marks in their order. */
static void assert_kept(const NotificationStore *store, const char *expected)
{
        char marks[LIMIT_STORED_RECORDS + 1];
        size_t size = 0;

        for (size_t i = 0; i < store->n; i++) {
                marks[i] = (char)store->items[i].records.items[0].value.bytes.data[0];
                assert_int_equal(marks[i], store->items[i].time);
                size += store->items[i].size;
        }
        marks[store->n] = '\0';
        assert_string_equal(marks, expected);
        assert_int_equal(store->size, size);
        assert_true(store->size <= LIMIT_STORED_SIZE);
}

static void test_order(void **state)
{
        _cleanup_(notification_store_done) NotificationStore store = {.n = 0};
        RecordMoment moments[3];
        uint64_t last = 0, c;

        assert_null(notification_store_first(&store));
        assert_int_equal(notification_store_collect(&store, 7, 3, moments, &last), 0);
        assert_int_not_equal(add(&store, 7, SIZE_MAX, 10, 'a'), 0);
        assert_int_not_equal(add(&store, 8, SIZE_MAX, 10, 'b'), 0);
        c = add(&store, 7, SIZE_MAX, 10, 'c');
        assert_int_not_equal(add(&store, 7, SIZE_MAX, 10, 'd'), 0);
        assert_kept(&store, "abcd");

        assert_int_equal(notification_store_collect(&store, 7, 2, moments, &last), 2);
        assert_int_equal(last, c);
        assert_int_equal(moments[0].time, 'a');
        assert_int_equal(moments[1].time, 'c');

        /* What has come since stays. */
        notification_store_remove(&store, 7, last);
        notification_store_remove(&store, 7, last);
        assert_kept(&store, "bd");
        assert_int_equal(notification_store_first(&store)->observation, 8);
        notification_store_forget(&store, 8);
        assert_kept(&store, "d");
}

static void test_oldest_gives_way(void **state)
{
        _cleanup_(notification_store_done) NotificationStore store = {.n = 0};
        uint64_t first = add(&store, 1, SIZE_MAX, 1, 'a');

        for (size_t i = 1; i < LIMIT_STORED_RECORDS; i++)
                assert_int_not_equal(add(&store, 1 + i % 2, SIZE_MAX, 1, 'b'), 0);
        assert_int_equal(store.n, LIMIT_STORED_RECORDS);
        assert_int_equal(notification_store_first(&store)->id, first);

        assert_int_not_equal(add(&store, 3, SIZE_MAX, 1, 'c'), 0);
        assert_int_equal(store.n, LIMIT_STORED_RECORDS);
        assert_int_equal(notification_store_first(&store)->id, first + 1);
        /* It may be under way still. */
        notification_store_remove(&store, 1, first);
        assert_int_equal(store.n, LIMIT_STORED_RECORDS);
}

static void test_bytes(void **state)
{
        _cleanup_(notification_store_done) NotificationStore store = {.n = 0};
        const size_t half = LIMIT_STORED_SIZE / 2 - sizeof(StoredNotification) - sizeof(Record);

        assert_int_equal(add(&store, 1, SIZE_MAX, LIMIT_STORED_SIZE, 'a'), 0);
        assert_int_not_equal(add(&store, 1, SIZE_MAX, half + LIMIT_STORED_SIZE / 2, 'b'), 0);
        assert_kept(&store, "b");
        assert_int_not_equal(add(&store, 1, SIZE_MAX, half, 'c'), 0);
        assert_int_not_equal(add(&store, 1, SIZE_MAX, half, 'd'), 0);
        assert_kept(&store, "cd");
        assert_int_not_equal(add(&store, 1, SIZE_MAX, 1, 'e'), 0);
        assert_kept(&store, "de");
        assert_int_equal(add(&store, 1, SIZE_MAX, LIMIT_STORED_SIZE, 'f'), 0);
        assert_kept(&store, "de");
}

static void test_hqmax(void **state)
{
        _cleanup_(notification_store_done) NotificationStore store = {.n = 0};

        assert_int_not_equal(add(&store, 1, 2, 1, 'a'), 0);
        assert_int_not_equal(add(&store, 2, 2, 1, 'b'), 0);
        assert_int_not_equal(add(&store, 1, 2, 1, 'c'), 0);
        assert_int_not_equal(add(&store, 1, 2, 1, 'd'), 0);
        assert_kept(&store, "bcd");
        assert_int_equal(add(&store, 1, 0, 1, 'e'), 0);
        assert_kept(&store, "bcd");
        assert_int_not_equal(add(&store, 2, 1, 1, 'f'), 0);
        assert_kept(&store, "cdf");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_oldest_gives_way),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_hqmax),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
