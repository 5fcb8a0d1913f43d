/* SPDX-License-Identifier: Apache-2.0 */
/* Block-wise transfers of a session that the peer drives (RFC 7959). */
#include "coap/blockwise.h"
#include "util/secret.h"

static void assembly_done(BlockAssembly *assembly)
{
        byte_writer_done(&assembly->key);
        byte_writer_done(&assembly->body);
        *assembly = (BlockAssembly){0};
}

static void snapshot_done(BlockSnapshot *snapshot)
{
        byte_writer_done(&snapshot->key);
        secret_free_bytes(snapshot->body, snapshot->body_size);
        *snapshot = (BlockSnapshot){0};
}

static BlockAssembly *assembly_find(Blockwise *blockwise, uint64_t now, const ByteWriter *key)
{
        BlockAssembly *found = NULL;

        for (size_t i = 0; i < BLOCK_ASSEMBLIES; i++) {
                BlockAssembly *assembly = &blockwise->assemblies[i];

                if (assembly->key.size == 0)
                        continue;
                if (block_is_old(assembly->time, now))
                        assembly_done(assembly);
                else if (block_key_equal(&assembly->key, key))
                        found = assembly;
        }
        return found;
}

/* An unused place, or that of the transfer which has been waiting longest. */
static BlockAssembly *assembly_make(Blockwise *blockwise, ByteWriter *key)
{
        BlockAssembly *oldest = &blockwise->assemblies[0];

        for (size_t i = 0; i < BLOCK_ASSEMBLIES; i++) {
                BlockAssembly *assembly = &blockwise->assemblies[i];

                if (assembly->key.size == 0) {
                        oldest = assembly;
                        break;
                }
                if (assembly->time < oldest->time)
                        oldest = assembly;
        }
        assembly_done(oldest);
        *oldest = (BlockAssembly){.key = *key, .body = BYTE_WRITER(blockwise->max_body_size)};
        *key = (ByteWriter){0};
        return oldest;
}

static int assembly_append(BlockAssembly *assembly, uint64_t now, const Packet *request, bool more,
        uint8_t **ret_body, size_t *ret_size)
{
        int r;

        byte_writer_add(&assembly->body, request->payload, request->payload_size);
        r = assembly->body.error;
        if (r == 0 && more) {
                assembly->time = now;
                return CODE_CONTINUE;
        }
        if (r == 0)
                r = byte_writer_take(&assembly->body, ret_body, ret_size);
        assembly_done(assembly);
        return r == -EMSGSIZE ? CODE_TOO_LARGE : r;
}

int blockwise_take(Blockwise *blockwise, uint64_t now, const Packet *request, const Block *block,
        uint64_t announced, uint8_t **ret_body, size_t *ret_size, bool *ret_extended)
{
        _cleanup_(byte_writer_done) ByteWriter key = {0};
        BlockAssembly *assembly;
        int r;

        r = block_key(request, BLOCK_KEY_BODY, &key);
        if (r < 0)
                return r;
        assembly = assembly_find(blockwise, now, &key);
        if (block->number == 0 && assembly) {
                assembly_done(assembly);
                assembly = NULL;
        }
        *ret_extended = false;
        if (!block_fits(block, request->payload_size))
                return CODE_BAD_REQUEST;
        if (announced > blockwise->max_body_size)
                return CODE_TOO_LARGE;
        if (block->number == 0)
                assembly = assembly_make(blockwise, &key);
        else if (!assembly || block_offset(block) != assembly->body.size)
                return CODE_INCOMPLETE;
        else
                *ret_extended = true;
        r = assembly_append(assembly, now, request, block->more, ret_body, ret_size);
        if (r != CODE_CONTINUE && r != CODE_NONE)
                *ret_extended = false;
        return r;
}

static uint64_t hash_payload(const Packet *request)
{
        return hash_bytes(HASH_INIT, request->payload, request->payload_size);
}

