/* SPDX-License-Identifier: Apache-2.0 */
/* The store owns the accounts, the committed generation and at most one candidate, and knows which source
 * serves what. */
#pragma once

#include "model/dataset.h"
#include "model/registry.h"
#include "model/source.h"

typedef struct Store Store;

/* 0 or -ENOMEM; nothing is committed yet. */
int store_new(Store **ret);
Store *store_free(Store *store);
DEFINE_CLEANUP(Store *, store_free)

/* Definitions of all Objects that may be served, for everything that is not about the accounts alone. */
Registry *store_registry(Store *store);

/* The source serves the Object from now on, in the place of what did before, and must outlive the store or
 * be taken away before. source: NULL, the store itself serves it again. 0 or -E2BIG (more than
 * LIMIT_SOURCES). */
int store_set_source(Store *store, uint16_t object, const Source *source, void *userdata);

/* Or {NULL, NULL}: the store itself serves the Object. */
SourceRef store_source(const Store *store, uint16_t object);

const Dataset *store_committed(const Store *store);

/* The Object Instances of an Object, ascending: those of its source, or where the store itself serves it,
 * those of that generation. Returns how many. */
size_t store_instances(
        const Store *store, const Dataset *generation, uint16_t object, uint16_t ret[LIMIT_INSTANCES]);
bool store_has_instance(const Store *store, const Dataset *generation, uint16_t object, uint16_t instance);

/* Who is told what becomes of values and calls; from inside whatever changes them, so to be noted there and
 * followed from the loop. */
typedef struct StoreListener {
        /* A value at or below path is another one, has come or has gone. NULL: not wanted. */
        void (*changed)(void *userdata, const Path *path);
        /* What SOURCE_LATER has announced: 0, the source agrees, the request is to be served once more, with
         * granted; or the code of its refusal, and why. NULL: not wanted. */
        void (*answered)(void *userdata, uint64_t call, int code, const char *text);
        /* An Object or Object Instance of a source has come or has gone. NULL: not wanted. */
        void (*objects_changed)(void *userdata);
        /* An Object Instance that an LwM2M Server had created is gone, together with whoever gave it; so its
         * Access Control Object Instance has to go, too. NULL: not wanted. */
        void (*withdrawn)(void *userdata, const Path *instance);
} StoreListener;

/* One listener, borrowed, in the place of the one before; NULL: none. */
void store_set_listener(Store *store, const StoreListener *listener, void *userdata);

/* For sources: a value at or below path is another one. The store's own changes are told by the commit. */
void store_changed(const Store *store, const Path *path);

/* For sources: the answer to a call that was answered SOURCE_LATER, once, and not before that call has
 * returned. A call that nobody waits for any more is ignored. text: borrowed; NULL with code 0. */
void store_answer(const Store *store, uint64_t call, int code, const char *text);

/* Tells the sources that a call has ended, each once. For whoever has called, after SOURCE_LATER. */
void store_end_call(const Store *store, uint64_t call);

/* For sources: an Object or Object Instance has come or has gone by itself, not by a Create or Delete; it is
 * announced from the loop (client/object_list). */
void store_objects_changed(const Store *store);

/* For sources: likewise gone is an Object Instance that an LwM2M Server had created. */
void store_withdrawn(const Store *store, const Path *instance);

/* The committed generation, for what the client itself has to say there while a transaction may be open
 * (model/account_history.h), and for nothing else. */
Dataset *store_own(Store *store);

/* Opens the transaction: the candidate is a copy of what is committed. 0, -ENOMEM, -EBUSY (one is open). */
int store_begin(Store *store);
Dataset *store_candidate(Store *store); /* NULL when no transaction is open */

/* The candidate becomes the committed generation, and what differs is told / is dropped. Nothing happens
 * when none is open. */
void store_commit(Store *store);
void store_rollback(Store *store);

/* Replaces the committed generation (start, Reset); takes the dataset over; an open transaction is rolled
 * back. */
void store_replace(Store *store, Dataset *dataset);

/* Remembers what the transaction addressed: a written or removed Object Instance, Object or the root, even
 * with equal values. Kept through commit until the next begin; at most LIMIT_TOUCHED, then it becomes the
 * root (all). store_was_touched: true when instance /object/instance lies at, below or above a remembered
 * path. */
void store_touch(Store *store, const Path *path);
bool store_was_touched(const Store *store, uint16_t object, uint16_t instance);
