/* SPDX-License-Identifier: Apache-2.0 */
/* util/bytes: the bounds check and the growing buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/bytes.h"

static void test_reader(void **state)
{
        static const uint8_t data[] = {1, 0x12, 0x34, 0x56, 0xff};
        ByteReader reader = BYTE_READER(data, sizeof(data));
        const uint8_t *p = NULL;
        uint64_t number = 0;
        uint8_t byte = 0;

        assert_true(byte_reader_u8(&reader, &byte));
        assert_int_equal(byte, 1);
        assert_true(byte_reader_uint(&reader, 3, &number));
        assert_int_equal(number, 0x123456);
        assert_int_equal(byte_reader_left(&reader), 1);

        assert_false(byte_reader_uint(&reader, 2, &number));
        assert_false(byte_reader_take(&reader, 2, &p));
        assert_false(byte_reader_take(&reader, SIZE_MAX, &p));
        assert_null(p);
        assert_int_equal(byte_reader_left(&reader), 1);

        assert_true(byte_reader_take(&reader, 1, &p));
        assert_ptr_equal(p, data + 4);
        assert_true(byte_reader_take(&reader, 0, &p));
        assert_false(byte_reader_u8(&reader, &byte));

        reader = BYTE_READER(NULL, 0);
        assert_false(byte_reader_u8(&reader, &byte));
        assert_true(byte_reader_take(&reader, 0, &p));
}

static void test_reader_all_widths(void **state)
{
        static const uint8_t data[] = {0x81, 2, 3, 4, 5, 6, 7, 8};
        uint64_t expected = 0;

        for (size_t n = 1; n <= sizeof(data); n++) {
                ByteReader reader = BYTE_READER(data, sizeof(data));
                uint64_t number = 0;

                expected = expected << 8 | data[n - 1];
                assert_true(byte_reader_uint(&reader, n, &number));
                assert_true(number == expected);
        }
}

static void test_writer(void **state)
{
        static const uint8_t expected[] = {'a', 0x12, 0x34, 0x56, 0xff, 'x', '7'};
        ByteWriter writer = BYTE_WRITER(100);
        uint8_t *data = NULL;
        size_t size = 0;

        byte_writer_add_string(&writer, "a");
        byte_writer_add_uint(&writer, 3, 0x99123456);
        byte_writer_add_u8(&writer, 0xff);
        byte_writer_printf(&writer, "x%d", 7);
        byte_writer_add(&writer, NULL, 0);
        assert_int_equal(byte_writer_take(&writer, &data, &size), 0);
        assert_int_equal(size, sizeof(expected));
        assert_memory_equal(data, expected, size);
        free(data);

        assert_int_equal(byte_writer_take(&writer, &data, &size), 0);
        assert_int_equal(size, 0);
        assert_null(data);
        byte_writer_done(&writer);
}

static void test_writer_grows_to_its_maximum(void **state)
{
        ByteWriter writer = BYTE_WRITER(1000);
        uint8_t *data = (uint8_t *)"untouched";
        size_t size = 42;

        for (size_t i = 0; i < 1000; i++)
                byte_writer_add_u8(&writer, (uint8_t)i);
        assert_int_equal(writer.error, 0);
        assert_int_equal(writer.size, 1000);
        for (size_t i = 0; i < 1000; i++)
                assert_int_equal(writer.data[i], (uint8_t)i);

        byte_writer_add_u8(&writer, 0);
        assert_int_equal(writer.error, -EMSGSIZE);
        byte_writer_add(&writer, NULL, 0);
        byte_writer_printf(&writer, "%s", "");
        assert_int_equal(byte_writer_take(&writer, &data, &size), -EMSGSIZE);
        assert_int_equal(size, 42);
        assert_string_equal((char *)data, "untouched");
        byte_writer_done(&writer);
        assert_int_equal(writer.error, 0);
        assert_int_equal(writer.maximum, 1000);
}

static void test_printf_to_the_last_byte(void **state)
{
        ByteWriter writer = BYTE_WRITER(4);

        byte_writer_printf(&writer, "%s", "1234");
        assert_int_equal(writer.error, 0);
        assert_memory_equal(writer.data, "1234", 4);
        byte_writer_printf(&writer, "5");
        assert_int_equal(writer.error, -EMSGSIZE);
        byte_writer_done(&writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_reader),
                cmocka_unit_test(test_reader_all_widths),
                cmocka_unit_test(test_writer),
                cmocka_unit_test(test_writer_grows_to_its_maximum),
                cmocka_unit_test(test_printf_to_the_last_byte),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
