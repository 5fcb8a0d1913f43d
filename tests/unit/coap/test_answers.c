/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that come later, and notifications, to a scripted peer on raw datagrams. */
#include "dtls_server.h"

#define MSEC USEC_PER_MSEC

static uint64_t handles[32];
static size_t n_handles;
static unsigned n_fates;
static uint64_t last_notification;
static NotificationFate last_fate;
static Request observed; /* the last GET or FETCH that registers */

static Response text(const char *body, size_t size, int64_t sequence)
{
        Response response = RESPONSE_INIT;

        response.code = CODE_CONTENT;
        response.content_format = FORMAT_TEXT;
        response.observe = sequence;
        response.payload = malloc(size + 1);
        assert_non_null(response.payload);
        for (size_t i = 0; i < size; i++)
                response.payload[i] = (uint8_t)body[i % strlen(body)];
        response.payload_size = size;
        return response;
}

static void note_fate(void *userdata, uint64_t notification, NotificationFate fate)
{
        last_notification = notification;
        last_fate = fate;
        n_fates++;
}

static void serve_later(Bench *bench, const Request *request, Response *ret_response)
{
        uint64_t handle = connection_answer_later(bench->connection);

        if (handle == 0)
                response_set_error(ret_response, CODE_UNAVAILABLE, "busy");
        else
                handles[n_handles++] = handle;
}

static void serve_observed(Bench *bench, const Request *request, Response *ret_response)
{
        ret_response->code = CODE_CONTENT;
        if (request->observe == OBSERVE_NONE)
                return;
        request_done(&observed);
        assert_return_code(request_copy(request, &observed), 0);
        if (request->observe == OBSERVE_REGISTER)
                ret_response->observe = 1;
}

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

static int setup(void **state)
{
        n_handles = n_fates = 0;
        observed = REQUEST_INIT;
        return bench_setup(state);
}

static int teardown(void **state)
{
        request_done(&observed);
        return bench_teardown(state);
}

static void answer_text(Bench *bench, uint64_t handle, const char *body, size_t size)
{
        Response response = text(body, size, -1);

        connection_answer(bench->connection, handle, &response);
        response_done(&response);
}

static uint64_t notify(Bench *bench, const char *body, size_t size, int64_t sequence, bool confirmable)
{
        Response response = text(body, size, sequence);
        uint64_t number =
                connection_notify(bench->connection, &observed, &response, confirmable, note_fate, bench);

        response_done(&response);
        return number;
}

/* An empty ACK or RST for what has come last. */
static void empty(Bench *bench, int type, const Wire *to)
{
        Wire wire = {.type = type, .mid = to->mid};

        bench_send(bench, &wire);
}

static void assert_empty_ack(const Wire *wire, const Wire *request)
{
        assert_int_equal(wire->type, ACK);
        assert_int_equal(wire->code, 0);
        assert_int_equal(wire->mid, request->mid);
        assert_int_equal(wire->token_size, 0);
}

static void assert_text(const Wire *wire, int type, const Wire *request, const char *body)
{
        assert_int_equal(wire->type, type);
        assert_int_equal(wire->code, CODE_CONTENT);
        assert_int_equal(wire->token_size, request->token_size);
        assert_memory_equal(wire->token, request->token, request->token_size);
        assert_int_equal(wire->payload_size, strlen(body));
        assert_memory_equal(wire->payload, body, strlen(body));
}

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

static void request_update(Bench *bench)
{
        Request request = REQUEST_INIT;

        request.method = METHOD_POST;
        assert_return_code(texts_add(&request.path, "rd"), 0);
        connection_request(bench->connection, &request, bench_answer_received, bench);
        request_done(&request);
}

