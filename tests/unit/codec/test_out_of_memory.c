/* SPDX-License-Identifier: Apache-2.0 */
/* codec: every allocation of a decoder and an encoder fails once; the answer is -ENOMEM and nothing leaks.
 */
#include "support.h"

/* The linker's --wrap sends the library's calls here. */
void *__real_malloc(size_t size);
void *__real_reallocarray(void *pointer, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_reallocarray(void *pointer, size_t n, size_t size);

static size_t allocations_left = SIZE_MAX;

static bool may_allocate(void)
{
        if (allocations_left == SIZE_MAX)
                return true;
        if (allocations_left == 0)
                return false;
        allocations_left--;
        return true;
}

void *__wrap_malloc(size_t size)
{
        return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_reallocarray(void *pointer, size_t n, size_t size)
{
        return may_allocate() ? __real_reallocarray(pointer, n, size) : NULL;
}

static const struct {
        int format;
        const char *base, *hex;
} table[] = {
        {FORMAT_TEXT, "/100/0/1", "61"},
        {FORMAT_TEXT, "/100/0/2", "35"},
        {FORMAT_TEXT, "/100/0/6", "41414548"},
        {FORMAT_OPAQUE, "/100/0/6", "00"},
        {FORMAT_CBOR, "/100/0/1", "61 61"},
        {FORMAT_CBOR, "/100/0/6", "5F 41 00 FF"},
        {FORMAT_CBOR, "/100/0/7", "C0 74 323031332D30332D32315432303A30343A30305A"},
        {FORMAT_LWM2M_CBOR, "/100", "A1 18 64 A1 00 A2 01 61 61 08 63 333A30"},
        {FORMAT_LWM2M_CBOR, "/3/0", "A1 82 03 00 A2 06 A2 00 01 01 02 18 63 00"},
        {FORMAT_TLV, "/3", "05 00 C3 00 61 62 63 03 01 C1 09 05"},
        {FORMAT_TLV, "/3/0", "C1 00 61 86 06 41 00 01 41 01 05 80 07"},
        {FORMAT_SENML_CBOR, "/100",
                "82 A3 21 67 2F3130302F302F 00 61 31 03 61 61 A2 00 61 38 63 766C6F 63 363A31"},
        /* [{"n":"/100/0/1","vs":"a"},{"n":"/100/0/6","vd":"AA"}] */
        {FORMAT_SENML_JSON, "/100",
                "5b7b226e223a222f3130302f302f31222c227673223a2261227d2c"
                "7b226e223a222f3130302f302f36222c227664223a224141227d5d"},
        /* [{"n":"/100/0/8","vlo":"3:0"},{"n":"/100/0/2","v":1}] */
        {FORMAT_SENML_JSON, "/100",
                "5b7b226e223a222f3130302f302f38222c22766c6f223a22333a30227d2c"
                "7b226e223a222f3130302f302f32222c2276223a317d5d"},
        {FORMAT_SENML_CBOR, "/3/0", "82 A1 00 66 2F332F302F36 A2 00 66 2F332F302F30 03 61 61"},
};

static void test_decoders(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Path base = test_path(table[i].base);
                size_t size, n = 0;
                uint8_t *data = test_bytes(table[i].hex, &size);
                int r;

                do {
                        RecordList list = {0};

                        allocations_left = n++;
                        r = codec_decode(table[i].format, &test_schema, &base, data, size, &list);
                        allocations_left = SIZE_MAX;
                        if (r != 0 && r != -ENOMEM)
                                fail_msg("%s, allocation %zu: %d", table[i].hex, n, r);
                        record_list_done(&list);
                } while (r != 0);
                /* at least the list itself was allocated */
                assert_true(n > 1);
                free(data);
        }
}

static void test_encoders(void **state)
{
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Path base = test_path(table[i].base);
                RecordList list = {0};
                size_t size, n = 0;
                uint8_t *data = test_bytes(table[i].hex, &size);
                int r;

                assert_int_equal(codec_decode(table[i].format, &test_schema, &base, data, size, &list), 0);
                do {
                        ByteWriter writer = BYTE_WRITER(1000);

                        allocations_left = n++;
                        r = codec_encode(table[i].format, &base, &list, &writer);
                        allocations_left = SIZE_MAX;
                        if (r != 0 && r != -ENOMEM)
                                fail_msg("%s, allocation %zu: %d", table[i].hex, n, r);
                        byte_writer_done(&writer);
                } while (r != 0);
                assert_true(n > 1);
                record_list_done(&list);
                free(data);
        }
}

/* The other ways in and out: names, a patch, a history. */
static void test_composite(void **state)
{
        static const char names[] = "[{\"n\":\"/3/0/9\"},{\"bn\":\"/1/\",\"n\":\"0\"}]";
        static const char patch[] = "[{\"n\":\"/3/0/6/1\",\"v\":null},{\"n\":\"/3/0/0\",\"vs\":\"a\"}]";
        RecordList kept = {0};
        size_t n = 0;
        int r;

        do {
                RecordList list = {0};
                PathList paths = {.n = 0};

                allocations_left = n++;
                r = codec_decode_paths(
                        FORMAT_SENML_ETCH_JSON, (const uint8_t *)names, strlen(names), &paths);
                if (r == 0)
                        r = codec_decode(FORMAT_SENML_ETCH_JSON, &test_schema, &PATH_ROOT,
                                (const uint8_t *)patch, strlen(patch), &list);
                allocations_left = SIZE_MAX;
                assert_true(r == 0 || r == -ENOMEM);
                if (r == 0) {
                        kept = list;
                        list = (RecordList){0};
                }
                record_list_done(&list);
        } while (r != 0);
        assert_true(n > 2);

        n = 0;
        do {
                ByteWriter writer = BYTE_WRITER(1000);
                const RecordMoment moment = {1, &kept};

                allocations_left = n++;
                r = codec_encode_history(
                        n % 2 == 0 ? FORMAT_SENML_JSON : FORMAT_SENML_CBOR, &PATH_ROOT, &moment, 1, &writer);
                allocations_left = SIZE_MAX;
                assert_true(r == 0 || r == -ENOMEM);
                byte_writer_done(&writer);
        } while (r != 0);
        assert_true(n > 1);
        record_list_done(&kept);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_decoders),
                cmocka_unit_test(test_encoders),
                cmocka_unit_test(test_composite),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
