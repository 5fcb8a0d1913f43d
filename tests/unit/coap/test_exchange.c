/* SPDX-License-Identifier: Apache-2.0 */
/* One request of ours: Block1 out, Block2 in, by hand-made answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "coap/exchange.h"

static void begin(Exchange *exchange, const void *body, size_t size, size_t block)
{
        Request request = REQUEST_INIT;

        request.method = METHOD_POST;
        request.payload = (uint8_t *)body;
        request.payload_size = size;
        assert_int_equal(exchange_init(exchange, &request, block, 64), 0);
}

/* The number, more and szx of the message now due, ~0 without block option; checks the payload's size. */
static uint32_t message(Exchange *exchange, uint16_t number, size_t payload_size)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        PacketOption option;
        size_t position = 0;
        Packet packet;

        assert_int_equal(exchange_message(exchange, "", &options, &packet), 0);
        assert_int_equal(packet.payload_size, payload_size);
        while (packet_next_option(&packet, &position, &option))
                if (option.number == number)
                        return packet_option_uint(&option);
        return ~0U;
}

static int tagged_answer(Exchange *exchange, uint8_t code, const char *etag, uint16_t number,
        const Block *block, const char *payload, Response *ret)
{
        _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
        Packet packet = {.code = code, .payload = (const uint8_t *)payload, .payload_size = strlen(payload)};

        if (etag)
                packet_add_option(&options, OPTION_ETAG, etag, strlen(etag));
        if (block)
                packet_add_uint(&options, number, block_value(block));
        packet.options = options.data;
        packet.options_size = options.size;
        return exchange_take(exchange, exchange->token, sizeof(exchange->token), &packet, ret);
}

static int answer(Exchange *exchange, uint8_t code, uint16_t number, const Block *block, const char *payload,
        Response *ret)
{
        return tagged_answer(exchange, code, NULL, number, block, payload, ret);
}

#define B(number, more, szx) (&(const Block){(number), (more), (szx)})

static void test_small_body_in_one_message(void **state)
{
        _cleanup_(exchange_done) Exchange exchange = {0};
        _cleanup_(response_done) Response response = RESPONSE_INIT;

        begin(&exchange, "body", 4, 16);
        assert_int_equal(message(&exchange, OPTION_BLOCK1, 4), ~0U);
        assert_int_equal(answer(&exchange, CODE_BAD_REQUEST, 0, NULL, "why", &response), EXCHANGE_DONE);
        assert_int_equal(response.code, CODE_BAD_REQUEST);
        assert_int_equal(response.payload_size, 3);
}

static void test_peer_wants_smaller_blocks_from_the_start(void **state)
{
        _cleanup_(exchange_done) Exchange exchange = {0};
        _cleanup_(response_done) Response response = RESPONSE_INIT;
        char body[50] = "";

        begin(&exchange, body, sizeof(body), 64);
        assert_int_equal(message(&exchange, OPTION_BLOCK1, 50), ~0U);
        assert_int_equal(answer(&exchange, CODE_TOO_LARGE, OPTION_BLOCK1, B(0, false, 1), "", &response),
                EXCHANGE_SEND);
        assert_int_equal(message(&exchange, OPTION_BLOCK1, 32), block_value(B(0, true, 1)));
        assert_int_equal(answer(&exchange, CODE_CONTINUE, OPTION_BLOCK1, B(0, true, 1), "", &response),
                EXCHANGE_SEND);
        assert_int_equal(message(&exchange, OPTION_BLOCK1, 18), block_value(B(1, false, 1)));
        /* Not smaller: that is the answer. */
        assert_int_equal(answer(&exchange, CODE_TOO_LARGE, OPTION_BLOCK1, B(1, false, 1), "", &response),
                EXCHANGE_DONE);
        assert_int_equal(response.code, CODE_TOO_LARGE);
}

