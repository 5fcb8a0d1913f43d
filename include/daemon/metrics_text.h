/* SPDX-License-Identifier: Apache-2.0 */
/* What the client counts and shows, in the text format of Prometheus (lwm2m-client-metrics(7)). */
#pragma once

#include "client/client.h"
#include "client/firmware.h"

typedef struct MetricsServer {
        ClientServer shown;
        ClientCounters counters;
} MetricsServer;

typedef struct Metrics {
        const char *version; /* of the daemon */
        const ClientState *state;
        ClientCounters counters;
        MetricsServer servers[LIMIT_SERVER_ACCOUNTS];
        size_t n_servers;
        const FirmwareShown *firmware;  /* NULL: there is no back end */
        const FirmwareHistory *updates; /* NULL likewise */
} Metrics;

/* All metrics, each with its HELP and TYPE; none depends on the time that it is made. The text is the
 * caller's. 0 or -ENOMEM. */
int metrics_text(const Metrics *metrics, char **ret, size_t *ret_size);
