/* SPDX-License-Identifier: Apache-2.0 */
/* Assemblies and snapshots: keys, order, room, age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "coap/blockwise.h"
#include "util/secret.h"

#define MAXIMUM 256

/* What distinguishes a request: method, one path segment, Content-Format, Request-Tag. */
typedef struct Sender {
        uint8_t method;
        const char *path;
        uint32_t format;
        const char *tag;
} Sender;

static ByteWriter options_of(const Sender *sender)
{
        ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);

        packet_add_option(&options, OPTION_URI_PATH, sender->path, strlen(sender->path));
        packet_add_uint(&options, OPTION_CONTENT_FORMAT, sender->format);
        packet_add_option(&options, OPTION_REQUEST_TAG, sender->tag, strlen(sender->tag));
        return options;
}

/* Blocks of 16 bytes, all filled with fill. The body is checked against want (NULL: none awaited). */
static int take(Blockwise *blockwise, uint64_t now, const Sender *sender, uint32_t number, bool more,
        char fill, const char *want)
{
        _cleanup_(byte_writer_done) ByteWriter options = options_of(sender);
        uint8_t payload[16], *body = NULL;
        Packet packet = {
                .code = sender->method,
                .options = options.data,
                .options_size = options.size,
                .payload = payload,
                .payload_size = more ? 16 : 4,
        };
        Block block = {.number = number, .more = more};
        bool extended;
        size_t size;
        int r;

        memset(payload, fill, sizeof(payload));
        r = blockwise_take(blockwise, now, &packet, &block, 0, &body, &size, &extended);
        assert_int_equal(extended, number > 0 && (r == CODE_CONTINUE || r == CODE_NONE));
        if (r == CODE_NONE) {
                assert_non_null(want);
                assert_int_equal(size, strlen(want) * 16 - 12);
                for (size_t i = 0; i < size; i++)
                        assert_int_equal(body[i], want[i / 16]);
                secret_free_bytes(body, size);
        }
        return r;
}

static const Sender first = {3, "0", 11542, "a"};

static void test_keys(void **state)
{
        static const Sender others[] = {
                {2, "0", 11542, "a"}, {3, "1", 11542, "a"}, {3, "0", 112, "a"}, {3, "0", 11542, "b"}};

        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                Blockwise blockwise = {.max_body_size = MAXIMUM};

                assert_int_equal(take(&blockwise, 1, &first, 0, true, 'x', NULL), CODE_CONTINUE);
                assert_int_equal(take(&blockwise, 1, &others[i], 1, true, 'y', NULL), CODE_INCOMPLETE);
                assert_int_equal(take(&blockwise, 1, &others[i], 0, true, 'y', NULL), CODE_CONTINUE);
                assert_int_equal(take(&blockwise, 1, &first, 1, false, 'x', "xx"), CODE_NONE);
                assert_int_equal(take(&blockwise, 1, &others[i], 1, false, 'y', "yy"), CODE_NONE);
                blockwise_done(&blockwise);
        }
}

static void test_restart(void **state)
{
        Blockwise blockwise = {.max_body_size = MAXIMUM};

        assert_int_equal(take(&blockwise, 1, &first, 0, true, 'x', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 1, &first, 1, true, 'x', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 1, &first, 0, true, 'y', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 1, &first, 2, true, 'y', NULL), CODE_INCOMPLETE);
        assert_int_equal(take(&blockwise, 1, &first, 1, false, 'z', "yz"), CODE_NONE);
        assert_int_equal(take(&blockwise, 1, &first, 1, false, 'z', NULL), CODE_INCOMPLETE);
        blockwise_done(&blockwise);
}

static void test_third_transfer_takes_the_least_recent_place(void **state)
{
        static const Sender second = {3, "1", 11542, ""}, third = {3, "2", 11542, ""};
        Blockwise blockwise = {.max_body_size = MAXIMUM};

        assert_int_equal(take(&blockwise, 1, &first, 0, true, 'a', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 2, &second, 0, true, 'b', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 3, &first, 1, true, 'a', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 4, &third, 0, true, 'c', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 5, &second, 1, true, 'b', NULL), CODE_INCOMPLETE);
        assert_int_equal(take(&blockwise, 6, &first, 2, false, 'a', "aaa"), CODE_NONE);
        assert_int_equal(take(&blockwise, 7, &third, 1, false, 'c', "cc"), CODE_NONE);
        blockwise_done(&blockwise);
}

static void test_age(void **state)
{
        Blockwise blockwise = {.max_body_size = MAXIMUM};

        assert_int_equal(take(&blockwise, 1, &first, 0, true, 'x', NULL), CODE_CONTINUE);
        assert_int_equal(
                take(&blockwise, 1 + BLOCK_LIFETIME_USEC, &first, 1, true, 'x', NULL), CODE_CONTINUE);
        assert_int_equal(
                take(&blockwise, 2 + 2 * BLOCK_LIFETIME_USEC, &first, 2, true, 'x', NULL), CODE_INCOMPLETE);
        blockwise_done(&blockwise);
}

