/* SPDX-License-Identifier: Apache-2.0 */
/* The order of registrations. */
#include "client/registration_order.h"

#include "util/macro.h"

static bool comes_before(const OrderedServer *servers, size_t a, size_t b)
{
        if (servers[a].priority != servers[b].priority)
                return servers[a].priority < servers[b].priority;
        return a < b;
}

/* The ordered server that keeps this one waiting, or -1. */
static ssize_t waits_for(const OrderedServer *servers, size_t n, size_t index)
{
        if (!servers[index].has_priority)
                return -1;
        for (size_t i = 0; i < n; i++) {
                if (i == index || !servers[i].has_priority || !comes_before(servers, i, index))
                        continue;
                switch (servers[i].state) {
                case SERVER_REGISTERED:
                case SERVER_UPDATING:
                case SERVER_DISABLED:
                case SERVER_SLEEPING:
                        break;
                case SERVER_FAILED:
                        if (servers[i].failure_block)
                                return (ssize_t)i;
                        break;
                case SERVER_IDLE:
                case SERVER_RESOLVING:
                case SERVER_HANDSHAKING:
                case SERVER_REQUESTING:
                case SERVER_RETRY_WAIT:
                case _SERVER_STATE_MAX:
                        return (ssize_t)i;
                }
        }
        return -1;
}

bool registration_order_may_begin(const OrderedServer *servers, size_t n, size_t index)
{
        return !servers[index].begun && waits_for(servers, n, index) < 0;
}

/* Ordered servers wait for earlier ones only, so following the chain ends after n steps. */
ServerState registration_order_state(const OrderedServer *servers, size_t n, size_t index)
{
        ssize_t blocker = (ssize_t)index;

        if (servers[index].begun)
                return servers[index].state;
        for (size_t step = 0; step < n && blocker >= 0; step++) {
                if (servers[blocker].state == SERVER_FAILED)
                        return SERVER_FAILED;
                blocker = servers[blocker].begun ? -1 : waits_for(servers, n, (size_t)blocker);
        }
        return servers[index].state;
}

bool registration_order_all_failed(const OrderedServer *servers, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (registration_order_state(servers, n, i) != SERVER_FAILED)
                        return false;
        return true;
}

bool registration_order_wants_bootstrap(const OrderedServer *servers, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (servers[i].bootstrap_on_failure)
                        return true;
        return n == 0;
}
