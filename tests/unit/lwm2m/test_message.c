/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2m/message: option lists, copies, diagnostic texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lwm2m/message.h"

static void test_texts(void **state)
{
        Texts texts = {0}, copy = {0};
        char text[LIMIT_OPTION_SIZE + 2];

        memset(text, 'x', sizeof(text));
        text[LIMIT_OPTION_SIZE + 1] = '\0';
        assert_int_equal(texts_add(&texts, text), -E2BIG);
        assert_int_equal(texts_addf(&texts, "%s", text), -E2BIG);
        text[LIMIT_OPTION_SIZE] = '\0';
        assert_int_equal(texts_add(&texts, text), 0);
        assert_int_equal(texts_addf(&texts, "%s", text), 0);
        assert_int_equal(texts_addf(&texts, "lt=%d", 86400), 0);
        assert_string_equal(texts.items[2], "lt=86400");

        assert_int_equal(texts_copy(&texts, &copy), 0);
        assert_int_equal(copy.n, 3);
        assert_string_equal(copy.items[1], text);
        assert_ptr_not_equal(copy.items[1], texts.items[1]);
        while (texts.n < LIMIT_QUERIES)
                assert_int_equal(texts_add(&texts, ""), 0);
        assert_int_equal(texts_add(&texts, ""), -E2BIG);
        texts_done(&texts);
        texts_done(&copy);
        texts_done(NULL);
        assert_int_equal(texts.n, 0);
}

static void test_request_copy(void **state)
{
        Request request = REQUEST_INIT, copy = REQUEST_INIT;

        request.method = METHOD_PUT;
        request.content_format = FORMAT_TLV;
        assert_int_equal(texts_add(&request.path, "3"), 0);
        assert_int_equal(texts_add(&request.query, "pmin=1"), 0);
        request.payload = malloc(3);
        assert_non_null(request.payload);
        memcpy(request.payload, "abc", 3);
        request.payload_size = 3;

        assert_int_equal(request_copy(&request, &copy), 0);
        request_done(&request);
        assert_int_equal(request.content_format, FORMAT_NONE);
        assert_null(request.payload);
        assert_int_equal(copy.method, METHOD_PUT);
        assert_int_equal(copy.content_format, FORMAT_TLV);
        assert_int_equal(copy.accept, FORMAT_NONE);
        assert_string_equal(copy.path.items[0], "3");
        assert_string_equal(copy.query.items[0], "pmin=1");
        assert_int_equal(copy.payload_size, 3);
        assert_memory_equal(copy.payload, "abc", 3);
        request_done(&copy);
        request_done(NULL);
}

static void test_codes(void **state)
{
        assert_int_equal(CODE_CHANGED, 0x44);
        assert_int_equal(CODE_NOT_ACCEPTABLE, 134);
        assert_int_equal(CODE_CLASS(CODE_UNAVAILABLE), 5);
        assert_int_equal(CODE_DETAIL(CODE_UNAVAILABLE), 3);
}

static void test_set_error(void **state)
{
        Response response = RESPONSE_INIT;
        char buffer[LIMIT_DIAGNOSTIC_SIZE + 1], text[400];

        response.code = CODE_CONTENT;
        response.content_format = FORMAT_TLV;
        response_set_error(&response, CODE_NOT_ACCEPTABLE, "%s is missing", "/0/1/2");
        assert_int_equal(response.code, CODE_NOT_ACCEPTABLE);
        assert_int_equal(response.content_format, FORMAT_NONE);
        assert_int_equal(response.payload_size, strlen("/0/1/2 is missing"));
        assert_string_equal(response_diagnostic(&response, buffer), "/0/1/2 is missing");

        /* 255 letters and a character of two bytes: cut before it */
        memset(text, 'x', sizeof(text));
        strcpy(text + 255, "\xc3\xa4...");
        response_set_error(&response, CODE_BAD_REQUEST, "%s", text);
        assert_int_equal(response.payload_size, 255);
        strcpy(text + 254, "\xc3\xa4...");
        response_set_error(&response, CODE_BAD_REQUEST, "%s", text);
        assert_int_equal(response.payload_size, 256);
        response_done(&response);
        response_done(NULL);
}

static void test_diagnostic(void **state)
{
        static const struct {
                uint8_t code;
                int format;
                const char *payload, *text;
        } table[] = {
                {CODE_BAD_REQUEST, FORMAT_NONE, "no lt", "no lt"},
                {CODE_BAD_REQUEST, FORMAT_TEXT, "no lt", "no lt"},
                {CODE_BAD_REQUEST, FORMAT_CBOR, "no lt", ""},
                {CODE_CONTENT, FORMAT_NONE, "no lt", ""},
                {CODE_BAD_REQUEST, FORMAT_NONE, "", ""},
                {CODE_BAD_REQUEST, FORMAT_NONE, "a\nb\x1b[0m\x7f", "a b [0m "},
                {CODE_BAD_REQUEST, FORMAT_NONE, "\xc3\xa4\xc2\x9b\xc2\xa0", "\xc3\xa4  \xc2\xa0"},
                {CODE_BAD_REQUEST, FORMAT_NONE, "\xc3\xa4\xff", "\xc3\xa4?"},
        };
        char buffer[LIMIT_DIAGNOSTIC_SIZE + 1], text[2 * LIMIT_DIAGNOSTIC_SIZE];

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Response response = {
                        .code = table[i].code,
                        .content_format = table[i].format,
                        .payload = (uint8_t *)table[i].payload,
                        .payload_size = strlen(table[i].payload),
                };

                assert_string_equal(response_diagnostic(&response, buffer), table[i].text);
        }

        memset(text, 'x', sizeof(text));
        assert_int_equal(strlen(response_diagnostic(&(Response){CODE_BAD_REQUEST, {{0}, 0}, FORMAT_NONE,
                                                            (uint8_t *)text, sizeof(text)},
                                 buffer)),
                LIMIT_DIAGNOSTIC_SIZE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_request_copy),
                cmocka_unit_test(test_codes),
                cmocka_unit_test(test_set_error),
                cmocka_unit_test(test_diagnostic),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
