/* SPDX-License-Identifier: Apache-2.0 */
/* uri_parse(): what is taken, and with which reason the rest is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lwm2m/uri.h"

static void test_valid(void **state)
{
        static const struct {
                const char *text;
                Uri uri;
        } cases[] = {
                {"coap://server.example.org",
                        {URI_COAP, URI_HOST_NAME, "server.example.org", "", 5683, "", ""}},
                {"coaps://server.example.org",
                        {URI_COAPS, URI_HOST_NAME, "server.example.org", "", 5684, "", ""}},
                {"COAPS://Server:1", {URI_COAPS, URI_HOST_NAME, "Server", "", 1, "", ""}},
                {"coap://a:65535/", {URI_COAP, URI_HOST_NAME, "a", "", 65535, "/", ""}},
                {"coap://a:05683", {URI_COAP, URI_HOST_NAME, "a", "", 5683, "", ""}},
                {"coap://bs_1.lan.:5693", {URI_COAP, URI_HOST_NAME, "bs_1.lan.", "", 5693, "", ""}},
                {"coap://192.0.2.1:5783/rd?x=1&y=/?",
                        {URI_COAP, URI_HOST_IPV4, "192.0.2.1", "", 5783, "/rd", "x=1&y=/?"}},
                {"coap://a?q", {URI_COAP, URI_HOST_NAME, "a", "", 5683, "", "q"}},
                {"coap://a/%C3%a4/b", {URI_COAP, URI_HOST_NAME, "a", "", 5683, "/%C3%a4/b", ""}},
                {"coap://[2001:db8::1]", {URI_COAP, URI_HOST_IPV6, "2001:db8::1", "", 5683, "", ""}},
                {"coaps://[::ffff:192.0.2.1]:9",
                        {URI_COAPS, URI_HOST_IPV6, "::ffff:192.0.2.1", "", 9, "", ""}},
                {"coap://[fe80::1%25eth0]:5783/a",
                        {URI_COAP, URI_HOST_IPV6, "fe80::1", "eth0", 5783, "/a", ""}},
                {"coap://[fe80::1%25br%2dlan]",
                        {URI_COAP, URI_HOST_IPV6, "fe80::1", "br-lan", 5683, "", ""}},
                {"coap://1a.example", {URI_COAP, URI_HOST_NAME, "1a.example", "", 5683, "", ""}},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Uri *wanted = &cases[i].uri;
                Uri uri;

                assert_int_equal(uri_parse(cases[i].text, &uri, NULL), 0);
                assert_int_equal(uri.scheme, wanted->scheme);
                assert_int_equal(uri.host_type, wanted->host_type);
                assert_string_equal(uri.host, wanted->host);
                assert_string_equal(uri.scope, wanted->scope);
                assert_int_equal(uri.port, wanted->port);
                assert_string_equal(uri.path, wanted->path);
                assert_string_equal(uri.query, wanted->query);
        }
}

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_invalid(void **state)
{
        static const struct {
                const char *text;
                const char *reason;
        } cases[] = {
                {"", "is empty"},
                {"server.example.org", "does not begin with coap:// or coaps://"},
                {"coap:server", "does not begin with coap:// or coaps://"},
                {"coap:/server", "does not begin with coap:// or coaps://"},
                {"coap+tcp://", "has a scheme other than coap and coaps"},
                {"co_ap://server", "has a scheme other than coap and coaps"},
                {"1coap://server", "has a scheme other than coap and coaps"},
                {"coap+tcp://<server>", "has a scheme other than coap and coaps"},
                {"coap+tcp://a server", "has a blank or a character outside ASCII"},
                {"coap+tcp:server", "does not begin with coap:// or coaps://"},
                {"server:5683", "does not begin with coap:// or coaps://"},
                {"sms:", "does not begin with coap:// or coaps://"},
                {"://server", "has a scheme other than coap and coaps"},
                {"coap://", "has no host"},
                {"coap://:5683", "has no host"},
                {"coap:///rd", "has no host"},
                {"coap://?q", "has no host"},
                {"coap://a:", "has a colon, but no port behind it"},
                {"coap://a:0", "has port 0"},
                {"coap://a:65536", "has a port above 65535"},
                {"coap://a:99999999999999999999", "has a port above 65535"},
                {"coap://a:+1", "has a port that is not a number"},
                {"coap://a:1x", "has a port that is not a number"},
                {"coap://a b", "has a blank or a character outside ASCII"},
                {" coap://a", "has a blank or a character outside ASCII"},
                {"coap://a\n", "has a blank or a character outside ASCII"},
                {"coap://ger\xc3\xa4t", "has a blank or a character outside ASCII"},
                {"coap://me@a", "has a user name, which CoAP does not know"},
                {"coap://a#f", "has a fragment, which CoAP does not know"},
                {"coap://a?q#f", "has a fragment, which CoAP does not know"},
                {"coap://a/<b>", "has a path with a character that must be percent-encoded"},
                {"coap://a/%4", "has a path with a character that must be percent-encoded"},
                {"coap://a/%4g", "has a path with a character that must be percent-encoded"},
                {"coap://a/?<", "has a query with a character that must be percent-encoded"},
                {"coap://a/x/%00", "has a path with a NUL"},
                {"coap://a?x%00", "has a query with a NUL"},
                {"coap://a/%c3", "has a path that is not UTF-8"},
                {"coap://a?%80", "has a query that is not UTF-8"},
                {"coap://a/./b", "has a path with a segment '.' or '..'"},
                {"coap://a/b/%2e%2E", "has a path with a segment '.' or '..'"},
                {"coap://a/1/2/3/4/5/6/7/8/9", "has a path of more than 8 segments"},
                {"coap://a?1&2&3&4&5&6&7&8&9", "has a query of more than 8 arguments"},
                {"coap://a..b", "has a host name with an empty label"},
                {"coap://.a", "has a host name with an empty label"},
                {"coap://.", "has a host name with an empty label"},
                {"coap://-a.b", "has a host name with a label that begins or ends with '-'"},
                {"coap://a-.b", "has a host name with a label that begins or ends with '-'"},
                {"coap://a%20b",
                        "has a host name with a character that is no letter, digit, '-', '_' or '.'"},
                {"coap://a" LABEL_63, "has a host name with a label longer than 63 characters"},
                {"coap://10.1", "has an IPv4 address that is not of four numbers from 0 to 255"},
                {"coap://10.0.0.256", "has an IPv4 address that is not of four numbers from 0 to 255"},
                {"coap://1.2.3.4.5", "has an IPv4 address that is not of four numbers from 0 to 255"},
                {"coap://2130706433", "has an IPv4 address that is not of four numbers from 0 to 255"},
                {"coap://0x7f000001", "has an IPv4 address that is not of four numbers from 0 to 255"},
                {"coap://127.0.0.0X1.", "has an IPv4 address that is not of four numbers from 0 to 255"},
                {"coap://0x", "has an IPv4 address that is not of four numbers from 0 to 255"},
                {"coap://2001:db8::1", "has an IPv6 address without brackets, as in [2001:db8::1]"},
                {"coap://[2001:db8::1", "has no closing bracket behind the IPv6 address"},
                {"coap://[2001:db8::1]5683", "has something behind the IPv6 address that is no port"},
                {"coap://[192.0.2.1]", "has something in brackets that is no IPv6 address"},
                {"coap://[]", "has something in brackets that is no IPv6 address"},
                {"coap://[fe80::1%eth0]",
                        "has an IPv6 scope that does not begin with '%25', as in [fe80::1%25eth0]"},
                {"coap://[fe80::1%25]", "has an empty IPv6 scope"},
                {"coap://[fe80::1%25%2]", "has an IPv6 scope with a broken percent-encoding"},
                {"coap://[fe80::1%25a%00]", "has an IPv6 scope that is no interface name"},
                {"coap://[fe80::1%25a%ff]", "has an IPv6 scope that is no interface name"},
                {"coap://[fe80::1%25a:b]", "has an IPv6 scope that is no interface name"},
                {"coap://[fe80::1%25aaaaaaaaaaaaaaaa]", "has an IPv6 scope longer than an interface name"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Uri uri = {.port = 4711};
                const char *reason = NULL;

                assert_int_equal(uri_parse(cases[i].text, &uri, &reason), -EINVAL);
                assert_string_equal(reason, cases[i].reason);
                assert_int_equal(uri.port, 4711);
        }
}

/* Well-formed, but nothing that we can talk over */
static void test_other_transports(void **state)
{
        static const char *const texts[] = {"coap+tcp://server", "coaps+tcp://server:5684",
                "COAP+TCP://[::1]", "coap+ws://server/path?q", "http://server", "https://me@server#f",
                "mqtt://server:1883", "mqtts://server", "lorawan://5", "coapss://server",
                "sms:+491701234567", "SMS:1234", "tel:+49-170-1234567"};

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                Uri uri = {.port = 4711};
                const char *reason = NULL;

                assert_int_equal(uri_parse(texts[i], &uri, &reason), -EPROTONOSUPPORT);
                assert_non_null(reason);
                assert_int_equal(uri.port, 4711);
                assert_int_equal(uri_parse(texts[i], &uri, NULL), -EPROTONOSUPPORT);
        }
}

