/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that go into a sink (RFC 7959, 2.4), from a scripted repository on raw datagrams. */
#include "coap/block.h"
#include "peer.h"

#define MSEC USEC_PER_MSEC

/* What the repository does. */
static struct {
        size_t size;
        unsigned szx;                 /* of its blocks at most */
        const char *etag, *next_etag; /* of block 0, of those behind */
        bool no_blocks, no_size, reserved_szx;
        unsigned silent_from, shifted_from, short_from; /* number of the block */
        uint8_t refusal;
        unsigned asked; /* requests */
        uint32_t last;  /* Block2 of the last one */
} repository;

/* The sink, and what it says. */
static struct {
        AnswerHead head;
        unsigned begun, ended;
        int begin_result, write_result;
        bool is_whole;
        int code; /* -1: no response */
        FailureName failure;
        char diagnostic[LIMIT_DIAGNOSTIC_SIZE + 1];
        size_t size;
        uint8_t bytes[8192];
        bool closes;
} taken;

static uint8_t body_byte(size_t i)
{
        return (uint8_t)(i * 7 + i / 256);
}

static void answer(Bench *bench, const Wire *request, uint8_t code)
{
        Wire wire = {.type = ACK, .code = code, .mid = request->mid, .token_size = request->token_size};

        memcpy(wire.token, request->token, request->token_size);
        wire_set_payload(&wire, "no such file", 12);
        bench_send(bench, &wire);
}

static void answer_block(Bench *bench, const Wire *request, uint32_t asked)
{
        Wire wire = {
                .type = ACK, .code = CODE_CONTENT, .mid = request->mid, .token_size = request->token_size};
        const unsigned szx = repository.szx < (asked & 7) ? repository.szx : asked & 7;
        const size_t offset = (size_t)(asked >> 4) << ((asked & 7) + 4);
        const unsigned number = (unsigned)(offset >> (szx + 4));
        const char *etag = number == 0 ? repository.etag : repository.next_etag;
        size_t size = (size_t)16 << szx;
        const bool more = offset + size < repository.size;
        uint8_t bytes[1024];

        if (!more)
                size = repository.size - offset;
        for (size_t i = 0; i < size; i++)
                bytes[i] = body_byte(offset + i);
        memcpy(wire.token, request->token, request->token_size);
        if (etag)
                wire_add_text(&wire, W_ETAG, etag);
        if (!repository.no_blocks)
                wire_add_uint(&wire, W_BLOCK2,
                        W_BLOCK(number + (number >= repository.shifted_from), more,
                                repository.reserved_szx ? BLOCK_SZX_MAX + 1 : szx));
        if (number == 0 && !repository.no_size)
                wire_add_uint(&wire, W_SIZE2, (uint32_t)repository.size);
        wire_set_payload(&wire, bytes, size - (number >= repository.short_from));
        bench_send(bench, &wire);
}

static void serve(Bench *bench, const Wire *request)
{
        const int64_t wanted = wire_uint(request, W_BLOCK2);
        const uint32_t asked = repository.no_blocks || wanted < 0 ? BLOCK_SZX_MAX : (uint32_t)wanted;

        if (request->type != CON || request->code != METHOD_GET)
                return;
        repository.asked++;
        repository.last = (uint32_t)wanted;
        if (asked >> 4 >= repository.silent_from)
                return;
        if (repository.refusal != CODE_NONE)
                answer(bench, request, repository.refusal);
        else if ((size_t)(asked >> 4) << ((asked & 7) + 4) >= repository.size)
                answer(bench, request, CODE_BAD_REQUEST);
        else
                answer_block(bench, request, asked);
}

static int begin(void *userdata, const AnswerHead *head)
{
        taken.begun++;
        taken.head = *head;
        taken.size = 0;
        return taken.begin_result;
}

static int take(void *userdata, const uint8_t *data, size_t size)
{
        assert_int_equal(taken.ended, 0);
        assert_in_range(size, 1, 1024);
        assert_true(taken.size + size <= sizeof(taken.bytes));
        memcpy(taken.bytes + taken.size, data, size);
        taken.size += size;
        return taken.write_result;
}

static void end(void *userdata, bool is_whole, const Response *response, const Failure *failure)
{
        Bench *bench = userdata;

        taken.ended++;
        taken.is_whole = is_whole;
        taken.code = response ? response->code : -1;
        taken.failure = failure ? failure->name : FAILURE_NONE;
        if (response)
                (void)response_diagnostic(response, taken.diagnostic);
        if (taken.closes)
                bench->connection = connection_close(bench->connection);
}