static void test_answer_in_blocks(void **state)
{
        _cleanup_(exchange_done) Exchange exchange = {0};
        _cleanup_(response_done) Response response = RESPONSE_INIT;

        begin(&exchange, "body", 4, 16);
        assert_int_equal(message(&exchange, OPTION_BLOCK2, 4), ~0U);
        assert_int_equal(
                answer(&exchange, CODE_CONTENT, OPTION_BLOCK2, B(0, true, 0), "0123456789abcdef", &response),
                EXCHANGE_SEND);
        assert_int_equal(message(&exchange, OPTION_BLOCK2, 0), block_value(B(1, false, 0)));
        assert_int_equal(answer(&exchange, CODE_CONTENT, OPTION_BLOCK2, B(1, false, 0), "end", &response),
                EXCHANGE_DONE);
        assert_int_equal(response.payload_size, 19);
        assert_memory_equal(response.payload, "0123456789abcdefend", 19);
}

static void test_answer_out_of_order_or_too_large(void **state)
{
        static const char block[] = "0123456789abcdef0123456789abcdef";
        static const Block wrong[] = {{2, true, 1}, {0, true, 1}};

        for (size_t i = 0; i <= ELEMENTSOF(wrong); i++) {
                _cleanup_(exchange_done) Exchange exchange = {0};
                _cleanup_(response_done) Response response = RESPONSE_INIT;
                uint32_t n = 0;

                begin(&exchange, NULL, 0, 16);
                (void)message(&exchange, OPTION_BLOCK2, 0);
                assert_int_equal(
                        answer(&exchange, CODE_CONTENT, OPTION_BLOCK2, B(0, true, 1), block, &response),
                        EXCHANGE_SEND);
                if (i < ELEMENTSOF(wrong))
                        assert_int_equal(
                                answer(&exchange, CODE_CONTENT, OPTION_BLOCK2, &wrong[i], block, &response),
                                EXCHANGE_DONE);
                else /* max_body_size is 64 */
                        while (answer(&exchange, CODE_CONTENT, OPTION_BLOCK2, B(++n, true, 1), block,
                                       &response) == EXCHANGE_SEND)
                                assert_true(n < 2);
                assert_int_equal(response.code, CODE_CONTENT);
                assert_int_equal(response.payload_size, 0);
        }
}

/* Blocks of two representations make no body; a block that says nothing is taken. */
static void test_answer_that_changes_on_the_way(void **state)
{
        static const struct {
                const char *first, *second;
                size_t size;
        } table[] = {
                {"1", "1", 32},
                {"1", "2", 0},
                {"1", "11", 0},
                {"11", "1", 0},
                {"1", NULL, 32},
                {NULL, "1", 32},
                {"12345678", "12345679", 0},
                {"123456789", "123456780", 32}, /* no ETag: too long, and elective */
                {"", "1", 32},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(exchange_done) Exchange exchange = {0};
                _cleanup_(response_done) Response response = RESPONSE_INIT;

                begin(&exchange, NULL, 0, 16);
                assert_int_equal(message(&exchange, OPTION_BLOCK2, 0), ~0U);
                assert_int_equal(tagged_answer(&exchange, CODE_CONTENT, table[i].first, OPTION_BLOCK2,
                                         B(0, true, 0), "0123456789abcdef", &response),
                        EXCHANGE_SEND);
                assert_int_equal(message(&exchange, OPTION_BLOCK2, 0), block_value(B(1, false, 0)));
                assert_int_equal(tagged_answer(&exchange, CODE_CONTENT, table[i].second, OPTION_BLOCK2,
                                         B(1, false, 0), "0123456789abcdef", &response),
                        EXCHANGE_DONE);
                assert_int_equal(response.code, CODE_CONTENT);
                assert_int_equal(response.payload_size, table[i].size);
        }
}

