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

void client_traffic_count(ClientTraffic *traffic, const Counters *counted, const char *peer)
{
        const uint64_t headers = peer[0] == '[' ? IPV6_HEADERS : IPV4_HEADERS;
        ClientTraffic more = {.packets = 0};

        more.sent = packets(&counted->sent, headers, &more);
        more.received = packets(&counted->received, headers, &more);
        client_traffic_add(traffic, &more);
}
