/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/value and lwm2m/record: ownership, equality, conversion, the limit of a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "lwm2m/record.h"

#define UNSIGNED(v) ((Value){.type = VALUE_UNSIGNED, .unsigned_integer = (v)})
#define TIME(v)     ((Value){.type = VALUE_TIME, .integer = (v)})
#define FLOAT(v)    ((Value){.type = VALUE_FLOAT, .real = (v)})
#define LINK(o, i)  ((Value){.type = VALUE_OBJLNK, .link = {(o), (i)}})

static void test_convert_numbers(void **state)
{
        const struct {
                Value from;
                ValueType wanted;
                int r;
                Value to;
        } table[] = {
                {VALUE_INT(5), VALUE_UNSIGNED, 0, UNSIGNED(5)},
                {VALUE_INT(-5), VALUE_UNSIGNED, -EINVAL, {0}},
                {VALUE_INT(INT64_MIN), VALUE_TIME, 0, TIME(INT64_MIN)},
                {VALUE_INT(INT64_MIN), VALUE_FLOAT, 0, FLOAT(-0x1p63)},
                {VALUE_INT(INT64_MAX), VALUE_FLOAT, -EINVAL, {0}},
                {VALUE_INT(9007199254740992), VALUE_FLOAT, 0, FLOAT(9007199254740992.0)},
                {VALUE_INT(9007199254740993), VALUE_FLOAT, -EINVAL, {0}},
                {UNSIGNED(INT64_MAX), VALUE_INTEGER, 0, VALUE_INT(INT64_MAX)},
                {UNSIGNED((uint64_t)INT64_MAX + 1), VALUE_INTEGER, -EINVAL, {0}},
                {UNSIGNED(UINT64_MAX), VALUE_FLOAT, -EINVAL, {0}},
                {FLOAT(-5), VALUE_INTEGER, 0, VALUE_INT(-5)},
                {FLOAT(-0.0), VALUE_UNSIGNED, 0, UNSIGNED(0)},
                {FLOAT(5.5), VALUE_INTEGER, -EINVAL, {0}},
                {FLOAT(0x1p63), VALUE_INTEGER, -EINVAL, {0}},
                {FLOAT(-0x1p63), VALUE_INTEGER, 0, VALUE_INT(INT64_MIN)},
                {FLOAT(0x1p64), VALUE_UNSIGNED, -EINVAL, {0}},
                {FLOAT(NAN), VALUE_INTEGER, -EINVAL, {0}},
                {FLOAT(INFINITY), VALUE_TIME, -EINVAL, {0}},
                {VALUE_INT(1), VALUE_BOOLEAN, -EINVAL, {0}},
                {VALUE_BOOL(true), VALUE_INTEGER, -EINVAL, {0}},
                {VALUE_INT(1), VALUE_STRING, -EINVAL, {0}},
                {VALUE_INT(1), VALUE_OBJLNK, -EINVAL, {0}},
                {LINK(1, 2), VALUE_INTEGER, -EINVAL, {0}},
                {LINK(1, 2), VALUE_OBJLNK, 0, LINK(1, 2)},
                {VALUE_INT(1), VALUE_NONE, -EINVAL, {0}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Value value = table[i].from;

                assert_int_equal(value_convert(&value, table[i].wanted), table[i].r);
                if (table[i].r == 0)
                        assert_true(value_equal(&value, &table[i].to));
                else
                        assert_int_equal(value.type, table[i].from.type);
        }
}

static void test_convert_texts(void **state)
{
        static const struct {
                const char *text;
                ValueType wanted;
                int r;
                uint16_t object, instance;
        } table[] = {
                {"66:1", VALUE_OBJLNK, 0, 66, 1},
                {"65535:65535", VALUE_OBJLNK, 0, 65535, 65535},
                {"FFFF:FFFF", VALUE_OBJLNK, 0, 65535, 65535},
                {"65536:1", VALUE_OBJLNK, -EINVAL, 0, 0},
                {"66:", VALUE_OBJLNK, -EINVAL, 0, 0},
                {":1", VALUE_OBJLNK, -EINVAL, 0, 0},
                {"66", VALUE_OBJLNK, -EINVAL, 0, 0},
                {"1:2:3", VALUE_OBJLNK, -EINVAL, 0, 0},
                {"0000066:00000001", VALUE_OBJLNK, -EINVAL, 0, 0},
                {"", VALUE_OBJLNK, -EINVAL, 0, 0},
                {"5", VALUE_INTEGER, -EINVAL, 0, 0},
                {"5", VALUE_OPAQUE, -EINVAL, 0, 0},
        };
        Value value;

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(value_make_string(table[i].text, &value), 0);
                assert_int_equal(value_convert(&value, table[i].wanted), table[i].r);
                if (table[i].r == 0) {
                        assert_int_equal(value.link.object, table[i].object);
                        assert_int_equal(value.link.instance, table[i].instance);
                } else
                        assert_string_equal((char *)value.bytes.data, table[i].text);
                value_done(&value);
        }

        assert_int_equal(value_make_string("</1/0>", &value), 0);
        assert_int_equal(value_convert(&value, VALUE_CORELNK), 0);
        assert_int_equal(value.type, VALUE_CORELNK);
        assert_int_equal(value_convert(&value, VALUE_STRING), 0);
        value_done(&value);
}