/* An answer whose code changes on the way ends there: two that take turns are not followed for ever. */
static void test_answer_whose_code_changes_on_the_way(void **state)
{
        static const struct {
                bool more;
                size_t size;
        } table[] = {{false, 16}, {true, 0}};

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(exchange_done) Exchange exchange = {0};
                _cleanup_(response_done) Response response = RESPONSE_INIT;

                begin(&exchange, NULL, 0, 16);
                (void)message(&exchange, OPTION_BLOCK2, 0);
                assert_int_equal(tagged_answer(&exchange, CODE_CONTENT, "1", OPTION_BLOCK2, B(0, true, 0),
                                         "0123456789abcdef", &response),
                        EXCHANGE_SEND);
                (void)message(&exchange, OPTION_BLOCK2, 0);
                assert_int_equal(tagged_answer(&exchange, CODE_NOT_FOUND, "2", OPTION_BLOCK2,
                                         B(0, table[i].more, 0), "fedcba9876543210", &response),
                        EXCHANGE_DONE);
                assert_int_equal(response.code, CODE_NOT_FOUND);
                assert_int_equal(response.payload_size, table[i].size);
        }
}

static void test_tokens(void **state)
{
        _cleanup_(exchange_done) Exchange exchange = {0};
        Response response = RESPONSE_INIT;
        Packet packet = {.code = CODE_CHANGED};
        uint8_t token[EXCHANGE_TOKEN_SIZE];

        begin(&exchange, "", 0, 16);
        (void)message(&exchange, OPTION_BLOCK1, 0);
        memcpy(token, exchange.token, sizeof(token));
        (void)message(&exchange, OPTION_BLOCK1, 0);
        assert_memory_not_equal(token, exchange.token, sizeof(token));
        assert_int_equal(
                exchange_take(&exchange, token, sizeof(token), &packet, &response), EXCHANGE_FOREIGN);
        assert_int_equal(exchange_take(&exchange, exchange.token, 7, &packet, &response), EXCHANGE_FOREIGN);
        assert_int_equal(exchange_take(&exchange, exchange.token, 8, &packet, &response), EXCHANGE_DONE);
}

