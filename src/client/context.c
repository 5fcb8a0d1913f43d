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

uint64_t client_to_realtime(const ClientContext *context, uint64_t boottime)
{
        return clock_shift(boottime, context->offsets.realtime);
}

uint64_t client_to_monotonic(const ClientContext *context, uint64_t boottime)
{
        return clock_shift(boottime, context->offsets.monotonic);
}
