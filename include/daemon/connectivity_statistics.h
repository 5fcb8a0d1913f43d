/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 7, Connectivity Statistics (Core TS, Appendix E.8): what the sessions with LwM2M Servers send
 * and receive while it is collected. Volatile. */
#pragma once

#include <systemd/sd-event.h>

#include "client/traffic.h"
#include "model/store.h"
#include "util/clock.h"

/* What was sent and received since it was asked last. */
typedef void (*StatisticsTake)(void *userdata, ClientTraffic *ret);

typedef struct ConnectivityStatistics {
        Store *store;       /* borrowed */
        const Clock *clock; /* borrowed */
        StatisticsTake take;
        void *userdata;
        sd_event_source *timer; /* the end of the Collection Period */
        bool collecting;
        ClientTraffic collected; /* since Start, to Stop */
        int64_t period;          /* seconds; 0: until Stop */
} ConnectivityStatistics;

/* The client has the Object from now on. All outlive it, and it stays where it is until then. 0 or negative
 * errno. */
int connectivity_statistics_init(ConnectivityStatistics *statistics, sd_event *event, const Clock *clock,
        Store *store, StatisticsTake take, void *userdata);
void connectivity_statistics_done(ConnectivityStatistics *statistics);