/* What names nothing, or cannot be kept whole, is not the same as what is absent (design.md 9.7). */
static void test_location(void **state)
{
        static const struct {
                size_t n;
                const char *segment;
                size_t size;
                size_t kept;
                const char *problem;
        } cases[] = {
                {0, "", 0, 0, NULL},
                {1, "rd", 2, 1, NULL},
                {8, "x", 1, 8, NULL},
                {9, "x", 1, 0, "of more than 8 segments"},
                {2, "", 0, 0, "that names nothing"},
                {1, ".", 1, 0, "that names nothing"},
                {1, "a\0b", 3, 0, "with a NUL inside"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(exchange_done) Exchange exchange = {0};
                _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
                _cleanup_(response_done) Response response = RESPONSE_INIT;
                Packet packet = {.code = CODE_CREATED};

                begin(&exchange, "", 0, 16);
                for (size_t k = 0; k < cases[i].n; k++)
                        packet_add_option(&options, OPTION_LOCATION_PATH, cases[i].segment, cases[i].size);
                packet.options = options.data;
                packet.options_size = options.size;
                (void)message(&exchange, OPTION_BLOCK1, 0);
                assert_int_equal(
                        exchange_take(&exchange, exchange.token, 8, &packet, &response), EXCHANGE_DONE);
                assert_int_equal(response.location.n, cases[i].kept);
                if (cases[i].problem)
                        assert_string_equal(response.location_problem, cases[i].problem);
                else
                        assert_null(response.location_problem);
        }
}

/* At the next address nothing of the first one is left. */
static void test_restart(void **state)
{
        _cleanup_(exchange_done) Exchange exchange = {0};
        Response response = RESPONSE_INIT;
        char body[50] = "";

        begin(&exchange, body, sizeof(body), 32);
        (void)message(&exchange, OPTION_BLOCK1, 32);
        assert_int_equal(answer(&exchange, CODE_CONTINUE, OPTION_BLOCK1, B(0, true, 0), "", &response),
                EXCHANGE_SEND);
        assert_int_equal(message(&exchange, OPTION_BLOCK1, 16), block_value(B(2, true, 0)));
        exchange_restart(&exchange, 32);
        assert_int_equal(message(&exchange, OPTION_BLOCK1, 32), block_value(B(0, true, 1)));
}

/* An elective option: what is wrong or comes twice is ignored (RFC 7252, 5.4.3, 5.4.5, 5.10.5). */
static void test_max_age(void **state)
{
        static const struct {
                const char *first, *second; /* values; NULL: absent */
                uint32_t max_age;
        } cases[] = {
                {NULL, NULL, 0},
                {"", NULL, 0},
                {"\x05", NULL, 5},
                {"\x01\x2c", NULL, 300},
                {"\xff\xff\xff\xff", NULL, UINT32_MAX},
                {"\x01\x01\x01\x01\x01", NULL, 0},
                {"\x05", "\x06", 5},
                {"", "\x06", 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
                _cleanup_(exchange_done) Exchange exchange = {0};
                _cleanup_(response_done) Response response = RESPONSE_INIT;
                Packet packet = {.code = CODE_UNAVAILABLE};

                begin(&exchange, "", 0, 64);
                (void)message(&exchange, OPTION_BLOCK1, 0);
                if (cases[i].first)
                        packet_add_option(&options, OPTION_MAX_AGE, cases[i].first, strlen(cases[i].first));
                if (cases[i].second)
                        packet_add_option(
                                &options, OPTION_MAX_AGE, cases[i].second, strlen(cases[i].second));
                packet.options = options.data;
                packet.options_size = options.size;
                assert_int_equal(
                        exchange_take(&exchange, exchange.token, 8, &packet, &response), EXCHANGE_DONE);
                assert_int_equal(response.max_age, cases[i].max_age);
        }
}

/* A block is critical: one that cannot be understood, or a second one, is no option to be left out. */
static void test_block_that_cannot_be_understood(void **state)
{
        static const struct {
                uint16_t number;
                const char *first, *second; /* values */
                bool taken;
        } cases[] = {
                {OPTION_BLOCK2, "\x06", NULL, true},
                {OPTION_BLOCK2, "\x07", NULL, false},
                {OPTION_BLOCK2, "\x0f", NULL, false},
                {OPTION_BLOCK2, "\x01\x01\x01\x06", NULL, false},
                {OPTION_BLOCK2, "\x06", "\x06", false},
                {OPTION_BLOCK1, "\x06", NULL, true},
                {OPTION_BLOCK1, "\x07", NULL, false},
                {OPTION_BLOCK1, "\x06", "\x06", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(byte_writer_done) ByteWriter options = BYTE_WRITER(PACKET_OPTIONS_SIZE);
                _cleanup_(exchange_done) Exchange exchange = {0};
                _cleanup_(response_done) Response response = RESPONSE_INIT;
                Packet packet = {.code = CODE_CONTENT, .payload = (const uint8_t *)"x", .payload_size = 1};

                begin(&exchange, NULL, 0, 16);
                (void)message(&exchange, OPTION_BLOCK1, 0);
                packet_add_option(&options, OPTION_LOCATION_PATH, "rd", 2);
                packet_add_option(&options, cases[i].number, cases[i].first, strlen(cases[i].first));
                if (cases[i].second)
                        packet_add_option(
                                &options, cases[i].number, cases[i].second, strlen(cases[i].second));
                packet.options = options.data;
                packet.options_size = options.size;
                assert_int_equal(exchange_take(&exchange, exchange.token, 8, &packet, &response),
                        cases[i].taken ? EXCHANGE_DONE : EXCHANGE_FOREIGN);
                if (cases[i].taken)
                        continue;
                /* The one to the same message that can be understood is still awaited. */
                assert_int_equal(
                        answer(&exchange, CODE_CONTENT, 0, NULL, "right", &response), EXCHANGE_DONE);
                assert_int_equal(response.payload_size, 5);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_small_body_in_one_message),
                cmocka_unit_test(test_peer_wants_smaller_blocks_from_the_start),
                cmocka_unit_test(test_answer_in_blocks),
                cmocka_unit_test(test_answer_out_of_order_or_too_large),
                cmocka_unit_test(test_answer_that_changes_on_the_way),
                cmocka_unit_test(test_answer_whose_code_changes_on_the_way),
                cmocka_unit_test(test_tokens),
                cmocka_unit_test(test_location),
                cmocka_unit_test(test_restart),
                cmocka_unit_test(test_max_age),
                cmocka_unit_test(test_block_that_cannot_be_understood),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