static void test_bytes(void **state)
{
        Value a, b, c;

        assert_int_equal(value_make_bytes(VALUE_STRING, "a\0b", 3, &a), -EINVAL);
        assert_int_equal(value_make_bytes(VALUE_CORELNK, "\xff", 1, &a), -EINVAL);
        assert_int_equal(value_make_bytes(VALUE_OPAQUE, "a\0b", 3, &a), 0);
        assert_int_equal(value_copy(&a, &b), 0);
        assert_true(value_equal(&a, &b));
        assert_ptr_not_equal(a.bytes.data, b.bytes.data);
        assert_int_equal(b.bytes.data[3], 0);
        assert_int_equal(value_make_bytes(VALUE_OPAQUE, NULL, 0, &c), 0);
        assert_non_null(c.bytes.data);
        assert_false(value_equal(&a, &c));
        assert_int_equal(value_size(&a), 8);
        value_done(&a);
        assert_int_equal(a.type, VALUE_NONE);
        value_done(&a);
        value_done(&b);
        value_done(&c);
        value_done(NULL);

        assert_int_equal(value_make_string("0123456789", &a), 0);
        assert_int_equal(value_size(&a), 10);
        value_done(&a);
        assert_int_equal(value_size(&VALUE_BOOL(true)), 8);
}

static void test_equal(void **state)
{
        assert_true(value_equal(&FLOAT(NAN), &FLOAT(NAN)));
        assert_false(value_equal(&FLOAT(NAN), &FLOAT(1)));
        assert_false(value_equal(&VALUE_INT(1), &UNSIGNED(1)));
        assert_false(value_equal(&LINK(1, 2), &LINK(1, 3)));
        assert_false(value_equal(&VALUE_BOOL(true), &VALUE_BOOL(false)));
        assert_true(value_equal(&(Value){0}, &(Value){0}));
}

static void test_list(void **state)
{
        RecordList list = {0};
        Path path = PATH_RESOURCE(3, 0, 1);
        Value value;

        assert_int_equal(value_make_string("text", &value), 0);
        assert_int_equal(record_list_add(&list, &path, &value), 0);
        assert_int_equal(value.type, VALUE_NONE);
        assert_int_equal(record_list_add_unknown(&list, &path), 0);
        assert_true(list.items[1].unknown);
        assert_int_equal(list.items[1].value.type, VALUE_NONE);
        while (list.n < LIMIT_RECORDS) {
                value = VALUE_INT(1);
                assert_int_equal(record_list_add(&list, &path, &value), 0);
        }
        value = VALUE_INT(5);
        assert_int_equal(record_list_add(&list, &path, &value), -E2BIG);
        assert_int_equal(value.type, VALUE_INTEGER);
        assert_int_equal(record_list_add_unknown(&list, &path), -E2BIG);
        assert_string_equal((char *)list.items[0].value.bytes.data, "text");
        record_list_done(&list);
        assert_int_equal(list.n, 0);
        record_list_done(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_convert_numbers),
                cmocka_unit_test(test_convert_texts),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_equal),
                cmocka_unit_test(test_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
