/* SPDX-License-Identifier: Apache-2.0 */
/* Observe and notifications, with a scripted peer on raw datagrams. */
#include "answers.h"

static void serve_any(Bench *bench, const Request *request, Response *ret_response)
{
        request_done(&observed);
        assert_return_code(request_copy(request, &observed), 0);
        ret_response->code = CODE_CHANGED;
}

static void serve_large(Bench *bench, const Request *request, Response *ret_response)
{
        *ret_response = text("0123456789", 1100, request->observe == OBSERVE_REGISTER ? 1 : -1);
}

static void test_observe_of_a_request(void **state)
{
        static const struct {
                uint8_t method;
                const char *value;
                size_t size;
                unsigned block; /* Block2 */
                int observe;
        } table[] = {
                {METHOD_GET, "", 0, 0, OBSERVE_REGISTER},
                {METHOD_GET, "\0\0\0", 3, 0, OBSERVE_REGISTER},
                {METHOD_GET, "\1", 1, 0, OBSERVE_CANCEL},
                {METHOD_GET, "\2", 1, 0, OBSERVE_NONE},
                {METHOD_GET, "\1\0\0", 3, 0, OBSERVE_NONE},
                {METHOD_GET, "", 0, 1, OBSERVE_NONE}, /* block 1: RFC 7959, 3.4 */
                {METHOD_FETCH, "", 0, 0, OBSERVE_REGISTER},
                {METHOD_FETCH, "\1", 1, 0, OBSERVE_CANCEL},
                {METHOD_PUT, "", 0, 0, OBSERVE_NONE},
                {METHOD_POST, "\1", 1, 0, OBSERVE_NONE},
                {METHOD_IPATCH, "", 0, 0, OBSERVE_NONE},
                {METHOD_PATCH, "", 0, 0, OBSERVE_NONE},
                {METHOD_DELETE, "", 0, 0, OBSERVE_NONE},
        };
        Bench *bench = *state;

        bench_connect(bench);
        bench->serve = serve_any;
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Wire request = wire_request((uint16_t)i, table[i].method, NULL);

                wire_add(&request, W_OBSERVE, table[i].value, table[i].size);
                wire_add_uint(&request, W_CONTENT_FORMAT, FORMAT_SENML_CBOR);
                wire_add_uint(&request, W_BLOCK2, W_BLOCK(table[i].block, 0, 3));
                (void)bench_exchange(bench, &request);
                assert_int_equal(bench->requests, i + 1);
                assert_int_equal(observed.observe, table[i].observe);
                assert_int_equal(observed.further_block, table[i].block > 0);
                assert_int_equal(observed.block_size, 128);
                assert_int_equal(observed.token_size, 2);
                assert_memory_equal(observed.token, request.token, 2);
        }
}

static void test_notification_is_acknowledged(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        uint64_t number;

        assert_int_equal(wire_uint(observe(bench, &request), W_OBSERVE), 1);
        number = notify(bench, "new", 3, 0xfffffe, true);
        assert_true(number != 0);
        bench_run_datagrams(bench, 3);
        assert_text(bench_last(bench), CON, &request, "new");
        assert_int_equal(wire_uint(bench_last(bench), W_OBSERVE), 0xfffffe);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(n_fates, 0);
        empty(bench, ACK, bench_last(bench));
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
        assert_int_equal(last_notification, number);
        bench_run_for(bench, 400 * MSEC);
        assert_int_equal(n_fates, 1);
}

static void test_notification_meets_a_reset(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        request_update(bench);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run_datagrams(bench, 4);
        empty(bench, RST, find(bench, 2, CON, CODE_CONTENT, 0));
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_RESET);
        assert_int_equal(bench->failed + bench->unanswered, 0);
        bench_answer(bench, find(bench, 2, CON, METHOD_POST, 0), CODE_CHANGED);
        bench_run(bench, &bench->answers, 1);
        assert_int_equal(n_fates, 1);
}

