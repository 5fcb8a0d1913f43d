/* SPDX-License-Identifier: Apache-2.0 */
/* What the sessions with LwM2M Servers have sent and received, as IP packets. */
#pragma once

#include "coap/counters.h"

typedef struct ClientTraffic {
        uint64_t sent;     /* bytes, with IP and UDP headers */
        uint64_t received; /* likewise */
        uint64_t packets;  /* of both directions */
        uint64_t largest;  /* bytes of one of them */
} ClientTraffic;

/* Adds what a connection has counted; peer: its connection_peer_address(). */
void client_traffic_count(ClientTraffic *traffic, const Counters *counted, const char *peer);

/* Adds what more there was. */
void client_traffic_add(ClientTraffic *traffic, const ClientTraffic *more);
