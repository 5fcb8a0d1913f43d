/* SPDX-License-Identifier: Apache-2.0 */
/* codec/senml_json: the Device Object, names, numbers that a double does not hold, strings and Base64,
 * broken input, limits. What records mean is senml_cbor's test as well. */
#include <math.h>

#include "support.h"

/* Core TS, 7.4.5's example as JSON */
#define DEVICE                                                                                       \
        "[{\"bn\":\"/3/0/\",\"n\":\"0\",\"vs\":\"Open Mobile Alliance\"},"                           \
        "{\"n\":\"1\",\"vs\":\"Lightweight M2M Client\"},{\"n\":\"2\",\"vs\":\"345000123\"},"        \
        "{\"n\":\"3\",\"vs\":\"1.0\"},{\"n\":\"6/0\",\"v\":1},{\"n\":\"6/1\",\"v\":5},"              \
        "{\"n\":\"7/0\",\"v\":3800},{\"n\":\"7/1\",\"v\":5000},{\"n\":\"8/0\",\"v\":125},"           \
        "{\"n\":\"8/1\",\"v\":900},{\"n\":\"9\",\"v\":100},{\"n\":\"10\",\"v\":15},"                 \
        "{\"n\":\"11/0\",\"v\":0},{\"n\":\"13\",\"v\":1367491215},{\"n\":\"14\",\"vs\":\"+02:00\"}," \
        "{\"n\":\"16\",\"vs\":\"U\"}]"
#define DEVICE_RECORDS                                                                                   \
        "/3/0/0 sOpen Mobile Alliance, /3/0/1 sLightweight M2M Client, /3/0/2 s345000123, /3/0/3 s1.0, " \
        "/3/0/6/0 i1, /3/0/6/1 i5, /3/0/7/0 i3800, /3/0/7/1 i5000, /3/0/8/0 i125, /3/0/8/1 i900, "       \
        "/3/0/9 i100, /3/0/10 i15, /3/0/11/0 i0, /3/0/13 t1367491215, /3/0/14 s+02:00, /3/0/16 sU"

static char *hex_of(const char *text, size_t size)
{
        char *hex = malloc(2 * size + 1);

        assert_non_null(hex);
        hex[0] = '\0';
        for (size_t i = 0; i < size; i++)
                (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)(uint8_t)text[i]);
        return hex;
}

/* A case of which hex is the text itself; single quotes stand for double ones. */
static void decode_text(const DecodeCase *c)
{
        char *text = strdup(c->hex), *hex;

        assert_non_null(text);
        for (char *p = text; *p != '\0'; p++)
                if (*p == '\'')
                        *p = '"';
        hex = hex_of(text, strlen(text));
        print_message("%s %s\n", c->base, text);
        test_decode(FORMAT_SENML_JSON, &(DecodeCase){c->base, hex, c->r, c->records});
        free(hex);
        free(text);
}

static void test_vector(void **state)
{
        char *hex = hex_of(DEVICE, strlen(DEVICE));

        decode_text(&(DecodeCase){"/3/0", DEVICE, 0, DEVICE_RECORDS});
        decode_text(&(DecodeCase){"/3", DEVICE, 0, DEVICE_RECORDS});
        decode_text(&(DecodeCase){"/", DEVICE, 0, DEVICE_RECORDS});
        test_round_trip(FORMAT_SENML_JSON, "/3/0", hex);
        free(hex);
}