static void test_notification_is_not_acknowledged(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        uint64_t begin;

        (void)observe(bench, &request);
        begin = bench_now();
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_TIMED_OUT);
        assert_true(bench_now() - begin >= 300 * MSEC);
        empty(bench, ACK, bench_last(bench)); /* too late */
        request_update(bench);
        bench_run_datagrams(bench, 4);
        bench_answer(bench, bench_last(bench), CODE_CHANGED);
        bench_run(bench, &bench->answers, 1);
        assert_int_equal(n_fates, 1);
        assert_int_equal(bench->failed + bench->unanswered, 0);
}

/* Without retransmission libcoap keeps it all the same: not for so long that those behind it seem lost. */
static void test_lost_notification_without_retransmission(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        const CoapSettings coap = {300 * MSEC, 1.0, 0, 1024, 8192};

        (void)observe_with(bench, &coap, &request);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_TIMED_OUT);
        assert_int_equal(bench->n_got, 3);

        bench_run_for(bench, 4 * USEC_PER_SEC);
        assert_true(notify(bench, "newer", 5, 3, true) != 0);
        bench_run_datagrams(bench, bench->n_got + 1);
        assert_text(bench_last(bench), CON, &request, "newer");
        empty(bench, ACK, bench_last(bench));
        bench_run(bench, &n_fates, 2);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
}

/* Nothing is told of it, a Reset neither. */
static void test_non_confirmable_notification(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        for (unsigned i = 0; i < 6; i++)
                assert_int_equal(notify(bench, "new", 3, i, false), i + 1);
        bench_run_datagrams(bench, 8);
        assert_text(bench_last(bench), NON, &request, "new");
        empty(bench, RST, bench_last(bench));
        bench_run_for(bench, 400 * MSEC);
        assert_int_equal(n_fates + bench->failed, 0);
}

/* More than whoever calls should send: those that are under way are acknowledged together. */
static void test_notifications_at_once(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        for (unsigned i = 0; i < 4; i++)
                assert_true(notify(bench, "new", 3, i, true) != 0);
        assert_int_equal(notify(bench, "new", 3, 9, true), 0);
        assert_true(notify(bench, "new", 3, 9, false) != 0);
        for (unsigned i = 0; i < 4; i++) {
                while (!find(bench, 2, CON, CODE_CONTENT, i))
                        bench_run_datagrams(bench, bench->n_got + 1);
                empty(bench, ACK, find(bench, 2, CON, CODE_CONTENT, i));
        }
        bench_run(bench, &n_fates, 4);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
        assert_true(notify(bench, "new", 3, 10, true) != 0);
}

/* libcoap does not tell which one has been acknowledged, so that of the notification shows behind it. */
static void test_acknowledged_beside_a_request(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        request_update(bench);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run_datagrams(bench, 4);
        empty(bench, ACK, find(bench, 2, CON, CODE_CONTENT, 0));
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(n_fates, 0);
        bench_answer(bench, find(bench, 2, CON, METHOD_POST, 0), CODE_CHANGED);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
        assert_int_equal(bench->answers, 1);
}

/* The request of ours has been acknowledged empty, its answer takes long. */
static void test_acknowledged_while_an_answer_is_awaited(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        request_update(bench);
        bench_run_datagrams(bench, 3);
        empty(bench, ACK, bench_last(bench));
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run_datagrams(bench, 4);
        empty(bench, ACK, bench_last(bench));
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
        assert_int_equal(bench->answers + bench->unanswered, 0);
}

/* Its first block; the server fetches the others without Observe, whatever its options and token. */
static void test_notification_in_blocks(void **state)
{
        static const uint8_t methods[] = {METHOD_GET, METHOD_FETCH};
        Bench *bench = *state;

        for (size_t i = 0; i < ELEMENTSOF(methods); i++) {
                Wire request = registration(methods[i]);
                const Wire *block;

                (void)observe(bench, &request);
                assert_true(notify(bench, "0123456789", 1500, 2, true) != 0);
                bench_run_datagrams(bench, bench->n_got + 1);
                block = bench_last(bench);
                assert_int_equal(block->payload_size, 1024);
                assert_int_equal(wire_uint(block, W_OBSERVE), 2);
                assert_int_equal(wire_uint(block, W_BLOCK2), W_BLOCK(0, 1, 6));
                assert_int_equal(wire_uint(block, W_SIZE2), 1500);
                empty(bench, ACK, block);

                request = wire_request(8, methods[i], "3");
                if (methods[i] == METHOD_FETCH)
                        wire_add_uint(&request, W_CONTENT_FORMAT, FORMAT_SENML_CBOR);
                wire_add_uint(&request, W_BLOCK2, W_BLOCK(1, 0, 6));
                if (methods[i] == METHOD_FETCH)
                        wire_set_payload(&request, "body", 4);
                block = bench_exchange(bench, &request);
                assert_int_equal(block->payload_size, 476);
                assert_int_equal(block->payload[0], '4');
                assert_int_equal(wire_uint(block, W_BLOCK2), W_BLOCK(1, 0, 6));
                assert_null(wire_option(block, W_OBSERVE, 0));
                assert_int_equal(bench->requests, i + 1);
                bench->connection = connection_close(bench->connection);
                bench->answered = 0;
        }
}

