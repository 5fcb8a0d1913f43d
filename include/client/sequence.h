/* SPDX-License-Identifier: Apache-2.0 */
/* The order of registrations: /1/x/13 Registration Priority Order, /1/x/15 Registration Failure Block (Core
 * TS, table 6.2.1.1). Pure. */
#pragma once

#include "client/status.h"

typedef struct SequenceServer {
        ServerState state;
        bool begun; /* its sequences have started */
        bool has_priority;
        uint64_t priority;
        bool failure_block;
        bool bootstrap_on_failure; /* /1/x/16 */
} SequenceServer;

/* True when the server's turn has come: unordered ones at once, an ordered one when each before it is
 * registered, disabled, asleep, or failed without Failure Block. */
bool sequence_may_begin(const SequenceServer *servers, size_t n, size_t index);

/* The state for Status: one that waits behind a failed server with Failure Block counts as failed. */
ServerState sequence_state(const SequenceServer *servers, size_t n, size_t index);

/* Every server counts as failed; true also for none. */
bool sequence_all_failed(const SequenceServer *servers, size_t n);

/* One of them wants a bootstrap on failure; true also for none. */
bool sequence_wants_bootstrap(const SequenceServer *servers, size_t n);