static int setup(void **state)
{
        memset(&taken, 0, sizeof(taken));
        memset(&repository, 0, sizeof(repository));
        repository.size = 3000;
        repository.szx = 6;
        repository.etag = repository.next_etag = "one";
        repository.silent_from = repository.shifted_from = repository.short_from = UINT32_MAX;
        return bench_setup(state);
}

static void fetch(Bench *bench, size_t offset, const char *etag)
{
        const AnswerSink sink = {begin, take, end, bench};
        AnswerRange range = {.offset = offset};
        Request request = REQUEST_INIT;

        bench_connect(bench);
        bench->script = serve;
        if (etag) {
                range.etag.size = strlen(etag);
                memcpy(range.etag.bytes, etag, range.etag.size);
        }
        request.method = METHOD_GET;
        assert_return_code(texts_add(&request.path, "image"), 0);
        connection_request_to(bench->connection, &request, &range, &sink);
        request_done(&request);
}

static void fetch_all(Bench *bench, size_t offset, const char *etag)
{
        fetch(bench, offset, etag);
        bench_run(bench, &taken.ended, 1);
}

/* From that byte on, and all of it. */
static void assert_whole(size_t offset)
{
        assert_true(taken.is_whole);
        assert_int_equal(taken.code, CODE_CONTENT);
        assert_int_equal(taken.begun, 1);
        assert_int_equal(taken.head.offset, offset);
        assert_int_equal(taken.size, repository.size - offset);
        for (size_t i = 0; i < taken.size; i++)
                assert_int_equal(taken.bytes[i], body_byte(offset + i));
}

static void test_whole_body(void **state)
{
        fetch_all(*state, 0, NULL);
        assert_whole(0);
        assert_int_equal(taken.head.total, 3000);
        assert_int_equal(taken.head.etag.size, 3);
        assert_memory_equal(taken.head.etag.bytes, "one", 3);
        assert_int_equal(repository.asked, 3);
        assert_int_equal(repository.last, W_BLOCK(2, 0, 6));
}

static void test_smaller_blocks(void **state)
{
        Bench *bench = *state;

        repository.szx = 4;
        repository.no_size = true;
        fetch_all(bench, 0, NULL);
        assert_whole(0);
        assert_int_equal(taken.head.total, 0);
        assert_int_equal(repository.asked, 12);
        assert_int_equal(repository.last, W_BLOCK(11, 0, 4)); /* the first answer's size holds */
}

static void test_one_message(void **state)
{
        repository.size = 100;
        repository.no_blocks = true;
        fetch_all(*state, 2048, "one"); /* and what it has is not what is there */
        assert_whole(0);
}

static void test_without_etag(void **state)
{
        repository.etag = repository.next_etag = NULL;
        fetch_all(*state, 0, NULL);
        assert_whole(0);
        assert_int_equal(taken.head.etag.size, 0);
}

static void test_goes_on(void **state)
{
        fetch_all(*state, 2048, "one");
        assert_whole(2048);
        assert_int_equal(repository.asked, 1);
}

static void test_goes_on_in_smaller_blocks(void **state)
{
        repository.szx = 5;
        fetch_all(*state, 2048, "one");
        assert_whole(2048);
        assert_int_equal(repository.asked, 2);
}

/* It is another file by now, a shorter one, or nobody says which. */
static void test_begins_anew(void **state)
{
        fetch_all(*state, 2048, "two");
        assert_whole(0);
        assert_int_equal(repository.asked, 4);
}

static void test_begins_anew_for_a_shorter_one(void **state)
{
        repository.size = 1500;
        fetch_all(*state, 2048, "one");
        assert_whole(0);
}

static void test_begins_anew_without_etag(void **state)
{
        repository.next_etag = NULL;
        fetch_all(*state, 2048, "one");
        assert_whole(0);
}

static void test_offset_without_etag_is_none(void **state)
{
        fetch_all(*state, 2048, NULL);
        assert_whole(0);
        assert_int_equal(repository.asked, 3);
}

static void test_sink_waits(void **state)
{
        Bench *bench = *state;

        taken.write_result = BODY_WAIT;
        fetch(bench, 0, NULL);
        for (unsigned i = 1; i <= 3; i++) {
                bench_run(bench, &repository.asked, i);
                bench_run_for(bench, 400 * MSEC); /* longer than an answer may take */
                assert_int_equal(repository.asked, i);
                assert_int_equal(taken.ended, 0);
                connection_resume(bench->connection);
        }
        assert_int_equal(taken.ended, 1);
        assert_whole(0);
        connection_resume(bench->connection); /* nothing waits */
        assert_int_equal(bench->failed, 0);
}

