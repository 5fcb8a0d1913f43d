/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that a peer sends into a sink (RFC 7959, 2.5), on raw datagrams. */
#include "peer.h"

#define MSEC USEC_PER_MSEC

/* The sink, and what it says. */
static struct {
        BodyResume resume;
        uint64_t announced;
        unsigned begun, done, aborted;
        BodyEnd why;
        int write_result, done_result; /* of the next calls */
        uint8_t refusal;
        size_t size;
        uint8_t bytes[8192];
} taken;

static int take(void *userdata, const uint8_t *data, size_t size)
{
        assert_int_equal(taken.done + taken.aborted, 0);
        assert_in_range(size, 1, 1024);
        assert_true(taken.size + size <= sizeof(taken.bytes));
        memcpy(taken.bytes + taken.size, data, size);
        taken.size += size;
        return taken.write_result;
}

static int finish(void *userdata)
{
        taken.done++;
        return taken.done_result;
}

static void give_up(void *userdata, BodyEnd why)
{
        taken.aborted++;
        taken.why = why;
}

/* "/5/0/0" alone goes into the sink. */
static bool choose(void *userdata, const Request *request, uint64_t announced, BodyResume resume,
        BodySink *ret, Response *ret_response)
{
        if (request->path.n != 3)
                return false;
        if (taken.refusal != CODE_NONE) {
                response_set_error(ret_response, taken.refusal, "no");
                return true;
        }
        taken.begun++;
        taken.announced = announced;
        taken.resume = resume;
        taken.done = taken.aborted = 0;
        taken.size = 0;
        *ret = (BodySink){take, finish, give_up, NULL};
        return true;
}

static int setup(void **state)
{
        int r = bench_setup(state);

        memset(&taken, 0, sizeof(taken));
        ((Bench *)*state)->choose = choose;
        return r;
}

static uint8_t body_byte(size_t i)
{
        return (uint8_t)(i * 7 + i / 256);
}

static Wire block_of(uint16_t mid, const char *path, unsigned number, bool more, unsigned szx, size_t size)
{
        Wire wire = wire_request(mid, METHOD_PUT, path);
        uint8_t bytes[1024];
        size_t offset = (size_t)number << (szx + 4);

        for (size_t i = 0; i < size; i++)
                bytes[i] = body_byte(offset + i);
        wire_add_uint(&wire, W_CONTENT_FORMAT, 42);
        wire_add_uint(&wire, W_BLOCK1, W_BLOCK(number, more, szx));
        wire_set_payload(&wire, bytes, size);
        return wire;
}

static Wire package(uint16_t mid, unsigned number, bool more, unsigned szx, size_t size)
{
        Wire wire = block_of(mid, "5", number, more, szx, size);
        WireOption *path = &wire.options[0];

        /* /5/0/0 */
        assert_int_equal(path->number, W_URI_PATH);
        memmove(&wire.options[3], &wire.options[1], (wire.n_options - 1) * sizeof(*path));
        wire.n_options += 2;
        wire.options[1] = wire.options[2] = (WireOption){.number = W_URI_PATH, .size = 1, .value = {'0'}};
        return wire;
}

static void assert_answer(const Wire *answer, const Wire *request, int type, uint8_t code)
{
        assert_int_equal(answer->type, type);
        assert_int_equal(answer->code, code);
        if (code == CODE_NONE)
                return;
        assert_int_equal(answer->token_size, request->token_size);
        assert_memory_equal(answer->token, request->token, request->token_size);
        assert_int_equal(wire_uint(answer, W_BLOCK1), wire_uint(request, W_BLOCK1));
}

static void assert_taken(size_t size)
{
        assert_int_equal(taken.size, size);
        for (size_t i = 0; i < size; i++)
                assert_int_equal(taken.bytes[i], body_byte(i));
}

static void exchange(Bench *bench, const Wire *request, uint8_t code)
{
        assert_answer(bench_exchange(bench, request), request, ACK, code);
}

static void send_package(
        Bench *bench, uint16_t mid, unsigned number, bool more, unsigned szx, size_t size, uint8_t code)
{
        const Wire request = package(mid, number, more, szx, size);

        exchange(bench, &request, code);
}

static void begin(Bench *bench)
{
        bench_connect(bench);
        send_package(bench, 100, 0, true, 2, 64, CODE_CONTINUE);
        assert_int_equal(taken.begun, 1);
        assert_taken(64);
}

