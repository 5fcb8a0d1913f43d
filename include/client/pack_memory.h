/* SPDX-License-Identifier: Apache-2.0 */
/* The Bootstrap-Server Accounts whose server has no Bootstrap-Pack: asked once, and no more until the daemon
 * ends.
 */
#pragma once

#include "model/account.h"
#include "util/crypto.h"

/* One for each generation of accounts (design.md 9.2), and as many that bootstraps have written meanwhile;
 * one more drops the oldest, which is asked again. */
#define PACK_MEMORY_MAX 8

typedef struct PackMemory {
        uint8_t digests[PACK_MEMORY_MAX][SHA256_SIZE]; /* of URI, security mode and credentials */
        size_t n;
        size_t next; /* the oldest one, where all are taken */
} PackMemory;

/* Whether it was added. An account with another URI or other credentials is another one. Out of memory:
 * false. */
bool pack_memory_has(const PackMemory *memory, const Account *account);

/* Adds an account, a known one not again; out of memory: not at all, so that it is asked once more. */
void pack_memory_add(PackMemory *memory, const Account *account);
