/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the counters. */
#include "client/counters.h"

static const char *const client_counter_table[] = {
        [CLIENT_COUNTER_REGISTRATIONS] = "Registrations",
        [CLIENT_COUNTER_UPDATES] = "Updates",
        [CLIENT_COUNTER_DEREGISTRATIONS] = "Deregistrations",
        [CLIENT_COUNTER_HANDSHAKES] = "Handshakes",
        [CLIENT_COUNTER_HANDSHAKE_FAILURES] = "HandshakeFailures",
        [CLIENT_COUNTER_REQUESTS_RECEIVED] = "RequestsReceived",
        [CLIENT_COUNTER_RESPONSES_SENT] = "ResponsesSent",
        [CLIENT_COUNTER_NOTIFICATIONS] = "Notifications",
        [CLIENT_COUNTER_SENDS] = "Sends",
        [CLIENT_COUNTER_RETRANSMISSIONS] = "Retransmissions",
        [CLIENT_COUNTER_DATAGRAMS_RECEIVED] = "DatagramsReceived",
        [CLIENT_COUNTER_DATAGRAMS_SENT] = "DatagramsSent",
        [CLIENT_COUNTER_BYTES_RECEIVED] = "BytesReceived",
        [CLIENT_COUNTER_BYTES_SENT] = "BytesSent",
        [CLIENT_COUNTER_BOOTSTRAP_ATTEMPTS] = "BootstrapAttempts",
        [CLIENT_COUNTER_BOOTSTRAP_FAILURES] = "BootstrapFailures",
        [CLIENT_COUNTER_BOOTSTRAPS] = "Bootstraps",
        [CLIENT_COUNTER_STORAGE_WRITES] = "StorageWrites",
        [CLIENT_COUNTER_STORAGE_FAILURES] = "StorageFailures",
};

DEFINE_STRING_TABLE(client_counter, ClientCounter)
