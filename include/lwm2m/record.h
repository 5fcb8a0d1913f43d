/* SPDX-License-Identifier: Apache-2.0 */
/* Record = path + value; the list is what codecs speak. */
#pragma once

#include "lwm2m/limits.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

/* Length 3: a single Resource's value. Length 4: a Resource Instance's value. VALUE_NONE: the container at
 * this path exists (Object Instance at length 2, multiple-instance Resource without instances at length 3),
 * or, with unknown, a Resource that the schema does not know, whose value was skipped. */
typedef struct Record {
        Path path;
        Value value; /* owned */
        bool unknown;
} Record;

typedef struct RecordList {
        Record *items; /* owned */
        size_t n;
        size_t capacity;
        size_t maximum; /* records it may hold; 0: LIMIT_RECORDS */
} RecordList;

/* What a decoder must know of a Resource, since TLV and text do not carry types. The model implements it. */
typedef struct Schema {
        /* true and the type and multiplicity, or false for an unknown Resource. */
        bool (*lookup)(const struct Schema *schema, uint16_t object, uint16_t resource, ValueType *ret_type,
                bool *ret_multiple);
        const void *userdata; /* the lookup's own */
} Schema;

size_t record_list_maximum(const RecordList *list);

/* Appends; the list takes the value over on success (*value is VALUE_NONE afterwards). 0, -ENOMEM, or -E2BIG
 * past its maximum. */
int record_list_add(RecordList *list, const Path *path, Value *value);

/* As above, for a record whose Resource the schema does not know. */
int record_list_add_unknown(RecordList *list, const Path *path);

/* Whether one of the records is at or below path. */
bool record_list_names(const RecordList *list, const Path *path);

/* Frees all; the list is empty and reusable afterwards. */
void record_list_done(RecordList *list);

/* Values of one moment. */
typedef struct RecordMoment {
        int64_t time; /* microseconds since 1970; below 2^28 seconds (1978): from now on, negative in the
                         past */
        const RecordList *records; /* borrowed */
} RecordMoment;
