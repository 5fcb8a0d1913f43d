/* SPDX-License-Identifier: Apache-2.0 */
/* Object 7, Connectivity Statistics (Core TS, Appendix E.8). */
#include "model/object_connectivity_statistics.h"

#include "model/object_row.h"

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range */
        {0, "SMS Tx Counter", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, UNKNOWN},
        {1, "SMS Rx Counter", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, UNKNOWN},
        {STATISTICS_SENT_DATA, "Tx Data", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {STATISTICS_RECEIVED_DATA, "Rx Data", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, SUPPORTED},
        {STATISTICS_MAX_MESSAGE_SIZE, "Max Message Size", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R},
                SUPPORTED},
        {STATISTICS_AVERAGE_MESSAGE_SIZE, "Average Message Size", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R},
                SUPPORTED},
        {STATISTICS_START, "Start", VALUE_NONE, SINGLE, MANDATORY, {E, E, E}, SUPPORTED},
        {STATISTICS_STOP, "Stop", VALUE_NONE, SINGLE, MANDATORY, {E, E, E}, SUPPORTED},
        {STATISTICS_COLLECTION_PERIOD, "Collection Period", VALUE_INTEGER, SINGLE, OPTIONAL, {RW, RW, RW},
                SUPPORTED, SECONDS},
};

const ObjectDef object_connectivity_statistics = {
        .id = OBJECT_CONNECTIVITY_STATISTICS,
        .name = "Connectivity Statistics",
        .multiple = false,
        .versions = {"1.0", "1.0", "1.0"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