static void test_room(void **state)
{
        Blockwise blockwise = {.max_body_size = 40};

        assert_int_equal(take(&blockwise, 1, &first, 0, true, 'x', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 1, &first, 1, true, 'x', NULL), CODE_CONTINUE);
        assert_int_equal(take(&blockwise, 1, &first, 2, true, 'x', NULL), CODE_TOO_LARGE);
        assert_int_equal(take(&blockwise, 1, &first, 2, true, 'x', NULL), CODE_INCOMPLETE);
        assert_int_equal(take(&blockwise, 1, &first, BLOCK_NUMBER_MAX, true, 'x', NULL), CODE_INCOMPLETE);
        blockwise_done(&blockwise);
}

static void test_block_options(void **state)
{
        static const struct {
                uint8_t bytes[4];
                size_t size;
                int r;
                Block block;
        } table[] = {
                {{0}, 0, 0, {0, false, 0}},
                {{0x0e}, 1, 0, {0, true, 6}},
                {{0x26}, 1, 0, {2, false, 6}},
                {{0xff, 0xff, 0xfe}, 3, 0, {BLOCK_NUMBER_MAX, true, 6}},
                {{0x07}, 1, -EINVAL, {0, false, 0}},
                {{0, 0, 0, 0}, 4, -EINVAL, {0, false, 0}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                PacketOption option = {OPTION_BLOCK1, table[i].bytes, table[i].size};
                Block block = {0};

                assert_int_equal(block_parse(&option, &block), table[i].r);
                assert_int_equal(block_value(&block), block_value(&table[i].block));
        }
        assert_int_equal(block_szx(1024), 6);
        assert_int_equal(block_szx(1000), 5);
        assert_int_equal(block_szx(16), 0);
        assert_int_equal(block_size(6), 1024);
}

static void test_snapshots(void **state)
{
        static const uint8_t query[] = {'q'};
        Blockwise blockwise = {.max_body_size = MAXIMUM};
        const BlockSnapshot *snapshots[3];
        Packet packets[3];
        ByteWriter options[3];

        for (size_t i = 0; i < 3; i++) {
                Response response = RESPONSE_INIT;

                options[i] = (ByteWriter)BYTE_WRITER(PACKET_OPTIONS_SIZE);
                packet_add_option(&options[i], OPTION_URI_PATH, "123" + i, 1);
                packets[i] = (Packet){.code = METHOD_FETCH,
                        .options = options[i].data,
                        .options_size = options[i].size,
                        .payload = query,
                        .payload_size = 1};
                response.payload = (uint8_t *)strdup("body");
                response.payload_size = 4;
                assert_int_equal(
                        blockwise_keep(&blockwise, i + 1, &packets[i], false, &response, &snapshots[i]), 0);
                assert_null(response.payload);
        }
        assert_null(blockwise_find(&blockwise, 4, &packets[0]));
        assert_ptr_equal(blockwise_find(&blockwise, 4, &packets[1]), snapshots[1]);
        packets[1].payload = (const uint8_t *)"x";
        assert_null(blockwise_find(&blockwise, 4, &packets[1]));
        packets[1].payload_size = 0;
        assert_ptr_equal(blockwise_find(&blockwise, 4, &packets[1]), snapshots[1]);
        blockwise_forget(&blockwise, snapshots[1]);
        assert_null(blockwise_find(&blockwise, 4, &packets[1]));
        assert_null(blockwise_find(&blockwise, 5 + BLOCK_LIFETIME_USEC, &packets[2]));
        for (size_t i = 0; i < 3; i++)
                byte_writer_done(&options[i]);
        blockwise_done(&blockwise);
}

/* Of two FETCH that differ in their bodies alone, as composite observations do: each keeps its own. */
static void test_snapshots_of_two_bodies(void **state)
{
        Blockwise blockwise = {.max_body_size = MAXIMUM};
        const BlockSnapshot *snapshots[2];
        Packet packet = {.code = METHOD_FETCH, .payload_size = 1};

        for (size_t i = 0; i < 2; i++) {
                Response response = RESPONSE_INIT;

                packet.payload = (const uint8_t *)"ab" + i;
                response.payload = (uint8_t *)strdup("body");
                response.payload_size = 4;
                assert_int_equal(
                        blockwise_keep(&blockwise, i + 1, &packet, false, &response, &snapshots[i]), 0);
        }
        packet.payload_size = 0;
        assert_ptr_equal(blockwise_find(&blockwise, 3, &packet), snapshots[1]); /* the latest */
        packet.payload_size = 1;
        packet.payload = (const uint8_t *)"a";
        assert_ptr_equal(blockwise_find(&blockwise, 4, &packet), snapshots[0]);
        packet.payload = (const uint8_t *)"b";
        assert_ptr_equal(blockwise_find(&blockwise, 5, &packet), snapshots[1]);
        blockwise_done(&blockwise);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_keys),
                cmocka_unit_test(test_restart),
                cmocka_unit_test(test_third_transfer_takes_the_least_recent_place),
                cmocka_unit_test(test_age),
                cmocka_unit_test(test_room),
                cmocka_unit_test(test_block_options),
                cmocka_unit_test(test_snapshots),
                cmocka_unit_test(test_snapshots_of_two_bodies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
