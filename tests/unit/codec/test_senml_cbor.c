/* SPDX-License-Identifier: Apache-2.0 */
/* codec/senml_cbor: the specification's vector, labels and base fields, broken input, the store's round
 * trip. */
#include "support.h"

/* Core TS, 7.4.5's example: 196 bytes */
#define DEVICE                                                                        \
        "90"                                                                          \
        "A3 21 65 2F332F302F 00 61 30 03 74 4F70656E204D6F62696C6520416C6C69616E6365" \
        "A2 00 61 31 03 76 4C696768747765696768 74204D324D20436C69656E74"             \
        "A2 00 61 32 03 69 333435303030313233"                                        \
        "A2 00 61 33 03 63 312E30"                                                    \
        "A2 00 63 362F30 02 01"                                                       \
        "A2 00 63 362F31 02 05"                                                       \
        "A2 00 63 372F30 02 19 0ED8"                                                  \
        "A2 00 63 372F31 02 19 1388"                                                  \
        "A2 00 63 382F30 02 18 7D"                                                    \
        "A2 00 63 382F31 02 19 0384"                                                  \
        "A2 00 61 39 02 18 64"                                                        \
        "A2 00 62 3130 02 0F"                                                         \
        "A2 00 64 31312F30 02 00"                                                     \
        "A2 00 62 3133 02 1A 5182428F"                                                \
        "A2 00 62 3134 03 66 2B30323A3030"                                            \
        "A2 00 62 3136 03 61 55"
#define DEVICE_RECORDS                                                                                   \
        "/3/0/0 sOpen Mobile Alliance, /3/0/1 sLightweight M2M Client, /3/0/2 s345000123, /3/0/3 s1.0, " \
        "/3/0/6/0 i1, /3/0/6/1 i5, /3/0/7/0 i3800, /3/0/7/1 i5000, /3/0/8/0 i125, /3/0/8/1 i900, "       \
        "/3/0/9 i100, /3/0/10 i15, /3/0/11/0 i0, /3/0/13 t1367491215, /3/0/14 s+02:00, /3/0/16 sU"

/* Texts as CBOR */
#define T_300  "65 2F332F302F"     /* "/3/0/" */
#define T_3009 "66 2F332F302F39"   /* "/3/0/9" */
#define T_9    "61 39"             /* "9" */
#define T_1000 "67 2F3130302F302F" /* "/100/0/" */

static void test_vector(void **state)
{
        size_t size;

        free(test_bytes(DEVICE, &size));
        assert_int_equal(size, 196);
        test_decode(FORMAT_SENML_CBOR, &(DecodeCase){"/3/0", DEVICE, 0, DEVICE_RECORDS});
        test_decode(FORMAT_SENML_CBOR, &(DecodeCase){"/3", DEVICE, 0, DEVICE_RECORDS});
        test_decode(FORMAT_SENML_CBOR, &(DecodeCase){"/", DEVICE, 0, DEVICE_RECORDS});
        test_round_trip(FORMAT_SENML_CBOR, "/3/0", DEVICE);
}

