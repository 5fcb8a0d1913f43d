/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware packages in each format and in pieces of any size, good ones and broken ones. */
#include "tests/unit/codec/support.h"

#include "codec/package_stream.h"
#include "lwm2m/body_sink.h"
#include "util/encoding.h"

#define LARGE (200 * 1024) /* bytes: more than a value may have elsewhere, and than a frame has */

static int answer; /* of write() */

static int write_piece(void *userdata, const uint8_t *data, size_t size)
{
        assert_in_range(size, 1, PACKAGE_FRAME_MAX);
        byte_writer_add(userdata, data, size);
        return answer;
}

/* Fed in pieces of so many bytes, the first one of so many. The result of the last call. */
static int stream(int format, const void *data, size_t size, size_t first, size_t piece, ByteWriter *ret)
{
        const uint8_t *bytes = data;
        PackageStream stream;
        size_t n = first;
        int r = 0;

        package_stream_init(&stream, format, write_piece, ret);
        for (size_t at = 0; at < size && r == 0; at += n, n = piece) {
                n = MIN_OF(n, size - at);
                r = package_stream_feed(&stream, bytes + at, n);
        }
        if (r == 0)
                r = package_stream_end(&stream);
        assert_int_equal(package_stream_size(&stream), ret->size);
        return r;
}

/* However it is cut. */
static void expect(int format, const void *data, size_t size, const void *package, size_t package_size)
{
        for (size_t first = 1; first <= MIN_OF(size, 100) + 1; first++)
                for (size_t piece = 1; piece < 3; piece++) {
                        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(2 * LARGE);

                        assert_int_equal(
                                stream(format, data, size, first, piece == 1 ? 1 : 1024, &writer), 0);
                        assert_int_equal(writer.size, package_size);
                        if (package_size > 0)
                                assert_memory_equal(writer.data, package, package_size);
                        if (size > 2000)
                                return;
                }
}

static void expect_hex(int format, const char *hex, const char *package)
{
        uint8_t *data;
        size_t size;

        assert_int_equal(parse_hex(hex, strlen(hex), true, &data, &size, NULL), 0);
        expect(format, data, size, package, strlen(package));
        free(data);
}

static void expect_broken(int format, const void *data, size_t size)
{
        static const size_t pieces[] = {1, 2, 3, 1024};

        for (size_t i = 0; i < ELEMENTSOF(pieces); i++) {
                _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(2 * LARGE);
                int r = stream(format, data, size, pieces[i], pieces[i], &writer);

                if (r != CODE_BAD_REQUEST)
                        fail_msg("format %d, %.*s: %d", format, (int)size, (const char *)data, r);
        }
}

static void expect_broken_hex(int format, const char *hex)
{
        uint8_t *data;
        size_t size;

        assert_int_equal(parse_hex(hex, strlen(hex), true, &data, &size, NULL), 0);
        expect_broken(format, data, size);
        free(data);
}

static void opaque(void **state)
{
        expect(FORMAT_OPAQUE, "", 0, "", 0);
        expect(FORMAT_OPAQUE, "\0", 1, "\0", 1);
        expect(FORMAT_OPAQUE, "abcdefg", 7, "abcdefg", 7);
}

static void text(void **state)
{
        expect(FORMAT_TEXT, "YWJjZA==", 8, "abcd", 4);
        expect(FORMAT_TEXT, "", 0, "", 0);
        expect_broken(FORMAT_TEXT, "YWJjZA", 6);
        expect_broken(FORMAT_TEXT, "YWJjZA==\n", 9);
        expect_broken(FORMAT_TEXT, "-_-_", 4);
}

