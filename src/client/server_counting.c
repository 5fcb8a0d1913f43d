/* SPDX-License-Identifier: Apache-2.0 */
/* What an LwM2M Server counts. */
#include "client/server_counting.h"

void server_count(ServerCounting *counting, ClientCounter counter, uint64_t n)
{
        counting->counters.values[counter] += n;
        counting->context->counters.values[counter] += n;
}

void server_count_session(ServerCounting *counting, const Counters *counted, const char *peer)
{
        client_traffic_count(&counting->context->traffic, counted, peer);
        server_count(counting, CLIENT_COUNTER_HANDSHAKES, counted->handshakes);
        server_count(counting, CLIENT_COUNTER_HANDSHAKE_FAILURES, counted->handshake_failures);
        server_count(counting, CLIENT_COUNTER_RETRANSMISSIONS, counted->retransmissions);
        server_count(counting, CLIENT_COUNTER_DATAGRAMS_RECEIVED, counted->received.datagrams);
        server_count(counting, CLIENT_COUNTER_DATAGRAMS_SENT, counted->sent.datagrams);
        server_count(counting, CLIENT_COUNTER_BYTES_RECEIVED, counted->received.bytes);
        server_count(counting, CLIENT_COUNTER_BYTES_SENT, counted->sent.bytes);
}