static void test_whole_body(void **state)
{
        Bench *bench = *state;
        Wire first = package(1, 0, true, 6, 1024), last = package(9, 2, false, 6, 10);

        wire_add_uint(&first, W_SIZE1, 2058);
        bench_connect(bench);
        exchange(bench, &first, CODE_CONTINUE);
        assert_int_equal(taken.announced, 2058);
        send_package(bench, 2, 1, true, 6, 1024, CODE_CONTINUE);
        assert_int_equal(taken.done, 0);
        exchange(bench, &last, CODE_CHANGED);
        assert_int_equal(taken.done, 1);
        assert_taken(2058);
        assert_int_equal(bench->requests, 0);
        assert_int_equal(bench->blocks, 2);

        /* A repetition of the last one is answered as before, a further block is of nothing. */
        exchange(bench, &last, CODE_CHANGED);
        send_package(bench, 10, 3, false, 6, 10, CODE_INCOMPLETE);
        assert_int_equal(taken.begun, 1);
        assert_int_equal(taken.done, 1);
}

/* The peer may go on in smaller blocks, each as long as it says (RFC 7959, 2.3). */
static void test_block_sizes(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        send_package(bench, 1, 0, true, 5, 512, CODE_CONTINUE);
        send_package(bench, 2, 8, true, 2, 64, CODE_CONTINUE); /* 512 .. 576 */
        send_package(bench, 3, 36, true, 0, 16, CODE_CONTINUE);
        send_package(bench, 4, 37, true, 0, 15, CODE_BAD_REQUEST);
        send_package(bench, 5, 37, true, 0, 16, CODE_CONTINUE);
        send_package(bench, 6, 19, false, 1, 1, CODE_CHANGED);
        assert_taken(609);
        assert_int_equal(taken.done, 1);
}

static void test_blocks_in_every_order(void **state)
{
        Bench *bench = *state;

        begin(bench);
        send_package(bench, 101, 2, true, 2, 64, CODE_INCOMPLETE);
        send_package(bench, 102, 1, true, 2, 64, CODE_CONTINUE);
        /* The same block in a message of its own: its answer was lost. */
        send_package(bench, 103, 1, true, 2, 64, CODE_CONTINUE);
        send_package(bench, 104, 0, false, 2, 8, CODE_CHANGED); /* of one message: another body */
        assert_int_equal(taken.aborted, 1);
        assert_int_equal(taken.why, BODY_BEGUN_ANEW);
        assert_int_equal(bench->requests, 1);
        send_package(bench, 105, 2, true, 2, 64, CODE_INCOMPLETE);
        assert_int_equal(taken.begun, 1);
}

static void test_begun_anew(void **state)
{
        Bench *bench = *state;
        Wire other = package(101, 0, true, 2, 64);

        begin(bench);
        other.options[3].value[0] = 60; /* Content-Format */
        exchange(bench, &other, CODE_CONTINUE);
        assert_int_equal(taken.begun, 2);
        send_package(bench, 102, 1, true, 2, 64, CODE_INCOMPLETE); /* of the first */
        assert_int_equal(taken.aborted, 0);
        taken.refusal = CODE_METHOD_NOT_ALLOWED;
        send_package(bench, 103, 0, true, 2, 64, CODE_METHOD_NOT_ALLOWED);
        assert_int_equal(taken.aborted, 1);
        assert_int_equal(taken.why, BODY_BEGUN_ANEW);
        send_package(bench, 104, 1, true, 2, 64, CODE_INCOMPLETE);
}

/* Other requests and other bodies in blocks go on beside it, however many: none pushes it out. */
static void test_interleaved(void **state)
{
        Bench *bench = *state;

        begin(bench);
        for (uint16_t i = 0; i < 8; i++) {
                const char path[] = {'a', (char)('a' + i), 0};
                Wire block = block_of((uint16_t)(200 + i), path, 0, true, 2, 64);
                Wire read = wire_request((uint16_t)(300 + i), METHOD_GET, "3");

                exchange(bench, &block, CODE_CONTINUE);
                assert_answer(bench_exchange(bench, &read), &read, ACK, CODE_CHANGED);
        }
        send_package(bench, 101, 1, false, 2, 1, CODE_CHANGED);
        assert_taken(65);
        assert_int_equal(bench->requests, 8);
        assert_int_equal(taken.aborted, 0);
}

