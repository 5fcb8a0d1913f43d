/* SPDX-License-Identifier: Apache-2.0 */
/* What the codec tests share: a small schema, bytes from hexadecimal text, records as text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "codec/codec.h"
#include "util/parse.h"

/* Object 3 as the Device Object; object 100 has one Resource of each type, /100/x/type, and its
 * multiple-instance twin, /100/x/(100 + type). */
static inline bool test_lookup(
        const Schema *schema, uint16_t object, uint16_t resource, ValueType *ret_type, bool *ret_multiple)
{
        static const struct {
                uint16_t object, resource;
                ValueType type;
                bool multiple;
        } table[] = {
                {1, 0, VALUE_INTEGER, false},
                {1, 1, VALUE_INTEGER, false},
                {1, 6, VALUE_BOOLEAN, false},
                {1, 7, VALUE_STRING, false},
                {3, 0, VALUE_STRING, false},
                {3, 1, VALUE_STRING, false},
                {3, 2, VALUE_STRING, false},
                {3, 3, VALUE_STRING, false},
                {3, 4, VALUE_NONE, false},
                {3, 6, VALUE_INTEGER, true},
                {3, 7, VALUE_INTEGER, true},
                {3, 8, VALUE_INTEGER, true},
                {3, 9, VALUE_INTEGER, false},
                {3, 10, VALUE_INTEGER, false},
                {3, 11, VALUE_INTEGER, true},
                {3, 13, VALUE_TIME, false},
                {3, 14, VALUE_STRING, false},
                {3, 16, VALUE_STRING, false},
                {65, 0, VALUE_OBJLNK, true},
                {66, 2, VALUE_OBJLNK, false},
        };

        if (object == 100 && resource % 100 < _VALUE_TYPE_MAX && resource < 200) {
                *ret_type = (ValueType)(resource % 100);
                *ret_multiple = resource >= 100;
                return true;
        }
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].object == object && table[i].resource == resource) {
                        *ret_type = table[i].type;
                        *ret_multiple = table[i].multiple;
                        return true;
                }
        return false;
}

static const Schema test_schema = {.lookup = test_lookup};

static inline uint8_t *test_bytes(const char *hex, size_t *ret_size)
{
        uint8_t *data = NULL;
        size_t offset;

        assert_int_equal(parse_hex(hex, strlen(hex), true, &data, ret_size, &offset), 0);
        return data;
}

static inline Path test_path(const char *text)
{
        Path path;

        assert_int_equal(path_parse(text, &path), 0);
        return path;
}

static inline void test_print_value(ByteWriter *writer, const Value *value)
{
        switch (value->type) {
        case VALUE_NONE:
        case _VALUE_TYPE_MAX:
                byte_writer_printf(writer, "-");
                break;
        case VALUE_INTEGER:
                byte_writer_printf(writer, "i%jd", (intmax_t)value->integer);
                break;
        case VALUE_TIME:
                byte_writer_printf(writer, "t%jd", (intmax_t)value->integer);
                break;
        case VALUE_UNSIGNED:
                byte_writer_printf(writer, "u%ju", (uintmax_t)value->unsigned_integer);
                break;
        case VALUE_FLOAT:
                byte_writer_printf(writer, "f%.17g", value->real);
                break;
        case VALUE_BOOLEAN:
                byte_writer_printf(writer, "b%d", value->boolean);
                break;
        case VALUE_OBJLNK:
                byte_writer_printf(writer, "l%d:%d", value->link.object, value->link.instance);
                break;
        case VALUE_STRING:
        case VALUE_CORELNK:
                byte_writer_printf(writer, value->type == VALUE_STRING ? "s%s" : "c%s",
                        (const char *)value->bytes.data);
                break;
        case VALUE_OPAQUE:
                byte_writer_printf(writer, "o");
                for (size_t i = 0; i < value->bytes.size; i++)
                        byte_writer_printf(writer, "%02x", (unsigned)value->bytes.data[i]);
                break;
        }
}

/* "/3/0/0 sOpen Mobile Alliance, /3/0/6 -, /3/0/9999 ?" */
static inline char *test_print(const RecordList *list)
{
        ByteWriter writer = BYTE_WRITER(1024 * 1024);

        for (size_t i = 0; i < list->n; i++) {
                byte_writer_printf(&writer, "%s%s ", i > 0 ? ", " : "", PATH_TEXT(&list->items[i].path));
                if (list->items[i].unknown)
                        byte_writer_printf(&writer, "?");
                else
                        test_print_value(&writer, &list->items[i].value);
        }
        byte_writer_add_u8(&writer, 0);
        assert_int_equal(writer.error, 0);
        return (char *)writer.data;
}

/* Decodes size bytes for base. shown: what they are, for whoever reads of a failure; records: what
 * test_print() gives where r is 0. */
static inline void test_decode_at(int format, const Path *base, const char *shown, const uint8_t *data,
        size_t size, int r, const char *records)
{
        const char *expected = r == 0 ? records : "";
        /* exactly the size, so that the sanitizer sees a read behind it */
        uint8_t *exact = malloc(size);
        RecordList list = {0};
        char *text;
        int result;

        assert_true(exact || size == 0);
        if (size > 0)
                memcpy(exact, data, size);
        result = codec_decode(format, &test_schema, base, exact, size, &list);
        free(exact);
        text = test_print(&list);
        if (result != r || strcmp(text, expected) != 0)
                fail_msg("%d %s %s: %d\n%s\ninstead of %d\n%s", format, PATH_TEXT(base), shown, result, text,
                        r, expected);
        free(text);
        record_list_done(&list);
}

/* As above. */
typedef struct DecodeCase {
        const char *base, *hex;
        int r;
        const char *records;
} DecodeCase;

static inline void test_decode(int format, const DecodeCase *c)
{
        Path base = test_path(c->base);
        size_t size;
        uint8_t *data = test_bytes(c->hex, &size);

        test_decode_at(format, &base, c->hex, data, size, c->r, c->records);
        free(data);
}

/* Decodes hex and encodes the records again, which must give hex again. */
static inline void test_round_trip(int format, const char *base_text, const char *hex)
{
        Path base = test_path(base_text);
        ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);
        RecordList list = {0};
        size_t size;
        uint8_t *data = test_bytes(hex, &size);

        assert_int_equal(codec_decode(format, &test_schema, &base, data, size, &list), 0);
        assert_int_equal(codec_encode(format, &base, &list, &writer), 0);
        if (writer.size != size || memcmp(writer.data ? writer.data : data, data, size) != 0) {
                for (size_t i = 0; i < writer.size; i++)
                        print_error("%02X ", (unsigned)writer.data[i]);
                fail_msg("%s: not %s", base_text, hex);
        }
        record_list_done(&list);
        byte_writer_done(&writer);
        free(data);
}

/* Encodes one value at path, with base the same, and compares with hex; r: the error expected. */
static inline void test_encode_value(
        int format, const char *path_text, const Value *value, int r, const char *hex)
{
        Path path = test_path(path_text);
        ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);
        RecordList list = {0};
        Value copy;
        size_t size;
        uint8_t *data;

        assert_int_equal(value_copy(value, &copy), 0);
        assert_int_equal(record_list_add(&list, &path, &copy), 0);
        assert_int_equal(codec_encode(format, &path, &list, &writer), r);
        if (r == 0) {
                data = test_bytes(hex, &size);
                assert_int_equal(writer.size, size);
                if (size > 0)
                        assert_memory_equal(writer.data, data, size);
                free(data);
        }
        byte_writer_done(&writer);
        record_list_done(&list);
}
