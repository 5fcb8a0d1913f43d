/* SPDX-License-Identifier: Apache-2.0 */
/* codec/tlv: OMA's vectors, every type, wrappers, broken input. */
#include "support.h"

/* Core TS, 7.4.3.2's example, with "Lightweight" spelt right */
#define DEVICE                                                                                         \
        "C8 00 14 4F 70 65 6E 20 4D 6F 62 69 6C 65 20 41 6C 6C 69 61 6E 63 65"                         \
        "C8 01 16 4C 69 67 68 74 77 65 69 67 68 74 20 4D 32 4D 20 43 6C 69 65 6E 74"                   \
        "C8 02 09 33 34 35 30 30 30 31 32 33 C3 03 31 2E 30 86 06 41 00 01 41 01 05"                   \
        "88 07 08 42 00 0E D8 42 01 13 88 87 08 41 00 7D 42 01 03 84 C1 09 64 C1 0A 0F 83 0B 41 00 00" \
        "C4 0D 51 82 42 8F C6 0E 2B 30 32 3A 30 30 C1 10 55"
#define DEVICE_RECORDS                                                                                   \
        "/3/0/0 sOpen Mobile Alliance, /3/0/1 sLightweight M2M Client, /3/0/2 s345000123, /3/0/3 s1.0, " \
        "/3/0/6/0 i1, /3/0/6/1 i5, /3/0/7/0 i3800, /3/0/7/1 i5000, /3/0/8/0 i125, /3/0/8/1 i900, "       \
        "/3/0/9 i100, /3/0/10 i15, /3/0/11/0 i0, /3/0/13 t1367491215, /3/0/14 s+02:00, /3/0/16 sU"
#define SERVER "08 00 0F C1 00 01 C4 01 00 01 51 80 C1 06 01 C1 07 55"

