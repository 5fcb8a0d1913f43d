/* SPDX-License-Identifier: Apache-2.0 */
/* codec: the payloads of composite operations. Each pack is written once, as JSON with single quotes, and is
 * read in both spellings of SenML. */
#include "codec/senml.h"
#include "support.h"

/* One item of JSON as CBOR of indefinite length: arrays, objects, strings without escapes, whole numbers,
 * true and null. Keys become labels where SenML knows them. Returns where it ends. */
static const char *write_cbor(ByteWriter *writer, const char *text, bool is_key)
{
        const char *end;
        SenmlLabel label;
        char close;

        switch (*text) {
        case '[':
        case '{':
                close = *text == '[' ? ']' : '}';
                byte_writer_add_u8(writer, close == ']' ? 0x9f : 0xbf);
                for (text++; *text != close; text += *text == ',') {
                        text = write_cbor(writer, text, close == '}');
                        if (close == '}')
                                text = write_cbor(writer, text + 1, false);
                }
                byte_writer_add_u8(writer, 0xff);
                return text + 1;
        case '\'':
                end = strchr(++text, '\'');
                if (is_key && senml_label_from_name(text, (size_t)(end - text), &label) == 0 &&
                        label <= SENML_VD) {
                        byte_writer_add_u8(writer, (uint8_t)(label >= 0 ? label : 0x20 - 1 - label));
                } else {
                        assert_true(end - text < 256);
                        byte_writer_add_u8(writer, 0x78);
                        byte_writer_add_u8(writer, (uint8_t)(end - text));
                        byte_writer_add(writer, text, (size_t)(end - text));
                }
                return end + 1;
        case 'n':
                byte_writer_add_u8(writer, 0xf6);
                return text + 4;
        case 't':
                byte_writer_add_u8(writer, 0xf5);
                return text + 4;
        default:
                assert_true(*text == '-' || (*text >= '0' && *text <= '9'));
                byte_writer_add_u8(writer, *text == '-' ? 0x3a : 0x1a);
                byte_writer_add_uint(writer, 4, (uint64_t)(*text == '-' ? -1 - atol(text) : atol(text)));
                return text + 1 + strspn(text + 1, "0123456789");
        }
}

/* The pack in the format's spelling. */
static ByteWriter write_pack(int format, const char *text)
{
        ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);

        if (format == FORMAT_SENML_CBOR || format == FORMAT_SENML_ETCH_CBOR)
                assert_int_equal(*write_cbor(&writer, text, false), '\0');
        else
                for (; *text != '\0'; text++)
                        byte_writer_add_u8(&writer, *text == '\'' ? '"' : (uint8_t)*text);
        assert_int_equal(writer.error, 0);
        return writer;
}

static char *print_paths(const PathList *paths)
{
        ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);

        for (size_t i = 0; i < paths->n; i++)
                byte_writer_printf(&writer, "%s%s", i > 0 ? " " : "", PATH_TEXT(&paths->items[i]));
        byte_writer_add_u8(&writer, 0);
        assert_int_equal(writer.error, 0);
        return (char *)writer.data;
}

static const int path_formats[] = {
        FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_SENML_ETCH_JSON, FORMAT_SENML_ETCH_CBOR};

