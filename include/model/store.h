/* SPDX-License-Identifier: Apache-2.0 */
/* The store owns all values: the committed generation, at most one candidate, and the providers of live
 * values. */
#pragma once

#include "model/dataset.h"
#include "model/object.h"

typedef struct Store Store;

/* Live values of an Object, its only instance 0 (Device). Called on the event loop, must not block. */
typedef struct Provider {
        /* Appends the records of a Resource, none when it has no value now. 0 or negative errno. */
        int (*read)(void *userdata, const ResourceDef *resource, RecordList *list);
        /* Whether it has a back end for an executable Resource; without one the answer is 4.05. */
        bool (*executes)(void *userdata, const ResourceDef *resource);
        /* Executes such a Resource; arguments are not NUL-terminated. 0 or negative errno. */
        int (*execute)(void *userdata, const ResourceDef *resource, const void *arguments, size_t size);
} Provider;

/* 0 or -ENOMEM; nothing is committed yet. */
int store_new(Store **ret);
Store *store_free(Store *store);
DEFINE_CLEANUP(Store *, store_free)

/* The provider must outlive the store; it makes /object/0 exist. One an Object. 0 or -E2BIG (more than 4).
 */
int store_set_provider(Store *store, uint16_t object, const Provider *provider, void *userdata);
const Provider *store_provider(const Store *store, uint16_t object, void **ret_userdata); /* or NULL */

const Dataset *store_committed(const Store *store);

/* The same, for what the client itself has to say there while a transaction may be open
 * (model/account_history.h), and for nothing else. */
Dataset *store_own(Store *store);

/* Opens the transaction: the candidate is a copy of what is committed. 0, -ENOMEM, -EBUSY (one is open). */
int store_begin(Store *store);
Dataset *store_candidate(Store *store); /* NULL when no transaction is open */

/* The candidate becomes the committed generation / is dropped. Nothing happens when none is open. */
void store_commit(Store *store);
void store_rollback(Store *store);

/* Replaces the committed generation (start, Reset); takes the dataset over; an open transaction is rolled
 * back. */
void store_replace(Store *store, Dataset *dataset);

/* Remembers what the transaction addressed: a written or removed Object Instance, Object or the root, even
 * with equal values. Kept through commit until the next begin; at most LIMIT_TOUCHED, then it becomes the
 * root (all). store_was_touched: true when instance /object/instance lies at, below or above a remembered
 * path. */
#define LIMIT_TOUCHED 128 /* twice LIMIT_INSTANCES: every Security and Server instance alone */
void store_touch(Store *store, const Path *path);
bool store_was_touched(const Store *store, uint16_t object, uint16_t instance);
