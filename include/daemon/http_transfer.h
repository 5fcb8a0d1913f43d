/* SPDX-License-Identifier: Apache-2.0 */
/* One GET of one URI, by libcurl on the loop; redirects are not followed. */
#pragma once

#include "coap/resolver.h"
#include "daemon/http_answer.h"
#include "daemon/http_loading.h"
#include "daemon/http_loop.h"

typedef enum HttpFault {
        HTTP_WHOLE,         /* the answer has come as a whole */
        HTTP_BROKEN,        /* it has not, or only a part of it; later it may */
        HTTP_BAD_URI,       /* nobody can be asked this */
        HTTP_NOT_SUPPORTED, /* libcurl is not there, or cannot do it */
        HTTP_NOT_TRUSTED,   /* the server's certificate is refused, and not for its dates */
} HttpFault;

/* What has come of it. All borrowed. */
typedef struct HttpEnd {
        HttpFault fault;
        const char *error;    /* of a fault: to be read behind ": " */
        HttpAnswer answer;    /* status 0: none has begun */
        const char *location; /* absolute; NULL: none was given */
        uint64_t wait;        /* usec, Retry-After; 0: none */
} HttpEnd;

/* All called from the loop, never from inside http_transfer_begin() and http_transfer_resume(). head and
 * data are called by libcurl, so there http_transfer_done() is to be left to lifetime_end() of its owner. */
typedef struct HttpHandler {
        /* The body of the answer begins. 0; BODY_WAIT: its bytes wait for http_transfer_resume(); less than
         * 0: they are not wanted, and done comes at once. */
        int (*head)(void *userdata, const HttpAnswer *answer);
        /* The next bytes, which are taken; returns the same. */
        int (*data)(void *userdata, const uint8_t *data, size_t size);
        /* Once, the last call; a body that was not wanted is HTTP_WHOLE. */
        void (*done)(void *userdata, const HttpEnd *end);
} HttpHandler;

#define HTTP_HOST_SIZE (URI_HOST_NAME_SIZE + 2) /* with the brackets of an address */

/* Zeroed at first. All above library is borrowed. */
typedef struct HttpTransfer {
        sd_event *event;
        const Clock *clock;
        Resolver *resolver;
        Lifetime *lifetime; /* of the owner */
        const HttpHandler *handler;
        void *userdata;
        const char *uri;
        const char *trust_store; /* TRUST_STORE_*, or the absolute path of a file or folder */
        HttpQuestion question;

        const HttpLibrary *library;
        HttpLoop loop;
        HttpLoading *loading;
        sd_event_source *resume; /* what has been asked for, from the loop */
        char host[HTTP_HOST_SIZE + 1];
        uint16_t port;
        ResolverQuery *query;
        CURL *easy;                /* NULL: not yet; what it borrows: */
        struct curl_slist *names;  /* what host is */
        struct curl_slist *fields; /* of the request's head */
        bool has_head, is_held, is_unwanted;
        bool is_done; /* while it was held; code tells how */
        CURLcode code;
        int store_error; /* of the trust store, negative errno */
        char error[CURL_ERROR_SIZE];
} HttpTransfer;

/* The members above library are set. 0, -ENOMEM or what sd-event says; http_transfer_done() in each case. */
int http_transfer_begin(HttpTransfer *transfer);
void http_transfer_resume(HttpTransfer *transfer);
void http_transfer_done(HttpTransfer *transfer);
