/* SPDX-License-Identifier: Apache-2.0 */
/* Object 21, LwM2M OSCORE: stored, so that a bootstrap that writes it goes on; an account that needs it is
 * kept unused. Object Version 2.0 goes with LwM2M 1.1, too: the registry allows it, servers write it, and in
 * TLV the Strings of 1.0 are the same bytes. */
#include "model/object_oscore.h"

#include "model/object_row.h"

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range */
        {OSCORE_MASTER_SECRET, "OSCORE Master Secret", VALUE_OPAQUE, SINGLE, MANDATORY, {ABSENT, NO, NO},
                SUPPORTED},
        {OSCORE_SENDER_ID, "OSCORE Sender ID", VALUE_OPAQUE, SINGLE, MANDATORY, {ABSENT, NO, NO}, SUPPORTED},
        {OSCORE_RECIPIENT_ID, "OSCORE Recipient ID", VALUE_OPAQUE, SINGLE, MANDATORY, {ABSENT, NO, NO},
                SUPPORTED},
        {3, "OSCORE AEAD Algorithm", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, NO, NO}, SUPPORTED},
        {4, "OSCORE HMAC Algorithm", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, NO, NO}, SUPPORTED},
        {5, "OSCORE Master Salt", VALUE_OPAQUE, SINGLE, OPTIONAL, {ABSENT, NO, NO}, SUPPORTED},
        {6, "OSCORE ID Context", VALUE_OPAQUE, SINGLE, OPTIONAL, {ABSENT, NO, NO}, SUPPORTED},
};

const ObjectDef object_oscore = {
        .id = OBJECT_OSCORE,
        .name = "LwM2M OSCORE",
        .multiple = true,
        .bootstrap_only = true,
        .versions = {NULL, "2.0", "2.0"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
