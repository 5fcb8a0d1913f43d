/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told what an LwM2M Server does. */
#pragma once

#include "lwm2m/body_sink.h"
#include "lwm2m/failure.h"
#include "lwm2m/message.h"

typedef struct Server Server;

/* Called from the loop; none may free the server. */
typedef struct ServerHandler {
        void (*changed)(void *userdata, Server *server);
        void (*registered)(void *userdata, Server *server);
        /* Messages of ours may go to it from now on: after each 2.01, when it has woken up; or not any more:
         * it sleeps, or the registration has ended. NULL: not wanted. */
        void (*awake)(void *userdata, Server *server, bool awake);
        void (*failed)(void *userdata, Server *server,
                const Failure *failure); /* an attempt, an Update or the session */
        void (*alert)(void *userdata, Server *server, uint8_t alert); /* of TLS, of whatever level */
        void (*request)(void *userdata, Server *server, const Request *request, Response *ret_response);
        /* As ConnectionHandler.body. */
        bool (*body)(void *userdata, Server *server, const Request *request, uint64_t announced,
                BodyResume resume, BodySink *ret, Response *ret_response);
} ServerHandler;