/* MAX_TRANSMIT_WAIT; a repetition may be lost within 200 ms. */
#define PATIENT(max_retransmit) ((CoapSettings){100 * MSEC, 1.0, max_retransmit, 1024, 8192})
#define PATIENT_700_MS          PATIENT(2)
#define PATIENT_1500_MS         PATIENT(3)
#define PATIENT_TOO_LONG        PATIENT(6) /* 12.7 s, for which bench_run() does not wait */

static const Wire *fetch(Bench *bench, uint16_t id, const char *path, unsigned block)
{
        Wire request = wire_request(id, METHOD_GET, path);

        wire_add_uint(&request, W_BLOCK2, W_BLOCK(block, 0, 6));
        return bench_exchange(bench, &request);
}

static void serve_large_beside(Bench *bench, const Request *request, Response *ret_response)
{
        if (request->observe == OBSERVE_REGISTER)
                serve_observed(bench, request, ret_response);
        else
                *ret_response = text("abc", 3000, -1);
}

/* A notification of three blocks, the first one acknowledged. */
static uint64_t notify_in_blocks(Bench *bench)
{
        uint64_t number = notify(bench, "0123456789", 2500, 2, true);

        assert_true(number != 0);
        bench_run_datagrams(bench, bench->n_got + 1);
        assert_int_equal(wire_uint(bench_last(bench), W_BLOCK2), W_BLOCK(0, 1, 6));
        empty(bench, ACK, bench_last(bench));
        return number;
}

/* Whatever else is read in blocks meanwhile. */
static void test_notification_in_blocks_is_there_with_the_last_one(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        const Wire *block;
        uint64_t number;

        (void)observe(bench, &request);
        bench->serve = serve_large_beside;
        number = notify_in_blocks(bench);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(n_fates, 0);
        block = fetch(bench, 20, "3", 1);
        assert_int_equal(block->payload[0], '4');
        for (uint16_t i = 0; i < 3; i++) {
                const char *paths[] = {"4", "5", "6"};

                block = fetch(bench, (uint16_t)(30 + i), paths[i], 0);
                assert_int_equal(block->payload[0], 'a');
        }
        assert_int_equal(n_fates, 0);
        block = fetch(bench, 21, "3", 2);
        assert_int_equal(block->payload_size, 2500 - 2048);
        assert_int_equal(block->payload[0], '8');
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
        assert_int_equal(last_notification, number);
        bench_run_for(bench, 400 * MSEC);
        assert_int_equal(n_fates, 1);
}

/* As long as it goes on, each block has its time. */
static void test_notification_that_is_fetched_slowly(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe_with(bench, &PATIENT_700_MS, &request);
        assert_true(notify(bench, "0123456789", 1024 * 6, 2, true) != 0);
        bench_run_datagrams(bench, bench->n_got + 1);
        empty(bench, ACK, bench_last(bench));
        for (unsigned i = 1; i < 6; i++) {
                bench_run_for(bench, 200 * MSEC); /* together more than is waited for a silent peer */
                assert_int_equal(n_fates, 0);
                (void)fetch(bench, (uint16_t)(20 + i), "3", i);
        }
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
}

/* A peer that does not know how is waited for, the first time as long as for one that is gone; the next time
 * hardly, until it fetches something. */
