/* SPDX-License-Identifier: Apache-2.0 */
/* What every operation works on. */
#pragma once

#include "model/account_check.h"

typedef struct OperationContext {
        Store *store;
        Lwm2mVersion version;     /* as configured: the object tables */
        uint16_t requester;       /* Short Server ID of the LwM2M Server; 0: the Bootstrap Server */
        AccountCheck *check;      /* filled by Bootstrap-Finish: reason and repairs */
        size_t max_body_size;     /* bytes a response may have */
        bool no_bootstrap_server; /* /1/x/9 could lead nowhere: 4.05 */
        char note[256]; /* out: something to log, "" if nothing (a value for a provider was not kept ...) */
} OperationContext;
