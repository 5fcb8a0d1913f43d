/* SPDX-License-Identifier: Apache-2.0 */
/* The times of a registration. */
#include "client/registration_policy.h"

/* An Update leaves this long before the lifetime ends, or at its half: MAX_TRANSMIT_WAIT, RFC 7252, 4.8.2.
 */
#define UPDATE_MARGIN_SEC 93

/* A doubled delay stays below a day (design.md 9.4), one that is longer by itself below a month; neither can
 * overflow. */
#define BACKOFF_MAX (86400 * USEC_PER_SEC)

uint64_t registration_update_at(const RegistrationPolicy *policy, uint64_t now)
{
        uint64_t interval = policy->update_interval_max;

        if (policy->lifetime > 0) {
                uint64_t lifetime = (uint64_t)MIN_OF(policy->lifetime, INT32_MAX) * USEC_PER_SEC;
                uint64_t latest = lifetime - MIN_OF(lifetime / 2, UPDATE_MARGIN_SEC * USEC_PER_SEC);

                interval = interval > 0 ? MIN_OF(interval, latest) : latest;
        }
        return interval > 0 ? now + interval : 0;
}

uint64_t registration_attempt_delay(const RegistrationPolicy *policy, uint64_t attempt)
{
        uint64_t delay = MIN_OF(policy->retry_timer, REGISTRATION_DELAY_MAX);
        uint64_t longest = MAX_OF(delay, BACKOFF_MAX);

        for (uint64_t i = 1; i < attempt && delay < longest; i++)
                delay *= 2;
        return MAX_OF(MIN_OF(delay, longest), REGISTRATION_DELAY_MIN);
}

uint64_t registration_sequence_at(const RegistrationPolicy *policy, uint64_t now)
{
        return policy->sequence_delay == USEC_INFINITY
                       ? 0
                       : now + MAX_OF(policy->sequence_delay, REGISTRATION_DELAY_MIN);
}
