/* SPDX-License-Identifier: Apache-2.0 */
/* Request and Response: a CoAP exchange without its transport. */
#pragma once

#include "lwm2m/content_format.h"
#include "lwm2m/limits.h"
#include "util/macro.h"

typedef enum Method {
        METHOD_GET = 1,
        METHOD_POST = 2,
        METHOD_PUT = 3,
        METHOD_DELETE = 4,
        METHOD_FETCH = 5,
        METHOD_PATCH = 6,
        METHOD_IPATCH = 7,
} Method;

/* CoAP response code, class * 32 + detail (RFC 7252, 12.1.2) */
#define COAP_CODE(class, detail) ((class) << 5 | (detail))
#define CODE_CLASS(code)         ((unsigned)(code) >> 5)
#define CODE_DETAIL(code)        ((unsigned)(code)&0x1f)
/* For printf: "%u.%02u" */
#define CODE_ARGS(code) CODE_CLASS(code), CODE_DETAIL(code)

typedef enum Code {
        CODE_NONE = 0, /* no response: libcoap's empty ACK */
        CODE_CREATED = COAP_CODE(2, 1),
        CODE_DELETED = COAP_CODE(2, 2),
        CODE_CHANGED = COAP_CODE(2, 4),
        CODE_CONTENT = COAP_CODE(2, 5),
        CODE_CONTINUE = COAP_CODE(2, 31),
        CODE_BAD_REQUEST = COAP_CODE(4, 0),
        CODE_UNAUTHORIZED = COAP_CODE(4, 1),
        CODE_BAD_OPTION = COAP_CODE(4, 2),
        CODE_FORBIDDEN = COAP_CODE(4, 3),
        CODE_NOT_FOUND = COAP_CODE(4, 4),
        CODE_METHOD_NOT_ALLOWED = COAP_CODE(4, 5),
        CODE_NOT_ACCEPTABLE = COAP_CODE(4, 6),
        CODE_INCOMPLETE = COAP_CODE(4, 8),
        CODE_PRECONDITION_FAILED = COAP_CODE(4, 12),
        CODE_TOO_LARGE = COAP_CODE(4, 13),
        CODE_UNSUPPORTED_FORMAT = COAP_CODE(4, 15),
        CODE_TOO_MANY_REQUESTS = COAP_CODE(4, 29),
        CODE_INTERNAL_ERROR = COAP_CODE(5, 0),
        CODE_NOT_IMPLEMENTED = COAP_CODE(5, 1),
        CODE_UNAVAILABLE = COAP_CODE(5, 3),
} Code;

/* What a GET or FETCH asks for beside its answer (RFC 7641, 2). */
typedef enum Observe {
        OBSERVE_NONE = -1,
        OBSERVE_REGISTER = 0,
        OBSERVE_CANCEL = 1,
} Observe;

#define OBSERVE_SEQUENCE_MAX 0xffffff /* 24 bits: RFC 7641, 2 */

/* A list of option texts, each at most LIMIT_OPTION_SIZE bytes, without NUL inside; owned. */
typedef struct Texts {
        char *items[LIMIT_QUERIES];
        size_t n;
} Texts;

/* Appends a copy. 0, -ENOMEM, or -E2BIG past LIMIT_QUERIES or LIMIT_OPTION_SIZE. */
int texts_add(Texts *texts, const char *text);
int texts_addf(Texts *texts, const char *format, ...) _printf_(2, 3);
int texts_copy(const Texts *texts, Texts *ret); /* 0 or -ENOMEM */
void texts_done(Texts *texts);

typedef struct Request {
        Method method;
        Texts path;         /* Uri-Path, one item a segment; none: "/" */
        Texts query;        /* Uri-Query */
        int content_format; /* ContentFormat or another number; FORMAT_NONE without the option */
        int accept;         /* likewise */
        uint8_t *payload;   /* owned; wiped when freed */
        size_t payload_size;

        /* Of a request of the peer; one of ours has none of it. */
        int observe;                     /* Observe */
        size_t block_size;               /* bytes, of the blocks it wants an answer in; 0: it does not say */
        bool further_block;              /* it wants a block behind the answer's first: no observation
                                            begins or ends by it (RFC 7959, 3.4) */
        uint8_t token[LIMIT_TOKEN_SIZE]; /* names an observation */
        uint8_t token_size;
} Request;

#define REQUEST_INIT \
        ((Request){.content_format = FORMAT_NONE, .accept = FORMAT_NONE, .observe = OBSERVE_NONE})

typedef struct Response {
        uint8_t code;   /* Code, or another one a peer sent */
        Texts location; /* Location-Path; none: absent, or as location_problem says. Not "/", "." or ".." */
        int content_format;
        uint8_t *payload; /* owned; wiped when freed. Without Content-Format in an error: diagnostic text */
        size_t payload_size;
        uint32_t max_age; /* Max-Age, s; 0: it is 0 or absent */
        int64_t observe;  /* Observe of an answer of ours, up to OBSERVE_SEQUENCE_MAX; -1: without */
        /* Why Location-Path is not kept, behind "a Location-Path "; static. NULL: it is, or is absent. */
        const char *location_problem;
} Response;

#define RESPONSE_INIT ((Response){.content_format = FORMAT_NONE, .observe = -1})

void request_done(Request *request);
void response_done(Response *response);
int request_copy(const Request *request, Request *ret);     /* 0 or -ENOMEM */
int response_copy(const Response *response, Response *ret); /* 0 or -ENOMEM */

/* "GET" .. "iPATCH". Static. */
const char *method_to_string(Method method);

/* "PUT /1/0" for people, printable and cut to the buffer. Returns buffer. */
#define REQUEST_TEXT_SIZE 64
const char *request_describe(const Request *request, char buffer[REQUEST_TEXT_SIZE]);

/* Its path alone, "/1/0/1", likewise. */
const char *request_path(const Request *request, char buffer[REQUEST_TEXT_SIZE]);

/* Makes *response an error with a one-line diagnostic text (RFC 7252, 5.5.2); out of memory: without the
 * text. */
void response_set_error(Response *response, Code code, const char *format, ...) _printf_(3, 4);

/* The peer's diagnostic text, at most LIMIT_DIAGNOSTIC_SIZE bytes, made printable in buffer; "" if none. */
const char *response_diagnostic(const Response *response, char buffer[LIMIT_DIAGNOSTIC_SIZE + 1]);
