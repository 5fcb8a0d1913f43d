/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 4, Connectivity Monitoring (Core TS, Appendix E.5), from the reader of rtnetlink(7). */
#pragma once

#include "daemon/connectivity.h"
#include "daemon/network.h"
#include "model/store.h"

typedef struct ConnectivityMonitoring {
        Store *store;     /* borrowed */
        Network *network; /* borrowed */
        bool on;
        Connectivity now;
} ConnectivityMonitoring;

/* Both outlive it, and it stays where it is. network: NULL, nothing can be known, so the Object is not
 * there.
 */
void connectivity_monitoring_init(ConnectivityMonitoring *monitoring, Store *store, Network *network);

/* Whether the client has the Object. 0 or negative errno. */
int connectivity_monitoring_set(ConnectivityMonitoring *monitoring, bool on);
