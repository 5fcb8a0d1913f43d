/* SPDX-License-Identifier: Apache-2.0 */
/* codec: the payload of a Create, which names the new Object Instance or leaves that to the client. */
#include "support.h"

static void decode(int format, const char *payload, int r, const char *records)
{
        size_t size = strlen(payload);
        uint8_t *data = NULL;

        if (format == FORMAT_TLV || format == FORMAT_LWM2M_CBOR || format == FORMAT_SENML_CBOR)
                data = test_bytes(payload, &size);
        test_decode_at(format, &PATH_NEW_INSTANCE(1), payload, data ? data : (const uint8_t *)payload, size,
                r, records);
        free(data);
}

static void test_create(void **state)
{
        static const struct {
                int format;
                const char *payload;
                int r;
                const char *records;
        } table[] = {
                /* Core TS 7.4.3: without the wrapper the client chooses */
                {FORMAT_TLV, "C1 00 05 C1 01 3C", 0, "/1/65535/0 i5, /1/65535/1 i60"},
                {FORMAT_TLV, "06 03 C1 00 05 C1 01 3C", 0, "/1/3/0 i5, /1/3/1 i60"},
                {FORMAT_TLV, "03 03 C1 00 05 03 04 C1 00 06", 0, "/1/3/0 i5, /1/4/0 i6"},
                {FORMAT_TLV, "00 03", 0, "/1/3 -"},
                {FORMAT_TLV, "", 0, "/1/65535 -"},
                {FORMAT_TLV, "C1 63 05", 0, "/1/65535/99 ?"},
                {FORMAT_TLV, "03 03 C1 00 05 C1 01 3C", CODEC_E_PATH, NULL},
                {FORMAT_TLV, "C1 00 05 03 03 C1 00 05", CODEC_E_SYNTAX, NULL},
                {FORMAT_TLV, "23 FFFF C1 00 05", CODEC_E_PATH, NULL},
                {FORMAT_TLV, "C1 00 05 C1 00 05", CODEC_E_SYNTAX, NULL},
                {FORMAT_TLV, "41 00 05", CODEC_E_SYNTAX, NULL},
                /* LwM2M CBOR: 65535 does */
                {FORMAT_LWM2M_CBOR, "A1 82 01 19FFFF A2 00 05 01 183C", 0, "/1/65535/0 i5, /1/65535/1 i60"},
                {FORMAT_LWM2M_CBOR, "A1 01 A1 19FFFF A1 00 05", 0, "/1/65535/0 i5"},
                {FORMAT_LWM2M_CBOR, "A1 82 01 03 A1 00 05", 0, "/1/3/0 i5"},
                {FORMAT_LWM2M_CBOR, "A1 82 03 19FFFF A1 09 05", CODEC_E_PATH, NULL},
                {FORMAT_LWM2M_CBOR, "A1 82 03 00 A1 09 05", CODEC_E_PATH, NULL},
                {FORMAT_LWM2M_CBOR, "A1 19FFFF A1 00 A1 00 05", CODEC_E_PATH, NULL},
                {FORMAT_LWM2M_CBOR, "A1 83 01 03 19FFFF 05", CODEC_E_PATH, NULL},
                {FORMAT_LWM2M_CBOR, "A1 82 01 1A00010000 A1 00 05", CODEC_E_PATH, NULL},
                {FORMAT_LWM2M_CBOR, "A2 83 01 19FFFF 00 05 83 01 19FFFF 00 05", CODEC_E_SYNTAX, NULL},
                /* SenML names each Resource in full */
                {FORMAT_SENML_CBOR, "81 A3 21 65 2F312F332F 00 61 30 02 05", 0, "/1/3/0 i5"},
                {FORMAT_SENML_JSON, "[{\"bn\":\"/1/3/\",\"n\":\"0\",\"v\":5},{\"n\":\"1\",\"v\":60}]", 0,
                        "/1/3/0 i5, /1/3/1 i60"},
                {FORMAT_SENML_JSON, "[{\"n\":\"/1/3\"}]", 0, "/1/3 -"},
                {FORMAT_SENML_JSON, "[{\"n\":\"/3/0/9\",\"v\":5}]", CODEC_E_PATH, NULL},
                {FORMAT_SENML_JSON, "[{\"n\":\"/1/65535/0\",\"v\":5}]", CODEC_E_PATH, NULL},
                {FORMAT_SENML_JSON, "[{\"n\":\"/1\"}]", CODEC_E_PATH, NULL},
                /* one value is no Object Instance */
                {FORMAT_TEXT, "5", CODEC_E_FORMAT, NULL},
                {FORMAT_OPAQUE, "5", CODEC_E_FORMAT, NULL},
                {FORMAT_CBOR, "5", CODEC_E_FORMAT, NULL},
                {FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/1/3/0\",\"v\":5}]", CODEC_E_FORMAT, NULL},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                decode(table[i].format, table[i].payload, table[i].r, table[i].records);
}

/* Nowhere else is 65535 an ID, and nowhere else is a wrapper missing. */
static void test_elsewhere(void **state)
{
        static const struct {
                int format;
                DecodeCase c;
        } table[] = {
                {FORMAT_TLV, {"/1", "C1 00 05", CODEC_E_PATH, NULL}},
                {FORMAT_LWM2M_CBOR, {"/1", "A1 82 01 19FFFF A1 00 05", CODEC_E_PATH, NULL}},
                {FORMAT_LWM2M_CBOR, {"/1/3", "A1 82 01 19FFFF A1 00 05", CODEC_E_PATH, NULL}},
                {FORMAT_LWM2M_CBOR, {"/", "A1 82 01 19FFFF A1 00 05", CODEC_E_PATH, NULL}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                test_decode(table[i].format, &table[i].c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_create),
                cmocka_unit_test(test_elsewhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
