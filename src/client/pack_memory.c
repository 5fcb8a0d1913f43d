/* SPDX-License-Identifier: Apache-2.0 */
/* The Bootstrap-Server Accounts whose server has no Bootstrap-Pack. */
#include "client/pack_memory.h"

#include "util/bytes.h"

/* Sizes in front: no two accounts have the same bytes. */
static void add_field(ByteWriter *writer, const void *data, size_t size)
{
        byte_writer_printf(writer, "%zu:", size);
        byte_writer_add(writer, data, size);
}

static int digest(const Account *account, uint8_t ret[SHA256_SIZE])
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(LIMIT_STORE_SIZE);

        add_field(&writer, account->uri, strlen(account->uri));
        add_field(&writer, account->credential.identity.data, account->credential.identity.size);
        add_field(&writer, account->credential.key.data, account->credential.key.size);
        add_field(&writer, account->credential.server_certificate.data,
                account->credential.server_certificate.size);
        byte_writer_printf(&writer, "%d", (int)account->credential.mode);
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
