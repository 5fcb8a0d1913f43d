/* SPDX-License-Identifier: Apache-2.0 */
/* What the client counts from its start on: Counters of D-Bus (interface.md, section 3) and of the metrics.
 * What each of them means stands in org.lwm2m.Client1(5). */
#pragma once

#include "util/string_table.h"

typedef enum ClientCounter {
        CLIENT_COUNTER_REGISTRATIONS,
        CLIENT_COUNTER_UPDATES,
        CLIENT_COUNTER_DEREGISTRATIONS,
        CLIENT_COUNTER_HANDSHAKES,
        CLIENT_COUNTER_HANDSHAKE_FAILURES,
        CLIENT_COUNTER_REQUESTS_RECEIVED,
        CLIENT_COUNTER_RESPONSES_SENT,
        CLIENT_COUNTER_NOTIFICATIONS,
        CLIENT_COUNTER_SENDS,
        CLIENT_COUNTER_RETRANSMISSIONS,
        CLIENT_COUNTER_DATAGRAMS_RECEIVED,
        CLIENT_COUNTER_DATAGRAMS_SENT,
        CLIENT_COUNTER_BYTES_RECEIVED,
        CLIENT_COUNTER_BYTES_SENT,
        _CLIENT_COUNTER_OF_SERVER_MAX, /* an LwM2M Server has those above, the client their sums and these */
        CLIENT_COUNTER_BOOTSTRAP_ATTEMPTS = _CLIENT_COUNTER_OF_SERVER_MAX,
        CLIENT_COUNTER_BOOTSTRAP_FAILURES,
        CLIENT_COUNTER_BOOTSTRAPS,
        CLIENT_COUNTER_STORAGE_WRITES,
        CLIENT_COUNTER_STORAGE_FAILURES,
        _CLIENT_COUNTER_MAX,
} ClientCounter;

DECLARE_STRING_TABLE(client_counter, ClientCounter);

typedef struct ClientCounters {
        uint64_t values[_CLIENT_COUNTER_MAX];
} ClientCounters;