/* That of an older answer to the same, or of the least recent one. */
static BlockSnapshot *snapshot_place(Blockwise *blockwise, const Packet *request, const ByteWriter *key)
{
        const uint64_t hash = hash_payload(request);
        BlockSnapshot *place = &blockwise->snapshots[0];

        for (size_t i = 0; i < BLOCK_SNAPSHOTS; i++) {
                BlockSnapshot *snapshot = &blockwise->snapshots[i];

                if (snapshot->key.size > 0 && snapshot->request_hash == hash &&
                        block_key_equal(&snapshot->key, key))
                        return snapshot;
                if (snapshot->time < place->time)
                        place = snapshot; /* unused ones have time 0 */
        }
        return place;
}

/* Takes the key over. */
static void snapshot_fill(
        BlockSnapshot *place, uint64_t now, const Packet *request, ByteWriter key, Response *response)
{
        snapshot_done(place);
        *place = (BlockSnapshot){
                .key = key,
                .request_hash = hash_payload(request),
                .code = response->code,
                .content_format = response->content_format,
                .body = TAKE_PTR(response->payload),
                .body_size = response->payload_size,
                .time = now,
        };
        response->payload_size = 0;
}

int blockwise_keep(Blockwise *blockwise, uint64_t now, const Packet *request, bool notified,
        Response *response, const BlockSnapshot **ret)
{
        BlockSnapshot *place;
        ByteWriter key = {0};
        int r;

        r = block_key(request, BLOCK_KEY_ANSWER, &key);
        if (r < 0)
                return r;
        place = notified ? &blockwise->notified : snapshot_place(blockwise, request, &key);
        snapshot_fill(place, now, request, key, response);
        *ret = place;
        return 0;
}

uint64_t blockwise_progress(Blockwise *blockwise, const BlockSnapshot *snapshot, size_t end)
{
        BlockSnapshot *notified = &blockwise->notified;

        if (snapshot != notified || end <= notified->fetched)
                return 0;
        notified->fetched = end;
        return notified->notification;
}

static BlockSnapshot *snapshot_at(Blockwise *blockwise, size_t i)
{
        return i < BLOCK_SNAPSHOTS ? &blockwise->snapshots[i] : &blockwise->notified;
}

const BlockSnapshot *blockwise_find(Blockwise *blockwise, uint64_t now, const Packet *request)
{
        _cleanup_(byte_writer_done) ByteWriter key = {0};
        const uint64_t hash = hash_payload(request);
        BlockSnapshot *found = NULL;

        if (block_key(request, BLOCK_KEY_ANSWER, &key) < 0)
                return NULL;
        for (size_t i = 0; i <= BLOCK_SNAPSHOTS; i++) {
                BlockSnapshot *snapshot = snapshot_at(blockwise, i);

                if (snapshot->key.size == 0)
                        continue;
                if (block_is_old(snapshot->time, now)) {
                        snapshot_done(snapshot);
                        continue;
                }
                /* The request for a further block of a FETCH may leave the body out: the latest is meant. */
                if (block_key_equal(&snapshot->key, &key) &&
                        (request->payload_size == 0 || snapshot->request_hash == hash) &&
                        (!found || snapshot->time > found->time))
                        found = snapshot;
        }
        if (found)
                found->time = now;
        return found;
}

void blockwise_forget(Blockwise *blockwise, const BlockSnapshot *snapshot)
{
        for (size_t i = 0; i <= BLOCK_SNAPSHOTS; i++)
                if (snapshot_at(blockwise, i) == snapshot)
                        snapshot_done(snapshot_at(blockwise, i));
}

void blockwise_done(Blockwise *blockwise)
{
        for (size_t i = 0; i < BLOCK_ASSEMBLIES; i++)
                assembly_done(&blockwise->assemblies[i]);
        for (size_t i = 0; i <= BLOCK_SNAPSHOTS; i++)
                snapshot_done(snapshot_at(blockwise, i));
}
