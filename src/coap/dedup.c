/* SPDX-License-Identifier: Apache-2.0 */
/* De-duplication of a session's incoming requests. */
#include "coap/dedup.h"

static bool key_equal(const MessageKey *a, const MessageKey *b)
{
        return a->message_id == b->message_id && a->hash == b->hash && a->token_size == b->token_size &&
               memcmp(a->token, b->token, a->token_size) == 0;
}

static void entry_done(DedupEntry *entry)
{
        packet_copy_done(&entry->answer);
        *entry = (DedupEntry){0};
}

bool dedup_find(const Dedup *dedup, const MessageKey *key, uint64_t now, Packet *ret_answer)
{
        for (size_t i = 0; i < LIMIT_REPETITIONS; i++) {
                const DedupEntry *entry = &dedup->entries[i];

                if ((entry->pending || entry->expiry > now) && key_equal(&entry->key, key)) {
                        *ret_answer = entry->answer.packet;
                        return true;
                }
        }
        return false;
}

/* The oldest entry: one that waits for its answer is passed over. */
static DedupEntry *dedup_turn(Dedup *dedup)
{
        DedupEntry *entry;

        do {
                entry = &dedup->entries[dedup->next];
                dedup->next = (dedup->next + 1) % LIMIT_REPETITIONS;
        } while (entry->pending);
        entry_done(entry);
        return entry;
}

static DedupEntry *dedup_held(Dedup *dedup, const MessageKey *key)
{
        for (size_t i = 0; i < LIMIT_REPETITIONS; i++)
                if (dedup->entries[i].pending && key_equal(&dedup->entries[i].key, key))
                        return &dedup->entries[i];
        return NULL;
}

int dedup_hold(Dedup *dedup, const MessageKey *key)
{
        size_t n = 0;

        for (size_t i = 0; i < LIMIT_REPETITIONS; i++)
                n += dedup->entries[i].pending;
        if (n >= DEDUP_HELD_MAX)
                return -ENOBUFS;
        *dedup_turn(dedup) = (DedupEntry){.key = *key, .pending = true};
        return 0;
}

void dedup_release(Dedup *dedup, const MessageKey *key)
{
        DedupEntry *entry = dedup_held(dedup, key);

        if (entry)
                entry_done(entry);
}

int dedup_store(Dedup *dedup, const MessageKey *key, uint64_t now, bool confirmable, const Packet *answer,
        Packet *ret_answer)
{
        DedupEntry *entry = dedup_held(dedup, key);
        PacketCopy copy;
        int r;

        if (entry)
                entry_done(entry);
        r = packet_copy(answer, &copy);
        if (r < 0)
                return r;
        if (!entry)
                entry = dedup_turn(dedup);
        *entry = (DedupEntry){
                .key = *key,
                .expiry = now + (confirmable ? DEDUP_CONFIRMABLE_USEC : DEDUP_NON_USEC),
                .answer = copy,
        };
        *ret_answer = entry->answer.packet;
        return 0;
}

void dedup_done(Dedup *dedup)
{
        for (size_t i = 0; i < LIMIT_REPETITIONS; i++)
                entry_done(&dedup->entries[i]);
        dedup->next = 0;
}
