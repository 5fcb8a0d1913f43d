/* SPDX-License-Identifier: Apache-2.0 */
/* codec/codec: which formats there are; a result is written only on success. */
#include "support.h"

static void test_formats(void **state)
{
        static const struct {
                int format;
                bool known;
        } table[] = {
                {FORMAT_NONE, false},
                {FORMAT_TEXT, true},
                {FORMAT_CORE_LINK, false},
                {FORMAT_OPAQUE, true},
                {FORMAT_CBOR, true},
                {FORMAT_SENML_CBOR, true},
                {FORMAT_TLV_OLD, true},
                {FORMAT_TLV, true},
                {50, false},
                {65535, false},
        };
        const Path base = PATH_RESOURCE(3, 0, 9);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                ByteWriter writer = BYTE_WRITER(10);
                RecordList list = {0};

                assert_int_equal(codec_can_decode(table[i].format), table[i].known);
                assert_int_equal(codec_can_encode(table[i].format), table[i].known);
                if (!table[i].known) {
                        assert_int_equal(codec_decode(table[i].format, &test_schema, &base, NULL, 0, &list),
                                CODEC_E_FORMAT);
                        assert_int_equal(
                                codec_encode(table[i].format, &base, &list, &writer), CODEC_E_FORMAT);
                }
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
                cmocka_unit_test(test_formats),
                cmocka_unit_test(test_result_untouched_on_failure),
                cmocka_unit_test(test_payload_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
