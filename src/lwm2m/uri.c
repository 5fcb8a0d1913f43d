/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Server URI, /0/x/0. */
#include <arpa/inet.h>
#include <ctype.h>

#include "lwm2m/uri.h"
#include "lwm2m/uri_parts.h"
#include "util/ascii.h"

static const char *parse_port(Span span, Uri *uri)
{
        unsigned port = 0;

        if (span.size == 0)
                return "has a colon, but no port behind it";
        for (size_t i = 0; i < span.size; i++) {
                if (!ascii_is_digit(span.data[i]))
                        return "has a port that is not a number";
                port = port * 10 + (unsigned)(span.data[i] - '0');
                if (port > UINT16_MAX)
                        return "has a port above 65535";
        }
        if (port == 0)
                return "has port 0";
        uri->port = (uint16_t)port;
        return NULL;
}

/* The zone behind "%25" (RFC 6874): unreserved characters and percent-encoded ones. */
static const char *parse_scope(Span span, Uri *uri)
{
        size_t n = 0;

        for (size_t i = 0; i < span.size; i++) {
                char c = span.data[i];

                if (c == '%') {
                        int high, low;

                        if (span.size - i < 3)
                                return "has an IPv6 scope with a broken percent-encoding";
                        high = ascii_hex_digit(span.data[i + 1]);
                        low = ascii_hex_digit(span.data[i + 2]);
                        if (high < 0 || low < 0)
                                return "has an IPv6 scope with a broken percent-encoding";
                        c = (char)(high << 4 | low);
                        i += 2;
                        /* No interface has such a name, and one with a NUL would end the string early. */
                        if (c <= ' ' || c > '~' || c == '/')
                                return "has an IPv6 scope that is no interface name";
                } else if (!ascii_is_alphanumeric(c) && !strchr("-._~", c))
                        return "has an IPv6 scope that is no interface name";
                if (n == URI_SCOPE_SIZE)
                        return "has an IPv6 scope longer than an interface name";
                uri->scope[n++] = c;
        }
        if (n == 0)
                return "has an empty IPv6 scope";
        uri->scope[n] = 0;
        return NULL;
}

static const char *parse_ipv6(Span span, Uri *uri)
{
        struct in6_addr address;
        Span rest = span, text = span_until(&rest, "%");

        span_copy(text, uri->host);
        if (inet_pton(AF_INET6, uri->host, &address) != 1)
                return "has something in brackets that is no IPv6 address";
        uri->host_type = URI_HOST_IPV6;
        if (rest.size == 0)
                return NULL;
        if (rest.size < 3 || memcmp(rest.data, "%25", 3) != 0)
                return "has an IPv6 scope that does not begin with '%25', as in [fe80::1%25eth0]";
        return parse_scope((Span){rest.data + 3, rest.size - 3}, uri);
}

/* Decimal, octal or hexadecimal: no top-level domain is one, and the resolver would take "10.1" and
 * "0xa000001" for 10.0.0.1. */
static bool is_number(Span label)
{
        bool hex = label.size > 1 && label.data[0] == '0' && (label.data[1] == 'x' || label.data[1] == 'X');

        for (size_t i = hex ? 2 : 0; i < label.size; i++)
                if (hex ? ascii_hex_digit(label.data[i]) < 0 : !ascii_is_digit(label.data[i]))
                        return false;
        return true;
}

static const char *parse_name(Span span, Uri *uri)
{
        struct in_addr address;
        size_t label = 0;
        bool numeric = false;

        if (span.size == 0)
                return "has no host";
        span_copy(span, uri->host);
        uri->host_type = URI_HOST_NAME;
        if (inet_pton(AF_INET, uri->host, &address) == 1) {
                uri->host_type = URI_HOST_IPV4;
                return NULL;
        }

        /* A dot at the end makes the name absolute. */
        if (span.size > 1 && span.data[span.size - 1] == '.')
                span.size--;
        if (span.size > URI_HOST_NAME_SIZE)
                return "has a host name longer than 253 characters";
        for (size_t i = 0; i <= span.size; i++) {
                char c = i < span.size ? span.data[i] : '.';

                if (c == '.') {
                        if (label == 0)
                                return "has a host name with an empty label";
                        if (label > URI_LABEL_SIZE)
                                return "has a host name with a label longer than 63 characters";
                        if (span.data[i - label] == '-' || span.data[i - 1] == '-')
                                return "has a host name with a label that begins or ends with '-'";
                        numeric = is_number((Span){span.data + i - label, label});
                        label = 0;
                } else if (ascii_is_alphanumeric(c) || c == '-' || c == '_')
                        label++;
                else
                        return "has a host name with a character that is no letter, digit, '-', '_' or '.'";
        }
        if (numeric)
                return "has an IPv4 address that is not of four numbers from 0 to 255";
        return NULL;
}

bool uri_is_name(const char *text)
{
        const Span span = {text, strlen(text)};
        Uri uri;

        return span.size <= URI_HOST_NAME_SIZE && !parse_name(span, &uri) &&
               uri.host_type == URI_HOST_NAME && text[span.size - 1] != '.';
}