static void test_sizes(void **state)
{
        char text[LIMIT_URI_SIZE + 2];
        const char *reason;
        Uri uri;

        memset(text, 'a', sizeof(text));
        text[sizeof(text) - 1] = 0;
        memcpy(text, "coap://h/", 9);
        assert_int_equal(uri_parse(text, &uri, &reason), -EINVAL);
        assert_string_equal(reason, "is longer than 255 bytes");
        text[LIMIT_URI_SIZE] = 0;
        assert_int_equal(uri_parse(text, &uri, &reason), 0);
        assert_int_equal(strlen(uri.path), LIMIT_URI_SIZE - strlen("coap://h"));

        assert_int_equal(uri_parse("coap://" LABEL_63 ".org", &uri, &reason), 0);
        assert_int_equal(uri_parse("coap://" LABEL_63 "." LABEL_63 "." LABEL_63 ".a", &uri, &reason), 0);
}

static void test_names(void **state)
{
        static const struct {
                const char *text, *name;
        } cases[] = {
                {"coap://Server.Example.org.", "server.example.org"},
                {"coap://a", "a"},
                {"coap://192.0.2.1", ""},
                {"coap://[2001:db8::1]", ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char buffer[URI_HOST_NAME_SIZE + 1];
                Uri uri;

                assert_int_equal(uri_parse(cases[i].text, &uri, NULL), 0);
                assert_string_equal(uri_name(&uri, buffer), cases[i].name);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_valid),
                cmocka_unit_test(test_invalid),
                cmocka_unit_test(test_other_transports),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_sizes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
