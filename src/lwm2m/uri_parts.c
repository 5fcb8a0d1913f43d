/* SPDX-License-Identifier: Apache-2.0 */
/* Path and query of a URI. */
#include "lwm2m/uri_parts.h"
#include "util/ascii.h"
#include "util/utf8.h"

/* Characters of a path or query (RFC 3986, 3.3 and 3.4): pchar, "/", and "?" in a query. */
static bool path_is_valid(Span span, bool query)
{
        for (size_t i = 0; i < span.size; i++) {
                char c = span.data[i];

                if (c == '%') {
                        if (span.size - i < 3 || ascii_hex_digit(span.data[i + 1]) < 0 ||
                                ascii_hex_digit(span.data[i + 2]) < 0)
                                return false;
                        i += 2;
                } else if (!ascii_is_alphanumeric(c) && !strchr("-._~!$&'()*+,;=:@/", c) &&
                           !(query && c == '?'))
                        return false;
        }
        return true;
}

/* Percent-decoded; the span is valid. *ret_size may count a NUL inside. */
static void decode(Span span, char buffer[LIMIT_URI_SIZE + 1], size_t *ret_size)
{
        size_t n = 0;

        for (size_t i = 0; i < span.size; i++) {
                char c = span.data[i];

                if (c == '%') {
                        c = (char)(ascii_hex_digit(span.data[i + 1]) << 4 |
                                   ascii_hex_digit(span.data[i + 2]));
                        i += 2;
                }
                buffer[n++] = c;
        }
        buffer[n] = 0;
        *ret_size = n;
}

/* The next segment of a path, without its "/", or argument of a query; false at the end. A slash at the end
 * of a path is none. */
static bool next_part(Span *rest, bool query, Span *ret)
{
        if (rest->size == 0 || (!query && rest->size == 1))
                return false;
        if (!query) {
                rest->data++;
                rest->size--;
        }
        *ret = span_until(rest, query ? "&" : "/");
        if (query && rest->size > 0) {
                rest->data++;
                rest->size--;
        }
        return true;
}

const char *uri_parts_check(Span rest, bool query)
{
        char text[LIMIT_URI_SIZE + 1];
        size_t n = 0, size;
        Span part;

        if (!path_is_valid(rest, query))
                return query ? "has a query with a character that must be percent-encoded"
                             : "has a path with a character that must be percent-encoded";
        while (next_part(&rest, query, &part)) {
                decode(part, text, &size);
                if (strlen(text) < size)
                        return query ? "has a query with a NUL" : "has a path with a NUL";
                if (!utf8_is_valid(text, size))
                        return query ? "has a query that is not UTF-8" : "has a path that is not UTF-8";
                if (!query && (strcmp(text, ".") == 0 || strcmp(text, "..") == 0))
                        return "has a path with a segment '.' or '..'";
                if (++n > (query ? LIMIT_URI_QUERIES : LIMIT_URI_SEGMENTS))
                        return query ? "has a query of more than 8 arguments"
                                     : "has a path of more than 8 segments";
        }
        return NULL;
}

int uri_parts_add(const char *text, bool query, Texts *texts)
{
        char decoded[LIMIT_URI_SIZE + 1];
        Span rest = {text, strlen(text)}, part;
        size_t size;

        while (next_part(&rest, query, &part)) {
                int r;

                decode(part, decoded, &size);
                r = texts_add(texts, decoded);
                if (r < 0)
                        return r;
        }
        return 0;
}