static void tlv(void **state)
{
        expect_hex(FORMAT_TLV, "c4 00 61626364", "abcd");
        expect_hex(FORMAT_TLV, "c8 00 08 6162636465666768", "abcdefgh");
        expect_hex(FORMAT_TLV, "e4 0000 61626364", "abcd");
        expect_hex(FORMAT_TLV, "f8 0000 000004 61626364", "abcd");
        expect_hex(FORMAT_TLV_OLD, "d0 00 0004 61626364", "abcd");
        expect_hex(FORMAT_TLV, "c0 00", "");
        expect_hex(FORMAT_TLV, "d8 00 000000", "");

        expect_broken_hex(FORMAT_TLV, "");
        expect_broken_hex(FORMAT_TLV, "c4");
        expect_broken_hex(FORMAT_TLV, "d8 00 0000");
        expect_broken_hex(FORMAT_TLV, "c4 00 616263");         /* cut */
        expect_broken_hex(FORMAT_TLV, "c4 00 6162636465");     /* something behind it */
        expect_broken_hex(FORMAT_TLV, "c4 00 61626364 c0 00"); /* twice */
        expect_broken_hex(FORMAT_TLV, "c4 01 61626364");       /* another Resource */
        expect_broken_hex(FORMAT_TLV, "84 00 61626364");       /* a Multiple Resource */
        expect_broken_hex(FORMAT_TLV, "44 00 61626364");
        expect_broken_hex(FORMAT_TLV, "06 00 c4 00 61626364"); /* with its Object Instance */
        expect_broken_hex(FORMAT_TLV, "e4 ffff 61626364");
}

static void cbor(void **state)
{
        expect_hex(FORMAT_CBOR, "44 61626364", "abcd");
        expect_hex(FORMAT_CBOR, "5b 0000000000000004 61626364", "abcd");
        expect_hex(FORMAT_CBOR, "5f 42 6162 40 58 01 63 41 64 ff", "abcd");
        expect_hex(FORMAT_CBOR, "40", "");
        expect_hex(FORMAT_CBOR, "5f ff", "");

        expect_broken_hex(FORMAT_CBOR, "");
        expect_broken_hex(FORMAT_CBOR, "44 616263");
        expect_broken_hex(FORMAT_CBOR, "44 61626364 f6");
        expect_broken_hex(FORMAT_CBOR, "5f 42 6162");
        expect_broken_hex(FORMAT_CBOR, "5f 42 6162 62 6364 ff"); /* a text in bytes */
        expect_broken_hex(FORMAT_CBOR, "5f 5f 41 61 ff ff");
        expect_broken_hex(FORMAT_CBOR, "5f 42 6162 ff ff");
        expect_broken_hex(FORMAT_CBOR, "64 61626364"); /* a text */
        expect_broken_hex(FORMAT_CBOR, "c2 44 61626364");
        expect_broken_hex(FORMAT_CBOR, "81 44 61626364");
        expect_broken_hex(FORMAT_CBOR, "5e 61");
        expect_broken_hex(FORMAT_CBOR, "ff");
        expect_broken_hex(FORMAT_CBOR, "5b ffffffffffffffff 61");
}

