/* SPDX-License-Identifier: Apache-2.0 */
/* The NOTIFICATION attributes (Core TS 7.3.2): their names, where each may stand, and a set of their values.
 */
#pragma once

#include "lwm2m/ids.h"
#include "lwm2m/message.h"
#include "lwm2m/value.h"

/* In the order in which Discover lists them. */
typedef enum AttributeName {
        ATTRIBUTE_PMIN,
        ATTRIBUTE_PMAX,
        ATTRIBUTE_GT,
        ATTRIBUTE_LT,
        ATTRIBUTE_ST,
        ATTRIBUTE_EPMIN,
        ATTRIBUTE_EPMAX,
        ATTRIBUTE_EDGE,
        ATTRIBUTE_CON,
        ATTRIBUTE_HQMAX,
        _ATTRIBUTE_MAX,
} AttributeName;

DECLARE_STRING_TABLE(attribute_name, AttributeName);

#define ATTRIBUTE_COUNT_MAX    UINT32_MAX /* s of pmin pmax epmin epmax, number of hqmax: ours */
#define ATTRIBUTE_DECIMAL_SIZE 24 /* characters of gt lt st: all digits of a double, a sign and a point */

typedef struct AttributeValues {
        unsigned present;              /* 1 << AttributeName */
        double values[_ATTRIBUTE_MAX]; /* pmin pmax epmin epmax in s; edge con 0 or 1 */
} AttributeValues;

static inline bool attribute_has(const AttributeValues *values, AttributeName name)
{
        return values->present & 1U << name;
}

/* What attributes are to stand at. */
typedef struct AttributeTarget {
        /* 1..4: Object to Resource Instance; 0: a list of paths, whose observation has attributes of its own
         * (Core TS 6.4.3) */
        uint8_t level;
        ValueType type;       /* of the Resource; VALUE_NONE above that level */
        Lwm2mVersion version; /* knows those attributes that came with it or before */
} AttributeTarget;

#define ATTRIBUTE_PROBLEM_SIZE 128
#define ATTRIBUTE_REFUSED      1

/* Changes *values by the queries of a request: "pmin=10" sets, "pmin" alone unsets. 0; ATTRIBUTE_REFUSED:
 * 4.00, nothing has changed, and ret_problem says why. Refused are a name that the version does not have,
 * one that is of another level or type of Resource, one that stands twice, a value out of its grammar or
 * range, and values that do not go together: lt < gt, lt + 2 st < gt, epmin < epmax (Core TS 7.3.2). pmax <
 * pmin is not refused: pmax has no effect then. */
int attribute_values_change(AttributeValues *values, const AttributeTarget *target, const Texts *queries,
        char ret_problem[ATTRIBUTE_PROBLEM_SIZE]);

/* What stands in lower overrides what stands in *values. */
void attribute_values_override(AttributeValues *values, const AttributeValues *lower);

/* The time of pmin, pmax, epmin or epmax in usec; 0 where it is not there. */
uint64_t attribute_usec(const AttributeValues *values, AttributeName name);

/* The value as a query has it, without an exponent, in buffer; returns buffer. */
#define ATTRIBUTE_TEXT_SIZE (2 * ATTRIBUTE_DECIMAL_SIZE + 4)
const char *attribute_format(
        const AttributeValues *values, AttributeName name, char buffer[ATTRIBUTE_TEXT_SIZE]);
