/* SPDX-License-Identifier: Apache-2.0 */
/* What the sessions with LwM2M Servers have sent and received, as IP packets. */
#pragma once

#include "coap/connection.h"

typedef struct ClientTraffic {
        uint64_t sent;     /* bytes, with IP and UDP headers */
        uint64_t received; /* likewise */
        uint64_t packets;  /* of both directions */
        uint64_t largest;  /* bytes of one of them */
} ClientTraffic;

/* Adds what the connection has counted since this was asked last. NULL is fine. */
void client_traffic_collect(ClientTraffic *traffic, Connection *connection);

/* Adds what more there was. */
void client_traffic_add(ClientTraffic *traffic, const ClientTraffic *more);
