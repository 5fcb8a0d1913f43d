/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a connection, for the files that it is made of: the door is connection.h. */
#pragma once

#include <sys/queue.h>

#include "coap/address_list.h"
#include "coap/connection.h"
#include "coap/connection_failure.h"
#include "coap/endpoint.h"
#include "coap/exchange.h"
#include "lwm2m/uri.h"

#define CONNECTION_CIPHER_SIZE 64 /* bytes; OpenSSL's longest name has 29 */

typedef enum ConnectionState {
        STATE_STARTING, /* the first turn of the loop begins */
        STATE_RESOLVING,
        STATE_HANDSHAKING,
        STATE_REQUESTING,
        STATE_OPEN,
        STATE_CLOSING, /* one last request */
        STATE_FAILED,
} ConnectionState;

/* A further request of ours. */
typedef struct Task {
        STAILQ_ENTRY(Task) tasks;
        Exchange exchange;
        ConnectionAnswer callback; /* NULL: the last request */
        void *userdata;
} Task;

struct Connection {
        sd_event *event;
        const Clock *clock;
        Resolver *resolver;
        ConnectionMemory *memory;
        ConnectionHandler handler;
        void *userdata;

        char *uri_text;
        char *peer_kind;
        Uri uri;
        const char *uri_reason; /* what is wrong with it, or NULL */
        SecurityMode mode;
        Secret identity;
        Secret key;
        CoapSettings coap;

        ConnectionState state;
        bool accepted; /* a request of the peer was answered before its answer came */
        ResolverQuery *query;
        ResolvedAddress addresses[LIMIT_ADDRESSES];
        size_t n_addresses;
        size_t next_address;
        Endpoint *endpoint;
        const EndpointHandler *endpoint_handler;
        Exchange opening;
        STAILQ_HEAD(, Task) tasks; /* the first one is under way */
        bool task_sent;
        int send_error; /* of the task under way, negative errno: its deadline is now */
        sd_event_source *start;
        sd_event_source *timer;
        Failure failure; /* of the last address */
        char address[ADDRESS_TEXT_SIZE];
        char cipher[CONNECTION_CIPHER_SIZE];

        void (*done)(void *userdata);
        void *done_userdata;
        unsigned pins; /* callbacks under way: the memory stays */
        bool closed;
};

/* Keep the memory while callbacks run that may close the connection. */
void connection_pin(Connection *connection);
void connection_unpin(Connection *connection);
void connection_free(Connection *connection);

/* The one deadline, usec from now. */
void connection_arm(Connection *connection, uint64_t wait);
void connection_disarm(Connection *connection);

/* MAX_TRANSMIT_WAIT of the settings, usec. */
uint64_t connection_wait(const Connection *connection);

/* Borrows from the connection. */
FailureContext connection_context(const Connection *connection);

/* Whether further requests may leave. */
bool connection_is_open(const Connection *connection);

/* Sends the exchange's message that is due. 0 or negative errno. */
int connection_send(Connection *connection, Exchange *exchange);

/* Tells connection->failure, as the last callback. */
void connection_fail(Connection *connection);

/* The last request has been answered, or never will: tells done() and closes. */
void connection_finish(Connection *connection);

/* The open session is gone. */
void connection_lose(Connection *connection);
