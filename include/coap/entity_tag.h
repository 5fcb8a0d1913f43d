/* SPDX-License-Identifier: Apache-2.0 */
/* ETag: which representation of a resource a block is of (RFC 7252, 5.10.6; RFC 7959, 2.4). */
#pragma once

#include "util/macro.h"

#define ETAG_SIZE_MAX 8 /* bytes; RFC 7252, 5.10.6 */

typedef struct EntityTag {
        size_t size; /* 1 .. ETAG_SIZE_MAX; 0: there is none */
        uint8_t bytes[ETAG_SIZE_MAX];
} EntityTag;

/* Whether both are there and name the same. */
static inline bool entity_tag_equal(const EntityTag *a, const EntityTag *b)
{
        return a->size > 0 && a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Whether neither says that they are of two: one that is not there says nothing. */
static inline bool entity_tag_may_be_same(const EntityTag *a, const EntityTag *b)
{
        return a->size == 0 || b->size == 0 || entity_tag_equal(a, b);
}