static void test_names(void **state)
{
        static const DecodeCase table[] = {
                {"/3/0", "[{'n':'/3/0/9','v':100}]", 0, "/3/0/9 i100"},
                {"/3/0/9", "[{'bn':'/3/0/9','v':100}]", 0, "/3/0/9 i100"},
                {"/3/0", "[{'v':100,'n':'9','bn':'/3/0/'}]", 0, "/3/0/9 i100"},
                {"/3/0", "[{'bn':'/3/0/','n':'9','v':1},{'n':'10','v':2}]", 0, "/3/0/9 i1, /3/0/10 i2"},
                {"/", "[{'bn':'/3/0/','n':'9','v':1},{'bn':'/1/0/','n':'1','v':3}]", 0,
                        "/3/0/9 i1, /1/0/1 i3"},
                {"/3/0", " [ { 'bn' : '/3/0/' } ,\t{ 'n' : '9' ,\r\n 'v' : 1 } ] \n", 0, "/3/0/9 i1"},
                {"/3/0", "[{'\\u006e':'\\/3\\/0\\u002f9','v':1}]", 0, "/3/0/9 i1"},
                {"/3/0", "[{},{'n':'/3/0/9','v':1}]", 0, "/3/0/9 i1"},
                {"/3/1", "[{'n':'/3/0/9','v':100}]", CODEC_E_PATH, NULL},
                {"/3/0", "[{'v':100}]", CODEC_E_PATH, NULL},
                {"/3/0", "[{'n':'/3/0/9/0/0/0/0/0/0/0/0/0/0','v':100}]", CODEC_E_PATH, NULL},
                {"/3/0", "[{'n':'/3/0/9\\u0000','v':100}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':9,'v':100}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':null,'v':100}]", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                decode_text(&table[i]);
}

/* resource: of /100/0, its type's number */
typedef struct ValueCase {
        const char *resource, *field;
        int r;
        const char *records;
} ValueCase;

static void decode_values(const ValueCase *table, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                char text[600];

                (void)snprintf(text, sizeof(text), "[{'bn':'/100/0/','n':'%s',%s}]", table[i].resource,
                        table[i].field);
                decode_text(&(DecodeCase){"/100/0", text, table[i].r, table[i].records});
        }
}

static void test_numbers(void **state)
{
        static const ValueCase table[] = {
                {"2", "'v':-1", 0, "/100/0/2 i-1"},
                {"2", "'v':1.0", 0, "/100/0/2 i1"},
                {"2", "'v':1e3", 0, "/100/0/2 i1000"},
                {"2", "'v':1.50e1", 0, "/100/0/2 i15"},
                {"2", "'v':1200e-2", 0, "/100/0/2 i12"},
                {"2", "'v':-0", 0, "/100/0/2 i0"},
                {"2", "'v':-0.0", 0, "/100/0/2 i0"},
                {"2", "'v':0e99999999999999999999", 0, "/100/0/2 i0"},
                {"2", "'v':0e-99999999999999999999", 0, "/100/0/2 i0"},
                {"2", "'v':1.5", CODEC_E_TYPE, NULL},
                {"2", "'v':1e-1", CODEC_E_TYPE, NULL},
                /* above 2^53, where doubles are not every number any more */
                {"2", "'v':9007199254740993", 0, "/100/0/2 i9007199254740993"},
                {"2", "'v':9007199254740993.0", 0, "/100/0/2 i9007199254740993"},
                {"2", "'v':9.007199254740993e15", 0, "/100/0/2 i9007199254740993"},
                {"2", "'v':9223372036854775807", 0, "/100/0/2 i9223372036854775807"},
                {"2", "'v':-9223372036854775808", 0, "/100/0/2 i-9223372036854775808"},
                {"2", "'v':9223372036854775808", CODEC_E_TYPE, NULL},
                {"2", "'v':-9223372036854775809", CODEC_E_TYPE, NULL},
                {"2", "'v':1.00000000000000000001", CODEC_E_TYPE, NULL},
                {"2", "'v':1e400", CODEC_E_TYPE, NULL},
                {"7", "'v':9223372036854775808", CODEC_E_TYPE, NULL},
                {"3", "'v':9223372036854775808", 0, "/100/0/3 u9223372036854775808"},
                {"3", "'v':18446744073709551615", 0, "/100/0/3 u18446744073709551615"},
                {"3", "'v':1.8446744073709551615e19", 0, "/100/0/3 u18446744073709551615"},
                {"3", "'v':18446744073709551616", CODEC_E_TYPE, NULL},
                {"3", "'v':-0", 0, "/100/0/3 u0"},
                {"3", "'v':-1", CODEC_E_TYPE, NULL},
                {"4", "'v':0.1", 0, "/100/0/4 f0.10000000000000001"},
                {"4", "'v':5", 0, "/100/0/4 f5"},
                {"4", "'v':-0", 0, "/100/0/4 f-0"},
                {"4", "'v':18446744073709551615", 0, "/100/0/4 f1.8446744073709552e+19"},
                {"4", "'v':1e30", 0, "/100/0/4 f1e+30"},
                {"4", "'v':1E+30", 0, "/100/0/4 f1e+30"},
                {"4", "'v':5e-324", 0, "/100/0/4 f4.9406564584124654e-324"},
                {"4", "'v':1e-400", 0, "/100/0/4 f0"},
                {"4", "'v':1e400", CODEC_E_TYPE, NULL},
                {"7", "'v':1367491215", 0, "/100/0/7 t1367491215"},
                {"7", "'v':'1367491215'", CODEC_E_TYPE, NULL},
                /* no numbers of JSON, known Resource or not */
                {"300", "'v':01", CODEC_E_SYNTAX, NULL},
                {"300", "'v':-01", CODEC_E_SYNTAX, NULL},
                {"300", "'v':+1", CODEC_E_SYNTAX, NULL},
                {"300", "'v':1.", CODEC_E_SYNTAX, NULL},
                {"300", "'v':.1", CODEC_E_SYNTAX, NULL},
                {"300", "'v':1e", CODEC_E_SYNTAX, NULL},
                {"300", "'v':1.e1", CODEC_E_SYNTAX, NULL},
                {"300", "'v':--1", CODEC_E_SYNTAX, NULL},
                {"300", "'v':1-1", CODEC_E_SYNTAX, NULL},
                {"300", "'v':0x10", CODEC_E_SYNTAX, NULL},
                {"300", "'v':1 2", CODEC_E_SYNTAX, NULL},
                {"300", "'v':NaN", CODEC_E_SYNTAX, NULL},
                {"300", "'v':Infinity", CODEC_E_SYNTAX, NULL},
                {"300", "'v':true1", CODEC_E_SYNTAX, NULL},
                {"300", "'v':1e400", 0, "/100/0/300 ?"},
        };

        decode_values(table, ELEMENTSOF(table));
}

static void test_values(void **state)
{
        static const ValueCase table[] = {
                {"1", "'vs':'a'", 0, "/100/0/1 sa"},
                {"1", "'vs':''", 0, "/100/0/1 s"},
                {"1", "'vs':'\\u00e4\\ud83d\\ude00\\n'", 0, "/100/0/1 s\xc3\xa4\xf0\x9f\x98\x80\n"},
                {"1", "'vs':'1{[,]}2'", 0, "/100/0/1 s1{[,]}2"},
                {"1", "'vs':'\\\\'", 0, "/100/0/1 s\\"},
                {"1", "'vs':'a\\u0000b'", CODEC_E_SYNTAX, NULL},
                {"1", "'vs':'\\ud83d'", CODEC_E_SYNTAX, NULL},
                {"1", "'vs':'\xff'", CODEC_E_SYNTAX, NULL},
                {"1", "'vs':'a\nb'", CODEC_E_SYNTAX, NULL},
                {"1", "'vs':1", CODEC_E_TYPE, NULL},
                {"1", "'vd':'YQ'", CODEC_E_TYPE, NULL},
                {"2", "'v':'1'", CODEC_E_TYPE, NULL},
                {"2", "'v':true", CODEC_E_TYPE, NULL},
                {"2", "'v':null", CODEC_E_TYPE, NULL},
                {"2", "'v':[1]", CODEC_E_TYPE, NULL},
                {"5", "'vb':true", 0, "/100/0/5 b1"},
                {"5", "'vb':false", 0, "/100/0/5 b0"},
                {"5", "'vb':1", CODEC_E_TYPE, NULL},
                {"5", "'vb':'true'", CODEC_E_TYPE, NULL},
                {"5", "'v':true", CODEC_E_TYPE, NULL},
                {"6", "'vd':'-_8'", 0, "/100/0/6 ofbff"},
                {"6", "'vd':'-_8='", 0, "/100/0/6 ofbff"},
                {"6", "'vd':'+/8='", 0, "/100/0/6 ofbff"},
                {"6", "'vd':'AA'", 0, "/100/0/6 o00"},
                {"6", "'vd':''", 0, "/100/0/6 o"},
                {"6", "'vd':'A'", CODEC_E_TYPE, NULL},
                {"6", "'vd':'AB'", CODEC_E_TYPE, NULL}, /* bits that belong to no byte */
                {"6", "'vd':'A*'", CODEC_E_TYPE, NULL},
                {"6", "'vd':0", CODEC_E_TYPE, NULL},
                {"6", "'vs':'AA'", CODEC_E_TYPE, NULL},
                {"8", "'vlo':'66:1'", 0, "/100/0/8 l66:1"},
                {"8", "'vlo':'65535:65535'", 0, "/100/0/8 l65535:65535"},
                {"8", "'vlo':'66'", CODEC_E_TYPE, NULL},
                {"8", "'vlo':66", CODEC_E_TYPE, NULL},
                {"8", "'vs':'66:1'", 0, "/100/0/8 l66:1"},
                {"8", "'vs':'66'", CODEC_E_TYPE, NULL},
                {"0", "'vlo':'66:1'", CODEC_E_TYPE, NULL},
                {"9", "'vs':'</1>'", 0, "/100/0/9 c</1>"},
                {"0", "'vs':''", CODEC_E_TYPE, NULL},
                {"102", "'v':5", CODEC_E_TYPE, NULL},
                {"102/7", "'v':5", 0, "/100/0/102/7 i5"},
                {"2/0", "'v':5", CODEC_E_PATH, NULL},
                {"300", "'v':5", 0, "/100/0/300 ?"},
                {"300", "'v':{'a':[1,null]}", 0, "/100/0/300 ?"},
                {"300/1", "'v':5", 0, "/100/0/300 ?"},
        };

        decode_values(table, ELEMENTSOF(table));
}

static void test_fields(void **state)
{
        static const DecodeCase table[] = {
                {"/3/0", "[{'n':'/3/0/9','bt':1e9,'bu':'m','bs':1,'v':5,'u':'A','s':1,'t':-5,'ut':1}]", 0,
                        "/3/0/9 i5"},
                {"/3/0", "[{'n':'/3/0/9','bt':'x','v':5}]", CODEC_E_TYPE, NULL},
                {"/3/0", "[{'n':'/3/0/9','s':1}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'bn':'/3/0/','bv':100,'n':'9','v':5},{'n':'10','v':-5}]", 0,
                        "/3/0/9 i105, /3/0/10 i95"},
                {"/3/0", "[{'bver':10,'n':'/3/0/9','v':5}]", 0, "/3/0/9 i5"},
                {"/3/0", "[{'bver':11,'n':'/3/0/9','v':5}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5,'odd':[{'deep':[1,2]}]}]", 0, "/3/0/9 i5"},
                {"/3/0", "[{'n':'/3/0/9','v':5,'odd_':1}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5,'2':6}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5,'':6}]", 0, "/3/0/9 i5"},
                /* said twice */
                {"/3/0", "[{'n':'/3/0/9','v':5,'v':5}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5,'\\u0076':5}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5,'odd':1,'odd':1}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5,'odd':{'a':1,'a':1}}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5,'vs':'a'}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/9','v':5},{'n':'/3/0/9','v':5}]", CODEC_E_SYNTAX, NULL},
                /* names without a value */
                {"/3/0", "[]", 0, ""},
                {"/1", "[{'n':'/1/5'},{'n':'/1/6'}]", 0, "/1/5 -, /1/6 -"},
                {"/3/0", "[{'n':'/3/0/6'}]", 0, "/3/0/6 -"},
                {"/3/0", "[{'n':'/3/0/9'}]", CODEC_E_SYNTAX, NULL},
                {"/3/0", "[{'n':'/3/0/99'}]", 0, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                decode_text(&table[i]);
}

static void test_broken(void **state)
{
        static const char *const table[] = {
                "",
                " ",
                "{}",
                "0",
                "null",
                "[",
                "[,]",
                "[{}",
                "[{},]",
                "[{}{}]",
                "[{}] []",
                "[{}]0",
                "[{}]]",
                "[[]]",
                "[1]",
                "[null]",
                "[{'n':'/3/0/9','v':1]]",
                "[{'n':'/3/0/9','v':1}}",
                "[{'n':'/3/0/9','v':1,}]",
                "[{'n':'/3/0/9' 'v':1}]",
                "[{'n':'/3/0/9','v'}]",
                "[{'n':'/3/0/9','v':}]",
                "[{'n':'/3/0/9,'v':1}]",
                "[{'n':'/3/0/9','v':1}//\n]",
                "[{n:'/3/0/9','v':1}]",
                "[{'n':'\\x','v':1}]",
                "\xef\xbb\xbf[]",
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                decode_text(&(DecodeCase){"/3/0", table[i], CODEC_E_SYNTAX, NULL});
        /* a NUL wherever one may be taken for the end */
        test_decode(FORMAT_SENML_JSON, &(DecodeCase){"/3/0", "5b5d00", CODEC_E_SYNTAX, NULL});
        test_decode(FORMAT_SENML_JSON, &(DecodeCase){"/3/0", "5b7b7d005d", CODEC_E_SYNTAX, NULL});
        test_decode(
                FORMAT_SENML_JSON, &(DecodeCase){"/3/0", "5b7b226e223a222f332f302f39222c2276223a35007d5d",
                                           CODEC_E_SYNTAX, NULL});
        test_decode(
                FORMAT_SENML_JSON, &(DecodeCase){"/3/0", "5b7b226e223a222f332f302f3900222c2276223a357d5d",
                                           CODEC_E_SYNTAX, NULL});
}

static void test_truncated(void **state)
{
        for (size_t n = 0; n < strlen(DEVICE); n++) {
                char *hex = hex_of(DEVICE, n);

                test_decode(FORMAT_SENML_JSON, &(DecodeCase){"/3/0", hex, CODEC_E_SYNTAX, NULL});
                free(hex);
        }
}

/* A pack of one record that holds n times the text between two others. */
static int decode_repeated(const char *before, const char *text, size_t n, const char *after)
{
        const Path base = PATH_OBJECT(3);
        ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);
        RecordList list = {0};
        int r;

        byte_writer_add_string(&writer, before);
        for (size_t i = 0; i < n; i++)
                byte_writer_add_string(&writer, text);
        byte_writer_add_string(&writer, after);
        assert_int_equal(writer.error, 0);
        r = codec_decode(FORMAT_SENML_JSON, &test_schema, &base, writer.data, writer.size, &list);
        record_list_done(&list);
        byte_writer_done(&writer);
        return r;
}

static void test_limits(void **state)
{
        /* records: empty ones count as well */
        assert_int_equal(decode_repeated("[", "{},", LIMIT_RECORDS - 1, "{}]"), 0);
        assert_int_equal(decode_repeated("[", "{},", LIMIT_RECORDS, "{}]"), CODEC_E_LIMIT);
        /* depth, the pack and the record included */
        assert_int_equal(decode_repeated("[{\"x\":", "[", LIMIT_DEPTH - 2, "]]]]]]}]"), 0);
        assert_int_equal(decode_repeated("[{\"x\":", "[", LIMIT_DEPTH - 1, "]]]]]]]}]"), CODEC_E_LIMIT);
        assert_int_equal(decode_repeated("[{\"x\":", "[", 100000, ""), CODEC_E_LIMIT);
        /* numbers, arrays and objects of one record */
        assert_int_equal(decode_repeated("[{\"x\":[", "1,", 63, "1]}]"), 0);
        assert_int_equal(decode_repeated("[{\"x\":[", "1,", 64, "1]}]"), CODEC_E_LIMIT);
        assert_int_equal(decode_repeated("[{\"x\":[", "{},", 61, "{}]}]"), 0);
        assert_int_equal(decode_repeated("[{\"x\":[", "{},", 62, "{}]}]"), CODEC_E_LIMIT);
        /* digits of a number, bytes of a value and of the whole */
        assert_int_equal(decode_repeated("[{\"t\":1.", "0", 398, "}]"), 0);
        assert_int_equal(decode_repeated("[{\"t\":1.", "0", 399, "}]"), CODEC_E_LIMIT);
        assert_int_equal(decode_repeated("[{\"n\":\"/3/0/0\",\"vs\":\"", "a", LIMIT_VALUE_SIZE, "\"}]"), 0);
        assert_int_equal(decode_repeated("[{\"n\":\"/3/0/0\",\"vs\":\"", "a", LIMIT_VALUE_SIZE + 1, "\"}]"),
                CODEC_E_LIMIT);
        assert_int_equal(decode_repeated("[", " ", LIMIT_PAYLOAD_SIZE - 2, "]"), 0);
}

static void test_encode(void **state)
{
        static const struct {
                Value value;
                int r;
                const char *text;
        } table[] = {
                {VALUE_INT(-5), 0, "\"v\":-5"},
                {VALUE_INT(INT64_MIN), 0, "\"v\":-9223372036854775808"},
                {{.type = VALUE_UNSIGNED, .unsigned_integer = UINT64_MAX}, 0, "\"v\":18446744073709551615"},
                {{.type = VALUE_FLOAT, .real = 1.5}, 0, "\"v\":1.5"},
                {{.type = VALUE_FLOAT, .real = 0.1}, 0, "\"v\":0.1"},
                {{.type = VALUE_FLOAT, .real = 1e300}, 0, "\"v\":1e+300"},
                {{.type = VALUE_FLOAT, .real = -0.0}, 0, "\"v\":-0"},
                {{.type = VALUE_FLOAT, .real = (double)INFINITY}, CODEC_E_FORMAT, NULL},
                {{.type = VALUE_FLOAT, .real = (double)NAN}, CODEC_E_FORMAT, NULL},
                {VALUE_BOOL(true), 0, "\"vb\":true"},
                {VALUE_BOOL(false), 0, "\"vb\":false"},
                {{.type = VALUE_TIME, .integer = 5}, 0, "\"v\":5"},
                {{.type = VALUE_OBJLNK, .link = {66, 1}}, 0, "\"vlo\":\"66:1\""},
                {{.type = VALUE_STRING, .bytes = {(uint8_t *)"", 0}}, 0, "\"vs\":\"\""},
                {{.type = VALUE_STRING, .bytes = {(uint8_t *)"a\"b\\c\n\x1f\x7f/\xc3\xa4", 11}}, 0,
                        "\"vs\":\"a\\\"b\\\\c\\u000a\\u001f\x7f/\xc3\xa4\""},
                {{.type = VALUE_CORELNK, .bytes = {(uint8_t *)"a", 1}}, 0, "\"vs\":\"a\""},
                {{.type = VALUE_OPAQUE, .bytes = {(uint8_t *)"\xfb\xff", 2}}, 0, "\"vd\":\"-_8\""},
                {{.type = VALUE_OPAQUE, .bytes = {(uint8_t *)"\xfb\xff\xfb", 3}}, 0, "\"vd\":\"-__7\""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char text[200], *hex;

                (void)snprintf(text, sizeof(text), "[{\"bn\":\"/3/0/9\",%s}]", table[i].text ?: "");
                hex = hex_of(text, strlen(text));
                test_encode_value(FORMAT_SENML_JSON, "/3/0/9", &table[i].value, table[i].r, hex);
                free(hex);
        }
}

static void test_round_trips(void **state)
{
        static const struct {
                const char *base, *text;
        } table[] = {
                {"/", "[]"},
                {"/1", "[]"},
                {"/3/0", "[{\"bn\":\"/3/0\"}]"},
                {"/", "[{\"bn\":\"/\",\"n\":\"1/0/0\",\"v\":1},{\"n\":\"1/5\"},{\"n\":\"3/0/6\"}]"},
                {"/3/0/6", "[{\"bn\":\"/3/0/6/\",\"n\":\"0\",\"v\":1},{\"n\":\"1\",\"v\":5}]"},
                {"/3/0/6/1", "[{\"bn\":\"/3/0/6/1\",\"v\":5}]"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char *hex = hex_of(table[i].text, strlen(table[i].text));

                test_round_trip(FORMAT_SENML_JSON, table[i].base, hex);
                free(hex);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vector),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_numbers),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_fields),
                cmocka_unit_test(test_broken),
                cmocka_unit_test(test_truncated),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_encode),
                cmocka_unit_test(test_round_trips),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