static const char *parse_authority(Span span, Uri *uri)
{
        const char *reason;
        Span host;

        if (memchr(span.data, '@', span.size))
                return "has a user name, which CoAP does not know";
        if (span.size > 0 && span.data[0] == '[') {
                span.data++;
                span.size--;
                host = span_until(&span, "]");
                if (span.size == 0)
                        return "has no closing bracket behind the IPv6 address";
                span.data++;
                span.size--;
                reason = parse_ipv6(host, uri);
                if (!reason && span.size > 0 && span.data[0] != ':')
                        reason = "has something behind the IPv6 address that is no port";
        } else {
                host = span_until(&span, ":");
                if (span.size > 0 && memchr(span.data + 1, ':', span.size - 1))
                        return "has an IPv6 address without brackets, as in [2001:db8::1]";
                reason = parse_name(host, uri);
        }
        if (reason || span.size == 0)
                return reason;
        return parse_port((Span){span.data + 1, span.size - 1}, uri);
}

static const char *parse_scheme(Span *rest, Uri *uri)
{
        Span scheme = span_until(rest, ":/?#[]@");

        if (rest->size < 3 || memcmp(rest->data, "://", 3) != 0)
                return "does not begin with coap:// or coaps://";
        rest->data += 3;
        rest->size -= 3;
        if (span_is(scheme, "coap")) {
                uri->scheme = URI_COAP;
                uri->port = URI_PORT_COAP;
        } else if (span_is(scheme, "coaps")) {
                uri->scheme = URI_COAPS;
                uri->port = URI_PORT_COAPS;
        } else
                return "has a scheme other than coap and coaps";
        return NULL;
}

static const char *parse(Span rest, Uri *uri)
{
        const char *reason;
        Span part;

        if (rest.size == 0)
                return "is empty";
        if (rest.size > LIMIT_URI_SIZE)
                return "is longer than 255 bytes";
        for (size_t i = 0; i < rest.size; i++)
                if (rest.data[i] <= ' ' || rest.data[i] > '~')
                        return "has a blank or a character outside ASCII";

        reason = parse_scheme(&rest, uri);
        if (reason)
                return reason;
        reason = parse_authority(span_until(&rest, "/?#"), uri);
        if (reason)
                return reason;

        part = span_until(&rest, "?#");
        reason = uri_parts_check(part, false);
        if (reason)
                return reason;
        span_copy(part, uri->path);
        if (rest.size > 0 && rest.data[0] == '?') {
                rest.data++;
                rest.size--;
                part = span_until(&rest, "#");
                reason = uri_parts_check(part, true);
                if (reason)
                        return reason;
                span_copy(part, uri->query);
        }
        if (rest.size > 0)
                return "has a fragment, which CoAP does not know";
        return NULL;
}

/* "scheme://..." of any other scheme, or an SMS number (RFC 5724, RFC 3966); "host:port" is none. */
static bool is_other_transport(Span rest)
{
        Span scheme = span_until(&rest, ":");

        if (scheme.size == 0 || ascii_is_digit(scheme.data[0]) || span_is(scheme, "coap") ||
                span_is(scheme, "coaps"))
                return false;
        for (size_t i = 0; i < scheme.size; i++)
                if (!ascii_is_alphanumeric(scheme.data[i]) && (i == 0 || !strchr("+-.", scheme.data[i])))
                        return false;
        for (size_t i = 0; i < rest.size; i++)
                if (rest.data[i] <= ' ' || rest.data[i] > '~' || strchr("\"<>\\^`{|}", rest.data[i]))
                        return false;

        if (rest.size > 3 && memcmp(rest.data, "://", 3) == 0)
                return true;
        return rest.size > 1 && (span_is(scheme, "sms") || span_is(scheme, "tel"));
}

int uri_parse(const char *text, Uri *ret, const char **reterr_reason)
{
        const Span span = {text, strlen(text)};
        Uri uri = {0};
        const char *reason = parse(span, &uri);

        if (reason) {
                if (reterr_reason)
                        *reterr_reason = reason;
                return is_other_transport(span) ? -EPROTONOSUPPORT : -EINVAL;
        }
        *ret = uri;
        return 0;
}

const char *uri_name(const Uri *uri, char buffer[URI_HOST_NAME_SIZE + 1])
{
        size_t n = uri->host_type == URI_HOST_NAME ? strlen(uri->host) : 0;

        if (n > 0 && uri->host[n - 1] == '.')
                n--;
        for (size_t i = 0; i < n; i++)
                buffer[i] = (char)tolower((unsigned char)uri->host[i]);
        buffer[n] = 0;
        return buffer;
}

int uri_add_path(const Uri *uri, Texts *path)
{
        return uri_parts_add(uri->path, false, path);
}

int uri_add_query(const Uri *uri, Texts *query)
{
        return uri_parts_add(uri->query, true, query);
}
