/* SPDX-License-Identifier: Apache-2.0 */
/* codec/cbor and codec/cbor_value: items (vectors of RFC 8949, Appendix A), strings in chunks, depth,
 * Content-Format 60. */
#include <math.h>

#include "codec/cbor.h"
#include "support.h"

static void test_items(void **state)
{
        static const struct {
                const char *hex;
                CborItem item;
        } table[] = {
                {"00", {.type = CBOR_UNSIGNED, .number = 0}},
                {"17", {.type = CBOR_UNSIGNED, .number = 23}},
                {"1818", {.type = CBOR_UNSIGNED, .number = 24}},
                {"1903e8", {.type = CBOR_UNSIGNED, .number = 1000}},
                {"1a000f4240", {.type = CBOR_UNSIGNED, .number = 1000000}},
                {"1bffffffffffffffff", {.type = CBOR_UNSIGNED, .number = UINT64_MAX}},
                {"20", {.type = CBOR_NEGATIVE, .number = 0}},
                {"3863", {.type = CBOR_NEGATIVE, .number = 99}},
                {"3903e7", {.type = CBOR_NEGATIVE, .number = 999}},
                {"3a00010000", {.type = CBOR_NEGATIVE, .number = 65536}},
                {"3bffffffffffffffff", {.type = CBOR_NEGATIVE, .number = UINT64_MAX}},
                {"f93e00", {.type = CBOR_FLOAT, .real = 1.5}},
                {"f90001", {.type = CBOR_FLOAT, .real = 5.960464477539063e-8}},
                {"f9c400", {.type = CBOR_FLOAT, .real = -4.0}},
                {"fa47c35000", {.type = CBOR_FLOAT, .real = 100000.0}},
                {"fb3ff199999999999a", {.type = CBOR_FLOAT, .real = 1.1}},
                {"f4", {.type = CBOR_BOOLEAN, .boolean = false}},
                {"f5", {.type = CBOR_BOOLEAN, .boolean = true}},
                {"f6", {.type = CBOR_NULL}},
                {"f7", {.type = CBOR_UNDEFINED}},
                {"c1", {.type = CBOR_TAG, .number = 1}},
                {"d9d9f7", {.type = CBOR_TAG, .number = 55799}},
                {"80", {.type = CBOR_ARRAY, .number = 0}},
                {"9a40000000", {.type = CBOR_ARRAY, .number = 0x40000000}},
                {"9f", {.type = CBOR_ARRAY, .indefinite = true}},
                {"b903e8", {.type = CBOR_MAP, .number = 1000}},
                {"bf", {.type = CBOR_MAP, .indefinite = true}},
                {"5f", {.type = CBOR_BYTES, .indefinite = true}},
                {"7f", {.type = CBOR_TEXT, .indefinite = true}},
                {"ff", {.type = CBOR_BREAK}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const CborItem *expected = &table[i].item;
                CborItem item = {0};
                size_t size;
                uint8_t *data = test_bytes(table[i].hex, &size);
                ByteReader reader = BYTE_READER(data, size);

                assert_int_equal(cbor_read_item(&reader, &item), 0);
                assert_int_equal(reader.position, size);
                assert_int_equal(item.type, expected->type);
                assert_int_equal(item.indefinite, expected->indefinite);
                assert_int_equal(item.boolean, expected->boolean);
                assert_true(item.number == expected->number);
                assert_true(item.real == expected->real);
                free(data);
        }
}

static void test_broken_items(void **state)
{
        static const char *const table[] = {"", "18", "1900", "1a000000", "1b00000000000000", "38", "41",
                "6261", "58", "5bffffffffffffffff00", "7bffffffffffffffff61", "7affffffff61", "f9",
                "fa000000", "fb00000000000000", "1c", "1f", "3c", "3f", "5c", "7d", "9e", "bc", "dc", "df",
                "fc", "fd", "fe", "f8"};

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                CborItem item;
                size_t size;
                uint8_t *data = test_bytes(table[i], &size), *exact = malloc(size);
                ByteReader reader = BYTE_READER(exact, size);

                assert_true(exact || size == 0);
                memcpy(exact, data, size);
                if (cbor_read_item(&reader, &item) != CODEC_E_SYNTAX)
                        fail_msg("%s", table[i]);
                assert_int_equal(reader.position, 0);
                free(exact);
                free(data);
        }
}

