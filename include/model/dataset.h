/* SPDX-License-Identifier: Apache-2.0 */
/* Object Instances and the values of their Resources: one generation of the store. */
#pragma once

#include "lwm2m/ids.h"
#include "lwm2m/record.h"

typedef struct Dataset Dataset;

#define DATASET_E_LIMIT \
        1 /* one of LIMIT_INSTANCES, _RESOURCE_INSTANCES, _VALUE_SIZE, _STORE_SIZE, _STORE_VALUES */

Dataset *dataset_new(void); /* NULL when out of memory */
Dataset *dataset_free(Dataset *dataset);
DEFINE_CLEANUP(Dataset *, dataset_free)
int dataset_copy(const Dataset *dataset, Dataset **ret); /* 0 or -ENOMEM */

/* Sets a single Resource (length 3) or a Resource Instance (length 4) to a copy of the value; creates Object
 * Instance and Resource where needed. A VALUE_NONE makes the container only: an Object Instance (length 2)
 * or a multiple-instance Resource without instances (length 3). 0, DATASET_E_LIMIT (nothing changed),
 * -ENOMEM. */
int dataset_set(Dataset *dataset, const Path *path, const Value *value);

/* The same for a value of that type; _bytes also -EINVAL as value_make_bytes(). */
int dataset_set_integer(Dataset *dataset, const Path *path, ValueType type, int64_t value);
int dataset_set_boolean(Dataset *dataset, const Path *path, bool value);
int dataset_set_bytes(Dataset *dataset, const Path *path, ValueType type, const void *data, size_t size);

/* Removes everything at or below path (any length); returns whether something was there. */
bool dataset_remove(Dataset *dataset, const Path *path);

/* True when something exists at or below path. */
bool dataset_has(const Dataset *dataset, const Path *path);

/* The value of a single Resource (length 3) or Resource Instance (length 4); borrowed; NULL when absent. */
const Value *dataset_get(const Dataset *dataset, const Path *path);

/* Typed reads of /object/instance/resource with a default for an absent one. Numbers: INTEGER, UNSIGNED,
 * TIME. The string is borrowed. */
int64_t dataset_get_integer(
        const Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, int64_t absent);
bool dataset_get_boolean(
        const Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, bool absent);
const char *dataset_get_string(
        const Dataset *dataset, uint16_t object, uint16_t instance, uint16_t resource, const char *absent);

/* The Object Instance ids of an Object, ascending; returns how many. */
size_t dataset_instances(const Dataset *dataset, uint16_t object, uint16_t ret[LIMIT_INSTANCES]);

/* The bytes of all values at or below prefix; *ret_n: their number. */
size_t dataset_size(const Dataset *dataset, const Path *prefix, size_t *ret_n);

/* The same as one value. */
typedef struct Instances {
        uint16_t ids[LIMIT_INSTANCES];
        size_t n;
} Instances;
Instances dataset_list_instances(const Dataset *dataset, uint16_t object);

/* The lowest Object Instance id that is free, or ID_INVALID. */
uint16_t dataset_free_instance(const Dataset *dataset, uint16_t object);

/* Appends copies of everything at or below prefix, sorted by path, containers without content as VALUE_NONE.
 * 0, -ENOMEM, or -E2BIG past the list's maximum. */
int dataset_list(const Dataset *dataset, const Path *prefix, RecordList *list);

/* Sets every record (dataset_set each); unknown ones are skipped. 0, DATASET_E_LIMIT, -ENOMEM; then partly
 * done. */
int dataset_apply(Dataset *dataset, const RecordList *list);

bool dataset_equal(const Dataset *a, const Dataset *b);

/* Calls differs for each path at which one of the two has a value or an empty container and the other has
 * not the same, ascending. */
void dataset_compare(const Dataset *a, const Dataset *b, void (*differs)(void *userdata, const Path *path),
        void *userdata);

/* Exchanges the contents of two datasets: a change made on a copy becomes valid at once, or not at all. */
void dataset_swap(Dataset *a, Dataset *b);
