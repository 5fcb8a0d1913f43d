/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the client share. */
#include "client/context.h"

#include "util/crypto.h"

/* Accuracy of a timer: sd-event may merge wake-ups inside it. */
#define TIMER_ACCURACY (10 * USEC_PER_MSEC)

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

int client_arm(ClientContext *context, sd_event_source **source, uint64_t at,
        sd_event_time_handler_t handler, void *userdata, const char *description)
{
        int r;

        if (at == 0)
                return *source ? sd_event_source_set_enabled(*source, SD_EVENT_OFF) : 0;
        if (!*source) {
                r = sd_event_add_time(
                        context->event, source, CLOCK_BOOTTIME, at, TIMER_ACCURACY, handler, userdata);
                if (r < 0)
                        return r;
                (void)sd_event_source_set_description(*source, description);
                return 0;
        }
        r = sd_event_source_set_time(*source, at);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
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