static void test_strings(void **state)
{
        static const struct {
                const char *hex;
                int r;
                const char *text;
        } table[] = {
                {"60", 0, ""},
                {"6449455446", 0, "IETF"},
                {"7f657374726561646d696e67ff", 0, "streaming"},
                {"7fff", 0, ""},
                {"7f6161", CODEC_E_SYNTAX, NULL},
                {"7f4161ff", CODEC_E_SYNTAX, NULL},     /* a byte string in a text */
                {"7f7f6161ffff", CODEC_E_SYNTAX, NULL}, /* nested */
                {"7f01ff", CODEC_E_SYNTAX, NULL},
                {"6b6161616161616161616161", CODEC_E_LIMIT, NULL},
                {"7f666161616161616561616161616161ff", CODEC_E_LIMIT, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                ByteWriter writer = BYTE_WRITER(10);
                CborItem item;
                size_t size;
                uint8_t *data = test_bytes(table[i].hex, &size);
                ByteReader reader = BYTE_READER(data, size);

                assert_int_equal(cbor_read_item(&reader, &item), 0);
                assert_int_equal(cbor_read_string(&reader, &item, &writer), table[i].r);
                if (table[i].r == 0) {
                        assert_int_equal(byte_reader_left(&reader), 0);
                        assert_int_equal(writer.size, strlen(table[i].text));
                        if (writer.size > 0)
                                assert_memory_equal(writer.data, table[i].text, writer.size);
                }
                byte_writer_done(&writer);
                free(data);
        }
}

static void test_skip(void **state)
{
        static const struct {
                const char *hex;
                unsigned depth;
                int r;
        } table[] = {
                {"00", 0, 0},
                {"c1c1c1c100", 0, 0},
                {"6161", 0, 0},
                {"7f6161ff", 0, 0},
                {"7f01ff", 0, CODEC_E_SYNTAX},
                {"80", 0, CODEC_E_LIMIT},
                {"80", 1, 0},
                {"8180", 1, CODEC_E_LIMIT},
                {"8180", 2, 0},
                {"9f9f00ffff", 2, 0},
                {"a201810202a10304", 2, 0},
                {"bf0102ff", 1, 0},
                {"bf01ff", 1, CODEC_E_SYNTAX}, /* a key without a value */
                {"8201", 1, CODEC_E_SYNTAX},
                {"9f01", 1, CODEC_E_SYNTAX},
                {"81ff", 1, CODEC_E_SYNTAX},
                {"ff", 1, CODEC_E_SYNTAX},
                {"c1", 1, CODEC_E_SYNTAX},
                {"9bffffffffffffffff0000", 8, CODEC_E_SYNTAX},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                size_t size;
                uint8_t *data = test_bytes(table[i].hex, &size);
                ByteReader reader = BYTE_READER(data, size);

                if (cbor_skip(&reader, table[i].depth) != table[i].r)
                        fail_msg("%s", table[i].hex);
                if (table[i].r == 0)
                        assert_int_equal(byte_reader_left(&reader), 0);
                free(data);
        }
}

static void test_deep_nesting_is_a_limit(void **state)
{
        static uint8_t data[100000];
        ByteReader reader = BYTE_READER(data, sizeof(data));

        memset(data, 0x81, sizeof(data));
        assert_int_equal(cbor_skip(&reader, LIMIT_DEPTH), CODEC_E_LIMIT);
        assert_int_equal(reader.position, LIMIT_DEPTH + 1);
}

static void test_values(void **state)
{
        static const DecodeCase table[] = {
                {"/100/0/1", "6449455446", 0, "/100/0/1 sIETF"},
                {"/100/0/1", "7f61496345544600ff", CODEC_E_SYNTAX, NULL},
                {"/100/0/1", "7f614963455446ff", 0, "/100/0/1 sIETF"},
                {"/100/0/1", "61ff", CODEC_E_TYPE, NULL},
                {"/100/0/1", "4161", CODEC_E_TYPE, NULL},
                {"/100/0/1", "01", CODEC_E_TYPE, NULL},
                {"/100/0/2", "1903e8", 0, "/100/0/2 i1000"},
                {"/100/0/2", "3903e7", 0, "/100/0/2 i-1000"},
                {"/100/0/2", "1b7fffffffffffffff", 0, "/100/0/2 i9223372036854775807"},
                {"/100/0/2", "3b7fffffffffffffff", 0, "/100/0/2 i-9223372036854775808"},
                {"/100/0/2", "1b8000000000000000", CODEC_E_TYPE, NULL},
                {"/100/0/2", "3b8000000000000000", CODEC_E_TYPE, NULL},
                {"/100/0/2", "fa47c35000", 0, "/100/0/2 i100000"},
                {"/100/0/2", "f93e00", CODEC_E_TYPE, NULL},
                {"/100/0/2", "f97e00", CODEC_E_TYPE, NULL},
                {"/100/0/2", "f5", CODEC_E_TYPE, NULL},
                {"/100/0/2", "6131", CODEC_E_TYPE, NULL},
                {"/100/0/2", "f6", CODEC_E_TYPE, NULL},
                {"/100/0/2", "c101", CODEC_E_TYPE, NULL},
                {"/100/0/2", "8101", CODEC_E_TYPE, NULL},
                {"/100/0/2", "ff", CODEC_E_SYNTAX, NULL},
                {"/100/0/2", "0000", CODEC_E_SYNTAX, NULL},
                {"/100/0/2", "", CODEC_E_SYNTAX, NULL},
                {"/100/0/3", "1bffffffffffffffff", 0, "/100/0/3 u18446744073709551615"},
                {"/100/0/3", "20", CODEC_E_TYPE, NULL},
                {"/100/0/4", "f93e00", 0, "/100/0/4 f1.5"},
                {"/100/0/4", "fb3ff199999999999a", 0, "/100/0/4 f1.1000000000000001"},
                {"/100/0/4", "1b0020000000000001", 0, "/100/0/4 f9007199254740992"},
                {"/100/0/4", "3bffffffffffffffff", CODEC_E_TYPE, NULL},
                {"/100/0/5", "f4", 0, "/100/0/5 b0"},
                {"/100/0/5", "01", CODEC_E_TYPE, NULL},
                {"/100/0/6", "4300ff0a", 0, "/100/0/6 o00ff0a"},
                {"/100/0/6", "5f4100420aff", CODEC_E_SYNTAX, NULL},
                {"/100/0/6", "5f4100420affff", 0, "/100/0/6 o000aff"},
                {"/100/0/6", "6161", CODEC_E_TYPE, NULL},
                {"/100/0/7", "1a5182428f", 0, "/100/0/7 t1367491215"},
                {"/100/0/7", "c11a5182428f", 0, "/100/0/7 t1367491215"},
                {"/100/0/7", "c1fb41d46090a3c00000", 0, "/100/0/7 t1367491215"},
                {"/100/0/7", "c1fb41d452d9ec200000", CODEC_E_TYPE, NULL}, /* 1363896240.5 */
                {"/100/0/7", "c074323031332d30332d32315432303a30343a30305a", 0, "/100/0/7 t1363896240"},
                {"/100/0/7", "c0623031", CODEC_E_TYPE, NULL},
                {"/100/0/7", "c001", CODEC_E_TYPE, NULL},
                {"/100/0/7", "c201", CODEC_E_TYPE, NULL},
                {"/100/0/7", "c1", CODEC_E_SYNTAX, NULL},
                {"/100/0/8", "6436363A31", 0, "/100/0/8 l66:1"},
                {"/100/0/8", "623636", CODEC_E_TYPE, NULL},
                {"/100/0/9", "613c", 0, "/100/0/9 c<"},
                {"/100/0/102/7", "05", 0, "/100/0/102/7 i5"},
                {"/3/0/99", "a1018102", 0, "/3/0/99 ?"},
                {"/3/0/99", "818181818181818180", CODEC_E_LIMIT, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_CBOR, &table[i]);
}

static void test_time_texts(void **state)
{
        static const struct {
                const char *text;
                int r;
                int64_t seconds;
        } table[] = {
                {"1970-01-01T00:00:00Z", 0, 0},
                {"1969-12-31T23:59:59z", 0, -1},
                {"2013-05-02T12:40:15+02:00", 0, 1367491215},
                {"2013-03-21T20:04:00.000Z", 0, 1363896240},
                {"2024-02-29T00:00:00-01:30", 0, 1709170200},
                {"2023-02-29T00:00:00Z", CODEC_E_TYPE, 0},
                {"2013-13-01T00:00:00Z", CODEC_E_TYPE, 0},
                {"2013-00-01T00:00:00Z", CODEC_E_TYPE, 0},
                {"2013-03-21T24:00:00Z", CODEC_E_TYPE, 0},
                {"2013-03-21T20:04:00.5Z", CODEC_E_TYPE, 0},
                {"2013-03-21T20:04:00", CODEC_E_TYPE, 0},
                {"2013-03-21 20:04:00Z", CODEC_E_TYPE, 0},
                {"2013-03-21T20:04:00+0200", CODEC_E_TYPE, 0},
                {"2013-03-21T20:04:00ZZ", CODEC_E_TYPE, 0},
        };
        const Path base = PATH_RESOURCE(100, 0, VALUE_TIME);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                ByteWriter writer = BYTE_WRITER(100);
                RecordList list = {0};
                int r;

                byte_writer_add_u8(&writer, 0xc0);
                cbor_write_text(&writer, table[i].text, strlen(table[i].text));
                r = codec_decode(FORMAT_CBOR, &test_schema, &base, writer.data, writer.size, &list);
                if (r != table[i].r)
                        fail_msg("%s: %d", table[i].text, r);
                if (r == 0 && list.items[0].value.integer != table[i].seconds)
                        fail_msg("%s: %jd", table[i].text, (intmax_t)list.items[0].value.integer);
                record_list_done(&list);
                byte_writer_done(&writer);
        }
}

static void test_encode(void **state)
{
        static const struct {
                Value value;
                const char *hex;
        } table[] = {
                {VALUE_INT(0), "00"},
                {VALUE_INT(24), "1818"},
                {VALUE_INT(86400), "1a00015180"},
                {VALUE_INT(-1), "20"},
                {VALUE_INT(-1000), "3903e7"},
                {VALUE_INT(INT64_MIN), "3b7fffffffffffffff"},
                {VALUE_INT(INT64_MAX), "1b7fffffffffffffff"},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX}, "1bffffffffffffffff"},
                {{.type = VALUE_FLOAT, .real = 1.5}, "fa3fc00000"},
                {{.type = VALUE_FLOAT, .real = 1.1}, "fb3ff199999999999a"},
                {{.type = VALUE_FLOAT, .real = INFINITY}, "fa7f800000"},
                {VALUE_BOOL(false), "f4"},
                {{.type = VALUE_TIME, .integer = 1367491215}, "c11a5182428f"},
                {{.type = VALUE_OBJLNK, .link = {66, 1}}, "6436363a31"},
                {{.type = VALUE_STRING, .bytes = {(uint8_t *)"IETF", 4}}, "6449455446"},
                {{.type = VALUE_CORELNK, .bytes = {(uint8_t *)"", 0}}, "60"},
                {{.type = VALUE_OPAQUE, .bytes = {(uint8_t *)"\1\2", 2}}, "420102"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_encode_value(FORMAT_CBOR, "/100/0/1", &table[i].value, 0, table[i].hex);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_items),
                cmocka_unit_test(test_broken_items),
                cmocka_unit_test(test_strings),
                cmocka_unit_test(test_skip),
                cmocka_unit_test(test_deep_nesting_is_a_limit),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_time_texts),
                cmocka_unit_test(test_encode),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
