/* SPDX-License-Identifier: Apache-2.0 */
/* operation/payload: the payloads of composite operations, and which code they get. */
#include "fixture.h"

#include "operation/payload.h"

static Request make_request(int format, const char *payload)
{
        Request request = REQUEST_INIT;

        request.content_format = format;
        request.payload = (uint8_t *)strdup(payload);
        assert_non_null(request.payload);
        request.payload_size = strlen(payload);
        return request;
}

static void test_composite_paths(void **state)
{
        static const struct {
                int format;
                const char *payload;
                int code;
        } table[] = {
                {FORMAT_SENML_JSON, "[{\"n\":\"/1/0\"},{\"n\":\"/1/0/1\"},{\"n\":\"/3\"}]", 0},
                {FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/1/0\"},{\"n\":\"/1/0/1\"},{\"n\":\"/3\"}]", 0},
                {FORMAT_SENML_CBOR, "\x82\xa1\x21\x64/1/0\xa1\x21\x62/3", 0},
                {FORMAT_SENML_ETCH_CBOR, "\x82\xa1\x21\x64/1/0\xa1\x21\x62/3", 0},
                {FORMAT_NONE, "[{\"n\":\"/1/0\"}]", CODE_BAD_REQUEST},
                {FORMAT_SENML_JSON, "", CODE_BAD_REQUEST},
                {FORMAT_SENML_JSON, "[]", CODE_BAD_REQUEST},
                {FORMAT_SENML_JSON, "[{\"n\":\"/1/0/1\",\"v\":5}]", CODE_BAD_REQUEST},
                {FORMAT_SENML_JSON, "[{\"n\":\"1/0\"}]", CODE_BAD_REQUEST},
                {FORMAT_LWM2M_CBOR, "\xa1\x01\x02", CODE_UNSUPPORTED_FORMAT},
                {FORMAT_TLV, "\xc1\x01\x02", CODE_UNSUPPORTED_FORMAT},
                {FORMAT_TEXT, "/1/0", CODE_UNSUPPORTED_FORMAT},
                {11543, "{}", CODE_UNSUPPORTED_FORMAT},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(request_done) Request request = make_request(table[i].format, table[i].payload);
                _cleanup_(response_done) Response response = RESPONSE_INIT;
                PathList paths = {.n = 0};

                assert_int_equal(payload_decode_paths(&request, &paths, &response),
                        table[i].code == 0 ? 0 : PAYLOAD_REFUSED);
                assert_int_equal(response.code, table[i].code);
                assert_int_equal(paths.n, table[i].code == 0 ? 2 : 0);
                assert_true(table[i].code == 0 || response.payload_size > 0);
        }
}

static void test_composite_values(void **state)
{
        static const struct {
                int format;
                const char *payload;
                int code;
                size_t n;
        } table[] = {
                {FORMAT_SENML_JSON, "[{\"n\":\"/1/0/1\",\"v\":5},{\"n\":\"/3/0/14\",\"vs\":\"+01:00\"}]", 0,
                        2},
                {FORMAT_LWM2M_CBOR, "\xa2\x83\x01\x18\x05\x01\x05\x83\x03\x18\x05\x0e\x61U", 0, 2},
                {FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/1/0/1\",\"v\":5}]", 0, 1},
                /* nothing but a removal */
                {FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/2/0/2/101\",\"v\":null}]", 0, 1},
                {FORMAT_SENML_ETCH_CBOR, "\x81\xa2\x61n\x6a/2/0/2/101\x61v\xf6", 0, 1},
                {FORMAT_SENML_ETCH_JSON, "[]", CODE_BAD_REQUEST, 0},
                {FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/1/0/1\",\"v\":null}]", CODE_BAD_REQUEST, 0},
                {FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/1/0/1/0\",\"v\":null}]", CODE_BAD_REQUEST, 0},
                {FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/1/0/1\"}]", CODE_BAD_REQUEST, 0},
                {FORMAT_SENML_JSON, "[{\"n\":\"/2/0/2/101\",\"v\":null}]", CODE_BAD_REQUEST, 0},
                {FORMAT_SENML_JSON, "[{\"n\":\"/1/0/1\"}]", CODE_BAD_REQUEST, 0},
                {FORMAT_TLV, "\x08\x01\x03\xc1\x01\x02", CODE_UNSUPPORTED_FORMAT, 0},
                {FORMAT_TEXT, "5", CODE_UNSUPPORTED_FORMAT, 0},
                {FORMAT_NONE, "[]", CODE_BAD_REQUEST, 0},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, "/1/0/0=101");

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(request_done) Request request = make_request(table[i].format, table[i].payload);
                _cleanup_(response_done) Response response = RESPONSE_INIT;
                _cleanup_(record_list_done) RecordList records = {.n = 0};

                assert_int_equal(payload_decode(&world->context, &PATH_ROOT, &request, &records, &response),
                        table[i].code == 0 ? 0 : PAYLOAD_REFUSED);
                assert_int_equal(response.code, table[i].code);
                assert_int_equal(records.n, table[i].n);
        }
}

/* SenML-ETCH belongs to composite operations alone. */
static void test_etch_elsewhere(void **state)
{
        static const Path paths[] = {{{1}, 1}, {{1, 0}, 2}, {{1, 0, 1}, 3}, {{2, 0, 2, 1}, 4}};
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, "/1/0/0=101");

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                _cleanup_(request_done) Request request =
                        make_request(FORMAT_SENML_ETCH_JSON, "[{\"n\":\"/1/0/1\",\"v\":5}]");
                _cleanup_(response_done) Response response = RESPONSE_INIT;
                _cleanup_(record_list_done) RecordList records = {.n = 0};

                assert_int_equal(payload_decode(&world->context, &paths[i], &request, &records, &response),
                        PAYLOAD_REFUSED);
                assert_int_equal(response.code, CODE_UNSUPPORTED_FORMAT);

                request.accept = FORMAT_SENML_ETCH_JSON;
                response_done(&response);
                response = RESPONSE_INIT;
                assert_int_equal(
                        payload_answer(&world->context, &paths[i], &request, &records, &response), 0);
                assert_int_equal(response.code, CODE_NOT_ACCEPTABLE);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_composite_paths),
                cmocka_unit_test(test_composite_values),
                cmocka_unit_test(test_etch_elsewhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
