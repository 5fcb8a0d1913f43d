/* SPDX-License-Identifier: Apache-2.0 */
/* codec: values with times, out as SenML for Send and stored notifications; in, where they mean nothing. */
#include "support.h"

#define MOMENTS_MAX 3
#define NOW         INT64_C(1700000000000000) /* microseconds since 1970 */

/* records: in SenML JSON with single quotes, NULL behind the last one; hex: NULL where JSON is enough */
typedef struct HistoryCase {
        const char *base;
        struct {
                int64_t time;
                const char *records;
        } moments[MOMENTS_MAX];
        const char *json, *hex;
} HistoryCase;

static char *unquote(const char *text)
{
        char *copy = strdup(text);

        assert_non_null(copy);
        for (char *p = copy; *p != '\0'; p++)
                if (*p == '\'')
                        *p = '"';
        return copy;
}

static size_t make_moments(const HistoryCase *c, RecordList lists[], RecordMoment moments[])
{
        size_t n = 0;

        for (; n < MOMENTS_MAX && c->moments[n].records; n++) {
                char *text = unquote(c->moments[n].records);

                lists[n] = (RecordList){0};
                assert_int_equal(codec_decode(FORMAT_SENML_JSON, &test_schema, &PATH_ROOT,
                                         (const uint8_t *)text, strlen(text), &lists[n]),
                        0);
                moments[n] = (RecordMoment){c->moments[n].time, &lists[n]};
                free(text);
        }
        return n;
}

static void expect(int format, const HistoryCase *c, const uint8_t *expected, size_t size)
{
        ByteWriter writer = BYTE_WRITER(1000);
        RecordMoment moments[MOMENTS_MAX];
        RecordList lists[MOMENTS_MAX];
        Path base = test_path(c->base);
        size_t n = make_moments(c, lists, moments);

        assert_int_equal(codec_encode_history(format, &base, moments, n, &writer), 0);
        if (writer.size != size || memcmp(writer.data, expected, size) != 0) {
                for (size_t i = 0; i < writer.size; i++)
                        print_error(format == FORMAT_SENML_JSON ? "%c" : "%02X ", writer.data[i]);
                fail_msg("instead of %s", c->json);
        }
        byte_writer_done(&writer);
        for (size_t i = 0; i < n; i++)
                record_list_done(&lists[i]);
}

