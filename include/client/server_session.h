/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an LwM2M Server, and its session: opened, used and closed as its registration machine says.
 */
#pragma once

#include "client/context.h"
#include "client/policy.h"
#include "client/registration_machine.h"
#include "client/sends.h"
#include "client/server_counting.h"
#include "client/server_handler.h"
#include "coap/address_list.h"
#include "operation/outgoing.h"
#include "util/crypto.h"

struct Server {
        ClientContext *context;
        const ServerHandler *handler;
        void *userdata;
        Account account;
        Lwm2mVersion version; /* of the tables, for which .machine.announced holds */
        RegistrationMachine machine;
        Connection *connection;
        ConnectionMemory memory;
        Texts location;
        Sends sends;
        uint8_t objects[SHA256_SIZE]; /* of the object list announced last */
        bool awake;                   /* as it was told last */
        sd_event_source *timer;
        struct Observations *observations; /* owned; never NULL */
        ServerCounting counting;
        uint64_t last_registration; /* CLOCK_BOOTTIME usec */
        char peer_address[ADDRESS_TEXT_SIZE];
        char note[POLICY_NOTE_SIZE]; /* which values of the account are clamped */
};

#define DEREGISTER_TIMEOUT_USEC USEC_PER_SEC /* design.md section 1 */

/* What a Register or an Update says of the client now. */
Announcement server_session_announcement(const Server *server);

/* Counts what its connection, where there is one, has counted since. */
void server_session_collect(Server *server);

/* One step of the machine, and all that follows from it; who listens is told that something has changed. */
void server_session_step(Server *server, const RegistrationEvent *event);

/* A Send to a registered server; takes the request over. As sends_add(). */
int server_session_send(Server *server, Request *request, ClientSent callback, void *userdata);

/* The network has taken the way of the session, or of the attempt. */
void server_session_strand(Server *server);

/* The handler of .timer. */
int server_session_on_timer(sd_event_source *source, uint64_t usec, void *userdata);

/* Not waited for, except by an orderly stop. A Register under way ends so, too, once it is answered. */
void server_session_deregister(Server *server);
