/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that come later, to a scripted peer on raw datagrams. */
#include "answers.h"

/* Connected, and the last datagram is the ACK of the request. */
static void begin_later(Bench *bench, const Wire *request)
{
        bench_connect(bench);
        bench->serve = serve_later;
        assert_empty_ack(bench_exchange(bench, request), request);
        assert_int_equal(n_handles, 1);
}

static void test_answer_comes_later(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");
        size_t n;

        begin_later(bench, &request);
        for (unsigned i = 0; i < 3; i++)
                assert_empty_ack(bench_exchange(bench, &request), &request);

        n = bench->n_got;
        answer_text(bench, handles[0], "late", 4);
        bench_run_datagrams(bench, n + 1);
        assert_text(bench_last(bench), CON, &request, "late");
        assert_null(wire_option(bench_last(bench), W_OBSERVE, 0));
        empty(bench, ACK, bench_last(bench));

        for (unsigned i = 0; i < 3; i++) {
                const Wire *again = bench_exchange(bench, &request);

                assert_text(again, ACK, &request, "late");
                assert_int_equal(again->mid, request.mid);
        }
        assert_int_equal(bench->requests, 1);
        answer_text(bench, handles[0], "never", 5);
        bench_run_for(bench, 50 * MSEC);
        assert_text(bench_last(bench), ACK, &request, "late");
}

static void test_answer_to_a_non_confirmable_request_comes_later(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");

        bench_connect(bench);
        bench->serve = serve_later;
        request.type = NON;
        bench_send(bench, &request);
        bench_send(bench, &request);
        bench_run(bench, &bench->requests, 1);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(bench->n_got, 1); /* the opening request */
        answer_text(bench, handles[0], "late", 4);
        bench_run_datagrams(bench, 2);
        assert_text(bench_last(bench), NON, &request, "late");
        assert_text(bench_exchange(bench, &request), NON, &request, "late");
        assert_int_equal(bench->requests, 1);
}

/* What is not wanted does not leave (RFC 7967, 2.1). */
static void test_answer_that_nobody_wants(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3"), other = wire_request(8, METHOD_GET, "3");

        wire_add_uint(&request, W_NO_RESPONSE, 2); /* no 2.xx */
        wire_add_uint(&other, W_NO_RESPONSE, 8);   /* no 4.xx */
        begin_later(bench, &request);
        assert_empty_ack(bench_exchange(bench, &other), &other);
        answer_text(bench, handles[0], "late", 4);
        answer_text(bench, handles[1], "other", 5);
        bench_run_datagrams(bench, 4);
        assert_text(bench_last(bench), CON, &other, "other");
}

static void test_late_answer_in_blocks(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");
        const Wire *block;

        wire_add_uint(&request, W_BLOCK2, W_BLOCK(0, 0, 2));
        begin_later(bench, &request);
        answer_text(bench, handles[0], "0123456789", 150);
        bench_run_datagrams(bench, 3);
        block = bench_last(bench);
        assert_int_equal(block->type, CON);
        assert_int_equal(block->payload_size, 64);
        assert_int_equal(wire_uint(block, W_BLOCK2), W_BLOCK(0, 1, 2));
        assert_int_equal(wire_uint(block, W_SIZE2), 150);
        assert_memory_equal(bench_exchange(bench, &request)->payload, "0123", 4);

        for (unsigned i = 1; i < 3; i++) {
                request = wire_request((uint16_t)(7 + i), METHOD_GET, "3");
                wire_add_uint(&request, W_BLOCK2, W_BLOCK(i, 0, 2));
                block = bench_exchange(bench, &request);
                assert_int_equal(block->type, ACK);
                assert_int_equal(wire_uint(block, W_BLOCK2), W_BLOCK(i, i == 1, 2));
                assert_int_equal(block->payload[0], '0' + i * 64 % 10);
        }
        assert_int_equal(bench->requests, 1);
}

static void test_late_answer_to_a_body_in_blocks(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_PUT, "3");
        uint8_t body[40];

        memset(body, 'x', sizeof(body));
        bench_connect(bench);
        bench->serve = serve_later;
        wire_add_uint(&request, W_BLOCK1, W_BLOCK(0, 1, 1));
        wire_set_payload(&request, body, 32);
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_CONTINUE);
        request = wire_request(8, METHOD_PUT, "3");
        wire_add_uint(&request, W_BLOCK1, W_BLOCK(1, 0, 1));
        wire_set_payload(&request, body, 8);
        assert_empty_ack(bench_exchange(bench, &request), &request);
        assert_int_equal(bench->last_payload_size, 40);
        answer_text(bench, handles[0], "late", 4);
        bench_run_datagrams(bench, 4);
        assert_text(bench_last(bench), CON, &request, "late");
        assert_int_equal(wire_uint(bench_last(bench), W_BLOCK1), W_BLOCK(1, 0, 1));
        assert_text(bench_exchange(bench, &request), ACK, &request, "late");
        assert_int_equal(bench->requests, 1);
}

