/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Server URI, /0/x/0: "coap[s]://host[:port][path][?query]" (RFC 7252, 6.1 and 6.2; Core TS, Appendix
 * E.1). */
#pragma once

#include "lwm2m/message.h"
#include "util/macro.h"

#define URI_PORT_COAP  5683 /* RFC 7252, 6.1 */
#define URI_PORT_COAPS 5684 /* RFC 7252, 6.2 */

#define URI_HOST_NAME_SIZE 253 /* characters of a host name: RFC 1035, 2.3.4, less length octets */
#define URI_LABEL_SIZE     63  /* RFC 1035, 2.3.4 */
#define URI_SCOPE_SIZE     15  /* bytes of a zone: an interface name, IF_NAMESIZE less the NUL */

typedef enum UriScheme {
        URI_COAP,  /* UDP without security */
        URI_COAPS, /* UDP with DTLS */
} UriScheme;

typedef enum UriHost {
        URI_HOST_NAME,
        URI_HOST_IPV4,
        URI_HOST_IPV6,
} UriHost;

/* Owns nothing, may be copied. */
typedef struct Uri {
        UriScheme scheme;
        UriHost host_type;
        char host[LIMIT_URI_SIZE + 1]; /* name, "192.0.2.1", or "2001:db8::1" without brackets and scope */
        /* zone of a link-local address, percent-decoded ("eth0"); "" = none */
        char scope[URI_SCOPE_SIZE + 1];
        uint16_t port;                  /* 1..65535; the scheme's default where none was written */
        char path[LIMIT_URI_SIZE + 1];  /* as written, "" or from its "/" on, percent-encoded */
        char query[LIMIT_URI_SIZE + 1]; /* as written, behind the "?", percent-encoded; "" = none */
} Uri;

/* Parses and checks: scheme coap or coaps (any case), no user name, no fragment, a host name (letters,
 * digits, "-", "_", labels of 1..63), an IPv4 address in four decimals or an IPv6 address in brackets,
 * optionally with "%25zone" (RFC 6874); port 1..65535; path and query that Uri-Path and Uri-Query can carry
 * (RFC 7252, 5.10.1: UTF-8 without NUL, no segment "." or ".."), at most LIMIT_URI_SEGMENTS and
 * LIMIT_URI_QUERIES; at most LIMIT_URI_SIZE bytes. 0; -EPROTONOSUPPORT: a URI of another transport
 * ("coap+tcp://host", "sms:+1234"), which is well-formed as far as we can tell; -EINVAL. In *reterr_reason
 * (may be NULL) what is wrong, to be read behind "the URI ", without the text itself: "has no host". Static,
 * not freed. */
int uri_parse(const char *text, Uri *ret, const char **reterr_reason);

/* Whether text is a host name as above, and no address; a dot at its end, which SNI never has (RFC 6066, 3),
 * is none of it. */
bool uri_is_name(const char *text);

/* The name as Uri-Host and SNI carry it (RFC 7252, 6.4; RFC 6066, 3): lower case, without the dot at its
 * end; "" for an address. Returns buffer. */
const char *uri_name(const Uri *uri, char buffer[URI_HOST_NAME_SIZE + 1]);

/* Append what is in front of a request's own Uri-Path and Uri-Query (RFC 7252, 6.4): one item a segment or
 * argument, percent-decoded. A slash at the path's end is none. 0 or -ENOMEM. */
int uri_add_path(const Uri *uri, Texts *path);
int uri_add_query(const Uri *uri, Texts *query);