static void test_sink_waits(void **state)
{
        Bench *bench = *state;
        Wire block = package(101, 1, true, 2, 64), last = package(105, 2, false, 2, 3);
        size_t n;

        begin(bench);
        taken.write_result = BODY_WAIT;
        for (unsigned i = 0; i < 3; i++)
                exchange(bench, &block, CODE_NONE); /* repetitions ask nobody */
        assert_taken(128);
        send_package(bench, 102, 2, true, 2, 64, CODE_UNAVAILABLE); /* it cannot wait for its answer */
        assert_taken(128);

        n = bench->n_got;
        taken.resume.resume(taken.resume.userdata, 0);
        bench_run_datagrams(bench, n + 1);
        assert_answer(bench_last(bench), &block, CON, CODE_CONTINUE);
        bench_send(bench, &(Wire){.type = ACK, .mid = bench_last(bench)->mid});
        exchange(bench, &block, CODE_CONTINUE);

        /* The last one waits twice: until it is taken, and until all is well. */
        exchange(bench, &last, CODE_NONE);
        assert_int_equal(taken.done, 0);
        taken.done_result = BODY_WAIT;
        n = bench->n_got;
        taken.resume.resume(taken.resume.userdata, 0);
        assert_int_equal(taken.done, 1);
        bench_run_for(bench, 20 * MSEC);
        assert_int_equal(bench->n_got, n);
        taken.resume.resume(taken.resume.userdata, 0);
        bench_run_datagrams(bench, n + 1);
        assert_answer(bench_last(bench), &last, CON, CODE_CHANGED);
        assert_taken(131);
        exchange(bench, &last, CODE_CHANGED);
        assert_int_equal(taken.aborted, 0);
}

static void test_non_confirmable_blocks(void **state)
{
        Bench *bench = *state;
        Wire first = package(1, 0, true, 2, 64), last = package(2, 1, false, 2, 5);
        size_t n;

        first.type = last.type = NON;
        bench_connect(bench);
        assert_answer(bench_exchange(bench, &first), &first, NON, CODE_CONTINUE);
        taken.write_result = BODY_WAIT;
        n = bench->n_got;
        bench_send(bench, &last);
        bench_run_for(bench, 20 * MSEC);
        assert_int_equal(bench->n_got, n);
        assert_taken(69);
        taken.resume.resume(taken.resume.userdata, 0);
        bench_run_datagrams(bench, n + 1);
        assert_answer(bench_last(bench), &last, NON, CODE_CHANGED);
}

static void test_begun_anew_while_it_waits(void **state)
{
        Bench *bench = *state;
        Wire block = package(101, 1, true, 2, 64);

        begin(bench);
        taken.write_result = BODY_WAIT;
        exchange(bench, &block, CODE_NONE);
        taken.write_result = 0;
        send_package(bench, 102, 0, true, 2, 64, CODE_CONTINUE);
        assert_int_equal(taken.begun, 2);
        exchange(bench, &block, CODE_CONTINUE); /* it is of the new one now */
        assert_taken(128);
}

/* What the sink says is what the peer is answered, and the end. */
static void test_sink_refuses(void **state)
{
        Bench *bench = *state;
        Wire block = package(112, 1, true, 2, 64);
        size_t n;

        begin(bench);
        taken.write_result = CODE_TOO_LARGE;
        send_package(bench, 101, 1, true, 2, 64, CODE_TOO_LARGE);
        send_package(bench, 102, 2, true, 2, 64, CODE_INCOMPLETE);

        taken.write_result = -EIO;
        send_package(bench, 110, 0, true, 2, 64, CODE_INTERNAL_ERROR);
        taken.write_result = 0;
        send_package(bench, 111, 0, true, 2, 64, CODE_CONTINUE);
        taken.write_result = BODY_WAIT;
        exchange(bench, &block, CODE_NONE);
        n = bench->n_got;
        taken.resume.resume(taken.resume.userdata, CODE_TOO_LARGE);
        bench_run_datagrams(bench, n + 1);
        assert_answer(bench_last(bench), &block, CON, CODE_TOO_LARGE);

        taken.write_result = 0;
        taken.done_result = CODE_BAD_REQUEST;
        send_package(bench, 120, 0, true, 2, 64, CODE_CONTINUE);
        send_package(bench, 121, 1, false, 2, 4, CODE_BAD_REQUEST);
        send_package(bench, 122, 1, false, 2, 4, CODE_INCOMPLETE);
        assert_int_equal(taken.aborted, 0);
        assert_int_equal(bench->requests, 0);
}

