/* SPDX-License-Identifier: Apache-2.0 */
/* A block of a body, and what tells which body it is of (RFC 7959, 2). */
#pragma once

#include "coap/packet.h"
#include "util/clock.h"

#define BLOCK_NUMBER_MAX 0xfffffU /* 20 bits: RFC 7959, 2.2 */
#define BLOCK_SZX_MAX    6U       /* 1024 bytes; 7 is reserved: RFC 7959, 2.2 */

/* EXCHANGE_LIFETIME of the peer: RFC 7959, 2.5 and RFC 7252, 4.8.2 */
#define BLOCK_LIFETIME_USEC (247 * USEC_PER_SEC)

typedef struct Block {
        uint32_t number; /* 0 .. BLOCK_NUMBER_MAX */
        bool more;
        uint8_t szx; /* 0 .. BLOCK_SZX_MAX */
} Block;

/* A block option's value. block_parse: 0 or -EINVAL (longer than 3 bytes, or the reserved size). */
int block_parse(const PacketOption *option, Block *ret);
uint32_t block_value(const Block *block);

/* Bytes of one block, 16 .. 1024, and back; block_szx takes the largest that does not exceed size. */
size_t block_size(uint8_t szx);
uint8_t block_szx(size_t size);

/* Bytes before the block. */
size_t block_offset(const Block *block);

/* Whether a request's payload is as long as its block says: RFC 7959, 2.2. */
bool block_fits(const Block *block, size_t size);

/* Whether what was touched last at time has been silent for longer than BLOCK_LIFETIME_USEC. */
bool block_is_old(uint64_t time, uint64_t now);

typedef enum BlockKey {
        BLOCK_KEY_BODY,   /* what RFC 9175, 3.3 calls matchable: blocks of one body */
        BLOCK_KEY_ANSWER, /* what selects a representation here: later requests for it need not repeat the
                             body's options, nor those of the request that is answered by notifications */
        BLOCK_KEY_PLACE,  /* what is written to: method and path */
} BlockKey;

/* What the requests of one transfer have in common. byte_writer_done follows. 0, or negative errno and
 * nothing of it. */
int block_key(const Packet *request, BlockKey kind, ByteWriter *ret);
bool block_key_equal(const ByteWriter *a, const ByteWriter *b);