static void test_notification_that_is_not_fetched(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        const uint64_t wait = 1500 * MSEC;
        uint64_t begin;

        (void)observe_with(bench, &PATIENT_1500_MS, &request);
        begin = bench_now();
        (void)notify_in_blocks(bench);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_UNFETCHED);
        assert_true(bench_now() - begin >= wait);

        begin = bench_now();
        (void)notify_in_blocks(bench);
        bench_run(bench, &n_fates, 2);
        assert_int_equal(last_fate, NOTIFICATION_UNFETCHED);
        assert_true(bench_now() - begin < wait);

        /* It goes on fetching the same block: that is no progress. */
        begin = bench_now();
        (void)notify_in_blocks(bench);
        (void)fetch(bench, 40, "3", 1);
        while (n_fates == 2) {
                bench_run_for(bench, 50 * MSEC);
                (void)fetch(bench, (uint16_t)(41 + bench->n_got), "3", 1);
        }
        assert_int_equal(last_fate, NOTIFICATION_UNFETCHED);
        assert_true(bench_now() - begin >= wait);
        assert_true(bench_now() - begin < 3 * wait);
}

/* Nor is one that does not observe any more. */
static void test_notification_of_which_the_rest_is_not_wanted(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        uint64_t number;

        (void)observe_with(bench, &PATIENT_TOO_LONG, &request);
        number = notify_in_blocks(bench);
        connection_forgo_rest(bench->connection, number + 1);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(n_fates, 0);
        connection_forgo_rest(bench->connection, number);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
}

/* Who has fetched the rest has the first block, too, though its acknowledgement was lost. */
static void test_notification_that_is_fetched_and_not_acknowledged(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe_with(bench, &PATIENT_TOO_LONG, &request);
        assert_true(notify(bench, "0123456789", 1500, 2, true) != 0);
        bench_run_datagrams(bench, bench->n_got + 1);
        (void)fetch(bench, 20, "3", 1);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
}

static void test_notification_in_blocks_that_is_lost(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        assert_true(notify(bench, "0123456789", 1500, 2, true) != 0);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_TIMED_OUT);
        assert_true(notify(bench, "0123456789", 1500, 3, true) != 0);
        bench_run_datagrams(bench, bench->n_got + 1);
        empty(bench, RST, bench_last(bench));
        bench_run(bench, &n_fates, 2);
        assert_int_equal(last_fate, NOTIFICATION_RESET);
}

/* A list of paths that comes in blocks: the last one registers, its token names the observation. Whoever
 * fetches the rest of a notification need not send the list again (RFC 7959, 2.4). */
static void test_registration_that_comes_in_blocks(void **state)
{
        Bench *bench = *state;
        Wire request;
        const Wire *answer = NULL;

        bench_connect(bench);
        bench->serve = serve_observed;
        for (unsigned i = 0; i < 2; i++) {
                request = wire_request((uint16_t)(7 + i), METHOD_FETCH, NULL);
                wire_add_uint(&request, W_OBSERVE, 0);
                wire_add_uint(&request, W_CONTENT_FORMAT, FORMAT_SENML_CBOR);
                wire_add_uint(&request, W_BLOCK1, W_BLOCK(i, i == 0, 0));
                wire_set_payload(&request, "0123456789abcdef", i == 0 ? 16 : 4);
                answer = bench_exchange(bench, &request);
        }
        assert_int_equal(wire_uint(answer, W_OBSERVE), 1);
        assert_int_equal(observed.payload_size, 20);
        assert_true(notify(bench, "0123456789", 1500, 2, false) != 0);
        bench_run_datagrams(bench, bench->n_got + 1);
        answer = bench_last(bench);
        assert_int_equal(answer->token_size, 2);
        assert_memory_equal(answer->token, request.token, 2);
        assert_int_equal(wire_uint(answer, W_BLOCK2), W_BLOCK(0, 1, 6));

        request = wire_request(9, METHOD_FETCH, NULL);
        wire_add_uint(&request, W_CONTENT_FORMAT, FORMAT_SENML_CBOR);
        wire_add_uint(&request, W_BLOCK2, W_BLOCK(1, 0, 6));
        answer = bench_exchange(bench, &request);
        assert_int_equal(answer->payload_size, 476);
        assert_int_equal(bench->requests, 1);
}