static void test_vectors(void **state)
{
        static const DecodeCase table[] = {
                {"/3/0", DEVICE, 0, DEVICE_RECORDS},
                {"/3/0", "08 00 79" DEVICE, 0, DEVICE_RECORDS},
                {"/3", "08 00 79" DEVICE, 0, DEVICE_RECORDS},
                {"/1", SERVER, 0, "/1/0/0 i1, /1/0/1 i86400, /1/0/6 b1, /1/0/7 sU"},
                {"/65/0", "88 00 0C 44 00 00 42 00 00 44 01 00 42 00 01", 0,
                        "/65/0/0/0 l66:0, /65/0/0/1 l66:1"},
                {"/66/0", "C4 02 FF FF FF FF", 0, "/66/0/2 l65535:65535"},
                {"/3/0/9", "C1 09 64", 0, "/3/0/9 i100"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                test_decode(FORMAT_TLV, &table[i]);
                test_decode(FORMAT_TLV_OLD, &table[i]);
        }
        test_round_trip(FORMAT_TLV, "/3/0", DEVICE);
        test_round_trip(FORMAT_TLV, "/3", "08 00 79" DEVICE);
        test_round_trip(FORMAT_TLV, "/1", SERVER);
        test_round_trip(FORMAT_TLV_OLD, "/65/0", "88 00 0C 44 00 00 42 00 00 44 01 00 42 00 01");
        test_round_trip(FORMAT_TLV, "/66/0", "C4 02 FF FF FF FF");
}

static void test_types(void **state)
{
        static const struct {
                ValueType type;
                const char *hex; /* of the value */
                int r;
                const char *records;
        } table[] = {
                {VALUE_STRING, "", 0, "s"},
                {VALUE_STRING, "C3A4", 0, "s\xc3\xa4"},
                {VALUE_STRING, "C3", CODEC_E_TYPE, NULL},
                {VALUE_STRING, "6100", CODEC_E_TYPE, NULL},
                {VALUE_CORELNK, "3C2F3E", 0, "c</>"},
                {VALUE_INTEGER, "FF", 0, "i-1"},
                {VALUE_INTEGER, "80", 0, "i-128"},
                {VALUE_INTEGER, "8000", 0, "i-32768"},
                {VALUE_INTEGER, "80000000", 0, "i-2147483648"},
                {VALUE_INTEGER, "8000000000000000", 0, "i-9223372036854775808"},
                {VALUE_INTEGER, "7FFFFFFFFFFFFFFF", 0, "i9223372036854775807"},
                {VALUE_INTEGER, "0000000000000001", 0, "i1"},
                {VALUE_INTEGER, "", CODEC_E_TYPE, NULL},
                {VALUE_INTEGER, "000001", CODEC_E_TYPE, NULL},
                {VALUE_INTEGER, "0000000001", CODEC_E_TYPE, NULL},
                {VALUE_TIME, "FF", 0, "t-1"},
                {VALUE_UNSIGNED, "FF", 0, "u255"},
                {VALUE_UNSIGNED, "FFFFFFFFFFFFFFFF", 0, "u18446744073709551615"},
                {VALUE_FLOAT, "3FC00000", 0, "f1.5"},
                {VALUE_FLOAT, "3FF8000000000000", 0, "f1.5"},
                {VALUE_FLOAT, "3FF8", CODEC_E_TYPE, NULL},
                {VALUE_FLOAT, "01", CODEC_E_TYPE, NULL},
                {VALUE_BOOLEAN, "00", 0, "b0"},
                {VALUE_BOOLEAN, "01", 0, "b1"},
                {VALUE_BOOLEAN, "02", CODEC_E_TYPE, NULL},
                {VALUE_BOOLEAN, "0001", CODEC_E_TYPE, NULL},
                {VALUE_BOOLEAN, "", CODEC_E_TYPE, NULL},
                {VALUE_OPAQUE, "", 0, "o"},
                {VALUE_OPAQUE, "00FF", 0, "o00ff"},
                {VALUE_OBJLNK, "00420001", 0, "l66:1"},
                {VALUE_OBJLNK, "0042", CODEC_E_TYPE, NULL},
                {VALUE_OBJLNK, "0000000000420001", CODEC_E_TYPE, NULL},
                {VALUE_NONE, "", CODEC_E_TYPE, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                size_t size = strlen(table[i].hex) / 2;
                char hex[64], records[64];

                (void)snprintf(hex, sizeof(hex), "%02x%02x%s", (unsigned)(0xc0 | (size & 7)),
                        (unsigned)table[i].type, table[i].hex);
                if (size == 8)
                        (void)snprintf(
                                hex, sizeof(hex), "c8%02x08%s", (unsigned)table[i].type, table[i].hex);
                (void)snprintf(records, sizeof(records), "/100/0/%d %s", (int)table[i].type,
                        table[i].records ? table[i].records : "");
                test_decode(FORMAT_TLV, &(DecodeCase){"/100/0", hex, table[i].r, records});

                (void)snprintf(hex, sizeof(hex), "88%02x%02x4807%02x%s", 100 + (unsigned)table[i].type,
                        (unsigned)(3 + size), (unsigned)size, table[i].hex);
                (void)snprintf(records, sizeof(records), "/100/0/%d/7 %s", 100 + (int)table[i].type,
                        table[i].records ? table[i].records : "");
                test_decode(FORMAT_TLV, &(DecodeCase){"/100/0", hex, table[i].r, records});
        }
}

static void test_structure(void **state)
{
        static const DecodeCase table[] = {
                /* identifiers and lengths of every width; bits 2..0 are ignored beside a length field */
                {"/3/0", "E1 00 09 64", 0, "/3/0/9 i100"},
                {"/3/0", "CF 09 01 64", 0, "/3/0/9 i100"},
                {"/3/0", "D0 09 00 01 64", 0, "/3/0/9 i100"},
                {"/3/0", "D8 09 00 00 01 64", 0, "/3/0/9 i100"},
                {"/3/0", "F8 00 09 00 00 01 64", 0, "/3/0/9 i100"},

                /* empty containers */
                {"/3", "", 0, ""},
                {"/3/0", "", 0, "/3/0 -"},
                {"/3/0", "00 00", 0, "/3/0 -"},
                {"/1", "00 05 00 06", 0, "/1/5 -, /1/6 -"},
                {"/3/0", "80 06", 0, "/3/0/6 -"},
                {"/3/0/6", "80 06", 0, "/3/0/6 -"},

                /* several instances */
                {"/1", "03 01 C1 00 01 03 02 C1 00 02", 0, "/1/1/0 i1, /1/2/0 i2"},

                /* unknown Resources are skipped as one record */
                {"/3/0", "C1 63 01 84 64 FF FF FF FF C1 09 64", 0, "/3/0/99 ?, /3/0/100 ?, /3/0/9 i100"},
                {"/9", "03 00 C1 00 01", 0, "/9/0/0 ?"},
                {"/3/0/99", "C1 63 01", 0, "/3/0/99 ?"},

                /* below a Resource */
                {"/3/0/6", "86 06 41 00 01 41 01 05", 0, "/3/0/6/0 i1, /3/0/6/1 i5"},
                {"/3/0/6", "41 00 01 41 01 05", 0, "/3/0/6/0 i1, /3/0/6/1 i5"},
                {"/3/0/6/1", "41 01 05", 0, "/3/0/6/1 i5"},
                {"/3/0/6/1", "83 06 41 01 05", 0, "/3/0/6/1 i5"},
                {"/3/0/6/1", "41 00 05", CODEC_E_PATH, NULL},
                {"/3/0/6/1", "86 06 41 00 01 41 01 05", CODEC_E_PATH, NULL},
                {"/3/0/6/1", "80 06", CODEC_E_PATH, NULL},
                {"/3/0/9", "C1 0A 64", CODEC_E_PATH, NULL},
                {"/3/0/9", "C1 09 64 C1 09 64", CODEC_E_SYNTAX, NULL},
                {"/3/0/9", "41 00 64", CODEC_E_TYPE, NULL},
                {"/3/0/9", "", CODEC_E_SYNTAX, NULL},
                {"/3/0/9", "08 00 03 C1 09 64", CODEC_E_PATH, NULL},

                /* the wrong kind for the place */
                {"/3/0", "C1 06 01", CODEC_E_TYPE, NULL}, /* one value for a multiple-instance Resource */
                {"/3/0", "83 09 41 00 01", CODEC_E_TYPE, NULL}, /* instances of a single one */
                {"/3/0", "41 00 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "83 06 C1 00 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "03 01 C1 09 64", CODEC_E_PATH, NULL}, /* another instance than the request's */
                {"/3", "C1 09 64", CODEC_E_PATH, NULL},
                {"/3", "05 00 03 00 C1 09 64", CODEC_E_SYNTAX, NULL},
                {"/", "05 00 C1 09 64", CODEC_E_FORMAT, NULL},
                {"/3/0", "E1 FF FF 64", CODEC_E_PATH, NULL}, /* 65535 is reserved */
                {"/3", "20 FF FF", CODEC_E_PATH, NULL},
                {"/3/0", "03 00 C1 09 64 C1 09 64", CODEC_E_PATH, NULL},

                /* twice */
                {"/3/0", "C1 09 64 C1 09 65", CODEC_E_SYNTAX, NULL},
                {"/3/0", "86 06 41 00 01 41 00 05", CODEC_E_SYNTAX, NULL},
                {"/3/0", "80 06 83 06 41 00 01", CODEC_E_SYNTAX, NULL},
                {"/1", "00 05 00 05", CODEC_E_SYNTAX, NULL},
                {"/1", "00 05 03 05 C1 00 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "C1 63 01 C1 63 01", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_TLV, &table[i]);
}

/* Every beginning of a good payload is broken, except where a TLV ends. */
static void test_truncated(void **state)
{
        Path base = PATH_OBJECT(1);
        size_t size;
        uint8_t *data = test_bytes(SERVER, &size);

        for (size_t n = 1; n < size; n++) {
                uint8_t *exact = malloc(n);
                RecordList list = {0};

                assert_non_null(exact);
                memcpy(exact, data, n);
                assert_int_equal(
                        codec_decode(FORMAT_TLV, &test_schema, &base, exact, n, &list), CODEC_E_SYNTAX);
                free(exact);
        }
        free(data);
}

static void test_limits(void **state)
{
        static const uint8_t head[] = {0xd8, VALUE_OPAQUE, 1, 0, 1}; /* LIMIT_VALUE_SIZE + 1 bytes */
        uint8_t *data = calloc(1, sizeof(head) + LIMIT_VALUE_SIZE + 1);
        Path base = PATH_INSTANCE(100, 0);
        RecordList list = {0};

        assert_non_null(data);
        memcpy(data, head, sizeof(head));
        assert_int_equal(codec_decode(FORMAT_TLV, &test_schema, &base, data,
                                 sizeof(head) + LIMIT_VALUE_SIZE + 1, &list),
                CODEC_E_LIMIT);
        data[4] = 0;
        assert_int_equal(
                codec_decode(FORMAT_TLV, &test_schema, &base, data, sizeof(head) + LIMIT_VALUE_SIZE, &list),
                0);
        record_list_done(&list);

        /* LIMIT_RECORDS + 1 empty instances */
        base = PATH_OBJECT(1);
        for (size_t i = 0; i <= LIMIT_RECORDS; i++) {
                data[3 * i] = 0x20;
                data[3 * i + 1] = (uint8_t)(i >> 8);
                data[3 * i + 2] = (uint8_t)i;
        }
        assert_int_equal(codec_decode(FORMAT_TLV, &test_schema, &base, data, 3 * (LIMIT_RECORDS + 1), &list),
                CODEC_E_LIMIT);
        assert_int_equal(codec_decode(FORMAT_TLV, &test_schema, &base, data, 3 * LIMIT_RECORDS, &list), 0);
        assert_int_equal(list.n, LIMIT_RECORDS);
        record_list_done(&list);
        free(data);
}

static void test_encode_values(void **state)
{
        static const struct {
                Value value;
                const char *hex;
        } table[] = {
                {VALUE_INT(0), "C1 02 00"},
                {VALUE_INT(127), "C1 02 7F"},
                {VALUE_INT(128), "C2 02 00 80"},
                {VALUE_INT(-128), "C1 02 80"},
                {VALUE_INT(-129), "C2 02 FF 7F"},
                {VALUE_INT(32768), "C4 02 00 00 80 00"},
                {VALUE_INT(INT64_C(2147483648)), "C8 02 08 00 00 00 00 80 00 00 00"},
                {VALUE_INT(INT64_MIN), "C8 02 08 80 00 00 00 00 00 00 00"},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = 255}, "C1 03 FF"},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = 256}, "C2 03 01 00"},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX},
                        "C8 03 08 FF FF FF FF FF FF FF FF"},
                {{.type = VALUE_FLOAT, .real = 1.5}, "C4 04 3F C0 00 00"},
                {{.type = VALUE_FLOAT, .real = 0.1}, "C8 04 08 3F B9 99 99 99 99 99 9A"},
                {{.type = VALUE_FLOAT, .real = 1e300}, "C8 04 08 7E 37 E4 3C 88 00 75 9C"},
                {VALUE_BOOL(true), "C1 05 01"},
                {{.type = VALUE_TIME, .integer = 1367491215}, "C4 07 51 82 42 8F"},
                {{.type = VALUE_OBJLNK, .link = {66, 1}}, "C4 08 00 42 00 01"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char path[32];

                (void)snprintf(path, sizeof(path), "/100/0/%d", (int)table[i].value.type);
                test_encode_value(FORMAT_TLV, path, &table[i].value, 0, table[i].hex);
        }
        test_encode_value(FORMAT_TLV, "/3/0/6/1", &VALUE_INT(5), 0, "41 01 05");
        test_encode_value(FORMAT_TLV, "/3/0/6/256", &VALUE_INT(5), 0, "61 01 00 05");
        test_encode_value(FORMAT_TLV, "/3/0/6", &(Value){0}, 0, "80 06");
        test_encode_value(FORMAT_TLV, "/3/0", &(Value){0}, 0, "");
        test_encode_value(FORMAT_TLV, "/3/0/300", &VALUE_INT(5), 0, "E1 01 2C 05");
}

