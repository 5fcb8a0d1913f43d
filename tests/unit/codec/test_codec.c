/* SPDX-License-Identifier: Apache-2.0 */
/* codec/codec: which formats there are; a result is written only on success. */
#include "support.h"

/* What may carry what, one letter an operation in the order of CodecOperation: "." nothing, "1" one value
 * alone, "x" everything (Core TS 7.4, Transport TS 6.4). */
static const struct {
        int format;
        const char *row;
} formats[] = {
        /*                        RWCPprws: Read, Write, Create, Bootstrap-Pack, composite paths, -read,
         *                                  -write, Send */
        {FORMAT_TEXT, /*       */ "11......"},
        {FORMAT_OPAQUE, /*     */ "11......"},
        {FORMAT_CBOR, /*       */ "11......"},
        {FORMAT_TLV, /*        */ "xxx....."},
        {FORMAT_TLV_OLD, /*    */ "xxx....."},
        {FORMAT_SENML_JSON, /* */ "xxxxxxxx"},
        {FORMAT_SENML_CBOR, /* */ "xxxxxxxx"},
        {FORMAT_LWM2M_CBOR, /* */ "xxxx.xxx"},
        {FORMAT_SENML_ETCH_JSON, "....x.x."},
        {FORMAT_SENML_ETCH_CBOR, "....x.x."},
        {FORMAT_CORE_LINK, /*  */ "........"},
        {FORMAT_NONE, /*       */ "........"},
        {1541, /*              */ "........"},
        {11543, /*             */ "........"},
        {65535, /*             */ "........"},
};

static void test_table_of_formats(void **state)
{
        static const struct {
                Path path;
                bool single;
        } paths[] = {
                {PATH_OBJECT(100), false}, {PATH_INSTANCE(100, 0), false},
                {PATH_RESOURCE(100, 0, VALUE_OPAQUE), true},
                {PATH_RESOURCE(100, 0, 100 + VALUE_OPAQUE), false},
                {PATH_RESOURCE_INSTANCE(100, 0, 100 + VALUE_OPAQUE, 0), true},
                {PATH_RESOURCE(100, 0, 99), true}, /* unknown: nothing speaks against it */
        };

        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                for (int operation = 0; operation < _CODEC_OPERATION_MAX; operation++) {
                        char carries = formats[i].row[operation];

                        assert_int_equal(
                                codec_can_carry((CodecOperation)operation, formats[i].format, NULL, NULL),
                                carries != '.');
                        for (size_t j = 0; j < ELEMENTSOF(paths); j++)
                                assert_int_equal(codec_can_carry((CodecOperation)operation,
                                                         formats[i].format, &test_schema, &paths[j].path),
                                        carries == 'x' || (carries == '1' && paths[j].single));
                }
}

/* The decoders and encoders hold themselves to the table. */
static void test_table_is_kept(void **state)
{
        const Path resource = PATH_RESOURCE(100, 0, VALUE_OPAQUE), instance = PATH_INSTANCE(100, 0);

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                const char *row = formats[i].row;
                const int format = formats[i].format;
                ByteWriter single = BYTE_WRITER(100), whole = BYTE_WRITER(100), root = BYTE_WRITER(100);
                Value value = {0};
                RecordList list = {0};
                PathList paths;

                assert_int_equal(value_make_bytes(VALUE_OPAQUE, "a", 1, &value), 0);
                assert_int_equal(record_list_add(&list, &resource, &value), 0);
                assert_int_equal(codec_encode(format, &resource, &list, &single) == CODEC_E_FORMAT,
                        row[CODEC_READ] == '.');
                assert_int_equal(codec_encode(format, &instance, &list, &whole) == CODEC_E_FORMAT,
                        row[CODEC_READ] != 'x');
                assert_int_equal(codec_encode(format, &PATH_ROOT, &list, &root) == CODEC_E_FORMAT,
                        row[CODEC_COMPOSITE_READ] == '.');
                record_list_done(&list);

                /* what a format cannot carry is no question of the payload */
                assert_int_equal(codec_decode(format, &test_schema, &resource, single.data, single.size,
                                         &list) == CODEC_E_FORMAT,
                        row[CODEC_WRITE] == '.');
                record_list_done(&list);
                assert_int_equal(codec_decode(format, &test_schema, &instance, whole.data, whole.size,
                                         &list) == CODEC_E_FORMAT,
                        row[CODEC_WRITE] != 'x');
                record_list_done(&list);
                assert_int_equal(codec_decode(format, &test_schema, &PATH_ROOT, root.data, root.size,
                                         &list) == CODEC_E_FORMAT,
                        row[CODEC_COMPOSITE_WRITE] == '.');
                record_list_done(&list);
                assert_int_equal(codec_decode_paths(format, NULL, 0, &paths) == CODEC_E_FORMAT,
                        row[CODEC_COMPOSITE_PATHS] == '.');

                byte_writer_done(&single);
                byte_writer_done(&whole);
                byte_writer_done(&root);
        }
}

static void test_result_untouched_on_failure(void **state)
{
        static const uint8_t broken[] = {0xc1, 0x09, 0x64, 0xc1}, good[] = {0xc1, 0x09, 0x64};
        const Path base = PATH_INSTANCE(3, 0);
        RecordList list = {0};

        assert_int_equal(codec_decode(FORMAT_TLV, &test_schema, &base, good, sizeof(good), &list), 0);
        assert_int_equal(list.n, 1);
        assert_int_equal(codec_decode(FORMAT_TLV, &test_schema, &base, broken, sizeof(broken), &list),
                CODEC_E_SYNTAX);
        assert_int_equal(list.n, 1);
        assert_int_equal(list.items[0].value.integer, 100);
        record_list_done(&list);
}

static void test_payload_limit(void **state)
{
        uint8_t *data = calloc(1, LIMIT_PAYLOAD_SIZE + 1);
        const Path base = PATH_RESOURCE(100, 0, VALUE_OPAQUE);
        RecordList list = {0};

        assert_non_null(data);
        assert_int_equal(
                codec_decode(FORMAT_OPAQUE, &test_schema, &base, data, LIMIT_PAYLOAD_SIZE + 1, &list),
                CODEC_E_LIMIT);
        free(data);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table_of_formats),
                cmocka_unit_test(test_table_is_kept),
                cmocka_unit_test(test_result_untouched_on_failure),
                cmocka_unit_test(test_payload_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
