/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told what becomes of a connection, and asked what its peer asks. */
#pragma once

#include "lwm2m/body_sink.h"
#include "lwm2m/failure.h"
#include "lwm2m/message.h"

typedef enum ConnectionStage {
        CONNECTION_RESOLVING,
        CONNECTION_HANDSHAKING,
        CONNECTION_REQUESTING,
} ConnectionStage;

/* All called from the event loop, never from inside connection_open. Each may close the connection. */
typedef struct ConnectionHandler {
        /* A new stage, also when the next address begins (HANDSHAKING or REQUESTING again). */
        void (*stage)(void *userdata, ConnectionStage stage);
        /* The answer to the opening request, whatever its code; the connection stays open. Once for each
         * opening request. */
        void (*answered)(void *userdata, const Response *response);
        /* The opening request met silence until its deadline, or a Reset, at the address under way. True:
         * there is another one for this address (connection_reopen), or the connection is closed. False, or
         * NULL: the next address has its turn. */
        bool (*unanswered)(void *userdata);
        /* Never opened (every address failed), or lost later. Once, and the last call; the connection is to
         * be closed. */
        void (*failed)(void *userdata, const Failure *failure);
        /* The peer has sent a TLS alert (AlertDescription of RFC 5246, 7.2), which may end the session, or
         * not. Before what it leads to. NULL: not wanted. */
        void (*alert)(void *userdata, uint8_t alert);
        /* Whether the peer may ask anything now; false: it gets the empty ACK only, and is not remembered.
         * NULL: always. */
        bool (*accepts)(void *userdata);
        /* A request of the peer, also before the opening request is answered. Leave CODE_NONE to send the
         * empty ACK and no response, which does not enter the de-duplication ring but for
         * connection_answer_later(). The response is freed by the caller. A request that got a response
         * while the opening request was unanswered counts as its acceptance: no deadline and no further
         * address any more (a Bootstrap Server may begin before its 2.04 arrives). */
        void (*request)(void *userdata, const Request *request, Response *ret_response);
        /* The peer begins a request whose body comes in several blocks, of announced bytes in all (Size1, 0:
         * not said); its payload is the first of them alone, which is not to be used here. True: the body
         * goes into *ret, in pieces, and handler.request is not asked: it is answered 2.04 when the sink is
         * done. Or *ret_response is filled in, and it is refused. False: the body is put together in memory,
         * up to max_body_size, as without this. resume is for a sink that waits; one body of a session goes
         * into a sink at a time, and what else the peer asks is served meanwhile. NULL: none does. */
        bool (*body)(void *userdata, const Request *request, uint64_t announced, BodyResume resume,
                BodySink *ret, Response *ret_response);
        /* A block extended what the peer says in several: its request, or its answer to the opening one
         * (re-arms the session timer). NULL: not wanted. */
        void (*block)(void *userdata);
} ConnectionHandler;