static void senml_cbor(void **state)
{
        expect_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 08 44 61626364", "abcd");
        expect_hex(FORMAT_SENML_CBOR, "81 a2 21 66 2f352f302f30 08 44 61626364", "abcd");
        /* The value before its name, bn and n, the label as a text, other fields. */
        expect_hex(FORMAT_SENML_CBOR, "81 a3 08 44 61626364 21 64 2f352f30 00 62 2f30", "abcd");
        expect_hex(FORMAT_SENML_CBOR,
                "9f bf 62 7664 5f 42 6162 42 6364 ff 00 66 2f352f302f30 06 01"
                " 63 787978 82 f6 a1 01 41 00 ff ff",
                "abcd");
        expect_hex(FORMAT_SENML_CBOR, "82 a1 21 65 2f352f302f a2 00 61 30 08 41 61", "a");
        expect_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 7f 61 76 61 64 ff 41 61", "a");
        expect_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 18 08 41 61", "a");

        expect_broken_hex(FORMAT_SENML_CBOR, "80");
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a1 08 44 61626364");                       /* of nothing */
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f31 08 44 61626364");    /* of /5/0/1 */
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 03 64 61626364");    /* vs */
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 08 64 61626364");    /* a text */
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 08 d8 18 41 61");    /* a tag */
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a3 00 66 2f352f302f30 08 41 61 08 41 61"); /* twice */
        expect_broken_hex(
                FORMAT_SENML_CBOR, "82 a2 00 66 2f352f302f30 08 41 61 a2 00 66 2f352f302f30 08 41 61");
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 08 41 61 00");
        expect_broken_hex(FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 08 42 61");
        expect_broken_hex(FORMAT_SENML_CBOR, "a1 a2 00 66 2f352f302f30 08 41 61");
        expect_broken_hex(FORMAT_SENML_CBOR,
                "81 a3 00 66 2f352f302f30 08 41 61 61 78 81 81 81 81 81 81 81 81 00"); /* depth */
}

static void lwm2m_cbor(void **state)
{
        expect_hex(FORMAT_LWM2M_CBOR, "a1 05 a1 00 a1 00 44 61626364", "abcd");
        expect_hex(FORMAT_LWM2M_CBOR, "a1 83 05 00 00 44 61626364", "abcd");
        expect_hex(FORMAT_LWM2M_CBOR, "bf 9f 05 00 ff bf 00 5f 42 6162 42 6364 ff ff ff", "abcd");

        expect_broken_hex(FORMAT_LWM2M_CBOR, "a0");
        expect_broken_hex(FORMAT_LWM2M_CBOR, "a1 83 05 00 01 44 61626364");
        expect_broken_hex(FORMAT_LWM2M_CBOR, "a1 82 05 00 a2 00 41 61 01 61 61");
        expect_broken_hex(FORMAT_LWM2M_CBOR, "a1 82 05 00 a2 00 41 61 00 41 61");
        expect_broken_hex(FORMAT_LWM2M_CBOR, "a1 83 05 00 00 81 41 61");
        expect_broken_hex(FORMAT_LWM2M_CBOR, "a1 41 05 41 61");
        expect_broken_hex(FORMAT_LWM2M_CBOR, "a1 84 05 00 00 00 41 61");
}

static void expect_json(const char *json, const char *package)
{
        expect(FORMAT_SENML_JSON, json, strlen(json), package, strlen(package));
}

static void expect_broken_json(const char *json)
{
        expect_broken(FORMAT_SENML_JSON, json, strlen(json));
}

static void senml_json(void **state)
{
        expect_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\"}]", "abcd");
        expect_json("[{\"bn\":\"/5/0/0\",\"vd\":\"YWJjZA==\"}]", "abcd");
        expect_json("[{\"n\":\"/5/0/0\",\"vd\":\"\"}]", "");
        /* Both alphabets, escapes of any character, white space, the value before its name, other fields. */
        expect_json("[{\"n\":\"/5/0/0\",\"vd\":\"-_-_\"}]", "\xfb\xff\xbf");
        expect_json("[{\"n\":\"/5/0/0\",\"vd\":\"+\\/+/\"}]", "\xfb\xff\xbf");
        expect_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZ\\u0041\\u003D\\u003d\"}]", "abcd");
        expect_json(" [ {\"vd\"\r\n:\t\"YWJjZA\" , \"n\" : \"\\/5/0/0\" } ] \n", "abcd");
        expect_json("[{\"vd\":\"YWJjZA\",\"x\":{\"vd\":[\"vd\",1e3]},\"u\":\"vd\",\"bn\":\"/5/\",\"n\":"
                    "\"0/0\"}]",
                "abcd");
        expect_json("[{\"bn\":\"/5/0/\"},{\"n\":\"0\",\"vd\":\"YWJjZA\"}]", "abcd");
        /* A label in escapes is not found as it comes, but taken where it is short. */
        expect_json("[{\"n\":\"/5/0/0\",\"v\\u0064\":\"YWJjZA\"}]", "abcd");

        expect_broken_json("");
        expect_broken_json("[]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\"}");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJj\\nZA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZ\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZB\"}]"); /* bits that no byte takes */
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"+_+_\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"+/+\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"\\u00e4AAA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"\\u00g1AAA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\",\"vd\":\"YWJjZA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\",\"v\\u0064\":\"YWJjZA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\"},{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/1\",\"vd\":\"YWJjZA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vs\":\"YWJjZA\"}]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":[\"YWJjZA\"]}]");
        expect_broken_json("{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\"}");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\"}]]");
        expect_broken_json("[{\"n\":\"/5/0/0\",\"vd\" \"YWJjZA\"}]");
        expect_broken(FORMAT_SENML_JSON, "[{\"n\":\"/5/0/0\",\"vd\":\"YWJjZA\"}]\0", 31);
}

static const struct {
        int format;
        const char *before; /* hexadecimal */
        const char *behind;
} wrappings[] = {
        {FORMAT_OPAQUE, "", ""},
        {FORMAT_TLV, "d8 00 032000", ""},
        {FORMAT_CBOR, "5a 00032000", ""},
        {FORMAT_SENML_CBOR, "81 a2 00 66 2f352f302f30 08 5a 00032000", ""},
        {FORMAT_SENML_CBOR, "9f bf 08 5f 5a 00032000", "ff 00 66 2f352f302f30 ff ff"},
        {FORMAT_LWM2M_CBOR, "a1 83 05 00 00 5a 00032000", ""},
        {FORMAT_LWM2M_CBOR, "a1 05 a1 00 bf 00 5f 5a 00032000", "40 ff ff"},
};

