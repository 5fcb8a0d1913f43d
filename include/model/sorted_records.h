/* SPDX-License-Identifier: Apache-2.0 */
/* Records in one array, sorted by path: each path once, its value owned. Knows nothing of what may stand
 * beside what. */
#pragma once

#include "lwm2m/record.h"

/* All zero: empty. */
typedef struct SortedRecords {
        Record *items;
        size_t n;
        size_t capacity;
        size_t size; /* sum of value_size() */
} SortedRecords;

void sorted_records_done(SortedRecords *records);

/* ret is empty. 0 or -ENOMEM; sorted_records_done() in both cases. */
int sorted_records_copy(const SortedRecords *records, SortedRecords *ret);

/* The records at or below prefix are [*ret_first, returned index). */
size_t sorted_records_find(const SortedRecords *records, const Path *prefix, size_t *ret_first);

/* The record at this very path, or NULL; borrowed. */
const Record *sorted_records_get(const SortedRecords *records, const Path *path);

/* Room for one more record. 0 or -ENOMEM. */
int sorted_records_reserve(SortedRecords *records);

/* Takes the value over (*value is VALUE_NONE afterwards); there is room, and no record at this path. */
void sorted_records_insert(SortedRecords *records, const Path *path, Value *value);

/* Frees and removes [first, end). */
void sorted_records_drop(SortedRecords *records, size_t first, size_t end);
