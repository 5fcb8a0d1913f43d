/* SPDX-License-Identifier: Apache-2.0 */
/* One LwM2M Server: its account, registration machine, connection and timer. */
#pragma once

#include "client/context.h"
#include "client/observations.h"
#include "client/policy.h"
#include "client/registration_machine.h"
#include "client/registration_order.h"
#include "client/sends.h"
#include "client/server_handler.h"
#include "client/shown.h"
#include "lwm2m/path.h"

/* succeeded: a registration with its account has succeeded since it was bootstrapped, /1/x/14 is over.
 * server_refresh() gives it its account. 0 or negative errno. */
int server_new(
        ClientContext *context, bool succeeded, const ServerHandler *handler, void *userdata, Server **ret);
Server *server_free(Server *server); /* closes without De-register */

const Account *server_account(const Server *server);
ServerState server_state(const Server *server);
bool server_has_succeeded(const Server *server);        /* as in server_new, or since then */
bool server_is_awake(const Server *server);             /* registered, and not asleep in Queue Mode */
uint64_t server_registered_since(const Server *server); /* CLOCK_BOOTTIME usec, 0: it is not */
Lwm2mVersion server_announced(const Server *server);    /* the version it was registered with */
OrderedServer server_ordered(const Server *server);
uint64_t server_next_retry(const Server *server); /* CLOCK_BOOTTIME usec of a retry-wait's end, 0: none */
/* The same of whatever it waits for but an Update. */
uint64_t server_end_of_wait(const Server *server);

/* The same account as the older server's (Short Server ID and URI), whose session has ended: it keeps the
 * time of the last registration, the address that was tried last, and what was counted. */
void server_inherit(Server *server, const Server *older);

/* Likewise it waits for what that server has asked for (Max-Age), unless that was to be ignored. */
void server_inherit_wait(Server *server, const Server *older);

/* An operator does not wait for what the server has asked for. */
void server_ignore_wait(Server *server);

/* What was counted of it by now; borrowed. */
const ClientCounters *server_counters(Server *server);

/* The server's own, as long as it lives. */
Observations *server_observations(const Server *server);

void server_describe(const Server *server, ClientServer *ret);

/* Gives the server its account, or new values of it (a Write, a Reload); its content is taken over. note:
 * which values the policy does not grant, "" for none; logged when it is another one. */
void server_refresh(Server *server, Account *account, const RegistrationPolicy *policy, const char *note);

void server_begin(Server *server);
void server_begin_now(Server *server); /* without its initial delay; nothing where it has begun */
void server_halt(Server *server);
/* It counts as failed until it is renewed, by failure where it has no reason of its own. */
void server_give_up(Server *server, const Failure *failure);

/* When the network has changed. Its name is asked for again, where it is not known yet. */
void server_network_changed(Server *server);
/* Its session needs another one, its attempt has to begin anew: not counted.
 */
bool server_is_stranded(const Server *server);
void server_renew_session(Server *server);
/* It waits for its next attempt, or sequence, though the server has not said no; the last attempt went
 * another way than one would go now: to begin it at once, not counted. */
bool server_waits_for_way(const Server *server);
bool server_way_differs(const Server *server);
void server_begin_early(Server *server);
/* The clock was set: what waits for that (ClockNotSet) begins at once. */
void server_clock_was_set(Server *server);
bool server_is_by_network(const Server *server); /* what runs was begun so */

void server_update(Server *server, unsigned parts); /* UpdateParts; when registered */
void server_announce_objects(Server *server);       /* an Update where the object list is another */
/* A registered server: whether it takes a Send in that ContentFormat now. 0 or a ClientError. */
int server_may_send(const Server *server, int format);
/* Sends what was read now, once those before it are answered and it is awake. 0, the callback follows; a
 * ClientError, or negative errno: it does not. */
int server_send(Server *server, const RecordList *values, int format, ClientSent callback, void *userdata);
void server_disable(Server *server, uint64_t duration_usec); /* De-registers first; 0: Disable Timeout */

/* Inside the handler's request: whether there is room for an answer that comes later. */
bool server_can_answer_later(const Server *server);

/* Inside the handler's request: the answer comes later. The handle for server_answer(), or 0: there is no
 * room, 5.03 is to be answered now. See connection_answer_later(). */
uint64_t server_answer_later(Server *server);

/* That answer, copied; ignored where the session is another one by now. */
void server_answer(Server *server, uint64_t handle, const Response *response);

/* Ends its session; deregister: as server_deregister(). It is to be freed. */
void server_close(Server *server, bool deregister);

/* De-registers over the open session, not waited for beyond DEREGISTER_TIMEOUT_USEC, and frees the server.
 */
void server_deregister(Server *server);
