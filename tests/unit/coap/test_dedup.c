/* SPDX-License-Identifier: Apache-2.0 */
/* The ring that replays answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "coap/dedup.h"

static MessageKey key_of(uint16_t message_id)
{
        return (MessageKey){.message_id = message_id, .token_size = 2, .token = {1, 2}, .hash = 42};
}

static void store(Dedup *dedup, uint16_t message_id, uint64_t now, bool confirmable)
{
        uint8_t payload[4] = {(uint8_t)message_id, 1, 2, 3};
        Packet answer = {.code = 69, .payload = payload, .payload_size = sizeof(payload)}, stored;
        MessageKey key = key_of(message_id);

        assert_int_equal(dedup_store(dedup, &key, now, confirmable, &answer, &stored), 0);
        assert_ptr_not_equal(stored.payload, payload);
}

static bool find(const Dedup *dedup, MessageKey key, uint64_t now)
{
        Packet answer;

        if (!dedup_find(dedup, &key, now, &answer))
                return false;
        assert_int_equal(answer.code, 69);
        assert_int_equal(answer.payload_size, 4);
        assert_int_equal(answer.payload[0], (uint8_t)key.message_id);
        return true;
}

static void test_lifetimes(void **state)
{
        Dedup dedup = {0};

        store(&dedup, 1, 0, true);
        store(&dedup, 2, 0, false);
        assert_true(find(&dedup, key_of(1), 247 * USEC_PER_SEC - 1));
        assert_false(find(&dedup, key_of(1), 247 * USEC_PER_SEC));
        assert_true(find(&dedup, key_of(2), 145 * USEC_PER_SEC - 1));
        assert_false(find(&dedup, key_of(2), 145 * USEC_PER_SEC));
        dedup_done(&dedup);
        assert_false(find(&dedup, key_of(1), 1));
}

static void test_other_messages(void **state)
{
        MessageKey keys[] = {key_of(1), key_of(1), key_of(1), key_of(2)};
        Dedup dedup = {0};

        store(&dedup, 1, 0, true);
        keys[0].hash++;
        keys[1].token[1]++;
        keys[2].token_size++;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                assert_false(find(&dedup, keys[i], 1));
        assert_true(find(&dedup, key_of(1), 1));
        dedup_done(&dedup);
}

static void test_the_oldest_gives_way(void **state)
{
        Dedup dedup = {0};

        for (uint16_t i = 0; i < LIMIT_REPETITIONS + 5; i++)
                store(&dedup, i, 0, true);
        for (uint16_t i = 0; i < LIMIT_REPETITIONS + 5; i++)
                assert_int_equal(find(&dedup, key_of(i), 1), i >= 5);
        dedup_done(&dedup);
}

/* They keep their place until the answer comes, whatever else comes, and however long it takes. */
static void test_pending(void **state)
{
        Dedup dedup = {0};
        MessageKey key;
        Packet answer;

        for (uint16_t i = 0; i < DEDUP_HELD_MAX; i++) {
                key = key_of(i);
                assert_int_equal(dedup_hold(&dedup, &key), 0);
        }
        key = key_of(DEDUP_HELD_MAX);
        assert_int_equal(dedup_hold(&dedup, &key), -ENOBUFS);
        for (uint16_t i = 100; i < 100 + 3 * LIMIT_REPETITIONS; i++)
                store(&dedup, i, 0, true);
        assert_true(find(&dedup, key_of(99 + 3 * LIMIT_REPETITIONS), 1));
        for (uint16_t i = 0; i < DEDUP_HELD_MAX; i++) {
                key = key_of(i);
                assert_true(dedup_find(&dedup, &key, 1000 * USEC_PER_SEC, &answer));
                assert_int_equal(answer.code, 0);
        }

        store(&dedup, 3, 1000 * USEC_PER_SEC, true);
        assert_true(find(&dedup, key_of(3), 1246 * USEC_PER_SEC));
        assert_false(find(&dedup, key_of(3), 1247 * USEC_PER_SEC));
        assert_true(find(&dedup, key_of(99 + 3 * LIMIT_REPETITIONS), 1)); /* it took its own place */
        key = key_of(DEDUP_HELD_MAX);
        assert_int_equal(dedup_hold(&dedup, &key), 0);
        dedup_release(&dedup, &key);
        assert_false(dedup_find(&dedup, &key, 1, &answer));
        assert_int_equal(dedup_hold(&dedup, &key), 0);
        dedup_done(&dedup);
        assert_false(dedup_find(&dedup, &key, 1, &answer));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lifetimes),
                cmocka_unit_test(test_other_messages),
                cmocka_unit_test(test_the_oldest_gives_way),
                cmocka_unit_test(test_pending),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
