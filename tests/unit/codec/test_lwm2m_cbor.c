/* SPDX-License-Identifier: Apache-2.0 */
/* codec/lwm2m_cbor: keys, values, maps that say nothing or say it twice, broken input, limits. */
#include "support.h"

/* The Device Object of the other formats' examples: {[3,0]: {...}} */
#define DEVICE                                               \
        "A1 82 03 00 AC"                                     \
        "00 74 4F70656E204D6F62696C6520416C6C69616E6365"     \
        "01 76 4C69676874776569676874204D324D20436C69656E74" \
        "02 69 333435303030313233"                           \
        "03 63 312E30"                                       \
        "06 A2 00 01 01 05"                                  \
        "07 A2 00 19 0ED8 01 19 1388"                        \
        "08 A2 00 18 7D 01 19 0384"                          \
        "09 18 64"                                           \
        "0A 0F"                                              \
        "0B A1 00 00"                                        \
        "0D 1A 5182428F"                                     \
        "0E 66 2B30323A3030"
#define DEVICE_RECORDS                                                                                   \
        "/3/0/0 sOpen Mobile Alliance, /3/0/1 sLightweight M2M Client, /3/0/2 s345000123, /3/0/3 s1.0, " \
        "/3/0/6/0 i1, /3/0/6/1 i5, /3/0/7/0 i3800, /3/0/7/1 i5000, /3/0/8/0 i125, /3/0/8/1 i900, "       \
        "/3/0/9 i100, /3/0/10 i15, /3/0/11/0 i0, /3/0/13 t1367491215, /3/0/14 s+02:00"

static void test_vector(void **state)
{
        test_decode(FORMAT_LWM2M_CBOR, &(DecodeCase){"/3/0", DEVICE, 0, DEVICE_RECORDS});
        test_decode(FORMAT_LWM2M_CBOR, &(DecodeCase){"/3", DEVICE, 0, DEVICE_RECORDS});
        test_decode(FORMAT_LWM2M_CBOR, &(DecodeCase){"/", DEVICE, 0, DEVICE_RECORDS});
        test_round_trip(FORMAT_LWM2M_CBOR, "/3/0", DEVICE);
}