/* In the size that the registration has asked for, which has been answered in blocks itself. */
static void test_notification_in_blocks_of_the_size_asked(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        wire_add_uint(&request, W_BLOCK2, W_BLOCK(0, 0, 1));
        (void)observe(bench, &request);
        assert_true(notify(bench, "0123456789", 100, 2, true) != 0);
        bench_run_datagrams(bench, 3);
        assert_int_equal(bench_last(bench)->payload_size, 32);
        assert_int_equal(wire_uint(bench_last(bench), W_BLOCK2), W_BLOCK(0, 1, 1));
}

static void test_registration_is_answered_in_blocks(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        const Wire *block;

        bench_connect(bench);
        bench->serve = serve_large;
        block = bench_exchange(bench, &request);
        assert_int_equal(wire_uint(block, W_OBSERVE), 1);
        assert_int_equal(wire_uint(block, W_BLOCK2), W_BLOCK(0, 1, 6));
        request = wire_request(8, METHOD_GET, "3");
        wire_add_uint(&request, W_BLOCK2, W_BLOCK(1, 0, 6));
        block = bench_exchange(bench, &request);
        assert_null(wire_option(block, W_OBSERVE, 0));
        assert_int_equal(wire_uint(block, W_BLOCK2), W_BLOCK(1, 0, 6));
        assert_int_equal(block->payload_size, 76);
        assert_int_equal(bench->requests, 1);
}

/* Nobody is at the port any more: libcoap says so at once, the session goes on. */
static void test_notification_that_met_icmp(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        bench_unbind(bench);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_TIMED_OUT);
        assert_int_equal(bench->failed, 0);
        bench_bind_to(bench, AF_INET, bench->port);
}

static void close_in_fate(void *userdata, uint64_t notification, NotificationFate fate)
{
        Bench *bench = userdata;

        note_fate(userdata, notification, fate);
        bench->connection = connection_close(bench->connection);
}

static void test_closed_meanwhile(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        Response response = text("new", 3, 2);

        (void)observe(bench, &request);
        for (unsigned i = 0; i < 3; i++)
                assert_true(connection_notify(bench->connection, &observed, &response, true, close_in_fate,
                                    bench) != 0);
        bench_run(bench, &n_fates, 1);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(n_fates, 1);

        bench->answered = 0;
        bench_connect(bench);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench->connection = connection_close(bench->connection);
        bench_run_for(bench, 400 * MSEC);
        assert_int_equal(n_fates, 1);
        response_done(&response);
}

static int last_words(const Response *answer, Request *ret)
{
        *ret = REQUEST_INIT;
        ret->method = METHOD_DELETE;
        return 0;
}

/* Who gave the connection up may be gone when the De-register is answered. */
static void test_given_up_meanwhile(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);

        (void)observe(bench, &request);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run_datagrams(bench, 3);
        connection_close_with(bench->connection, last_words, 5 * USEC_PER_SEC, bench_done, bench, NULL);
        bench->connection = NULL;
        bench_run_datagrams(bench, 4);
        empty(bench, ACK, find(bench, 2, CON, METHOD_DELETE, 0));
        empty(bench, ACK, find(bench, 2, CON, CODE_CONTENT, 0));
        bench_run_for(bench, 400 * MSEC);
        assert_int_equal(n_fates, 0);
        bench_answer(bench, find(bench, 2, CON, METHOD_DELETE, 0), CODE_DELETED);
        bench_run(bench, &bench->done, 1);
}

static void test_nothing_is_notified_before_it_is_open(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "127.0.0.1", 0);
        assert_int_equal(notify(bench, "new", 3, 2, true), 0);
        bench_run_datagrams(bench, 1);
        assert_int_equal(notify(bench, "new", 3, 2, true), 0);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(n_fates, 0);
}

/* One of those that the mix below keeps waiting. */
typedef struct Waiting {
        Wire request;
        uint64_t handle; /* 0: none */
} Waiting;

