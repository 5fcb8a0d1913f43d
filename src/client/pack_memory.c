/* SPDX-License-Identifier: Apache-2.0 */
/* The Bootstrap-Server Accounts whose server has no Bootstrap-Pack. */
#include "client/pack_memory.h"

#include "util/bytes.h"

static int digest(const Account *account, uint8_t ret[SHA256_SIZE])
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(SHA256_SIZE + LIMIT_URI_SIZE);
        uint8_t credential[SHA256_SIZE];
        int r;

        r = credential_digest(&account->credential, credential);
        if (r < 0)
                return r;
        byte_writer_add(&writer, credential, sizeof(credential));
        byte_writer_add(&writer, account->uri, strlen(account->uri));
        return writer.error < 0 ? writer.error : crypto_sha256(writer.data, writer.size, ret);
}

static bool find(const PackMemory *memory, const uint8_t wanted[SHA256_SIZE])
{
        for (size_t i = 0; i < memory->n; i++)
                if (memcmp(memory->digests[i], wanted, SHA256_SIZE) == 0)
                        return true;
        return false;
}

bool pack_memory_has(const PackMemory *memory, const Account *account)
{
        uint8_t wanted[SHA256_SIZE];

        return memory->n > 0 && digest(account, wanted) >= 0 && find(memory, wanted);
}

void pack_memory_add(PackMemory *memory, const Account *account)
{
        uint8_t new[SHA256_SIZE];

        if (digest(account, new) < 0 || find(memory, new))
                return;
        memcpy(memory->digests[memory->next], new, sizeof(new));
        memory->next = (memory->next + 1) % PACK_MEMORY_MAX;
        memory->n = MAX_OF(memory->n, memory->next == 0 ? PACK_MEMORY_MAX : memory->next);
}
