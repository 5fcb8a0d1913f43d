/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes that one LwM2M Server has attached to paths by Write-Attributes: in memory, gone with its
 * account (Core TS 6.3.4, 7.3). */
#pragma once

#include "lwm2m/path.h"
#include "model/attribute.h"
#include "model/store.h"
#include "util/bytes.h"

typedef struct AttachedAttributes {
        Path path;
        AttributeValues values;
} AttachedAttributes;

typedef struct Attributes {
        AttachedAttributes *items; /* owned; ascending by path, none without a value */
        size_t n;
        size_t capacity;
} Attributes;

/* A Write-Attributes to path; target says what stands there. All or nothing. 0; ATTRIBUTE_REFUSED: 4.00 and
 * why, as attribute_values_change(), of what then stands at this path, or more than LIMIT_ATTRIBUTES paths;
 * -ENOMEM. */
int attributes_write(Attributes *attributes, const Path *path, const AttributeTarget *target,
        const Texts *queries, char ret_problem[ATTRIBUTE_PROBLEM_SIZE]);

/* What counts at path: what stands there, and what it inherits from the levels above. */
AttributeValues attributes_effective(const Attributes *attributes, const Path *path);

/* Appends what stands at path for Discover, ";pmin=10;pmax=60"; inherited: also what it inherits, as on the
 * target itself. */
void attributes_describe(const Attributes *attributes, const Path *path, bool inherited, ByteWriter *writer);

/* What stood at or below path is gone: an Object Instance was deleted. */
void attributes_remove(Attributes *attributes, const Path *path);

/* Likewise for every Object Instance that the store does not have any more. */
void attributes_prune(Attributes *attributes, const Store *store);

void attributes_done(Attributes *attributes);
