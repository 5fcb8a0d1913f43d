/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a peer's payload. */
#pragma once

typedef enum CodecError {
        CODEC_E_FORMAT = 1, /* the Content-Format is not supported in this direction or for this path */
        CODEC_E_SYNTAX,     /* not well-formed, truncated, bytes left over */
        CODEC_E_TYPE,       /* a value that is not of its Resource's type */
        CODEC_E_PATH,       /* a name outside the request's path, or one that is no path */
        CODEC_E_LIMIT,      /* more records, depth or bytes than the maxima of lwm2m/limits.h */
} CodecError;
