/* SPDX-License-Identifier: Apache-2.0 */
/* What the sessions with LwM2M Servers have sent and received. */
#include "client/traffic.h"

/* Bytes of the headers of IPv4 and IPv6, without options and extensions, and of UDP. */
#define IPV4_HEADERS (20 + 8)
#define IPV6_HEADERS (40 + 8)

void client_traffic_add(ClientTraffic *traffic, const ClientTraffic *more)
{
        traffic->sent += more->sent;
        traffic->received += more->received;
        traffic->packets += more->packets;
        traffic->largest = MAX_OF(traffic->largest, more->largest);
}

static uint64_t packets(const Traffic *counted, uint64_t headers, ClientTraffic *more)
{
        more->packets += counted->datagrams;
        if (counted->datagrams > 0)
                more->largest = MAX_OF(more->largest, counted->largest + headers);
        return counted->bytes + counted->datagrams * headers;
}

void client_traffic_collect(ClientTraffic *traffic, Connection *connection)
{
        ClientTraffic more = {.packets = 0};
        Counters counters;
        uint64_t headers;

        if (!connection)
                return;
        counters = connection_take_counters(connection);
        headers = connection_peer_address(connection)[0] == '[' ? IPV6_HEADERS : IPV4_HEADERS;
        more.sent = packets(&counters.sent, headers, &more);
        more.received = packets(&counters.received, headers, &more);
        client_traffic_add(traffic, &more);
}
