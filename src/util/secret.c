/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that wipe themselves. */
#include "util/secret.h"

int secret_set(Secret *secret, const void *data, size_t size)
{
        uint8_t *copy = NULL;

        if (size > 0) {
                copy = malloc(size);
                if (!copy)
                        return -ENOMEM;
                memcpy(copy, data, size);
        }

        secret_done(secret);
        *secret = (Secret){.data = copy, .size = size};
        return 0;
}

void secret_done(Secret *secret)
{
        if (!secret)
                return;

        secret_free_bytes(secret->data, secret->size);
        *secret = (Secret){0};
}

bool secret_equal(const Secret *a, const Secret *b)
{
        volatile uint8_t difference = 0;

        if (a->size != b->size)
                return false;

        for (size_t i = 0; i < a->size; i++)
                difference |= a->data[i] ^ b->data[i];
        return difference == 0;
}

void secret_free_bytes(void *data, size_t size)
{
        if (!data)
                return;

        explicit_bzero(data, size);
        free(data);
}