static void test_sink_stops(void **state)
{
        Bench *bench = *state;

        taken.write_result = -ENOSPC;
        fetch_all(bench, 0, NULL);
        assert_int_equal(repository.asked, 1);
        assert_false(taken.is_whole);
        assert_int_equal(taken.code, -1);
        assert_int_equal(taken.failure, FAILURE_NONE);
        bench_run_for(bench, 20 * MSEC);
        assert_int_equal(repository.asked, 1);
}

static void test_sink_does_not_begin(void **state)
{
        taken.begin_result = CODE_TOO_LARGE;
        fetch_all(*state, 0, NULL);
        assert_int_equal(taken.size, 0);
        assert_false(taken.is_whole);
        assert_int_equal(taken.code, -1);
}

static void test_closed_at_the_end(void **state)
{
        Bench *bench = *state;

        taken.closes = true;
        fetch_all(bench, 0, NULL);
        assert_true(taken.is_whole);
        assert_null(bench->connection);
}

static void test_closed_in_the_middle(void **state)
{
        Bench *bench = *state;

        repository.silent_from = 1;
        fetch(bench, 0, NULL);
        bench_run(bench, &repository.asked, 2);
        bench->connection = connection_close(bench->connection);
        bench_run_for(bench, 20 * MSEC);
        assert_int_equal(taken.ended, 0);
}

/* What is broken has no end of its own: 2.05, and not whole. */
static void assert_broken(size_t size)
{
        assert_int_equal(taken.ended, 1);
        assert_false(taken.is_whole);
        assert_int_equal(taken.code, CODE_CONTENT);
        assert_int_equal(taken.size, size);
}

static void test_another_representation(void **state)
{
        repository.next_etag = "two";
        fetch_all(*state, 0, NULL);
        assert_broken(1024);
}

static void test_another_block(void **state)
{
        repository.shifted_from = 2;
        fetch_all(*state, 0, NULL);
        assert_broken(2048);
}

static void test_short_block(void **state)
{
        repository.short_from = 1;
        fetch_all(*state, 0, NULL);
        assert_broken(1024);
}

/* RFC 7252, 5.4.1: it is rejected, as one that never came. */
static void test_block_of_the_reserved_size(void **state)
{
        repository.reserved_szx = true;
        fetch_all(*state, 0, NULL);
        assert_false(taken.is_whole);
        assert_int_equal(taken.begun, 0);
        assert_int_equal(taken.failure, FAILURE_TIMEOUT);
}

static void test_refused(void **state)
{
        repository.refusal = CODE_NOT_FOUND;
        fetch_all(*state, 2048, "one");
        assert_int_equal(repository.asked, 2); /* also what it says of the beginning counts */
        assert_int_equal(taken.code, CODE_NOT_FOUND);
        assert_string_equal(taken.diagnostic, "no such file");
        assert_int_equal(taken.begun, 0);
}

static void test_silence(void **state)
{
        Bench *bench = *state;

        repository.silent_from = 2;
        fetch_all(bench, 0, NULL);
        assert_int_equal(taken.code, -1);
        assert_int_equal(taken.failure, FAILURE_TIMEOUT);
        assert_int_equal(taken.size, 2048);
        assert_int_equal(bench->failed, 0); /* another request may have an answer */
}

/* Its first block answers an opening request that has no room for the body. */
static void test_opening(void **state)
{
        Bench *bench = *state;
        CoapSettings coap = BENCH_COAP;
        Request request = REQUEST_INIT;

        coap.max_body_size = LIMIT_DIAGNOSTIC_SIZE;
        bench->script = serve;
        repository.silent_from = 1;
        request.method = METHOD_GET;
        bench_open_request(bench, "127.0.0.1", &coap, &request);
        request_done(&request);
        bench_run(bench, &bench->answered, 1);
        assert_int_equal(bench->answer_code, CODE_CONTENT);
        assert_int_equal(repository.asked, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_whole_body),
                TEST(test_smaller_blocks),
                TEST(test_one_message),
                TEST(test_without_etag),
                TEST(test_goes_on),
                TEST(test_goes_on_in_smaller_blocks),
                TEST(test_begins_anew),
                TEST(test_begins_anew_for_a_shorter_one),
                TEST(test_begins_anew_without_etag),
                TEST(test_offset_without_etag_is_none),
                TEST(test_sink_waits),
                TEST(test_sink_stops),
                TEST(test_sink_does_not_begin),
                TEST(test_closed_at_the_end),
                TEST(test_closed_in_the_middle),
                TEST(test_another_representation),
                TEST(test_another_block),
                TEST(test_short_block),
                TEST(test_block_of_the_reserved_size),
                TEST(test_refused),
                TEST(test_silence),
                TEST(test_opening),
        };

        connection_global_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