/* A value of that many bytes, alone, as a Resource Instance written alone, and in a Multiple Resource; each
 * length field begins where the one before ends. */
static void test_sizes(void **state)
{
        static const struct {
                size_t size;
                const char *resource, *instance, *multiple; /* what stands before the value */
        } table[] = {
                {0, "C0 06", "40 01", "82 6A 40 01"},
                {1, "C1 06", "41 01", "83 6A 41 01"},
                {5, "C5 06", "45 01", "87 6A 45 01"},
                {6, "C6 06", "46 01", "88 6A 08 46 01"},
                {7, "C7 06", "47 01", "88 6A 09 47 01"},
                {8, "C8 06 08", "48 01 08", "88 6A 0B 48 01 08"},
                {252, "C8 06 FC", "48 01 FC", "88 6A FF 48 01 FC"},
                {253, "C8 06 FD", "48 01 FD", "90 6A 0100 48 01 FD"},
                {255, "C8 06 FF", "48 01 FF", "90 6A 0102 48 01 FF"},
                {256, "D0 06 0100", "50 01 0100", "90 6A 0104 50 01 0100"},
                {65531, "D0 06 FFFB", "50 01 FFFB", "90 6A FFFF 50 01 FFFB"},
                {65532, "D0 06 FFFC", "50 01 FFFC", "98 6A 010000 50 01 FFFC"},
                {65535, "D0 06 FFFF", "50 01 FFFF", "98 6A 010003 50 01 FFFF"},
                {65536, "D8 06 010000", "58 01 010000", "98 6A 010005 58 01 010000"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char *zeros = calloc(2 * table[i].size + 64, 1);

                assert_non_null(zeros);
                for (size_t j = 0; j < 3; j++) {
                        const char *head = j == 0   ? table[i].resource
                                           : j == 1 ? table[i].instance
                                                    : table[i].multiple;
                        const char *base = j == 0 ? "/100/0/6" : j == 1 ? "/100/0/106/1" : "/100/0/106";

                        strcpy(zeros, head);
                        memset(zeros + strlen(head), '0', 2 * table[i].size);
                        zeros[strlen(head) + 2 * table[i].size] = '\0';
                        test_round_trip(FORMAT_TLV, base, zeros);
                }
                free(zeros);
        }
}

/* Three levels of TLVs around values of several sizes, identifiers of both widths. */
static void test_nested(void **state)
{
        static const DecodeCase decoded[] = {
                {"/100", "08 00 0E 88 6A 0B 41 00 FF 65 01 00 01 02 03 04 05", 0,
                        "/100/0/106/0 off, /100/0/106/256 o0102030405"},
                {"/100", "28 01 2C 0C 88 6A 09 41 00 FF 63 01 00 01 02 03", 0,
                        "/100/300/106/0 off, /100/300/106/256 o010203"},
                {"/100", "08 00 0C 88 6A 09 41 00 FF 63 01 00 01 02 03 00 01", 0,
                        "/100/0/106/0 off, /100/0/106/256 o010203, /100/1 -"},
                {"/100/0", "88 66 07 41 00 01 42 01 02 00 83 65 41 00 61", 0,
                        "/100/0/102/0 i1, /100/0/102/1 i512, /100/0/101/0 sa"},
                /* a length that ends in what contains it, or before it */
                {"/100", "08 00 0C 88 6A 0A 41 00 FF 63 01 00 01 02 03", CODEC_E_SYNTAX, NULL},
                {"/100", "08 00 0C 88 6A 08 41 00 FF 63 01 00 01 02 03", CODEC_E_SYNTAX, NULL},
                {"/100", "08 00 0D 88 6A 09 41 00 FF 63 01 00 01 02 03", CODEC_E_SYNTAX, NULL},
                {"/100", "08 00 0C 88 6A 09 41 00 FF 66 01 00 01 02 03", CODEC_E_SYNTAX, NULL},
                /* a Multiple Resource in another, an instance in a Resource */
                {"/100/0", "88 6A 04 80 6A 40 00", CODEC_E_SYNTAX, NULL},
                {"/100/0", "83 6A 01 00 00", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(decoded); i++)
                test_decode(FORMAT_TLV, &decoded[i]);
        test_round_trip(FORMAT_TLV, "/100", "08 00 0E 88 6A 0B 41 00 FF 65 01 00 01 02 03 04 05");
        test_round_trip(FORMAT_TLV, "/100", "28 01 2C 0C 88 6A 09 41 00 FF 63 01 00 01 02 03");
}

static void test_round_trips(void **state)
{
        static const struct {
                const char *base, *hex;
        } table[] = {
                {"/1", ""},
                {"/1", "00 05 00 06"},
                {"/1", "00 05 03 06 C1 00 02 20 01 00"},
                {"/3/0", "80 06 C1 09 64"},
                {"/3/0/6", "86 06 41 00 01 41 01 05"},
                {"/3/0/6/1", "41 01 05"},
                {"/3", "02 00 80 06"},
                {"/3/0/9", "C1 09 64"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_round_trip(FORMAT_TLV, table[i].base, table[i].hex);
}

static void test_encode_over_the_maximum(void **state)
{
        ByteWriter writer = BYTE_WRITER(20);
        RecordList list = {0};
        Path base = PATH_OBJECT(3), path = PATH_RESOURCE(3, 0, 0);
        Value value;

        assert_int_equal(value_make_string("longer than twenty bytes", &value), 0);
        assert_int_equal(record_list_add(&list, &path, &value), 0);
        assert_int_equal(codec_encode(FORMAT_TLV, &base, &list, &writer), -EMSGSIZE);
        assert_int_equal(codec_encode(FORMAT_TLV, &PATH_ROOT, &list, &writer), CODEC_E_FORMAT);
        byte_writer_done(&writer);
        record_list_done(&list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_types),
                cmocka_unit_test(test_structure),
                cmocka_unit_test(test_truncated),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_encode_values),
                cmocka_unit_test(test_sizes),
                cmocka_unit_test(test_nested),
                cmocka_unit_test(test_round_trips),
                cmocka_unit_test(test_encode_over_the_maximum),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
