/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of Objects as a peer sees it: one generation of the store together with what the sources serve.
 */
#pragma once

#include "model/store.h"

typedef struct Tree {
        Store *store;
        const Dataset *dataset; /* the generation */
        Lwm2mVersion version;
} Tree;

/* What the Bootstrap Server sees (the candidate, if one is open) and what an LwM2M Server sees. Borrowed. */
Tree tree_candidate(Store *store, Lwm2mVersion version);
Tree tree_committed(Store *store, Lwm2mVersion version);

/* The Object if it exists in the version, else NULL. tree_next: the one with the next higher id, *position
 * being 0 at first; NULL behind the last one. */
const ObjectDef *tree_object(const Tree *tree, uint16_t object);
const ObjectDef *tree_next(const Tree *tree, size_t *position);

/* The version of an Object where the announced LwM2M version implies another one, so that it has to be said
 * (Core TS 7.2.2), else NULL. */
const char *tree_version_to_tell(const Tree *tree, const ObjectDef *object, Lwm2mVersion announced);

/* The definition of the Resource that a path of length 3 or 4 names, if it is served in the version. */
const ResourceDef *tree_resource(const Tree *tree, const Path *path);

bool tree_has_instance(const Tree *tree, uint16_t object, uint16_t instance);

/* Whether there is a value at or below path (length 3 or 4), readable or not. */
bool tree_has(const Tree *tree, const Path *path);

/* Ascending; returns how many. */
size_t tree_instances(const Tree *tree, uint16_t object, uint16_t ret[LIMIT_INSTANCES]);

/* True when the store itself keeps the Object, which a bootstrap may then write. */
bool tree_is_stored(const Tree *tree, uint16_t object);

/* What serves the Object to LwM2M Servers: never without a source. */
SourceRef tree_source(const Tree *tree, uint16_t object);

/* Whether something stands behind an operation on path: Source.supports. */
bool tree_supports(const Tree *tree, unsigned operation, const Path *path);

/* Appends copies of the values at or below path (length 1..4), sorted, of Resources that exist in the
 * version; with hidden also those that servers may not read. call: NULL, or who asks; then a source may
 * answer later, though all are asked by then, or refuse. 0, SOURCE_LATER, a Code with call->text, -ENOMEM,
 * -E2BIG past the list's maximum, or a source's error. */
int tree_read(const Tree *tree, SourceCall *call, const Path *path, bool hidden, RecordList *list);
