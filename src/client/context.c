/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the client share. */
#include "client/context.h"

#include "util/crypto.h"

int client_context_set(ClientContext *context, const ClientSettings *settings)
{
        char *endpoint = strdup(settings->endpoint);

        if (!endpoint)
                return -ENOMEM;
        free(context->endpoint);
        context->endpoint = endpoint;
        context->settings = *settings;
        context->settings.endpoint = endpoint;
        if (context->settings.bootstrap_timeout == 0)
                context->settings.bootstrap_timeout = coap_settings_exchange_lifetime(&settings->coap);
        return 0;
}

void client_context_done(ClientContext *context)
{
        free(context->endpoint);
        context->endpoint = NULL;
}

double client_random(void)
{
        uint32_t number;

        /* Without random bytes the jitter is none: a delay is still a delay. */
        if (crypto_random(&number, sizeof(number)) < 0)
                return 0.0;
        return (double)number / (double)UINT32_MAX;
}

static uint64_t shift(uint64_t boottime, uint64_t now_boottime, uint64_t now)
{
        return boottime >= now_boottime ? now + (boottime - now_boottime)
                                        : now - MIN_OF(now, now_boottime - boottime);
}

uint64_t client_to_realtime(const ClientContext *context, uint64_t boottime)
{
        if (boottime == 0)
                return 0;
        return shift(boottime, clock_boottime(context->clock), clock_realtime(context->clock));
}

uint64_t client_to_monotonic(const ClientContext *context, uint64_t boottime)
{
        if (boottime == 0)
                return 0;
        return shift(boottime, clock_boottime(context->clock), clock_monotonic(context->clock));
}