static void test_paths(void **state)
{
        static const struct {
                const char *pack;
                int r;
                const char *paths;
        } table[] = {
                /* the examples of Core TS 7.4.5 and RFC 8790, 3.1 */
                {"[{'n':'/3/0/0'},{'n':'/3/0/9'},{'n':'/1/0/1'}]", 0, "/1/0/1 /3/0/0 /3/0/9"},
                {"[{'n':'/3/0/0'},{'bn':'/6/','n':'0'}]", 0, "/3/0/0 /6/0"},
                {"[{'bn':'/3311/0/','n':'5850'},{'n':'5851'}]", 0, "/3311/0/5850 /3311/0/5851"},
                {"[{'n':'/'}]", 0, "/"},
                /* each length, by name, base name or both; a base name lasts */
                {"[{'n':'/3'}]", 0, "/3"},
                {"[{'n':'/3/0'}]", 0, "/3/0"},
                {"[{'n':'/3/0/7'}]", 0, "/3/0/7"},
                {"[{'n':'/3/0/7/1'}]", 0, "/3/0/7/1"},
                {"[{'bn':'/3/0/7/1'}]", 0, "/3/0/7/1"},
                {"[{'bn':'/3','n':'/0'},{'n':'/1'},{'bn':'/','n':'4'}]", 0, "/3/0 /3/1 /4"},
                {"[{'bn':'/3/0/'},{'n':'7'}]", 0, "/3/0/7"},
                {"[{'bver':10,'n':'/3'}]", 0, "/3"},
                {"[{'n':'/3','odd':[1,{'a':2}]}]", 0, "/3"},
                /* what is there is another question */
                {"[{'n':'/65534/65534/65534/65534'}]", 0, "/65534/65534/65534/65534"},
                /* twice, and one in the other, in any order */
                {"[{'n':'/3/0/9'},{'n':'/3/0/9'}]", 0, "/3/0/9"},
                {"[{'n':'/3/0/9'},{'n':'/3'},{'n':'/3/0'}]", 0, "/3"},
                {"[{'n':'/3/0/7/1'},{'n':'/3/0/7'},{'n':'/3/0/70'}]", 0, "/3/0/7 /3/0/70"},
                {"[{'n':'/3/0/9'},{'n':'/'},{'n':'/1'}]", 0, "/"},
                /* names nothing */
                {"[]", CODEC_E_SYNTAX, NULL},
                {"[{}]", CODEC_E_SYNTAX, NULL},
                {"[{'bn':'/3/'}]", CODEC_E_SYNTAX, NULL},
                {"[{'odd':1}]", CODEC_E_SYNTAX, NULL},
                {"{}", CODEC_E_SYNTAX, NULL},
                /* names that are no paths */
                {"[{'n':''}]", CODEC_E_PATH, NULL},
                {"[{'n':'3/0'}]", CODEC_E_PATH, NULL},
                {"[{'n':'/3/'}]", CODEC_E_PATH, NULL},
                {"[{'n':'//3'}]", CODEC_E_PATH, NULL},
                {"[{'n':'/3/00'}]", CODEC_E_PATH, NULL},
                {"[{'n':'/65535'}]", CODEC_E_PATH, NULL},
                {"[{'n':'/3/0/7/1/0'}]", CODEC_E_PATH, NULL},
                {"[{'n':'/3/0/a'}]", CODEC_E_PATH, NULL},
                {"[{'bn':'/3/0','n':'9'}]", CODEC_E_PATH, NULL},
                {"[{'n':'/3'},{'n':'x'}]", CODEC_E_PATH, NULL},
                {"[{'bn':'/lwm2m','n':'/3'}]", CODEC_E_PATH, NULL},
                /* not only names */
                {"[{'n':'/3/0/9','v':1}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/9','v':null}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/0','vs':'a'}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/0','vb':true}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/0','vd':'AA'}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/0','vlo':'1:0'}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/9','s':1}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/9','t':1}]", CODEC_E_SYNTAX, NULL},
                {"[{'bt':1,'n':'/3/0/9'}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/9','u':'m'}]", CODEC_E_SYNTAX, NULL},
                {"[{'bv':1,'n':'/3/0/9'}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3','bver':11}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3','odd_':1}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':3}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3'},1]", CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (size_t j = 0; j < ELEMENTSOF(path_formats); j++) {
                        ByteWriter pack = write_pack(path_formats[j], table[i].pack);
                        PathList paths = {.items = {PATH_OBJECT(42)}, .n = 1};
                        char *text;
                        int r;

                        r = codec_decode_paths(path_formats[j], pack.data, pack.size, &paths);
                        text = print_paths(&paths);
                        if (r != table[i].r || strcmp(text, r == 0 ? table[i].paths : "/42") != 0)
                                fail_msg("%d %s: %d %s", path_formats[j], table[i].pack, r, text);
                        free(text);
                        byte_writer_done(&pack);
                }
}

static char *list_names(size_t n)
{
        ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);

        for (size_t i = 0; i < n; i++)
                byte_writer_printf(&writer, "%s{'n':'/3/0/7/%zu'}", i > 0 ? "," : "[", i);
        byte_writer_printf(&writer, "]");
        byte_writer_add_u8(&writer, 0);
        assert_int_equal(writer.error, 0);
        return (char *)writer.data;
}

static void test_path_limit(void **state)
{
        for (size_t j = 0; j < ELEMENTSOF(path_formats); j++)
                for (size_t more = 0; more < 2; more++) {
                        char *text = list_names(LIMIT_COMPOSITE_PATHS + more);
                        ByteWriter pack = write_pack(path_formats[j], text);
                        PathList paths = {.n = 0};

                        assert_int_equal(codec_decode_paths(path_formats[j], pack.data, pack.size, &paths),
                                more ? CODEC_E_LIMIT : 0);
                        assert_int_equal(paths.n, more ? 0 : LIMIT_COMPOSITE_PATHS);
                        byte_writer_done(&pack);
                        free(text);
                }
}

/* Names that say nothing are bounded, too. */
static void test_record_limit(void **state)
{
        uint8_t data[LIMIT_RECORDS + 3];
        PathList paths = {.n = 0};

        memset(data, 0xa0, sizeof(data));
        data[0] = 0x9f;
        data[LIMIT_RECORDS + 1] = 0xff;
        assert_int_equal(
                codec_decode_paths(FORMAT_SENML_CBOR, data, LIMIT_RECORDS + 2, &paths), CODEC_E_SYNTAX);
        data[LIMIT_RECORDS + 1] = 0xa0;
        data[LIMIT_RECORDS + 2] = 0xff;
        assert_int_equal(codec_decode_paths(FORMAT_SENML_CBOR, data, sizeof(data), &paths), CODEC_E_LIMIT);
}

static void decode_pack(int format, const char *text, int r, const char *records)
{
        ByteWriter pack = write_pack(format, text);

        test_decode_at(format, &PATH_ROOT, text, pack.data, pack.size, r, records);
        byte_writer_done(&pack);
}

/* What the four formats have in common. */
static void test_values(void **state)
{
        static const struct {
                const char *pack;
                int r;
                const char *records;
        } table[] = {
                {"[{'n':'/3/0/9','v':5}]", 0, "/3/0/9 i5"},
                {"[{'bn':'/1/','n':'0/1','v':5},{'n':'1/1','v':6},{'bn':'/3/0/','n':'14','vs':'a'}]", 0,
                        "/1/0/1 i5, /1/1/1 i6, /3/0/14 sa"},
                {"[{'n':'/3/0/7/1','v':5},{'n':'/3/0/7/0','v':6}]", 0, "/3/0/7/1 i5, /3/0/7/0 i6"},
                {"[{'n':'/3/0/99','v':5},{'n':'/99/0/1','v':null}]", 0, "/3/0/99 ?, /99/0/1 ?"},
                {"[{'n':'/3/0/9','v':5},{'n':'/3/0/9','v':5}]", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0','v':5}]", CODEC_E_PATH, NULL},
                {"[{'n':'/','v':5}]", CODEC_E_PATH, NULL},
                {"[{'n':'/3/0/4','v':5}]", CODEC_E_TYPE, NULL},
                {"[{'n':'/3/0/9','vs':'5'}]", CODEC_E_TYPE, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (size_t j = 0; j < ELEMENTSOF(path_formats); j++)
                        decode_pack(path_formats[j], table[i].pack, table[i].r, table[i].records);
}

/* Where they differ: null and names without a value. */
static void test_null_removes_an_instance(void **state)
{
        static const struct {
                const char *pack;
                int plain; /* what it is in a pack that is no patch */
                const char *plain_records;
                int r;
                const char *records;
        } table[] = {
                {"[{'n':'/3/0/7/1','v':null}]", CODEC_E_TYPE, NULL, 0, "/3/0/7/1 -"},
                {"[{'bn':'/3/0/7/','n':'1','v':null},{'n':'0','v':5}]", CODEC_E_TYPE, NULL, 0,
                        "/3/0/7/1 -, /3/0/7/0 i5"},
                /* whatever the type */
                {"[{'n':'/100/0/101/1','v':null}]", CODEC_E_TYPE, NULL, 0, "/100/0/101/1 -"},
                {"[{'n':'/100/0/106/1','v':null}]", CODEC_E_TYPE, NULL, 0, "/100/0/106/1 -"},
                {"[{'bv':5,'n':'/3/0/7/1','v':null}]", CODEC_E_TYPE, NULL, 0, "/3/0/7/1 -"},
                {"[{'n':'/3/0/99/1','v':null}]", 0, "/3/0/99 ?", 0, "/3/0/99 ?"},
                {"[{'n':'/3/0/7/1','v':null},{'n':'/3/0/7/1','v':5}]", CODEC_E_TYPE, NULL, CODEC_E_SYNTAX,
                        NULL},
                /* nothing else goes that way */
                {"[{'n':'/3/0/7','v':null}]", CODEC_E_TYPE, NULL, CODEC_E_TYPE, NULL},
                {"[{'n':'/3/0/9','v':null}]", CODEC_E_TYPE, NULL, CODEC_E_TYPE, NULL},
                {"[{'n':'/3/0/9/0','v':null}]", CODEC_E_PATH, NULL, CODEC_E_PATH, NULL},
                {"[{'n':'/3/0','v':null}]", CODEC_E_PATH, NULL, CODEC_E_PATH, NULL},
                {"[{'n':'/3','v':null}]", CODEC_E_PATH, NULL, CODEC_E_PATH, NULL},
                {"[{'n':'/3/0/7/1','vs':null}]", CODEC_E_TYPE, NULL, CODEC_E_TYPE, NULL},
                {"[{'n':'/100/0/101/1','vs':null}]", CODEC_E_TYPE, NULL, CODEC_E_TYPE, NULL},
                {"[{'n':'/100/0/105/1','vb':null}]", CODEC_E_TYPE, NULL, CODEC_E_TYPE, NULL},
                /* RFC 8790, 3.2: each record of a patch has a value */
                {"[{'n':'/3/0/7/1'}]", CODEC_E_SYNTAX, NULL, CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/7'}]", 0, "/3/0/7 -", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/1/5'}]", 0, "/1/5 -", CODEC_E_SYNTAX, NULL},
                {"[{'n':'/3/0/9','s':5}]", CODEC_E_SYNTAX, NULL, CODEC_E_SYNTAX, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                decode_pack(FORMAT_SENML_JSON, table[i].pack, table[i].plain, table[i].plain_records);
                decode_pack(FORMAT_SENML_CBOR, table[i].pack, table[i].plain, table[i].plain_records);
                decode_pack(FORMAT_SENML_ETCH_JSON, table[i].pack, table[i].r, table[i].records);
                decode_pack(FORMAT_SENML_ETCH_CBOR, table[i].pack, table[i].r, table[i].records);
        }
}

/* Values of several Objects and instances, in order. */
static void read_all(RecordList *list)
{
        static const struct {
                const char *path;
                Value value;
        } table[] = {
                {"/1/0/1", VALUE_INT(86400)},
                {"/1/1/1", VALUE_INT(60)},
                {"/3/0/6/0", VALUE_INT(1)},
                {"/3/0/6/1", VALUE_INT(5)},
                {"/3/0/9", VALUE_INT(100)},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Path path = test_path(table[i].path);
                Value value = table[i].value;

                assert_int_equal(record_list_add(list, &path, &value), 0);
        }
}

/* The answer to a Read-Composite is relative to the root; nothing that can be read is an answer, too. */
static void test_answers(void **state)
{
        static const struct {
                int format;
                const char *answer, *nothing; /* hex, but for SenML JSON */
        } table[] = {
                {FORMAT_SENML_JSON,
                        "[{'bn':'/','n':'1/0/1','v':86400},{'n':'1/1/1','v':60},{'n':'3/0/6/0','v':1},"
                        "{'n':'3/0/6/1','v':5},{'n':'3/0/9','v':100}]",
                        "[]"},
                {FORMAT_SENML_CBOR,
                        "85 A3 21 61 2F 00 65 312F302F31 02 1A 00015180 A2 00 65 312F312F31 02 18 3C"
                        "A2 00 67 332F302F362F30 02 01 A2 00 67 332F302F362F31 02 05"
                        "A2 00 65 332F302F39 02 18 64",
                        "80"},
                {FORMAT_LWM2M_CBOR,
                        "A2 01 A2 00 A1 01 1A 00015180 01 A1 01 18 3C"
                        "03 A1 00 A2 06 A2 00 01 01 05 09 18 64",
                        "A0"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (size_t j = 0; j < 2; j++) {
                        const char *expected = j == 0 ? table[i].answer : table[i].nothing;
                        ByteWriter writer = BYTE_WRITER(1000), text = {0};
                        RecordList list = {0}, again = {0};
                        size_t size;
                        uint8_t *data;

                        if (j == 0)
                                read_all(&list);
                        if (table[i].format == FORMAT_SENML_JSON) {
                                text = write_pack(table[i].format, expected);
                                data = text.data;
                                size = text.size;
                        } else
                                data = test_bytes(expected, &size);
                        assert_int_equal(codec_encode(table[i].format, &PATH_ROOT, &list, &writer), 0);
                        assert_int_equal(writer.size, size);
                        assert_memory_equal(writer.data, data, size);
                        assert_int_equal(codec_decode(table[i].format, &test_schema, &PATH_ROOT, writer.data,
                                                 writer.size, &again),
                                0);
                        assert_int_equal(again.n, list.n);
                        free(data);
                        byte_writer_done(&writer);
                        record_list_done(&list);
                        record_list_done(&again);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_paths),
                cmocka_unit_test(test_path_limit),
                cmocka_unit_test(test_record_limit),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_null_removes_an_instance),
                cmocka_unit_test(test_answers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
