/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that wipe themselves: keys. There is no way to print one. */
#pragma once

#include "util/macro.h"

typedef struct Secret {
        uint8_t *data; /* owned, NULL when size is 0 */
        size_t size;
} Secret;

/* Replaces the content by a copy of size bytes; the old content is wiped. 0 or -ENOMEM (content unchanged).
 */
int secret_set(Secret *secret, const void *data, size_t size);

/* Wipes and frees the content; the secret is empty and reusable afterwards. NULL is fine. */
void secret_done(Secret *secret);

/* Equality in time that depends on the sizes only. */
bool secret_equal(const Secret *a, const Secret *b);

/* Wipes size bytes and frees the pointer; NULL is fine. */
void secret_free_bytes(void *data, size_t size);
