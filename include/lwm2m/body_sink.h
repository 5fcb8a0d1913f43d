/* SPDX-License-Identifier: Apache-2.0 */
/* A body that is too large for memory: it is handed on in pieces, as they come (RFC 7959). Who receives it
 * makes a sink, whoever transfers it calls the sink; all of it on the event loop. */
#pragma once

#include "lwm2m/message.h"

/* The piece has been taken, or the end is being worked on; no further call, but for abort(), before the
 * owner of the sink has called its BodyResume. */
#define BODY_WAIT 1

/* Why the body will not be whole. */
typedef enum BodyEnd {
        BODY_SILENT,       /* the peer has sent no block for 247 s (BLOCK_LIFETIME_USEC) */
        BODY_SESSION_LOST, /* the session has ended, or the connection has been closed */
        BODY_BEGUN_ANEW,   /* the peer has begun another one for the same path */
        BODY_TOO_LARGE, /* it needs more than 2^20 blocks of the size that the peer sends (RFC 7959, 2.2) */
        BODY_NO_MEMORY,
} BodyEnd;

/* Where a body goes. write() and done() return
 *   0            taken; or, of done(), all is well
 *   BODY_WAIT    as above
 *   a Code       of class 4 or 5: it is what the peer is answered, and the transfer has ended (4.08 where
 *                nobody wants it any more)
 *   a negative errno: we are broken, the peer is answered 5.00, and the transfer has ended.
 * Behind a done() that has returned 0, an end as above, or abort() nothing of the sink is called any more.
 * Until one of these has come, the sink and its userdata have to stay. No call of a sink closes the
 * connection that it is called by. */
typedef struct BodySink {
        /* The next bytes, 1 .. 1024, which are borrowed for the call. */
        int (*write)(void *userdata, const uint8_t *data, size_t size);
        /* That was the last piece. Where it waits, the answer of the peer waits as well. */
        int (*done)(void *userdata);
        /* It will not be whole. May be called from inside any call of the client or of the connection, so
         * nothing of these is to be called from here. */
        void (*abort)(void *userdata, BodyEnd why);
        void *userdata;
} BodySink;

/* What the owner of a sink calls after BODY_WAIT, once for each, from the loop and never from inside one of
 * the sink's own calls. result: 0, go on; else as write() and done() might have returned it, and the
 * transfer has ended. It is void from the transfer's end on: not to be called any more. */
typedef struct BodyResume {
        void (*resume)(void *userdata, int result);
        void *userdata;
} BodyResume;
