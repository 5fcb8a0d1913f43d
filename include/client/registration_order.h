/* SPDX-License-Identifier: Apache-2.0 */
/* The order of registrations: /1/x/13 Registration Priority Order, /1/x/15 Registration Failure Block (Core
 * TS, table 6.2.1.1). Pure. */
#pragma once

#include "client/status.h"

typedef struct OrderedServer {
        ServerState state;
        bool begun; /* its sequences have started */
        bool has_priority;
        uint64_t priority;
        bool failure_block;
        bool bootstrap_on_failure; /* /1/x/16 */
} OrderedServer;

/* True when the server's turn has come: unordered ones at once, an ordered one when each before it is
 * registered, disabled, asleep, or failed without Failure Block. */
bool registration_order_may_begin(const OrderedServer *servers, size_t n, size_t index);

/* The state for Status: one that waits behind a failed server with Failure Block counts as failed. */
ServerState registration_order_state(const OrderedServer *servers, size_t n, size_t index);

/* Every server counts as failed; true also for none. */
bool registration_order_all_failed(const OrderedServer *servers, size_t n);

/* One of them wants a bootstrap on failure; true also for none. */
bool registration_order_wants_bootstrap(const OrderedServer *servers, size_t n);
