/* SPDX-License-Identifier: Apache-2.0 */
/* Block-wise transfers of a session that the peer drives (RFC 7959): its Block1 bodies put together, our
 * large answers kept while it fetches them by Block2. */
#pragma once

#include "coap/block.h"
#include "coap/packet.h"
#include "lwm2m/message.h"

#define BLOCK_ASSEMBLIES 2 /* design.md section 2 */
#define BLOCK_SNAPSHOTS  2 /* design.md section 2 */

/* A body that comes in. */
typedef struct BlockAssembly {
        ByteWriter key; /* what the requests of one transfer have in common; size 0: unused */
        ByteWriter body;
        uint64_t time; /* usec, CLOCK_BOOTTIME, of the last block */
} BlockAssembly;

/* A body that goes out. */
typedef struct BlockSnapshot {
        ByteWriter key;        /* size 0: unused */
        uint64_t request_hash; /* of the request's payload: FETCH */
        uint8_t code;
        int content_format;
        uint8_t *body; /* owned */
        size_t body_size;
        size_t fetched;        /* bytes, up to the end of the last block that was asked for */
        uint64_t notification; /* the number of the one whose body it is; 0: it has none */
        uint64_t time;
} BlockSnapshot;

/* Zeroed at first but for max_body_size. */
typedef struct Blockwise {
        size_t max_body_size;
        BlockAssembly assemblies[BLOCK_ASSEMBLIES];
        BlockSnapshot snapshots[BLOCK_SNAPSHOTS];
        /* That of the last confirmable notification in blocks: an answer can be given anew, but what is
         * notified is not there any more. */
        BlockSnapshot notified;
} Blockwise;

/* Takes one Block1 block of request. Returns
 *   CODE_NONE        the body is complete: *ret_body, owned by the caller, wiped by secret_free_bytes
 *   CODE_CONTINUE    more is awaited
 *   CODE_INCOMPLETE  not the next block of a transfer that is under way (4.08)
 *   CODE_TOO_LARGE   past max_body_size, counted or announced by Size1 (4.13)
 *   CODE_BAD_REQUEST the block is not as long as it says (4.00)
 * or -ENOMEM. *ret_extended: true where the block extended a transfer that block 0 had begun. Block 0 ends
 * what came before it in the same key; another refused block changes nothing. The least recent transfer
 * makes room for a third. */
int blockwise_take(Blockwise *blockwise, uint64_t now, const Packet *request, const Block *block,
        uint64_t announced, uint8_t **ret_body, size_t *ret_size, bool *ret_extended);

/* Keeps response's payload (taken over, the response's becomes empty) as the answer to request, in place of
 * an older one to the same, or of the least recent; notified: as a confirmable notification, in place of the
 * last one of these. *ret is valid until the next call. 0 or -ENOMEM. */
int blockwise_keep(Blockwise *blockwise, uint64_t now, const Packet *request, bool notified,
        Response *response, const BlockSnapshot **ret);

/* A block of it, which ends there, is asked for. The number of the notification that it goes on with; 0: it
 * was asked for before, or it is none of a confirmable one. */
uint64_t blockwise_progress(Blockwise *blockwise, const BlockSnapshot *snapshot, size_t end);

/* The answer that request asks a further block of, or NULL. A FETCH without its body asks for the latest. */
const BlockSnapshot *blockwise_find(Blockwise *blockwise, uint64_t now, const Packet *request);

/* The last block has left: frees the body. */
void blockwise_forget(Blockwise *blockwise, const BlockSnapshot *snapshot);

/* Wipes and frees everything. */
void blockwise_done(Blockwise *blockwise);