static void test_names(void **state)
{
        static const DecodeCase table[] = {
                {"/3/0", "81 A2 00" T_3009 "02 18 64", 0, "/3/0/9 i100"},
                {"/3/0/9", "81 A2 21" T_3009 "02 18 64", 0, "/3/0/9 i100"},
                {"/3/0/9", "81 A3 21" T_300 "00" T_9 "02 18 64", 0, "/3/0/9 i100"},
                /* keys in any order */
                {"/3/0", "81 A3 02 18 64 00" T_9 "21" T_300, 0, "/3/0/9 i100"},
                {"/3/0", "81 A3 02 18 64 00" T_9 "21 64 2F332F30", CODEC_E_PATH, NULL}, /* "/3/09" */
                {"/3/0", "81 A3 02 18 64 00 62 2F39 21 64 2F332F30", 0, "/3/0/9 i100"},
                /* the base name lasts, until another one */
                {"/",
                        "83 A3 21" T_300 "00" T_9
                        "02 01 A2 00 62 3130 02 02 A3 21 65 2F312F302F 00 61 31 02 03",
                        0, "/3/0/9 i1, /3/0/10 i2, /1/0/1 i3"},
                /* base fields alone */
                {"/3/0", "82 A1 21" T_300 "A2 00" T_9 "02 01", 0, "/3/0/9 i1"},
                {"/3/0", "82 A0 A2 00" T_3009 "02 01", 0, "/3/0/9 i1"},
                /* outside of the request, or no path */
                {"/3/1", "81 A2 00" T_3009 "02 18 64", CODEC_E_PATH, NULL},
                {"/3/0/1", "81 A2 00" T_3009 "02 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "81 A1 02 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "81 A2 00 60 02 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "81 A2 00 64 2F332F30 02 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "81 A2 00" T_300 "02 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "81 A2 00 67 2F332F302F3900 02 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "81 A2 00 6C 2F332F302F392F302F302F 02 18 64", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A2 00 6B 2F332F302F392F302F302F 02 18 64", CODEC_E_PATH, NULL},
                {"/3/0", "81 A2 00 78 1B 2F36353533342F36353533342F36353533342F36353533342F3636 02 18 64",
                        CODEC_E_PATH, NULL},
                {"/", "81 A2 00 69 2F36353533352F302F31 02 01", CODEC_E_SYNTAX, NULL},
                {"/", "81 A2 00 6A 2F36353533352F302F31 02 01", CODEC_E_PATH, NULL}, /* "/65535/0/1" */
                {"/3/0", "81 A2 00 01 02 18 64", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A2 00 42 3139 02 18 64", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_SENML_CBOR, &table[i]);
}

static void test_values(void **state)
{
        static const struct {
                const char *resource, *hex; /* resource of /100/0 as CBOR text; label and value */
                int r;
                const char *records;
        } table[] = {
                {"61 31", "03 61 61", 0, "/100/0/1 sa"},
                {"61 31", "08 41 61", CODEC_E_TYPE, NULL},
                {"61 31", "03 41 61", CODEC_E_TYPE, NULL},
                {"61 31", "03 61 FF", CODEC_E_TYPE, NULL},
                {"61 32", "02 20", 0, "/100/0/2 i-1"},
                {"61 32", "02 FA 47C35000", 0, "/100/0/2 i100000"},
                {"61 32", "02 FA 3FC00000", CODEC_E_TYPE, NULL},
                {"61 32", "02 61 31", CODEC_E_TYPE, NULL},
                {"61 32", "02 F6", CODEC_E_TYPE, NULL},
                {"61 32", "03 61 31", CODEC_E_TYPE, NULL},
                {"61 32", "04 F5", CODEC_E_TYPE, NULL},
                {"61 33", "02 1B FFFFFFFFFFFFFFFF", 0, "/100/0/3 u18446744073709551615"},
                {"61 33", "02 20", CODEC_E_TYPE, NULL},
                {"61 34", "02 F9 3E00", 0, "/100/0/4 f1.5"},
                {"61 34", "02 05", 0, "/100/0/4 f5"},
                {"61 35", "04 F5", 0, "/100/0/5 b1"},
                {"61 35", "04 01", CODEC_E_TYPE, NULL},
                {"61 36", "08 42 00FF", 0, "/100/0/6 o00ff"},
                {"61 36", "08 62 3031", CODEC_E_TYPE, NULL},
                {"61 37", "02 C1 05", 0, "/100/0/7 t5"},
                {"61 38", "63 766C6F 64 36363A31", 0, "/100/0/8 l66:1"},
                {"61 38", "03 64 36363A31", 0, "/100/0/8 l66:1"},
                {"61 38", "03 62 3636", CODEC_E_TYPE, NULL},
                {"61 38", "63 766C6F 62 3636", CODEC_E_TYPE, NULL},
                {"61 39", "03 60", 0, "/100/0/9 c"},
                {"61 30", "03 60", CODEC_E_TYPE, NULL},     /* an executable */
                {"63 313032", "02 05", CODEC_E_TYPE, NULL}, /* one value for a multiple-instance Resource */
                {"65 3130322F37", "02 05", 0, "/100/0/102/7 i5"},
                {"63 322F30", "02 05", CODEC_E_PATH, NULL}, /* an instance of a single-instance one */
                {"63 333030", "02 05", 0, "/100/0/300 ?"},
                {"63 333030", "02 A1 01 81 02", 0, "/100/0/300 ?"},
                {"65 3330302F31", "02 05", 0, "/100/0/300 ?"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char hex[200];

                (void)snprintf(
                        hex, sizeof(hex), "81 A3 21 %s 00 %s %s", T_1000, table[i].resource, table[i].hex);
                test_decode(FORMAT_SENML_CBOR, &(DecodeCase){"/100/0", hex, table[i].r, table[i].records});
                /* the same, all lengths indefinite */
                (void)snprintf(hex, sizeof(hex), "9F BF 21 7F %s FF 00 %s %s FF FF", T_1000,
                        table[i].resource, table[i].hex);
                test_decode(FORMAT_SENML_CBOR, &(DecodeCase){"/100", hex, table[i].r, table[i].records});
        }
}

static void test_fields(void **state)
{
        static const DecodeCase table[] = {
                /* times, units and sums have no meaning here */
                {"/3/0", "81 A8 22 1A 5182428F 23 61 25 25 02 00" T_3009 "01 61 25 02 05 06 20 07 01", 0,
                        "/3/0/9 i5"},
                {"/3/0", "81 A3 00" T_3009 "02 05 05 01", 0, "/3/0/9 i5"},
                {"/3/0", "81 A2 00" T_3009 "05 01", CODEC_E_SYNTAX, NULL}, /* a sum alone */
                {"/3/0", "81 A3 22 61 30 00" T_3009 "02 05", CODEC_E_TYPE, NULL},
                /* base value */
                {"/3/0", "82 A4 21" T_300 "24 18 64 00" T_9 "02 05 A2 00 62 3130 02 24", 0,
                        "/3/0/9 i105, /3/0/10 i95"},
                {"/3/0", "82 A4 21" T_300 "24 18 64 00" T_9 "02 05 A2 00 61 33 03 61 61", 0,
                        "/3/0/9 i105, /3/0/3 sa"},
                {"/100/0", "81 A4 21" T_1000 "24 F9 3E00 00 61 34 02 01", 0, "/100/0/4 f2.5"},
                {"/100/0", "81 A4 21" T_1000 "24 F9 3E00 00 61 32 02 01", CODEC_E_TYPE, NULL},
                {"/100/0", "81 A4 21" T_1000 "24 F9 3E00 00 61 32 02 F9 3800", 0, "/100/0/2 i2"},
                {"/100/0", "81 A4 21" T_1000 "24 1B FFFFFFFFFFFFFFFF 00 61 33 02 00", 0,
                        "/100/0/3 u18446744073709551615"},
                {"/100/0", "81 A4 21" T_1000 "24 1B FFFFFFFFFFFFFFFF 00 61 33 02 01", CODEC_E_TYPE, NULL},
                {"/100/0", "81 A4 21" T_1000 "24 3B 7FFFFFFFFFFFFFFF 00 61 32 02 20", CODEC_E_TYPE, NULL},
                {"/3/0", "81 A3 24 61 31 00" T_3009 "02 05", CODEC_E_TYPE, NULL},
                /* version */
                {"/3/0", "81 A3 20 0A 00" T_3009 "02 05", 0, "/3/0/9 i5"},
                {"/3/0", "81 A3 20 0B 00" T_3009 "02 05", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 20 00 00" T_3009 "02 05", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 20 61 31 00" T_3009 "02 05", CODEC_E_TYPE, NULL},
                /* labels as text */
                {"/3/0", "81 A3 62 626E" T_300 "61 6E" T_9 "61 76 05", 0, "/3/0/9 i5"},
                {"/3/0", "81 A3 00" T_3009 "61 6E" T_9 "61 76 05", CODEC_E_SYNTAX, NULL},
                /* integer labels as text */
                {"/3/0", "81 A3 00" T_3009 "02 05 61 32 06", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 62 2D32 06", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 63 313233 06", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A2 61 33 63 686868 62 2D32 6B 2F333434322F302F313130", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 61 2D 06", 0, "/3/0/9 i5"},
                {"/3/0", "81 A3 00" T_3009 "02 05 62 3278 06", 0, "/3/0/9 i5"},
                /* labels unknown */
                {"/3/0", "81 A3 00" T_3009 "02 05 63 787878 A1 01 02", 0, "/3/0/9 i5"},
                {"/3/0", "81 A3 00" T_3009 "02 05 64 7878785F A1 01 02", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 09 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 26 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 3B FFFFFFFFFFFFFFFF 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 41 61 01", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 63 787878 81 81 81 81 81 81 81 00", CODEC_E_LIMIT, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 63 787878 81 81 81 81 81 81 00", 0, "/3/0/9 i5"},
                /* twice */
                {"/3/0", "81 A3 00" T_3009 "02 05 02 06", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A3 00" T_3009 "02 05 03 61 61", CODEC_E_SYNTAX, NULL},
                {"/3/0", "82 A2 00" T_3009 "02 05 A2 00" T_3009 "02 05", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_SENML_CBOR, &table[i]);
}

static void test_containers(void **state)
{
        static const DecodeCase table[] = {
                {"/", "80", 0, ""},
                {"/3", "80", 0, ""},
                {"/3/0", "80", 0, ""},
                {"/3/0", "81 A0", 0, ""},
                {"/3/0", "81 A1 06 01", 0, ""},
                {"/3/0", "81 A1 22 01", 0, ""},
                {"/1", "82 A1 00 64 2F312F35 A1 00 64 2F312F36", 0, "/1/5 -, /1/6 -"},
                {"/1/5", "81 A1 21 64 2F312F35", 0, "/1/5 -"},
                {"/3/0/6", "81 A1 00 66 2F332F302F36", 0, "/3/0/6 -"},
                {"/3/0", "81 A1 00" T_3009, CODEC_E_SYNTAX, NULL}, /* no value of a single one */
                {"/3/0", "81 A1 00 68 2F332F302F362F30", CODEC_E_SYNTAX, NULL}, /* of an instance */
                {"/", "81 A1 00 62 2F31", CODEC_E_PATH, NULL},
                {"/", "81 A1 00 61 2F", CODEC_E_PATH, NULL},
                {"/3/0", "81 A1 00 67 2F332F302F3939", 0, ""}, /* unknown and without a value */
                /* a container beside what it contains */
                {"/3/0", "82 A1 00 66 2F332F302F36 A2 00 68 2F332F302F362F30 02 01", CODEC_E_SYNTAX, NULL},
                {"/3", "82 A1 00 64 2F332F30 A2 00" T_3009 "02 01", CODEC_E_SYNTAX, NULL},
                /* the instances of an unknown Resource are one record */
                {"/3/0", "82 A2 00 69 2F332F302F39392F30 02 01 A2 00 69 2F332F302F39392F31 02 01", 0,
                        "/3/0/99 ?"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_SENML_CBOR, &table[i]);
}

static void test_broken(void **state)
{
        static const DecodeCase table[] = {
                {"/3/0", "", CODEC_E_SYNTAX, NULL},
                {"/3/0", "A0", CODEC_E_SYNTAX, NULL},
                {"/3/0", "00", CODEC_E_SYNTAX, NULL},
                {"/3/0", "80 00", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 80", CODEC_E_SYNTAX, NULL},
                {"/3/0", "9F", CODEC_E_SYNTAX, NULL},
                {"/3/0", "9F BF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A1 00", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 BF 00 FF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "9A 40000000", CODEC_E_SYNTAX, NULL},
                {"/3/0", "9B FFFFFFFFFFFFFFFF A0", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 BB FFFFFFFFFFFFFFFF", CODEC_E_SYNTAX, NULL},
                {"/3/0", "81 A2 00" T_3009 "02 1C", CODEC_E_SYNTAX, NULL},
                {"/3/0", "C0 80", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(FORMAT_SENML_CBOR, &table[i]);
}

static void test_truncated(void **state)
{
        const Path base = PATH_INSTANCE(3, 0);
        size_t size;
        uint8_t *data = test_bytes(DEVICE, &size);

        for (size_t n = 0; n < size; n++) {
                uint8_t *exact = malloc(n);
                RecordList list = {0};

                assert_true(exact || n == 0);
                memcpy(exact, data, n);
                assert_int_equal(codec_decode(FORMAT_SENML_CBOR, &test_schema, &base, exact, n, &list),
                        CODEC_E_SYNTAX);
                free(exact);
        }
        free(data);
}

static void test_limits(void **state)
{
        static uint8_t data[3 + LIMIT_RECORDS + 1];
        const Path base = PATH_OBJECT(3);
        RecordList list = {0};

        /* empty maps count as well */
        memset(data, 0xa0, sizeof(data));
        data[0] = 0x99;
        data[1] = LIMIT_RECORDS >> 8;
        data[2] = LIMIT_RECORDS & 0xff;
        assert_int_equal(
                codec_decode(FORMAT_SENML_CBOR, &test_schema, &base, data, sizeof(data) - 1, &list), 0);
        data[2]++;
        assert_int_equal(codec_decode(FORMAT_SENML_CBOR, &test_schema, &base, data, sizeof(data), &list),
                CODEC_E_LIMIT);
}

static void test_encode(void **state)
{
        static const struct {
                Value value;
                const char *hex;
        } table[] = {
                {VALUE_INT(-5), "02 24"},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = 49320}, "02 19 C0A8"},
                {{.type = VALUE_FLOAT, .real = 1.5}, "02 FA 3FC00000"},
                {VALUE_BOOL(true), "04 F5"},
                {{.type = VALUE_TIME, .integer = 5}, "02 05"},
                {{.type = VALUE_OBJLNK, .link = {66, 1}}, "63 766C6F 64 36363A31"},
                {{.type = VALUE_STRING, .bytes = {(uint8_t *)"", 0}}, "03 60"},
                {{.type = VALUE_CORELNK, .bytes = {(uint8_t *)"a", 1}}, "03 61 61"},
                {{.type = VALUE_OPAQUE, .bytes = {(uint8_t *)"\xff", 1}}, "08 41 FF"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char hex[100];

                (void)snprintf(hex, sizeof(hex), "81 A2 21 %s %s", T_3009, table[i].hex);
                test_encode_value(FORMAT_SENML_CBOR, "/3/0/9", &table[i].value, 0, hex);
        }
        test_encode_value(FORMAT_SENML_CBOR, "/1/5", &(Value){0}, 0, "81 A1 21 64 2F312F35");
}

static void test_round_trips(void **state)
{
        static const struct {
                const char *base, *hex;
        } table[] = {
                {"/", "80"},
                {"/1", "80"},
                {"/3/0", "81 A1 21 64 2F332F30"},
                {"/", "83 A3 21 61 2F 00 65 312F302F30 02 01 A1 00 63 312F35 A1 00 65 332F302F36"},
                {"/3/0/6", "82 A3 21 67 2F332F302F362F 00 61 30 02 01 A2 00 61 31 02 05"},
                {"/3/0/6/1", "81 A2 21 68 2F332F302F362F31 02 05"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_round_trip(FORMAT_SENML_CBOR, table[i].base, table[i].hex);
}

static void test_encode_refuses(void **state)
{
        const Path base = PATH_INSTANCE(3, 0), below = PATH_RESOURCE(3, 0, 9);
        ByteWriter writer = BYTE_WRITER(5);
        RecordList list = {0};

        assert_int_equal(record_list_add(&list, &below, &VALUE_INT(1)), 0);
        assert_int_equal(codec_encode(FORMAT_SENML_CBOR, &base, &list, &writer), -EMSGSIZE);
        assert_int_equal(record_list_add(&list, &base, &(Value){0}), 0);
        assert_int_equal(codec_encode(FORMAT_SENML_CBOR, &base, &list, &writer), CODEC_E_FORMAT);
        byte_writer_done(&writer);
        record_list_done(&list);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vector),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_fields),
                cmocka_unit_test(test_containers),
                cmocka_unit_test(test_broken),
                cmocka_unit_test(test_truncated),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_encode),
                cmocka_unit_test(test_round_trips),
                cmocka_unit_test(test_encode_refuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
