/* SPDX-License-Identifier: Apache-2.0 */
/* What the head of an answer to a GET means for a download. */
#include "daemon/http_answer.h"

#include "util/parse.h"
#include "util/span.h"

/* Names of RFC 9110, 15 */
enum {
        STATUS_OK = 200,
        STATUS_PARTIAL_CONTENT = 206,
        STATUS_MOVED_PERMANENTLY = 301,
        STATUS_FOUND = 302,
        STATUS_SEE_OTHER = 303,
        STATUS_TEMPORARY_REDIRECT = 307,
        STATUS_PERMANENT_REDIRECT = 308,
        STATUS_REQUEST_TIMEOUT = 408,
        STATUS_RANGE_NOT_SATISFIABLE = 416,
        STATUS_TOO_EARLY = 425,
        STATUS_TOO_MANY_REQUESTS = 429,
};

/* If-Range takes no weak ETag (RFC 9110, 13.1.5). */
static const char *validator_of(const HttpAnswer *answer)
{
        const char *validator =
                answer->etag && answer->etag[0] == '"' ? answer->etag : answer->last_modified;

        return validator && strlen(validator) <= DOWNLOAD_VALIDATOR_SIZE ? validator : "";
}

static bool parse_number(Span text, uint64_t *ret)
{
        char number[sizeof("18446744073709551615")];

        if (text.size >= sizeof(number))
                return false;
        span_copy(text, number);
        return parse_u64(number, INT64_MAX, ret) == 0;
}

/* "bytes 100-199/1000", or "*" for what the whole has: RFC 9110, 14.4. */
static bool parse_range(const char *text, uint64_t *ret_first, uint64_t *ret_total)
{
        Span rest = {text ?: "", text ? strlen(text) : 0}, unit, first, last;
        uint64_t end;

        unit = span_until(&rest, " ");
        if (!span_is(unit, "bytes") || rest.size == 0)
                return false;
        rest = (Span){rest.data + 1, rest.size - 1};
        first = span_until(&rest, "-");
        if (!parse_number(first, ret_first) || rest.size == 0)
                return false;
        rest = (Span){rest.data + 1, rest.size - 1};
        last = span_until(&rest, "/");
        if (!parse_number(last, &end) || rest.size == 0 || end < *ret_first)
                return false;
        rest = (Span){rest.data + 1, rest.size - 1};
        *ret_total = 0;
        return span_is(rest, "*") || (parse_number(rest, ret_total) && *ret_total > end);
}

/* A server that does not know If-Range goes on with whatever it has by now. */
static bool is_same(const HttpAnswer *answer, const char *validator)
{
        const char *now = validator[0] == '"' ? answer->etag : answer->last_modified;

        return !now || strcmp(now, validator) == 0;
}

static HttpVerdict judge_partial(const HttpAnswer *answer, const HttpQuestion *question, HttpPackage *ret)
{
        uint64_t first, total;

        if (question->offset == 0)
                return HTTP_REFUSED; /* nobody has asked for a part */
        if (!parse_range(answer->content_range, &first, &total) || first != question->offset ||
                !is_same(answer, question->validator))
                return HTTP_ANEW;
        *ret = (HttpPackage){.offset = first, .total = total, .validator = question->validator};
        return HTTP_PACKAGE;
}

HttpVerdict http_answer_judge(const HttpAnswer *answer, const HttpQuestion *question, HttpPackage *ret)
{
        switch (answer->status) {
        case STATUS_OK:
                *ret = (HttpPackage){
                        .total = answer->content_length > 0 ? (uint64_t)answer->content_length : 0,
                        .validator = validator_of(answer),
                };
                return HTTP_PACKAGE;
        case STATUS_PARTIAL_CONTENT:
                return judge_partial(answer, question, ret);
        case STATUS_MOVED_PERMANENTLY:
        case STATUS_FOUND:
        case STATUS_SEE_OTHER:
        case STATUS_TEMPORARY_REDIRECT:
        case STATUS_PERMANENT_REDIRECT:
                return HTTP_REDIRECT;
        case STATUS_RANGE_NOT_SATISFIABLE:
                return question->offset > 0 ? HTTP_ANEW : HTTP_REFUSED;
        case STATUS_REQUEST_TIMEOUT:
        case STATUS_TOO_EARLY:
        case STATUS_TOO_MANY_REQUESTS:
                return HTTP_LATER;
        default:
                return answer->status >= 500 ? HTTP_LATER : HTTP_REFUSED;
        }
}