static void add_hex(ByteWriter *writer, const char *hex)
{
        uint8_t *data;
        size_t size;

        assert_int_equal(parse_hex(hex, strlen(hex), true, &data, &size, NULL), 0);
        byte_writer_add(writer, data, size);
        free(data);
}

static void large(void **state)
{
        uint8_t *package = malloc(LARGE);

        assert_non_null(package);
        for (size_t i = 0; i < LARGE; i++)
                package[i] = (uint8_t)(i * 7 + (i >> 8));
        for (size_t i = 0; i < ELEMENTSOF(wrappings); i++) {
                _cleanup_(byte_writer_done) ByteWriter payload = BYTE_WRITER(2 * LARGE);

                add_hex(&payload, wrappings[i].before);
                byte_writer_add(&payload, package, LARGE);
                add_hex(&payload, wrappings[i].behind);
                expect(wrappings[i].format, payload.data, payload.size, package, LARGE);
                expect_broken(wrappings[i].format == FORMAT_OPAQUE ? FORMAT_CBOR : wrappings[i].format,
                        payload.data, payload.size - 1);
        }
        for (size_t i = 0; i < 2; i++) {
                _cleanup_(byte_writer_done) ByteWriter payload = BYTE_WRITER(2 * LARGE);
                char *base64 = i == 0 ? format_base64(package, LARGE) : format_base64url(package, LARGE);

                byte_writer_printf(&payload, "[{\"n\":\"/5/0/0\",\"vd\":\"%s\"}]", base64);
                expect(FORMAT_SENML_JSON, payload.data, payload.size, package, LARGE);
                free(base64);
        }
        free(package);
}

/* What is no package, but as large as one. */
static void large_frame(void **state)
{
        _cleanup_(byte_writer_done) ByteWriter payload = BYTE_WRITER(2 * LARGE);

        byte_writer_add_string(&payload, "[{\"n\":\"/5/0/0\",\"x\":\"");
        for (size_t i = 0; i < PACKAGE_FRAME_MAX; i++)
                byte_writer_add_u8(&payload, 'x');
        byte_writer_add_string(&payload, "\",\"vd\":\"YWJjZA\"}]");
        expect_broken(FORMAT_SENML_JSON, payload.data, payload.size);
}

static void what_write_says(void **state)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(LARGE);
        PackageStream stream;

        package_stream_init(&stream, FORMAT_CBOR, write_piece, &writer);
        answer = BODY_WAIT;
        assert_int_equal(package_stream_feed(&stream, (const uint8_t *)"\x5f\x41", 2), 0);
        assert_int_equal(package_stream_feed(&stream,
                                 (const uint8_t *)"a\x41"
                                                  "bA",
                                 4),
                BODY_WAIT);
        assert_int_equal(writer.size, 2);
        answer = CODE_TOO_LARGE;
        assert_int_equal(package_stream_feed(&stream, (const uint8_t *)"c", 1), CODE_TOO_LARGE);

        /* A value that is found at the end waits there. */
        package_stream_init(&stream, FORMAT_SENML_JSON, write_piece, &writer);
        answer = BODY_WAIT;
        assert_int_equal(package_stream_feed(
                                 &stream, (const uint8_t *)"[{\"n\":\"/5/0/0\",\"v\\u0064\":\"YWJj\"}]", 33),
                0);
        assert_int_equal(package_stream_end(&stream), BODY_WAIT);
        package_stream_init(&stream, FORMAT_TEXT, write_piece, &writer);
        answer = -EIO;
        assert_int_equal(package_stream_feed(&stream, (const uint8_t *)"YWJj", 4), -EIO);
        answer = 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(opaque),
                cmocka_unit_test(text),
                cmocka_unit_test(tlv),
                cmocka_unit_test(cbor),
                cmocka_unit_test(senml_cbor),
                cmocka_unit_test(lwm2m_cbor),
                cmocka_unit_test(senml_json),
                cmocka_unit_test(large),
                cmocka_unit_test(large_frame),
                cmocka_unit_test(what_write_says),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
