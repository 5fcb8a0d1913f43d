/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as the client needs it. */
#pragma once

#include "coap/settings.h"
#include "lwm2m/ids.h"

typedef enum OnFailure {
        ON_FAILURE_RESTART,
        ON_FAILURE_STAY,
} OnFailure;

/* The configuration as the client needs it; strings are copied. Times in usec. */
typedef struct ClientSettings {
        const char *endpoint;
        Lwm2mVersion version;
        uint64_t bootstrap_timeout; /* 0: EXCHANGE_LIFETIME of the coap settings */
        unsigned retry_count;
        uint64_t retry_delay;
        uint64_t retry_delay_max;
        double jitter; /* 0.0 .. 1.0 */
        OnFailure on_failure;
        uint64_t restart_delay;
        int preferred_content_format; /* ContentFormat or FORMAT_NONE */
        uint64_t
                update_interval_max; /* an Update at the latest after this, whatever the lifetime; 0: none */
        bool queue_mode;             /* announced to every LwM2M Server */
        uint64_t queue_timeout; /* asleep so long after the last message; 0: MAX_TRANSMIT_WAIT of the coap
                                 * settings */
        CoapSettings coap;
        const char *trust_store; /* coap/settings.h */
} ClientSettings;

/* What a Reload has changed beside the settings. */
typedef enum ClientReload {
        CLIENT_RELOAD_DEVICE = 1 << 0, /* device strings: an Update to every server */
        /* replaces the Bootstrap-Server Account, lifts purged, resets the counter */
        CLIENT_RELOAD_BOOTSTRAP_SERVER = 1 << 1,
        CLIENT_RELOAD_ACCOUNTS = 1 << 2, /* `servers` or `endpoint`: as after Reset */
        /* Nothing but credentials of the configured accounts: replaced in those in force that are still
         * theirs, which get a new session */
        CLIENT_RELOAD_CREDENTIALS = 1 << 3,
} ClientReload;
