/* SPDX-License-Identifier: Apache-2.0 */
/* Transmission parameters and the times derived from them (RFC 7252, 4.8.2). */
#include "coap/settings.h"

#define MAX_LATENCY_USEC (100 * USEC_PER_SEC) /* RFC 7252, 4.8.2 */

/* ACK_TIMEOUT * (2^doublings - 1) * ACK_RANDOM_FACTOR; at most 60 s * 2^21 * 3, which a double holds
 * exactly. */
static uint64_t backoff_sum(const CoapSettings *settings, unsigned doublings)
{
        return (uint64_t)((double)settings->ack_timeout * (double)((1ULL << doublings) - 1) *
                                  settings->ack_random_factor +
                          0.5);
}

uint64_t coap_settings_max_transmit_wait(const CoapSettings *settings)
{
        return backoff_sum(settings, settings->max_retransmit + 1);
}

uint64_t coap_settings_exchange_lifetime(const CoapSettings *settings)
{
        return backoff_sum(settings, settings->max_retransmit) + 2 * MAX_LATENCY_USEC +
               settings->ack_timeout;
}
