/* SPDX-License-Identifier: Apache-2.0 */
/* How often the network may make the client do something. */
#include "client/network_limiter.h"

/* What has never happened binds nobody. */
static uint64_t after(uint64_t done, uint64_t wait, uint64_t now)
{
        return done > 0 ? MAX_OF(done + wait, now) : now;
}

uint64_t network_limiter_next_spaced(const NetworkLimiter *limiter, uint64_t now)
{
        size_t last = (limiter->next + NETWORK_LIMIT_COUNT - 1) % NETWORK_LIMIT_COUNT;

        return after(limiter->done[last], NETWORK_LIMIT_SPACING_USEC, now);
}

uint64_t network_limiter_next(const NetworkLimiter *limiter, uint64_t now)
{
        uint64_t spaced = network_limiter_next_spaced(limiter, now);

        return MAX_OF(after(limiter->done[limiter->next], NETWORK_LIMIT_PERIOD_USEC, now), spaced);
}

void network_limiter_note(NetworkLimiter *limiter, uint64_t now)
{
        limiter->done[limiter->next] = now;
        limiter->next = (limiter->next + 1) % NETWORK_LIMIT_COUNT;
}
