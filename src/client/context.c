/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the client share. */
#include "client/context.h"

#include <sys/random.h>

int client_context_set(ClientContext *context, const ClientSettings *settings)
{
        _cleanup_(freep) char *endpoint = strdup(settings->endpoint);
        _cleanup_(freep) char *trust_store = strdup(settings->trust_store ?: TRUST_STORE_SYSTEM);

        if (!endpoint || !trust_store)
                return -ENOMEM;
        client_context_done(context);
        context->endpoint = TAKE_PTR(endpoint);
        context->trust_store = TAKE_PTR(trust_store);
        context->settings = *settings;
        context->settings.endpoint = context->endpoint;
        context->settings.trust_store = context->trust_store;
        if (context->settings.bootstrap_timeout == 0)
                context->settings.bootstrap_timeout = coap_settings_exchange_lifetime(&settings->coap);
        if (context->settings.queue_timeout == 0)
                context->settings.queue_timeout = coap_settings_max_transmit_wait(&settings->coap);
        return 0;
}

void client_context_done(ClientContext *context)
{
        free(context->endpoint);
        free(context->trust_store);
        context->endpoint = context->trust_store = NULL;
}

/* Never waits for the kernel's pool to be seeded: the loop may not, and jitter needs no secret. A kernel
 * before 5.6 does not know the first flag. */
static bool kernel_random(uint32_t *ret)
{
        return getrandom(ret, sizeof(*ret), GRND_INSECURE) == sizeof(*ret) ||
               getrandom(ret, sizeof(*ret), GRND_NONBLOCK) == sizeof(*ret);
}

double client_random(void)
{
        uint32_t number;

        /* Without random bytes the jitter is none: a delay is still a delay. */
        return kernel_random(&number) ? (double)number / (double)UINT32_MAX : 0.0;
}

uint64_t client_next_call(ClientContext *context)
{
        return ++context->last_call;
}

uint64_t client_to_realtime(const ClientContext *context, uint64_t boottime)
{
        return clock_shift(boottime, context->offsets.realtime);
}

uint64_t client_to_monotonic(const ClientContext *context, uint64_t boottime)
{
        return clock_shift(boottime, context->offsets.monotonic);
}

uint64_t client_now(const ClientContext *context)
{
        return client_to_realtime(context, clock_boottime(context->clock));
}
