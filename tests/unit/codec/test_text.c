/* SPDX-License-Identifier: Apache-2.0 */
/* codec/text and codec/opaque: one value in the payload. */
#include <math.h>

#include "support.h"

static void test_text(void **state)
{
        static const struct {
                ValueType type;
                const char *text;
                int r;
                const char *value;
                const char *encoded; /* where it differs from text */
        } table[] = {
                {VALUE_STRING, "", 0, "s", NULL},
                {VALUE_STRING, "Open Mobile Alliance", 0, "sOpen Mobile Alliance", NULL},
                {VALUE_STRING, "\xc3\xa4", 0, "s\xc3\xa4", NULL},
                {VALUE_STRING, "\xff", CODEC_E_TYPE, NULL, NULL},
                {VALUE_CORELNK, "</3/0>", 0, "c</3/0>", NULL},
                {VALUE_INTEGER, "-750", 0, "i-750", NULL},
                {VALUE_INTEGER, "9223372036854775807", 0, "i9223372036854775807", NULL},
                {VALUE_INTEGER, "9223372036854775808", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "-9223372036854775808", 0, "i-9223372036854775808", NULL},
                {VALUE_INTEGER, "-9223372036854775809", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "0", 0, "i0", NULL},
                {VALUE_INTEGER, "-0", 0, "i0", "0"},
                {VALUE_INTEGER, "007", 0, "i7", "7"},
                {VALUE_INTEGER, "+7", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, " 7", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "1e3", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "0x10", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "-", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "1.5", CODEC_E_TYPE, NULL, NULL},
                {VALUE_INTEGER, "1\n", CODEC_E_TYPE, NULL, NULL},
                {VALUE_UNSIGNED, "18446744073709551615", 0, "u18446744073709551615", NULL},
                {VALUE_UNSIGNED, "18446744073709551616", CODEC_E_TYPE, NULL, NULL},
                {VALUE_UNSIGNED, "0", 0, "u0", NULL},
                {VALUE_UNSIGNED, "-1", CODEC_E_TYPE, NULL, NULL},
                {VALUE_UNSIGNED, "1.0", CODEC_E_TYPE, NULL, NULL},
                {VALUE_UNSIGNED, "", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "0.00000000006667", 0, "f6.6670000000000001e-11", NULL},
                {VALUE_FLOAT, "-12", 0, "f-12", NULL},
                {VALUE_FLOAT, "0.1", 0, "f0.10000000000000001", NULL},
                {VALUE_FLOAT, "1e3", 0, "f1000", "1000"},
                {VALUE_FLOAT, "1.50", 0, "f1.5", "1.5"},
                {VALUE_FLOAT, "-2.5E-2", 0, "f-0.025000000000000001", "-0.025"},
                {VALUE_FLOAT, "1e+2", 0, "f100", "100"},
                {VALUE_FLOAT, "18446744073709551616", 0, "f1.8446744073709552e+19", NULL},
                {VALUE_FLOAT, "1e-400", 0, "f0", "0"},
                {VALUE_FLOAT, "-0", 0, "f-0", NULL},
                {VALUE_FLOAT, "1e400", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "1e", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, ".5", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "5.", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "1,5", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "0x1p3", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "inf", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "", CODEC_E_TYPE, NULL, NULL},
                {VALUE_FLOAT, "nan", CODEC_E_TYPE, NULL, NULL},
                {VALUE_BOOLEAN, "0", 0, "b0", NULL},
                {VALUE_BOOLEAN, "1", 0, "b1", NULL},
                {VALUE_BOOLEAN, "2", CODEC_E_TYPE, NULL, NULL},
                {VALUE_BOOLEAN, "01", CODEC_E_TYPE, NULL, NULL},
                {VALUE_BOOLEAN, "true", CODEC_E_TYPE, NULL, NULL},
                {VALUE_BOOLEAN, "", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OPAQUE, "AAH/", 0, "o0001ff", NULL},
                {VALUE_OPAQUE, "", 0, "o", NULL},
                {VALUE_OPAQUE, "AAE=", 0, "o0001", NULL},
                {VALUE_OPAQUE, "AAE", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OPAQUE, "-_8=", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OPAQUE, "AAE=\n", CODEC_E_TYPE, NULL, NULL},
                {VALUE_TIME, "1367491215", 0, "t1367491215", NULL},
                {VALUE_TIME, "-1", 0, "t-1", NULL},
                {VALUE_TIME, "1.5", CODEC_E_TYPE, NULL, NULL},
                {VALUE_TIME, "2013-05-02T10:40:15Z", CODEC_E_TYPE, NULL, NULL},
                {VALUE_TIME, "9223372036854775808", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OBJLNK, "66:1", 0, "l66:1", NULL},
                {VALUE_OBJLNK, "65535:65535", 0, "l65535:65535", NULL},
                {VALUE_OBJLNK, "FFFF:FFFF", 0, "l65535:65535", "65535:65535"},
                {VALUE_OBJLNK, "ffff:ffff", 0, "l65535:65535", "65535:65535"},
                {VALUE_OBJLNK, "3:65535", 0, "l3:65535", NULL},
                {VALUE_OBJLNK, "0:0", 0, "l0:0", NULL},
                {VALUE_OBJLNK, "", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OBJLNK, "65536:0", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OBJLNK, "66:1:2", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OBJLNK, "-1:0", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OBJLNK, "FFFF:0", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OBJLNK, "66:1 ", CODEC_E_TYPE, NULL, NULL},
                {VALUE_OBJLNK, "66", CODEC_E_TYPE, NULL, NULL},
                {VALUE_NONE, "", CODEC_E_TYPE, NULL, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Path single = PATH_RESOURCE(100, 0, table[i].type);
                Path instance = PATH_RESOURCE_INSTANCE(100, 0, 100 + table[i].type, 3);
                const char *encoded = table[i].encoded ? table[i].encoded : table[i].text;

                for (size_t j = 0; j < 2; j++) {
                        const Path *base = j == 0 ? &single : &instance;
                        RecordList list = {0};
                        ByteWriter writer = BYTE_WRITER(1000);
                        char *text;
                        int r;

                        r = codec_decode(FORMAT_TEXT, &test_schema, base, (const uint8_t *)table[i].text,
                                strlen(table[i].text), &list);
                        if (r != table[i].r)
                                fail_msg("%s: %d", table[i].text, r);
                        if (r != 0)
                                continue;
                        text = test_print(&list);
                        assert_string_equal(strchr(text, ' ') + 1, table[i].value);
                        free(text);
                        assert_int_equal(codec_encode(FORMAT_TEXT, base, &list, &writer), 0);
                        assert_int_equal(writer.size, strlen(encoded));
                        if (writer.size > 0)
                                assert_memory_equal(writer.data, encoded, writer.size);
                        byte_writer_done(&writer);
                        record_list_done(&list);
                }
        }
}

static void test_floats_read_back(void **state)
{
        static const double table[] = {0.0, -0.0, 1.0 / 3, -2.5e-8, 5e-324, 2.2250738585072014e-308,
                1.7976931348623157e308, 123456789012345680.0, 1e21, 0.1 + 0.2};
        const Path base = PATH_RESOURCE(100, 0, VALUE_FLOAT);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                RecordList list = {0}, again = {0};
                ByteWriter writer = BYTE_WRITER(1000);
                Value value = {.type = VALUE_FLOAT, .real = table[i]};

                assert_int_equal(record_list_add(&list, &base, &value), 0);
                assert_int_equal(codec_encode(FORMAT_TEXT, &base, &list, &writer), 0);
                assert_null(memchr(writer.data, 'e', writer.size));
                assert_int_equal(
                        codec_decode(FORMAT_TEXT, &test_schema, &base, writer.data, writer.size, &again), 0);
                assert_true(again.items[0].value.real == table[i]);
                record_list_done(&list);
                record_list_done(&again);
                byte_writer_done(&writer);
        }
        test_encode_value(
                FORMAT_TEXT, "/100/0/4", &(Value){.type = VALUE_FLOAT, .real = NAN}, CODEC_E_FORMAT, "");
}

