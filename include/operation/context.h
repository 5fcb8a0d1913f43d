/* SPDX-License-Identifier: Apache-2.0 */
/* What every operation works on. */
#pragma once

#include "model/account_check.h"
#include "model/attributes.h"

#define OPERATION_NOTE_SIZE 256

typedef struct OperationContext {
        Store *store;
        Lwm2mVersion version;   /* as configured: the object tables */
        Lwm2mVersion announced; /* to the LwM2M Server; lower than version after its 4.12 */
        uint16_t requester;     /* Short Server ID of the LwM2M Server; 0: the Bootstrap Server */
        Attributes *attributes; /* the requester's, or NULL: there are none */
        AccountCheck *check;    /* filled by Bootstrap-Finish: reason and repairs */
        size_t max_body_size;   /* bytes a response may have */
        /* Of SourceCall: the request's name where an answer may come later, 0 where it has to come now; when
         * it came first; and whether the source has agreed to it since, so that it is served now. */
        uint64_t call, begun;
        bool granted;
        /* out: the Object Instance that a Create has chosen; length 0: none. in, with granted: that of the
         * same Create when it was served first, which its source may have told to others since. */
        Path chosen;
        /* out: something to log, "" if nothing (a value was not kept, a Write is forbidden ...) */
        char note[OPERATION_NOTE_SIZE];
} OperationContext;
