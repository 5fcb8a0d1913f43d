/* SPDX-License-Identifier: Apache-2.0 */
/* A change of published values, all or nothing: made on copies of the Object Instances it touches. */
#pragma once

#include "model/published_table.h"
#include "model/store.h"

typedef struct PublishedPart {
        const ObjectDef *def;
        PublishedInstance *instance;
        Path path;       /* the Object Instance's */
        Dataset *values; /* as they will be, at first as they are; owned */
} PublishedPart;

typedef struct PublishedChange {
        PublishedTable *table;
        PublishedPart *items; /* owned */
        size_t n, capacity;
} PublishedChange;

void published_change_done(PublishedChange *change);

/* The part for the Object Instance at or above path, a new one where there is none. Borrowed until the next
 * call. 0, -ENOENT (no such Object Instance) or -ENOMEM. */
int published_change_part(PublishedChange *change, const Path *path, PublishedPart **ret);

/* NULL, or the limit that it would go beyond, as published_table_find_excess(). */
const char *published_change_find_excess(PublishedChange *change);

/* Makes the change and tells each path at which a value differs: NULL; or that limit, and nothing has
 * changed. */
const char *published_change_commit(PublishedChange *change, const Store *store);
