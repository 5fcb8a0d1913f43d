/* SPDX-License-Identifier: Apache-2.0 */
/* What an observation remembers of a value, and whether a later one is another one by its attributes. */
#pragma once

#include "lwm2m/record.h"
#include "model/attribute.h"

typedef struct ObservedNumber {
        uint16_t id;        /* Resource Instance; 0 of a single Resource */
        long double number; /* holds each integer of 64 bits where it can; a Boolean is 0 or 1 */
} ObservedNumber;

typedef struct ObservedValue {
        uint64_t digest;         /* of everything, FNV-1a: two values share one by chance only */
        ObservedNumber *numbers; /* owned; of a Resource or Resource Instance: at most one a record */
        size_t n;
} ObservedValue;

/* path: what is observed; records: the values there, none where there is nothing. 0 or -ENOMEM. */
int observed_value_take(const Path *path, const RecordList *records, ObservedValue *ret);
void observed_value_done(ObservedValue *value);

/* Whether the change-value condition of the attributes is met by value (Core TS 7.3.2; facts 5.1): gt and lt
 * by a crossing in either direction of the value notified last, st by the distance from it, edge against the
 * value seen before; a Resource Instance that has come or gone always, and without any of these attributes
 * any change. */
bool observed_value_meets(const AttributeValues *attributes, const ObservedValue *notified,
        const ObservedValue *seen, const ObservedValue *value);
