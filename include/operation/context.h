/* SPDX-License-Identifier: Apache-2.0 */
/* What every operation works on. */
#pragma once

#include "model/account_check.h"
#include "model/attributes.h"

typedef struct OperationContext {
        Store *store;
        Lwm2mVersion version;   /* as configured: the object tables */
        Lwm2mVersion announced; /* to the LwM2M Server; lower than version after its 4.12 */
        uint16_t requester;     /* Short Server ID of the LwM2M Server; 0: the Bootstrap Server */
        Attributes *attributes; /* the requester's, or NULL: there are none */
        AccountCheck *check;    /* filled by Bootstrap-Finish: reason and repairs */
        size_t max_body_size;   /* bytes a response may have */
        /* The request's name where an answer may come later, 0 where it has to come now; and whether the
         * source has agreed to it since, so that the request is served now. See SourceCall. */
        uint64_t call;
        bool granted;
        char note[256]; /* out: something to log, "" if nothing (a value of a source was not kept ...) */
} OperationContext;
