/* SPDX-License-Identifier: Apache-2.0 */
/* Which URIs name a package, and what of them may be shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/repository_uri.h"

static int parse(const char *text, FirmwareProtocol *ret)
{
        const char *reason = NULL;
        int r = repository_uri_parse(text, ret, &reason);

        assert_true(r == 0 || reason != NULL);
        assert_int_equal(repository_uri_parse(text, ret, NULL), r);
        return r;
}

static void protocols(void **state)
{
        static const struct {
                const char *text;
                FirmwareProtocol protocol;
        } cases[] = {
                {"coap://h/p", FIRMWARE_COAP},
                {"coaps://h:5684/p?q", FIRMWARE_COAPS},
                {"http://h", FIRMWARE_HTTP},
                {"HTTP://h:8080/p#f", FIRMWARE_HTTP},
                {"https://u:p@h/p?a@b", FIRMWARE_HTTPS},
                {"hTTps://[2001:db8::1]:1/", FIRMWARE_HTTPS},
        };
        FirmwareProtocol protocol;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                assert_int_equal(parse(cases[i].text, &protocol), 0);
                assert_int_equal(protocol, cases[i].protocol);
        }
}

static void others(void **state)
{
        static const char *const unknown[] = {
                "ftp://h/p", "coap+tcp://h/p", "file:///etc/passwd", "sms:+1234"};
        static const char *const wrong[] = {"http:", "http:/h", "http://", "http:///p", "http://:80/",
                "http://u@/", "http://u:p/w@h/", "http://h:8o/", "http://[::1]:x/", "http://h/a b",
                "http://h/\n", "http://h/\x7f", "http://\xc3\xa4.example/", "coap://", "h/p", ""};
        char longest[LIMIT_URI_SIZE + 2] = "http://h/";
        FirmwareProtocol protocol;

        for (size_t i = 0; i < ELEMENTSOF(unknown); i++)
                assert_int_equal(parse(unknown[i], &protocol), -EPROTONOSUPPORT);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse(wrong[i], &protocol), -EINVAL);
        memset(longest + 9, 'p', LIMIT_URI_SIZE - 9);
        assert_int_equal(parse(longest, &protocol), 0);
        longest[LIMIT_URI_SIZE] = 'p';
        assert_int_equal(parse(longest, &protocol), -EINVAL);
}

static void shown(void **state)
{
        static const char *const cases[][2] = {
                {"http://u:p@h:80/a/b?q=1#f", "http://h:80/a/b"},
                {"https://h#f", "https://h"},
                {"https://h?q", "https://h"},
                {"coaps://[::1]:5684/p", "coaps://[::1]:5684/p"},
                {"http://u@v@h/@x?y@z", "http://h/@x"},
                {"", ""},
                {"nothing?secret", "nothing"},
                {"nothing?a://secret", "nothing"},
                /* A password may be in it. */
                {"http://u:p/w@h/x", "http://"},
                {"http://u:p?w@h/x", "http://"},
                {"http://[::1]:p/w@h/x", "http://"},
        };
        char longest[4 * LIMIT_URI_SIZE] = {0}, buffer[LIMIT_URI_SIZE + 1];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(repository_uri_show(cases[i][0], buffer), cases[i][1]);
        memset(longest, 'p', sizeof(longest) - 1);
        assert_int_equal(strlen(repository_uri_show(longest, buffer)), LIMIT_URI_SIZE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(protocols),
                cmocka_unit_test(others),
                cmocka_unit_test(shown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
