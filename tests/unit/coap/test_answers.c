/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that come later, and notifications, to a scripted peer on raw datagrams. */
#include "peer.h"

#define MSEC USEC_PER_MSEC

static uint64_t handles[32];
static size_t n_handles;
static unsigned n_fates;
static uint64_t last_notification;
static NotificationFate last_fate;
static Request observed; /* the last GET or FETCH that registers */

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

static void test_notification_is_acknowledged(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, "3");
        const Wire *answer;
        uint64_t number;

        bench_connect(bench);
        bench->serve = serve_observed;
        request.n_options = 0;
        wire_add_uint(&request, W_OBSERVE, 0);
        wire_add_text(&request, W_URI_PATH, "3");
        answer = bench_exchange(bench, &request);
        assert_int_equal(wire_uint(answer, W_OBSERVE), 1);

        number = notify(bench, "new", 3, 2, true);
        assert_true(number != 0);
        bench_run_datagrams(bench, 3);
        assert_text(bench_last(bench), CON, &request, "new");
        assert_int_equal(wire_uint(bench_last(bench), W_OBSERVE), 2);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(n_fates, 0);
        empty(bench, ACK, bench_last(bench));
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_ACKNOWLEDGED);
        assert_int_equal(last_notification, number);
}

static void test_notification_meets_a_reset(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, NULL);

        bench_connect(bench);
        bench->serve = serve_observed;
        wire_add_uint(&request, W_OBSERVE, 0);
        (void)bench_exchange(bench, &request);
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run_datagrams(bench, 3);
        empty(bench, RST, bench_last(bench));
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_RESET);
        assert_int_equal(bench->failed, 0);
}

static void test_notification_is_not_acknowledged(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(7, METHOD_GET, NULL);
        uint64_t begin;

        bench_connect(bench);
        bench->serve = serve_observed;
        wire_add_uint(&request, W_OBSERVE, 0);
        (void)bench_exchange(bench, &request);
        begin = bench_now();
        assert_true(notify(bench, "new", 3, 2, true) != 0);
        bench_run(bench, &n_fates, 1);
        assert_int_equal(last_fate, NOTIFICATION_TIMED_OUT);
        assert_true(bench_now() - begin >= 300 * MSEC);
        assert_int_equal(bench->failed, 0);
        assert_int_equal(bench->unanswered, 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_answer_comes_later),
                TEST(test_answer_to_a_non_confirmable_request_comes_later),
                TEST(test_notification_is_acknowledged),
                TEST(test_notification_meets_a_reset),
                TEST(test_notification_is_not_acknowledged),
        };

        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