/* A request of ours is on its way while it is lost, and answered between its copies. */
static void test_lost_late_answer_touches_nothing_else(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");
        const Wire *update, *first;

        begin_later(bench, &request);
        answer_text(bench, handles[0], "late", 4);
        request_update(bench);
        bench_run_datagrams(bench, 4);
        update = find(bench, 2, CON, METHOD_POST, 0);
        first = find(bench, 2, CON, CODE_CONTENT, 0);
        bench_answer(bench, update, CODE_CHANGED);
        bench_run(bench, &bench->answers, 1);
        while (!find(bench, 2, CON, CODE_CONTENT, 1)) /* libcoap retransmits after a second */
                bench_run_datagrams(bench, bench->n_got + 1);
        assert_int_equal(find(bench, 2, CON, CODE_CONTENT, 1)->mid, first->mid);
        bench_run_for(bench, 2100 * MSEC); /* libcoap gives it up */
        assert_int_equal(bench->failed + bench->unanswered, 0);
        assert_text(bench_exchange(bench, &request), ACK, &request, "late");
        request_update(bench);
        bench_run_datagrams(bench, bench->n_got + 1);
        bench_answer(bench, bench_last(bench), CODE_CHANGED);
        bench_run(bench, &bench->answers, 2);
}

static void test_reset_of_a_late_answer_touches_nothing_else(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");

        begin_later(bench, &request);
        answer_text(bench, handles[0], "late", 4);
        request_update(bench);
        bench_run_datagrams(bench, 4);
        empty(bench, RST, find(bench, 2, CON, CODE_CONTENT, 0));
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(bench->failed + bench->unanswered, 0);
        bench_answer(bench, find(bench, 2, CON, METHOD_POST, 0), CODE_CHANGED);
        bench_run(bench, &bench->answers, 1);
}

/* One more than may wait; and whatever comes meanwhile pushes none of them out. */
static void test_sixteen_answers_may_wait(void **state)
{
        Bench *bench = *state;
        Wire request;

        bench_connect(bench);
        bench->serve = serve_later;
        for (uint16_t i = 0; i < 16; i++) {
                request = wire_request(i, METHOD_GET, "3");
                assert_empty_ack(bench_exchange(bench, &request), &request);
        }
        request = wire_request(16, METHOD_GET, "3");
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_UNAVAILABLE);
        bench->n_got = 1;
        bench->serve = NULL;
        for (uint16_t i = 100; i < 140; i++) {
                request = wire_request(i, METHOD_GET, "3");
                assert_int_equal(bench_exchange(bench, &request)->code, CODE_CHANGED);
        }
        bench->n_got = 1;
        bench->requests = 0;
        for (uint16_t i = 0; i < 16; i++) {
                request = wire_request(i, METHOD_GET, "3");
                assert_empty_ack(bench_exchange(bench, &request), &request);
        }
        assert_int_equal(bench->requests, 0);
        request = wire_request(3, METHOD_GET, "3");
        answer_text(bench, handles[3], "late", 4);
        bench_run_datagrams(bench, 18);
        assert_text(bench_last(bench), CON, &request, "late");
        bench->serve = serve_later;
        request = wire_request(17, METHOD_GET, "3");
        assert_empty_ack(bench_exchange(bench, &request), &request);
}

static void serve_late_at_once(Bench *bench, const Request *request, Response *ret_response)
{
        serve_later(bench, request, ret_response);
        answer_text(bench, handles[0], "late", 4);
}

static void serve_now_all_the_same(Bench *bench, const Request *request, Response *ret_response)
{
        serve_later(bench, request, ret_response);
        ret_response->code = CODE_CHANGED;
}

static void test_answer_inside_the_request(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");

        bench_connect(bench);
        bench->serve = serve_late_at_once;
        bench_send(bench, &request);
        bench_run_datagrams(bench, 3);
        assert_text(find(bench, 1, CON, CODE_CONTENT, 0), CON, &request, "late");
        assert_empty_ack(find(bench, 1, ACK, 0, 0), &request);
        assert_text(bench_exchange(bench, &request), ACK, &request, "late");
        assert_int_equal(bench->requests, 1);
}

static void test_answer_at_once_in_spite_of_a_handle(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");

        bench_connect(bench);
        bench->serve = serve_now_all_the_same;
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(bench_exchange(bench, &request)->code, CODE_CHANGED);
        assert_int_equal(bench->requests, 1);
        answer_text(bench, handles[0], "late", 4);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(bench->n_got, 3);
}

/* Neither does the next connection answer under a handle of this one. */
static void test_closed_connection_answers_nothing(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");

        begin_later(bench, &request);
        bench->connection = connection_close(bench->connection);
        bench->answered = 0;
        bench_connect(bench);
        bench->serve = serve_later;
        assert_empty_ack(bench_exchange(bench, &request), &request);
        assert_true(handles[0] != handles[1]);
        answer_text(bench, handles[0], "old", 3);
        answer_text(bench, 0, "none", 4);
        answer_text(bench, handles[1], "late", 4);
        bench_run_datagrams(bench, 5);
        assert_text(bench_last(bench), CON, &request, "late");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_answer_comes_later),
                TEST(test_answer_to_a_non_confirmable_request_comes_later),
                TEST(test_answer_that_nobody_wants),
                TEST(test_late_answer_in_blocks),
                TEST(test_late_answer_to_a_body_in_blocks),
                TEST(test_lost_late_answer_touches_nothing_else),
                TEST(test_reset_of_a_late_answer_touches_nothing_else),
                TEST(test_sixteen_answers_may_wait),
                TEST(test_answer_inside_the_request),
                TEST(test_answer_at_once_in_spite_of_a_handle),
                TEST(test_closed_connection_answers_nothing),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
