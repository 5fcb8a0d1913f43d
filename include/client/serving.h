/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of registered LwM2M Servers: served at once, or answered later where a source takes its time. */
#pragma once

#include "client/inside.h"

typedef struct Serving Serving;

/* How long a source may take. */
#define SERVING_LATER_USEC (10 * USEC_PER_SEC) /* design.md 10.3 */

/* 0 or negative errno. */
int serving_new(Client *client, Serving **ret);
Serving *serving_free(Serving *serving);

/* Serves a request of that server; CODE_NONE where the answer comes later: server_answer(). */
void serving_request(Serving *serving, Server *server, const Request *request, Response *ret_response);

/* ConnectionHandler.body of that server: whether it goes into a sink (operation_package). */
bool serving_body(Serving *serving, Server *server, const Request *request, uint64_t announced,
        BodyResume resume, BodySink *ret, Response *ret_response);

/* What the store says of a call that was answered later; unknown ones are ignored. code, text: as
 * StoreListener. */
void serving_answered(Serving *serving, uint64_t call, int code, const char *text);

/* The server, or its session, is gone, and with it whoever waited. */
void serving_forget(Serving *serving, const Server *server);