/* A request, and its repetitions. */
static void mix_request(Bench *bench, Waiting *waiting, uint16_t mid)
{
        unsigned requests = bench->requests, times = 1 + (unsigned)rand() % 3;

        n_handles = 0;
        waiting->request = wire_request(mid, METHOD_GET, "3");
        for (unsigned i = 0; i < times; i++)
                assert_empty_ack(bench_exchange(bench, &waiting->request), &waiting->request);
        assert_int_equal(bench->requests, requests + 1);
        waiting->handle = handles[0];
}

static void mix_answer(Bench *bench, Waiting *waiting)
{
        answer_text(bench, waiting->handle, "late", 4);
        waiting->handle = 0;
        bench_run_datagrams(bench, bench->n_got + 1);
        assert_text(bench_last(bench), CON, &waiting->request, "late");
        empty(bench, rand() % 2 ? ACK : RST, bench_last(bench));
        if (rand() % 2)
                assert_text(bench_exchange(bench, &waiting->request), ACK, &waiting->request, "late");
}

/* Beside a request of ours or not, which is answered before or after. */
static void mix_notification(Bench *bench)
{
        unsigned fates = n_fates, answers = bench->answers;
        int type = rand() % 2 ? ACK : RST;
        bool beside = rand() % 2;
        const Wire *notification, *update;
        uint64_t number;

        bench->n_got = 1;
        if (beside)
                request_update(bench);
        number = notify(bench, "new", 3, rand() & 0xffffff, true);
        assert_true(number != 0);
        bench_run_datagrams(bench, beside ? 3 : 2);
        notification = find(bench, 1, CON, CODE_CONTENT, 0);
        update = find(bench, 1, CON, METHOD_POST, 0);
        if (beside && rand() % 2) {
                bench_answer(bench, update, CODE_CHANGED);
                update = NULL;
        }
        empty(bench, type, notification);
        if (update)
                bench_answer(bench, update, CODE_CHANGED);
        bench_run(bench, &n_fates, fates + 1);
        bench_run(bench, &bench->answers, answers + beside);
        assert_int_equal(last_fate, type == ACK ? NOTIFICATION_ACKNOWLEDGED : NOTIFICATION_RESET);
        assert_int_equal(last_notification, number);
}

/* Seeded: each message has its own fate, and nothing else's. */
static void test_everything_mixed(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        Waiting waiting[8] = {0};
        uint16_t mid = 100;

        srand(20261128);
        (void)observe(bench, &request);
        bench->serve = serve_later;
        for (unsigned i = 0; i < 1000; i++) {
                Waiting *one = &waiting[rand() % ELEMENTSOF(waiting)];

                bench->n_got = 1;
                if (rand() % 3 == 0)
                        mix_notification(bench);
                else if (one->handle == 0)
                        mix_request(bench, one, mid++);
                else
                        mix_answer(bench, one);
        }
        assert_int_equal(bench->failed + bench->unanswered, 0);
        assert_int_equal(bench->requests, mid - 100 + 1);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_observe_of_a_request),
                TEST(test_notification_is_acknowledged),
                TEST(test_notification_meets_a_reset),
                TEST(test_notification_is_not_acknowledged),
                TEST(test_lost_notification_without_retransmission),
                TEST(test_non_confirmable_notification),
                TEST(test_notifications_at_once),
                TEST(test_acknowledged_beside_a_request),
                TEST(test_acknowledged_while_an_answer_is_awaited),
                TEST(test_notification_in_blocks),
                TEST(test_notification_in_blocks_is_there_with_the_last_one),
                TEST(test_notification_that_is_fetched_slowly),
                TEST(test_notification_that_is_not_fetched),
                TEST(test_notification_of_which_the_rest_is_not_wanted),
                TEST(test_notification_that_is_fetched_and_not_acknowledged),
                TEST(test_notification_in_blocks_that_is_lost),
                TEST(test_registration_that_comes_in_blocks),
                TEST(test_notification_in_blocks_of_the_size_asked),
                TEST(test_registration_is_answered_in_blocks),
                TEST(test_notification_that_met_icmp),
                TEST(test_closed_meanwhile),
                TEST(test_given_up_meanwhile),
                TEST(test_nothing_is_notified_before_it_is_open),
                TEST(test_everything_mixed),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
