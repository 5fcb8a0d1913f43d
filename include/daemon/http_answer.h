/* SPDX-License-Identifier: Apache-2.0 */
/* What the head of an answer to a GET means for a download (RFC 9110): pure. */
#pragma once

#include "daemon/download_attempt.h"

typedef enum HttpVerdict {
        HTTP_PACKAGE,  /* its body is the package, from the offset on */
        HTTP_REDIRECT, /* another URI has it */
        HTTP_ANEW,     /* it cannot go on there: to be asked from the start, at once */
        HTTP_LATER,    /* it may be there later */
        HTTP_REFUSED,  /* it is not there */
} HttpVerdict;

/* All borrowed. Fields that the answer does not have: NULL, and -1 for a number. */
typedef struct HttpAnswer {
        int status;
        int64_t content_length;
        const char *content_range, *etag, *last_modified;
} HttpAnswer;

/* What was asked for. validator is not "" where offset is not 0. */
typedef struct HttpQuestion {
        uint64_t offset;
        const char *validator;
} HttpQuestion;

typedef struct HttpPackage {
        uint64_t offset, total; /* bytes; total 0: not said */
        const char *validator;  /* borrowed of the answer; "": it has none that another attempt can use */
} HttpPackage;

/* *ret: of HTTP_PACKAGE only. */
HttpVerdict http_answer_judge(const HttpAnswer *answer, const HttpQuestion *question, HttpPackage *ret);
