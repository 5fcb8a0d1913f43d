/* SPDX-License-Identifier: Apache-2.0 */
/* The URI of a package in a repository. */
#include "daemon/repository_uri.h"

#include <stdio.h>

#include "util/span.h"

#define SCHEME_END "://"

static int refuse(const char *reason, const char **reterr_reason)
{
        if (reterr_reason)
                *reterr_reason = reason;
        return -EINVAL;
}

/* More of them are known here than lwm2m/uri knows. */
static int refuse_scheme(int r, const char **reterr_reason)
{
        if (reterr_reason)
                *reterr_reason = r == -EPROTONOSUPPORT
                                         ? "has a scheme other than coap, coaps, http and https"
                                         : "begins with none of coap://, coaps://, http:// and https://";
        return r;
}

/* RFC 3986, 2: printable ASCII, without blanks. */
static bool has_foreign(const char *text)
{
        for (; *text; text++)
                if (*text <= ' ' || *text > '~')
                        return true;
        return false;
}

/* "http" and what is behind its "://"; false: it is neither http nor https. */
static bool split_http(const char *text, FirmwareProtocol *ret, Span *ret_rest)
{
        const char *end = strstr(text, SCHEME_END);
        Span scheme;

        if (!end)
                return false;
        scheme = (Span){text, (size_t)(end - text)};
        *ret = span_is(scheme, "https") ? FIRMWARE_HTTPS : FIRMWARE_HTTP;
        end += strlen(SCHEME_END);
        *ret_rest = (Span){end, strlen(end)};
        return *ret == FIRMWARE_HTTPS || span_is(scheme, "http");
}

/* Without the userinfo: RFC 3986, 3.2. */
static Span authority_of(Span *rest)
{
        Span authority = span_until(rest, "/?#");
        const char *at = memrchr(authority.data, '@', authority.size);

        if (!at)
                return authority;
        at++;
        return (Span){at, authority.size - (size_t)(at - authority.data)};
}

/* A colon and digits, or nothing, is behind a host. Else it may be a user and a password with a "/" that
 * nobody has encoded. */
static bool has_good_port(Span host)
{
        const char *bracket = memchr(host.data, ']', host.size);
        Span rest = bracket ? (Span){bracket, host.size - (size_t)(bracket - host.data)} : host;

        (void)span_until(&rest, ":");
        for (size_t i = 1; i < rest.size; i++)
                if (rest.data[i] < '0' || rest.data[i] > '9')
                        return false;
        return true;
}

int repository_uri_parse(const char *text, FirmwareProtocol *ret, const char **reterr_reason)
{
        Span rest, host;
        Uri uri;
        int r;

        if (!split_http(text, ret, &rest)) {
                r = uri_parse(text, &uri, reterr_reason);
                if (r < 0 && strncasecmp(text, "coap:", 5) != 0 && strncasecmp(text, "coaps:", 6) != 0)
                        return refuse_scheme(r, reterr_reason);
                if (r == 0)
                        *ret = uri.scheme == URI_COAPS ? FIRMWARE_COAPS : FIRMWARE_COAP;
                return r;
        }
        if (strlen(text) > LIMIT_URI_SIZE)
                return refuse("is longer than 255 bytes", reterr_reason);
        if (has_foreign(text))
                return refuse("has a character that a URI cannot have", reterr_reason);
        host = authority_of(&rest);
        if (host.size == 0 || host.data[0] == ':')
                return refuse("has no host", reterr_reason);
        if (!has_good_port(host))
                return refuse(
                        "has a port that is no number; a \"/\" of a password is written %2F", reterr_reason);
        return 0;
}

const char *repository_uri_show(const char *text, char buffer[static LIMIT_URI_SIZE + 1])
{
        const char *behind = strstr(text, SCHEME_END);
        const bool has_scheme = behind && (size_t)(behind - text) < strcspn(text, "/?#");
        size_t scheme = has_scheme ? (size_t)(behind - text) + strlen(SCHEME_END) : 0;
        Span rest = {text + scheme, strlen(text + scheme)}, host, path;

        host = authority_of(&rest);
        path = span_until(&rest, "?#");
        if (!has_good_port(host))
                host = path = (Span){text, 0};
        (void)snprintf(buffer, LIMIT_URI_SIZE + 1, "%.*s%.*s%.*s", (int)scheme, text, (int)host.size,
                host.data, (int)path.size, path.data);
        return buffer;
}
