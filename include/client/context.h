/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the client share: the loop, the clock, the store and the settings in force. */
#pragma once

#include "client/counters.h"
#include "client/history.h"
#include "client/settings.h"
#include "client/timer.h"
#include "client/traffic.h"
#include "coap/resolver.h"
#include "model/store.h"
#include "util/clock.h"

typedef struct ClientContext {
        sd_event *event;
        const Clock *clock;
        ClockOffsets offsets; /* as of the last time that the clock was set */
        Resolver *resolver;
        Store *store;
        char *endpoint, *trust_store; /* owned */
        ClientSettings settings;      /* .endpoint and .trust_store are those above */
        /* With all LwM2M Servers, as collected from their connections by now. */
        ClientTraffic traffic;
        History history;
        ClientCounters counters; /* of the client; what storage counts is asked of it */
        uint64_t last_call;      /* client_next_call() */
        /* CLOCK_BOOTTIME usec: until then sources' Object Instances come and go (client/object_list) */
        uint64_t objects_rest_at;
        /* While an orderly end is under way: De-registrations not yet answered. */
        unsigned deregistrations;
        void (*deregistered)(struct ClientContext *context);
} ClientContext;

/* Takes the settings over as copies. 0 or -ENOMEM (unchanged). */
int client_context_set(ClientContext *context, const ClientSettings *settings);
void client_context_done(ClientContext *context);

/* Evenly distributed in 0.0 .. 1.0, from the kernel: what a process or an image holds (a seed, the
 * machine-id) is the same in each clone of it, and a fleet of clones would come all at once. */
double client_random(void);

/* A name for a call to sources, SourceCall.id: another one each time. */
uint64_t client_next_call(ClientContext *context);

/* CLOCK_REALTIME and CLOCK_MONOTONIC of a CLOCK_BOOTTIME moment; 0 stays 0. */
uint64_t client_to_realtime(const ClientContext *context, uint64_t boottime);
uint64_t client_to_monotonic(const ClientContext *context, uint64_t boottime);

/* CLOCK_REALTIME now, by the same offset: what is stamped with it moves with all other stamps. */
uint64_t client_now(const ClientContext *context);
