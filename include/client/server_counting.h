/* SPDX-License-Identifier: Apache-2.0 */
/* What an LwM2M Server counts. Each count is one of all servers at once, so that the client's sums never
 * fall when a server goes. */
#pragma once

#include "client/context.h"
#include "client/counters.h"
#include "coap/counters.h"

typedef struct ServerCounting {
        ClientContext *context;  /* of the sums */
        ClientCounters counters; /* the server's own */
} ServerCounting;

/* counter: below _CLIENT_COUNTER_OF_SERVER_MAX. */
void server_count(ServerCounting *counting, ClientCounter counter, uint64_t n);

/* What a connection has counted, for Object 7 (ClientContext.traffic) as well; peer: its
 * connection_peer_address(). */
void server_count_session(ServerCounting *counting, const Counters *counted, const char *peer);
