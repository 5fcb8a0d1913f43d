/* SPDX-License-Identifier: Apache-2.0 */
/* Object 4, Connectivity Monitoring (Core TS, Appendix E.5): every Resource of every version in OMA's
 * registry. */
#include "model/object_connectivity_monitoring.h"

#include "model/object_row.h"

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range */
        {CONNECTIVITY_BEARER, "Network Bearer", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R}, SUPPORTED,
                RANGE(0, 50)},
        {CONNECTIVITY_AVAILABLE_BEARERS, "Available Network Bearer", VALUE_INTEGER, MULTIPLE, MANDATORY,
                {R, R, R}, SUPPORTED, RANGE(0, 50)},
        {CONNECTIVITY_SIGNAL_STRENGTH, "Radio Signal Strength", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R},
                SUPPORTED},
        {3, "Link Quality", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, UNKNOWN},
        {CONNECTIVITY_ADDRESSES, "IP Addresses", VALUE_STRING, MULTIPLE, MANDATORY, {R, R, R}, SUPPORTED},
        {CONNECTIVITY_ROUTERS, "Router IP Addresses", VALUE_STRING, MULTIPLE, OPTIONAL, {R, R, R},
                SUPPORTED},
        {6, "Link Utilization", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, UNKNOWN, RANGE(0, 100)},
        {7, "APN", VALUE_STRING, MULTIPLE, OPTIONAL, {R, R, R}, UNKNOWN},
        {8, "Cell ID", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, UNKNOWN},
        {9, "SMNC", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, UNKNOWN, RANGE(0, 999)},
        {10, "SMCC", VALUE_INTEGER, SINGLE, OPTIONAL, {R, R, R}, UNKNOWN, RANGE(0, 999)},
        {11, "SignalSNR", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, R, R}, UNKNOWN},
        {12, "LAC", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, R, R}, UNKNOWN},
        {13, "Coverage Enhancement Level", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, ABSENT, R}, UNKNOWN,
                RANGE(0, 4)},
};

const ObjectDef object_connectivity_monitoring = {
        .id = OBJECT_CONNECTIVITY_MONITORING,
        .name = "Connectivity Monitoring",
        .multiple = false,
        .versions = {"1.0", "1.2", "1.3"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