static void test_wrong_places(void **state)
{
        static const int formats[] = {FORMAT_TEXT, FORMAT_OPAQUE, FORMAT_CBOR};
        static const DecodeCase table[] = {
                {"/", "31", CODEC_E_FORMAT, NULL},
                {"/3", "31", CODEC_E_FORMAT, NULL},
                {"/3/0", "31", CODEC_E_FORMAT, NULL},
                {"/3/0/6", "31", CODEC_E_FORMAT, NULL},
                {"/3/0/9/0", "31", CODEC_E_PATH, NULL},
                {"/3/0/4", "31", CODEC_E_TYPE, NULL},
                {"/3/0/99", "31", 0, "/3/0/99 ?"},
                {"/3/0/99/1", "31", 0, "/3/0/99 ?"},
        };

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                for (size_t j = 0; j < ELEMENTSOF(table); j++)
                        test_decode(formats[i], &table[j]);
                test_encode_value(formats[i], "/3/0/6", &(Value){0}, CODEC_E_FORMAT, "");
                test_encode_value(formats[i], "/3/0", &(Value){0}, CODEC_E_FORMAT, "");
        }
}

static void test_opaque(void **state)
{
        static const DecodeCase table[] = {
                {"/100/0/6", "00 FF 0A", 0, "/100/0/6 o00ff0a"},
                {"/100/0/6", "", 0, "/100/0/6 o"},
                {"/100/0/106/2", "00", 0, "/100/0/106/2 o00"},
                {"/100/0/1", "61", CODEC_E_TYPE, NULL},
                {"/3/0/9", "01", CODEC_E_TYPE, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_OPAQUE, &table[i]);
        test_round_trip(FORMAT_OPAQUE, "/100/0/6", "00 FF 0A");
        test_encode_value(FORMAT_OPAQUE, "/3/0/9", &VALUE_INT(1), CODEC_E_FORMAT, "");
}

/* Two records, or one that is not at the base, are not one value. */
static void test_encode_needs_one_value(void **state)
{
        const Path base = PATH_RESOURCE(3, 0, 9), other = PATH_RESOURCE(3, 0, 10);
        ByteWriter writer = BYTE_WRITER(100);
        RecordList list = {0};

        assert_int_equal(codec_encode(FORMAT_TEXT, &base, &list, &writer), CODEC_E_FORMAT);
        assert_int_equal(record_list_add(&list, &base, &VALUE_INT(1)), 0);
        assert_int_equal(codec_encode(FORMAT_TEXT, &other, &list, &writer), CODEC_E_FORMAT);
        assert_int_equal(record_list_add(&list, &other, &VALUE_INT(1)), 0);
        assert_int_equal(codec_encode(FORMAT_TEXT, &base, &list, &writer), CODEC_E_FORMAT);
        assert_int_equal(writer.size, 0);
        record_list_done(&list);
}

static void test_value_limit(void **state)
{
        static uint8_t data[LIMIT_VALUE_SIZE + 1];
        const Path string = PATH_RESOURCE(100, 0, VALUE_STRING),
                   opaque = PATH_RESOURCE(100, 0, VALUE_OPAQUE);
        RecordList list = {0};

        memset(data, 'A', sizeof(data));
        assert_int_equal(
                codec_decode(FORMAT_TEXT, &test_schema, &string, data, sizeof(data), &list), CODEC_E_LIMIT);
        assert_int_equal(codec_decode(FORMAT_OPAQUE, &test_schema, &opaque, data, sizeof(data), &list),
                CODEC_E_LIMIT);
        assert_int_equal(codec_decode(FORMAT_TEXT, &test_schema, &string, data, LIMIT_VALUE_SIZE, &list), 0);
        record_list_done(&list);
        assert_int_equal(codec_decode(FORMAT_TEXT, &test_schema, &opaque, data, LIMIT_VALUE_SIZE, &list), 0);
        assert_int_equal(list.items[0].value.bytes.size, LIMIT_VALUE_SIZE / 4 * 3);
        record_list_done(&list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_floats_read_back),
                cmocka_unit_test(test_wrong_places),
                cmocka_unit_test(test_opaque),
                cmocka_unit_test(test_encode_needs_one_value),
                cmocka_unit_test(test_value_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
