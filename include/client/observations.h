/* SPDX-License-Identifier: Apache-2.0 */
/* What an LwM2M Server observes: it begins and ends with its requests, is looked at once a turn of the loop,
 * and notified over its connection (Core TS 6.4; RFC 7641; design.md 10.4, 10.5). */
#pragma once

#include "lwm2m/message.h"
#include "lwm2m/path.h"
#include "model/attributes.h"

typedef struct Observations Observations;
typedef struct Server Server;

/* Of this server, which is borrowed. 0 or negative errno. */
int observations_new(Server *server, Observations **ret);
Observations *observations_free(Observations *observations);
DEFINE_CLEANUP(Observations *, observations_free)

size_t observations_count(const Observations *observations);

/* What Write-Attributes has attached: as long as the account. */
Attributes *observations_attributes(Observations *observations);

/* A request of the server has been served: an observation begins (*response has Observe then) or ends by it,
 * or goes on with other attributes. An observation that finds no room takes the place of the oldest one of
 * the same paths, query and Accept; where there is none it is answered as a Read. One with attributes that
 * are wrong is refused in *response. Further blocks begin and end nothing. */
void observations_served(Observations *observations, const Request *request, Response *response);

/* A value at or below path is another one, has come or has gone. Followed from the loop. */
void observations_note_change(Observations *observations, const Path *path);

/* Whether messages may go to the server now (ServerHandler.awake). Not: it sleeps. */
void observations_set_awake(Observations *observations, bool awake);

/* The server's state may be another one (ServerHandler.changed). Once it has answered the Update that
 * follows a notification without an acknowledgement, that is sent again; without a registration all of them
 * end. */
void observations_server_changed(Observations *observations);

/* The registration is another one: all of them end. */
void observations_clear(Observations *observations);