/* The n-th of those that look so, from the one of that number on. */
static const Wire *find(const Bench *bench, size_t from, int type, uint8_t code, unsigned nth)
{
        for (size_t i = from; i < bench->n_got; i++)
                if (bench->got[i].wire.type == type && bench->got[i].wire.code == code && nth-- == 0)
                        return &bench->got[i].wire;
        return NULL;
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

/* Connected, and the answer to the registration. */
static const Wire *observe(Bench *bench, const Wire *request)
{
        bench_connect(bench);
        bench->serve = serve_observed;
        return bench_exchange(bench, request);
}

static Wire registration(uint8_t method)
{
        Wire request = wire_request(7, method, NULL);

        wire_add_uint(&request, W_OBSERVE, 0);
        wire_add_text(&request, W_URI_PATH, "3");
        if (method == METHOD_FETCH) {
                wire_add_uint(&request, W_CONTENT_FORMAT, FORMAT_SENML_CBOR);
                wire_set_payload(&request, "body", 4);
        }
        return request;
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

static void test_counters(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        const Counters *counters;
        Counters before;

        (void)observe(bench, &request);
        counters = connection_counters(bench->connection);
        assert_int_equal(counters->sent.datagrams, 2);
        assert_int_equal(counters->received.datagrams, 2);
        assert_int_equal(counters->messages, 4);
        assert_int_equal(counters->sent.bytes, bench->got[0].size + bench->got[1].size);
        assert_int_equal(counters->received.bytes, bench->sent_bytes);
        assert_int_equal(counters->message_bytes, counters->sent.bytes + counters->received.bytes);
        assert_int_equal(counters->largest_message, bench->got[0].size);

        before = *counters;
        assert_true(notify(bench, "0123456789", 700, 2, true) != 0);
        bench_run_datagrams(bench, 3);
        assert_int_equal(counters->sent.bytes - before.sent.bytes, bench->got[2].size);
        assert_int_equal(counters->largest_message, bench->got[2].size);
        bench->serve = serve_later;
        request = wire_request(9, METHOD_GET, "3");
        (void)bench_exchange(bench, &request); /* its empty ACK is 4 bytes, and no message */
        assert_int_equal(counters->sent.bytes - before.sent.bytes, bench->got[2].size + 4);
        assert_int_equal(counters->messages - before.messages, 2);
}

static void connect_dtls(Server *server)
{
        static const uint8_t key[] = {0, 1, 2, 3, 0xff};
        Bench *bench = &server->bench;
        const Credential credential = {
                .mode = SECURITY_MODE_PSK,
                .identity = {(uint8_t *)"device", 6},
                .key = {(uint8_t *)key, sizeof(key)},
        };
        char uri[64];
        ConnectionSettings settings = {
                .uri = uri,
                .credential = &credential,
                .coap = {USEC_PER_SEC, 1.0, 1, 1024, 8192},
                .peer_kind = "LwM2M Server 101",
        };
        Request opening = REQUEST_INIT;

        n_handles = n_fates = 0;
        server->answer = server_accept_opening;
        opening.method = METHOD_POST;
        (void)snprintf(uri, sizeof(uri), "coaps://127.0.0.1:%u", bench->port);
        assert_return_code(connection_open(bench->event, &clock_system, bench->resolver, &settings,
                                   &bench->memory, &opening, &bench_handler, bench, &bench->connection),
                0);
        bench_run(bench, &bench->answered, 1);
        server->answer = NULL;
}

static void test_answers_over_dtls(void **state)
{
        Server *server = *state;
        Bench *bench = &server->bench;
        Wire request = registration(METHOD_GET), ack = {.type = ACK};

        connect_dtls(server);
        bench->serve = serve_observed;
        server_send(server, &request);
        bench_run(bench, &server->received, 2);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run(bench, &server->received, 3);
        assert_text(&server->wire, CON, &request, "new");
        ack.mid = server->wire.mid;
        server_send(server, &ack);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);

        bench->serve = serve_later;
        request = wire_request(9, METHOD_GET, "3");
        server_send(server, &request);
        bench_run(bench, &server->received, 4);
        assert_empty_ack(&server->wire, &request);
        answer_text(bench, handles[0], "late", 4);
        bench_run(bench, &server->received, 5);
        assert_text(&server->wire, CON, &request, "late");
        request_done(&observed);
}

/* close_notify while both are under way: the connection fails, and nothing else is told. */
static void test_session_ends_meanwhile(void **state)
{
        Server *server = *state;
        Bench *bench = &server->bench;
        Wire request = registration(METHOD_GET);

        connect_dtls(server);
        bench->serve = serve_observed;
        server_send(server, &request);
        bench_run(bench, &server->received, 2);
        bench->serve = serve_later;
        request = wire_request(9, METHOD_GET, "3");
        server_send(server, &request);
        bench_run(bench, &server->received, 3);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        (void)SSL_shutdown(server->ssl);
        server_flush(server);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_CONNECTION_LOST);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(n_fates, 0);
        request_done(&observed);
}

/* Every record, the handshake's too: a header of 13 bytes, 8 of the nonce and 8 or 16 of the tag around a
 * message. */
static void test_counters_over_dtls(void **state)
{
        Server *server = *state;
        Bench *bench = &server->bench;
        Wire request = wire_request(9, METHOD_GET, "3");
        uint8_t buffer[64];
        const Counters *counters;
        Counters before;
        size_t size = wire_build(&request, buffer);

        connect_dtls(server);
        counters = connection_counters(bench->connection);
        assert_int_equal(counters->messages, 2);
        assert_true(counters->sent.datagrams >= server->datagrams);
        assert_in_range(counters->sent.bytes, 200, 2000);
        assert_in_range(counters->received.bytes, 100, 2000);
        before = *counters;
        server_send(server, &request);
        bench_run(bench, &server->received, 2);
        assert_int_equal(counters->received.datagrams - before.received.datagrams, 1);
        assert_in_range(counters->received.bytes - before.received.bytes, size + 29, size + 64);
        assert_int_equal(counters->sent.datagrams - before.sent.datagrams, 1);
        assert_int_equal(counters->message_bytes - before.message_bytes, size + 6); /* no option */
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
                TEST(test_observe_of_a_request),
                TEST(test_notification_is_acknowledged),
                TEST(test_notification_meets_a_reset),
                TEST(test_notification_is_not_acknowledged),
                TEST(test_non_confirmable_notification),
                TEST(test_notifications_at_once),
                TEST(test_acknowledged_beside_a_request),
                TEST(test_acknowledged_while_an_answer_is_awaited),
                TEST(test_notification_in_blocks),
                TEST(test_notification_in_blocks_of_the_size_asked),
                TEST(test_registration_is_answered_in_blocks),
                TEST(test_notification_that_met_icmp),
                TEST(test_closed_meanwhile),
                TEST(test_nothing_is_notified_before_it_is_open),
                TEST(test_counters),
                cmocka_unit_test_setup_teardown(test_counters_over_dtls, server_setup, server_teardown),
                cmocka_unit_test_setup_teardown(test_session_ends_meanwhile, server_setup, server_teardown),
                cmocka_unit_test_setup_teardown(test_answers_over_dtls, server_setup, server_teardown),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