static void test_history(void **state)
{
        static const HistoryCase table[] = {
                /* base time is that of the first record, the others are relative to it */
                {"/100",
                        {{NOW, "[{'n':'/100/0/2','v':5},{'n':'/100/0/102/0','v':1}]"},
                                {NOW + 60000000, "[{'n':'/100/0/2','v':6}]"}},
                        "[{'bn':'/100/','bt':1700000000,'n':'0/2','v':5},{'n':'0/102/0','v':1},"
                        "{'n':'0/2','v':6,'t':60}]",
                        "83 A4 21 65 2F3130302F 22 1A 6553F100 00 63 302F32 02 05"
                        "A2 00 67 302F3130322F30 02 01 A3 00 63 302F32 02 06 06 18 3C"},
                /* one Resource: the base name says it all */
                {"/100/0/2",
                        {{NOW, "[{'n':'/100/0/2','v':5}]"}, {NOW + 1000000, "[{'n':'/100/0/2','v':6}]"}},
                        "[{'bn':'/100/0/2','bt':1700000000,'v':5},{'v':6,'t':1}]",
                        "82 A3 21 68 2F3130302F302F32 22 1A 6553F100 02 05 A2 02 06 06 01"},
                /* from newest to oldest */
                {"/100/0/2", {{NOW, "[{'n':'/100/0/2','v':5}]"}, {NOW - 1, "[{'n':'/100/0/2','v':6}]"}},
                        "[{'bn':'/100/0/2','bt':1700000000,'v':5},{'v':6,'t':-1e-06}]", NULL},
                /* parts of a second */
                {"/100/0/2",
                        {{NOW + 500000, "[{'n':'/100/0/2','v':5}]"},
                                {NOW + 750000, "[{'n':'/100/0/2','v':6}]"}},
                        "[{'bn':'/100/0/2','bt':1700000000.5,'v':5},{'v':6,'t':0.25}]",
                        "82 A3 21 68 2F3130302F302F32 22 FB 41D954FC40200000 02 05"
                        "A2 02 06 06 FA 3E800000"},
                {"/100/0/2", {{NOW + 123456, "[{'n':'/100/0/2','v':5}]"}},
                        "[{'bn':'/100/0/2','bt':1700000000.123456,'v':5}]", NULL},
                /* while the clock is not set: from now on, RFC 8428, 4.5.3 */
                {"/100/0/2",
                        {{-30000000, "[{'n':'/100/0/2','v':5}]"}, {-10000000, "[{'n':'/100/0/2','v':6}]"},
                                {0, "[{'n':'/100/0/2','v':7}]"}},
                        "[{'bn':'/100/0/2','bt':-30,'v':5},{'v':6,'t':20},{'v':7,'t':30}]",
                        "83 A3 21 68 2F3130302F302F32 22 38 1D 02 05 A2 02 06 06 14 A2 02 07 06 18 1E"},
                {"/100/0/2", {{0, "[{'n':'/100/0/2','v':5}]"}, {-5000000, "[{'n':'/100/0/2','v':6}]"}},
                        "[{'bn':'/100/0/2','v':5},{'v':6,'t':-5}]", NULL},
                /* the clock has been set in between */
                {"/100/0/2", {{-5000000, "[{'n':'/100/0/2','v':5}]"}, {NOW, "[{'n':'/100/0/2','v':6}]"}},
                        "[{'bn':'/100/0/2','bt':-5,'v':5},{'v':6,'t':1700000005}]", NULL},
                /* several Objects */
                {"/",
                        {{NOW, "[{'n':'/1/0/1','v':60},{'n':'/3/0/9','v':5}]"},
                                {NOW + 2000000, "[{'n':'/3/0/9','v':6}]"}},
                        "[{'bn':'/','bt':1700000000,'n':'1/0/1','v':60},{'n':'3/0/9','v':5},"
                        "{'n':'3/0/9','v':6,'t':2}]",
                        NULL},
                /* what holds nothing, and what nobody knows */
                {"/3/0",
                        {{NOW - 1000000, "[]"}, {NOW, "[{'n':'/3/0/99','v':5},{'n':'/3/0/9','v':5}]"},
                                {NOW + 1000000, "[{'n':'/3/0/6'}]"}},
                        "[{'bn':'/3/0/','bt':1700000000,'n':'9','v':5}]", NULL},
                {"/3/0", {{NOW, "[]"}}, "[]", "80"},
                {"/3/0", {{0, NULL}}, "[]", "80"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char *json = unquote(table[i].json);

                expect(FORMAT_SENML_JSON, &table[i], (const uint8_t *)json, strlen(json));
                free(json);
                if (table[i].hex) {
                        size_t size;
                        uint8_t *data = test_bytes(table[i].hex, &size);

                        expect(FORMAT_SENML_CBOR, &table[i], data, size);
                        free(data);
                }
        }
}

static void test_no_history(void **state)
{
        static const int formats[] = {FORMAT_TEXT, FORMAT_OPAQUE, FORMAT_CBOR, FORMAT_TLV, FORMAT_LWM2M_CBOR,
                FORMAT_SENML_ETCH_JSON, FORMAT_SENML_ETCH_CBOR, FORMAT_CORE_LINK, FORMAT_NONE};
        const Path base = PATH_RESOURCE(3, 0, 9), below = PATH_RESOURCE_INSTANCE(3, 0, 9, 0);
        ByteWriter writer = BYTE_WRITER(1000), small = BYTE_WRITER(20);
        RecordList list = {0};
        const RecordMoment moment = {NOW, &list};

        assert_int_equal(record_list_add(&list, &base, &VALUE_INT(5)), 0);
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                assert_int_equal(
                        codec_encode_history(formats[i], &base, &moment, 1, &writer), CODEC_E_FORMAT);
        assert_int_equal(writer.size, 0);
        assert_int_equal(codec_encode_history(FORMAT_SENML_JSON, &base, &moment, 1, &small), -EMSGSIZE);

        /* the base's own value beside one below it: no base name fits both */
        assert_int_equal(record_list_add(&list, &below, &VALUE_INT(5)), 0);
        assert_int_equal(
                codec_encode_history(FORMAT_SENML_JSON, &base, &moment, 1, &writer), CODEC_E_FORMAT);
        record_list_done(&list);
        byte_writer_done(&writer);
        byte_writer_done(&small);
}

/* Whenever a value is said to be from, it is written now; two values of one Resource are none. */
static void test_times_in_a_write(void **state)
{
        static const struct {
                const char *json;
                int r;
                const char *records;
        } table[] = {
                {"[{'bn':'/3/0/','bt':1700000000,'n':'9','v':5},{'n':'10','v':6,'t':60}]", 0,
                        "/3/0/9 i5, /3/0/10 i6"},
                {"[{'bt':1.5e9},{'bn':'/3/0/','n':'9','v':5,'t':-0.25}]", 0, "/3/0/9 i5"},
                {"[{'bn':'/3/0/9','bt':-5,'v':5,'t':0,'ut':60}]", 0, "/3/0/9 i5"},
                {"[{'bn':'/3/0/9','v':5},{'v':6,'t':60}]", CODEC_E_SYNTAX, ""},
                {"[{'n':'/3/0/9','v':5,'t':-60},{'n':'/3/0/9','v':6,'t':0}]", CODEC_E_SYNTAX, ""},
                {"[{'bn':'/3/0/9','bt':'yesterday','v':5}]", CODEC_E_TYPE, ""},
                {"[{'bn':'/3/0/9','v':5,'t':null}]", CODEC_E_TYPE, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                for (size_t j = 0; j < 2; j++) {
                        char *text = unquote(table[i].json), *printed;
                        RecordList list = {0};

                        assert_int_equal(codec_decode(j == 0 ? FORMAT_SENML_JSON : FORMAT_SENML_ETCH_JSON,
                                                 &test_schema, &PATH_ROOT, (const uint8_t *)text,
                                                 strlen(text), &list),
                                table[i].r);
                        printed = test_print(&list);
                        assert_string_equal(printed, table[i].records);
                        free(printed);
                        free(text);
                        record_list_done(&list);
                }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_history),
                cmocka_unit_test(test_no_history),
                cmocka_unit_test(test_times_in_a_write),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
