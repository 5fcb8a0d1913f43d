/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of Objects as a peer sees it: one generation of the store together with the live values of
 * providers. */
#pragma once

#include "model/store.h"

typedef struct Tree {
        const Store *store;
        const Dataset *dataset; /* the generation */
        Lwm2mVersion version;
} Tree;

/* What the Bootstrap Server sees (the candidate, if one is open) and what an LwM2M Server sees. Borrowed. */
Tree tree_candidate(Store *store, Lwm2mVersion version);
Tree tree_committed(const Store *store, Lwm2mVersion version);

/* The Object if it exists in the version, else NULL. */
const ObjectDef *tree_object(const Tree *tree, uint16_t object);

bool tree_has_instance(const Tree *tree, uint16_t object, uint16_t instance);

/* Ascending; returns how many. */
size_t tree_instances(const Tree *tree, uint16_t object, uint16_t ret[LIMIT_INSTANCES]);

/* True when the live values of this Object come from a provider: nothing can be written to it. */
bool tree_is_provided(const Tree *tree, uint16_t object);

/* Whether something stands behind an executable Resource of an Object. */
bool tree_executes(const Tree *tree, uint16_t object, const ResourceDef *resource);

/* Appends copies of the values at or below path (length 1..4), sorted, of Resources that exist in the
 * version; with hidden also those that servers may not read. 0, -ENOMEM, -E2BIG past the list's maximum, or
 * a provider's error. */
int tree_read(const Tree *tree, const Path *path, bool hidden, RecordList *list);