static void test_keys(void **state)
{
        static const DecodeCase table[] = {
                /* one path in each way to cut it, Core TS 1.2, 7.4.6 */
                {"/3/0/9", "A1 83 03 00 09 18 64", 0, "/3/0/9 i100"},
                {"/3/0", "A1 82 03 00 A1 09 18 64", 0, "/3/0/9 i100"},
                {"/3/0", "A1 03 A1 82 00 09 18 64", 0, "/3/0/9 i100"},
                {"/3", "A1 03 A1 00 A1 09 18 64", 0, "/3/0/9 i100"},
                {"/3", "A1 81 03 A1 81 00 A1 81 09 18 64", 0, "/3/0/9 i100"},
                {"/3", "BF 9F 03 FF BF 9F 00 09 FF 18 64 FF FF", 0, "/3/0/9 i100"},
                {"/3/0/6", "A1 83 03 00 06 A2 00 01 01 05", 0, "/3/0/6/0 i1, /3/0/6/1 i5"},
                {"/3/0/6", "A2 84 03 00 06 00 01 84 03 00 06 01 05", 0, "/3/0/6/0 i1, /3/0/6/1 i5"},
                {"/3/0/6/1", "A1 84 03 00 06 01 05", 0, "/3/0/6/1 i5"},
                /* several Objects, one Object in several maps */
                {"/", "A2 82 03 00 A1 09 18 64 83 01 00 01 1A 00015180", 0, "/3/0/9 i100, /1/0/1 i86400"},
                {"/3", "A2 82 03 00 A1 09 01 82 03 00 A1 0A 02", 0, "/3/0/9 i1, /3/0/10 i2"},
                {"/1", "A1 01 A2 00 A1 01 05 04 A1 01 06", 0, "/1/0/1 i5, /1/4/1 i6"},
                /* outside of the request, or too short, or too long */
                {"/3/1", "A1 83 03 00 09 18 64", CODEC_E_PATH, NULL},
                {"/3/0/9", "A1 83 03 00 0A 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "A1 09 18 64", CODEC_E_PATH, NULL}, /* the keys begin with the Object */
                {"/3/0", "A1 00 A1 09 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "A1 82 03 00 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "A1 85 03 00 06 00 00 01", CODEC_E_PATH, NULL},
                {"/3/0", "A1 84 03 00 06 00 A1 00 01", CODEC_E_TYPE, NULL},
                {"/3/0", "A1 03 A1 83 00 06 00 A1 00 01", CODEC_E_TYPE, NULL},
                {"/3/0", "A1 03 A1 84 00 06 00 00 01", CODEC_E_PATH, NULL},
                {"/", "A1 83 19 FFFF 00 09 01", CODEC_E_PATH, NULL},
                {"/", "A1 83 1A 00010003 00 09 01", CODEC_E_PATH, NULL},
                {"/", "A1 83 1B FFFFFFFFFFFFFFFF 00 09 01", CODEC_E_PATH, NULL},
                /* no IDs */
                {"/3/0", "A1 80 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 9F FF 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 83 03 00 20 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 61 33 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 66 2F332F302F39 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 82 81 03 00 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 C1 03 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 F9 4200 01", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_LWM2M_CBOR, &table[i]);
}

static void test_values(void **state)
{
        static const struct {
                const char *hex; /* key and value below /100/0 */
                int r;
                const char *records;
        } table[] = {
                {"01 61 61", 0, "/100/0/1 sa"},
                {"01 7F 61 61 61 62 FF", 0, "/100/0/1 sab"},
                {"01 41 61", CODEC_E_TYPE, NULL},
                {"01 61 FF", CODEC_E_TYPE, NULL},
                {"01 61 00", CODEC_E_TYPE, NULL},
                {"02 20", 0, "/100/0/2 i-1"},
                {"02 3B 7FFFFFFFFFFFFFFF", 0, "/100/0/2 i-9223372036854775808"},
                {"02 3B 8000000000000000", CODEC_E_TYPE, NULL},
                {"02 1B 8000000000000000", CODEC_E_TYPE, NULL},
                {"02 FA 47C35000", 0, "/100/0/2 i100000"},
                {"02 FA 3FC00000", CODEC_E_TYPE, NULL},
                {"02 61 31", CODEC_E_TYPE, NULL},
                {"02 F6", CODEC_E_TYPE, NULL},
                {"02 F7", CODEC_E_TYPE, NULL},
                {"02 C1 05", CODEC_E_TYPE, NULL},
                {"02 81 05", CODEC_E_TYPE, NULL},
                {"03 1B FFFFFFFFFFFFFFFF", 0, "/100/0/3 u18446744073709551615"},
                {"03 20", CODEC_E_TYPE, NULL},
                {"04 F9 3E00", 0, "/100/0/4 f1.5"},
                {"04 05", 0, "/100/0/4 f5"},
                {"05 F5", 0, "/100/0/5 b1"},
                {"05 01", CODEC_E_TYPE, NULL},
                {"06 42 00FF", 0, "/100/0/6 o00ff"},
                {"06 5F 41 00 41 FF FF", 0, "/100/0/6 o00ff"},
                {"06 62 3031", CODEC_E_TYPE, NULL},
                {"07 1A 5182428F", 0, "/100/0/7 t1367491215"},
                {"07 C1 1A 5182428F", 0, "/100/0/7 t1367491215"},
                {"07 C0 74 323031332D30352D30325431303A34303A31355A", 0, "/100/0/7 t1367491215"},
                {"07 C2 41 05", CODEC_E_TYPE, NULL},
                {"08 64 36363A31", 0, "/100/0/8 l66:1"},
                {"08 62 3636", CODEC_E_TYPE, NULL},
                {"09 60", 0, "/100/0/9 c"},
                {"00 60", CODEC_E_TYPE, NULL},    /* an executable */
                {"18 66 05", CODEC_E_TYPE, NULL}, /* one value for a multiple-instance Resource */
                {"18 66 A1 07 05", 0, "/100/0/102/7 i5"},
                {"02 A1 00 05", CODEC_E_PATH, NULL}, /* an instance of a single-instance one */
                {"19 012C 05", 0, "/100/0/300 ?"},
                {"19 012C 81 81 05", 0, "/100/0/300 ?"},
                {"19 012C A2 00 05 01 06", 0, "/100/0/300 ?"},
                {"19 012C A1 61 61 05", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char hex[200];

                (void)snprintf(hex, sizeof(hex), "A1 82 18 64 00 A1 %s", table[i].hex);
                test_decode(FORMAT_LWM2M_CBOR, &(DecodeCase){"/100/0", hex, table[i].r, table[i].records});
                /* the same, all lengths indefinite */
                (void)snprintf(hex, sizeof(hex), "BF 9F 18 64 00 FF BF %s FF FF", table[i].hex);
                test_decode(FORMAT_LWM2M_CBOR, &(DecodeCase){"/100", hex, table[i].r, table[i].records});
        }
}

static void test_maps(void **state)
{
        static const DecodeCase table[] = {
                {"/", "A0", 0, ""},
                {"/3/0", "BF FF", 0, ""},
                {"/3/0", "A1 82 03 00 A0", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 83 03 00 06 A0", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 83 03 00 06 BF FF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 83 03 00 63 A0", CODEC_E_SYNTAX, NULL},
                /* said twice, whichever way */
                {"/3/0", "A2 83 03 00 09 01 83 03 00 09 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 82 03 00 A2 09 01 09 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A2 82 03 00 A1 09 01 83 03 00 09 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A2 83 03 00 06 A1 00 01 84 03 00 06 00 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 82 03 00 A2 18 63 01 18 63 01", CODEC_E_SYNTAX, NULL},
                /* the instances of an unknown Resource are one record */
                {"/3/0", "A2 84 03 00 18 63 00 01 84 03 00 18 63 01 01", 0, "/3/0/99 ?"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_LWM2M_CBOR, &table[i]);
}

static void test_broken(void **state)
{
        static const DecodeCase table[] = {
                {"/3/0", "", CODEC_E_SYNTAX, NULL},
                {"/3/0", "80", CODEC_E_SYNTAX, NULL},
                {"/3/0", "00", CODEC_E_SYNTAX, NULL},
                {"/3/0", "F6", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A0 00", CODEC_E_SYNTAX, NULL},
                {"/3/0", "C0 A0", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 83 03 00 09 01 FF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "BF 83 03 00 09 FF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "BF FF FF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "BB FFFFFFFFFFFFFFFF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 9B FFFFFFFFFFFFFFFF 03", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 82 03 00 A1 00 7B FFFFFFFFFFFFFFFF 61", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A1 83 03 00 09 1C", CODEC_E_SYNTAX, NULL},
        };
        const Path base = PATH_INSTANCE(3, 0);
        size_t size;
        uint8_t *data = test_bytes(DEVICE, &size);

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_LWM2M_CBOR, &table[i]);

        for (size_t n = 0; n < size; n++) {
                uint8_t *exact = malloc(n);
                RecordList list = {0};

                assert_true(exact || n == 0);
                memcpy(exact, data, n);
                assert_int_equal(codec_decode(FORMAT_LWM2M_CBOR, &test_schema, &base, exact, n, &list),
                        CODEC_E_SYNTAX);
                free(exact);
        }
        free(data);
}

/* {[3,0,resource]: {0: 1, 1: 1, ...}} */
static int decode_instances(uint16_t resource, uint16_t n)
{
        const Path base = PATH_OBJECT(3);
        ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);
        RecordList list = {0};
        int r;

        byte_writer_add(&writer, "\xa1\x83\x03\x00\x19", 5);
        byte_writer_add_uint(&writer, 2, resource);
        byte_writer_add_u8(&writer, 0xb9);
        byte_writer_add_uint(&writer, 2, n);
        for (uint16_t i = 0; i < n; i++) {
                byte_writer_add_u8(&writer, 0x19);
                byte_writer_add_uint(&writer, 2, i);
                byte_writer_add_u8(&writer, 1);
        }
        assert_int_equal(writer.error, 0);
        r = codec_decode(FORMAT_LWM2M_CBOR, &test_schema, &base, writer.data, writer.size, &list);
        record_list_done(&list);
        byte_writer_done(&writer);
        return r;
}

static void test_limits(void **state)
{
        assert_int_equal(decode_instances(6, LIMIT_RECORDS), 0);
        assert_int_equal(decode_instances(6, LIMIT_RECORDS + 1), CODEC_E_LIMIT);
        /* of unknown Resources, too, although they become one record */
        assert_int_equal(decode_instances(99, LIMIT_RECORDS), 0);
        assert_int_equal(decode_instances(99, LIMIT_RECORDS + 1), CODEC_E_LIMIT);
        test_decode(
                FORMAT_LWM2M_CBOR, &(DecodeCase){"/3", "A1 83 03 00 18 63 81 81 81 81 01", 0, "/3/0/99 ?"});
        test_decode(FORMAT_LWM2M_CBOR,
                &(DecodeCase){"/3", "A1 83 03 00 18 63 81 81 81 81 81 01", CODEC_E_LIMIT, NULL});
}

static void test_encode(void **state)
{
        static const struct {
                Value value;
                const char *hex;
        } table[] = {
                {VALUE_INT(-5), "24"},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX}, "1B FFFFFFFFFFFFFFFF"},
                {{.type = VALUE_FLOAT, .real = 1.5}, "FA 3FC00000"},
                {VALUE_BOOL(true), "F5"},
                {{.type = VALUE_TIME, .integer = 5}, "05"},
                {{.type = VALUE_OBJLNK, .link = {66, 1}}, "64 36363A31"},
                {{.type = VALUE_STRING, .bytes = {(uint8_t *)"", 0}}, "60"},
                {{.type = VALUE_CORELNK, .bytes = {(uint8_t *)"a", 1}}, "61 61"},
                {{.type = VALUE_OPAQUE, .bytes = {(uint8_t *)"\xff", 1}}, "41 FF"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char hex[100];

                (void)snprintf(hex, sizeof(hex), "A1 83 03 00 09 %s", table[i].hex);
                test_encode_value(FORMAT_LWM2M_CBOR, "/3/0/9", &table[i].value, 0, hex);
        }
        /* what has no value is left out, and what then is empty, too */
        test_encode_value(FORMAT_LWM2M_CBOR, "/1/5", &(Value){0}, 0, "A0");
}

static void test_round_trips(void **state)
{
        static const struct {
                const char *base, *hex;
        } table[] = {
                {"/", "A0"},
                {"/1", "A0"},
                {"/", "A2 01 A2 00 A1 00 01 05 A2 00 02 01 03 03 A1 00 A1 06 A1 00 01"},
                {"/1", "A1 01 A2 00 A1 00 01 19 0100 A1 00 02"},
                {"/3/0/6", "A1 83 03 00 06 A2 00 01 01 05"},
                {"/3/0/6/1", "A1 84 03 00 06 01 05"},
        };
        const Path base = PATH_INSTANCE(3, 0), below = PATH_RESOURCE(3, 0, 9);
        ByteWriter writer = BYTE_WRITER(5);
        RecordList list = {0};

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_round_trip(FORMAT_LWM2M_CBOR, table[i].base, table[i].hex);

        assert_int_equal(record_list_add(&list, &below, &VALUE_INT(1)), 0);
        assert_int_equal(codec_encode(FORMAT_LWM2M_CBOR, &base, &list, &writer), -EMSGSIZE);
        byte_writer_done(&writer);
        record_list_done(&list);
}

/* An Object whose instances and Resources are empty here and there. */
static void test_containers_are_left_out(void **state)
{
        const Path base = PATH_ROOT;
        const Path empty = PATH_INSTANCE(1, 0), none = PATH_RESOURCE(3, 0, 6),
                   value = PATH_RESOURCE(3, 0, 9);
        ByteWriter writer = BYTE_WRITER(100);
        RecordList list = {0};

        assert_int_equal(record_list_add(&list, &empty, &(Value){0}), 0);
        assert_int_equal(record_list_add(&list, &none, &(Value){0}), 0);
        assert_int_equal(record_list_add(&list, &value, &VALUE_INT(1)), 0);
        assert_int_equal(record_list_add_unknown(&list, &PATH_RESOURCE(3, 0, 99)), 0);
        assert_int_equal(codec_encode(FORMAT_LWM2M_CBOR, &base, &list, &writer), 0);
        assert_int_equal(writer.size, 7);
        assert_memory_equal(writer.data, "\xa1\x03\xa1\x00\xa1\x09\x01", 7);
        byte_writer_done(&writer);
        record_list_done(&list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vector),
                cmocka_unit_test(test_keys),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_maps),
                cmocka_unit_test(test_broken),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_encode),
                cmocka_unit_test(test_round_trips),
                cmocka_unit_test(test_containers_are_left_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