/* At block 0: what can be known from there on is not waited for. */
static void test_refused_at_once(void **state)
{
        Bench *bench = *state;
        Wire huge = package(2, 0, true, 0, 16);

        bench_connect(bench);
        taken.refusal = CODE_UNAUTHORIZED;
        send_package(bench, 1, 0, true, 2, 64, CODE_UNAUTHORIZED);
        send_package(bench, 3, 1, true, 2, 64, CODE_INCOMPLETE);
        taken.refusal = CODE_NONE;
        wire_add_uint(&huge, W_SIZE1, (1 << 24) + 1);
        exchange(bench, &huge, CODE_TOO_LARGE);
        assert_int_equal(taken.aborted, 1);
        assert_int_equal(taken.why, BODY_TOO_LARGE);
        huge = package(4, 0, true, 0, 16);
        wire_add_uint(&huge, W_SIZE1, 1 << 24);
        exchange(bench, &huge, CODE_CONTINUE);
}

/* However many a peer begins, one is under way, and nothing is kept of the others. */
static void test_a_hundred_begun(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        for (uint16_t i = 0; i < 100; i++) {
                Wire first = package((uint16_t)(100 + i), 0, true, 2, 64);

                wire_add_uint(&first, 292, i + 1U); /* Request-Tag */
                taken.write_result = i % 3 == 0 ? BODY_WAIT : 0;
                bench->n_got = 1;
                exchange(bench, &first, i % 3 == 0 ? CODE_NONE : CODE_CONTINUE);
        }
        assert_int_equal(taken.begun, 100);
        assert_int_equal(taken.aborted, 0);
        bench->connection = connection_close(bench->connection);
        assert_int_equal(taken.aborted, 1);
        assert_int_equal(taken.why, BODY_SESSION_LOST);
}

static uint64_t behind;

static uint64_t slow_boottime(void *userdata)
{
        return bench_now() - behind;
}

/* 247 s, of which no test waits any: the clock stands so far behind while the block comes. */
static void test_peer_falls_silent(void **state)
{
        static const Clock clock = {.boottime = slow_boottime};
        Bench *bench = *state;
        Wire block = package(101, 1, true, 2, 64);

        bench->clock = &clock;
        behind = 0;
        bench_connect(bench);
        behind = 247 * USEC_PER_SEC - 500 * MSEC;
        send_package(bench, 100, 0, true, 2, 64, CODE_CONTINUE);
        behind -= 200 * MSEC;
        exchange(bench, &block, CODE_CONTINUE);
        behind = 0;
        bench_run_for(bench, 600 * MSEC);
        assert_int_equal(taken.aborted, 0); /* the last block counts */
        bench_run(bench, &taken.aborted, 1);
        assert_int_equal(taken.why, BODY_SILENT);
        send_package(bench, 102, 2, true, 2, 64, CODE_INCOMPLETE);
}

static int last_request(const Response *answer, Request *ret)
{
        return -ENOENT;
}

static void test_connection_ends(void **state)
{
        Bench *bench = *state;
        Wire block = package(101, 1, true, 2, 64);

        begin(bench);
        taken.write_result = BODY_WAIT;
        exchange(bench, &block, CODE_NONE);
        connection_close_with(bench->connection, last_request, 50 * MSEC, bench_done, bench, NULL);
        bench->connection = NULL;
        assert_int_equal(taken.aborted, 1);
        assert_int_equal(taken.why, BODY_SESSION_LOST);
        bench_run(bench, &bench->done, 1);
        assert_int_equal(taken.aborted, 1);
}

static void serve_and_close(Bench *bench, const Request *request, Response *ret_response)
{
        assert_int_equal(taken.aborted, 0);
        bench->connection = connection_close(bench->connection);
        assert_int_equal(taken.aborted, 1); /* at once, though the connection is still needed */
        ret_response->code = CODE_CHANGED;
}

static void test_closed_inside_a_call(void **state)
{
        Bench *bench = *state;
        Wire read = wire_request(101, METHOD_GET, "3");

        begin(bench);
        bench->serve = serve_and_close;
        bench_send(bench, &read);
        bench_run(bench, &bench->requests, 1);
        assert_int_equal(taken.aborted, 1);
        assert_int_equal(taken.why, BODY_SESSION_LOST);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_whole_body, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_block_sizes, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_blocks_in_every_order, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_begun_anew, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_interleaved, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_sink_waits, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_non_confirmable_blocks, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_begun_anew_while_it_waits, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_sink_refuses, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_refused_at_once, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_a_hundred_begun, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_peer_falls_silent, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_connection_ends, setup, bench_teardown),
                cmocka_unit_test_setup_teardown(test_closed_inside_a_call, setup, bench_teardown),
        };

        connection_global_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
