/* SPDX-License-Identifier: Apache-2.0 */
/* De-duplication of a session's incoming requests: a ring that replays the answer (RFC 7252, 4.5; design.md
 * section 3, rule 6). */
#pragma once

#include "coap/packet.h"
#include "lwm2m/limits.h"

#define DEDUP_CONFIRMABLE_USEC (247 * USEC_PER_SEC)     /* EXCHANGE_LIFETIME of the peer: RFC 7252, 4.8.2 */
#define DEDUP_HELD_MAX         (LIMIT_LATE_ANSWERS + 1) /* and a block that goes into a sink */
#define DEDUP_NON_USEC         (145 * USEC_PER_SEC)     /* NON_LIFETIME of the peer: RFC 7252, 4.8.2 */

/* What makes two datagrams the same message. */
typedef struct MessageKey {
        uint16_t message_id;
        uint8_t token_size;
        uint8_t token[LIMIT_TOKEN_SIZE];
        uint64_t hash; /* packet_hash: a restarted server may take the same Message ID for another request */
} MessageKey;

typedef struct DedupEntry {
        MessageKey key;
        uint64_t expiry; /* usec, CLOCK_BOOTTIME; 0: unused */
        bool pending;    /* the answer is still to come: it keeps its place */
        PacketCopy answer;
} DedupEntry;

/* Zeroed at first. */
typedef struct Dedup {
        DedupEntry entries[LIMIT_REPETITIONS];
        size_t next; /* the oldest, overwritten next */
} Dedup;

/* True: a repetition; *ret_answer is valid until the next dedup_store, its code is 0 (CODE_NONE) while the
 * answer is still to come. */
bool dedup_find(const Dedup *dedup, const MessageKey *key, uint64_t now, Packet *ret_answer);

/* The message is being served, and its answer comes later, by dedup_store: it is known until then. 0, or
 * -ENOBUFS: DEDUP_HELD_MAX wait already. */
int dedup_hold(Dedup *dedup, const MessageKey *key);

/* There will be no answer: a repetition is a new message. One that is not held is ignored. */
void dedup_release(Dedup *dedup, const MessageKey *key);

/* Keeps a copy of the answer, in the place that was held for it, else in that of the oldest; *ret_answer is
 * the copy, valid until the next dedup_store. 0, or -ENOMEM and nothing kept, nor held. */
int dedup_store(Dedup *dedup, const MessageKey *key, uint64_t now, bool confirmable, const Packet *answer,
        Packet *ret_answer);

/* Wipes and frees the answers. */
void dedup_done(Dedup *dedup);
