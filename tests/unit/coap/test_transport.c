/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of a scripted peer on raw datagrams: dispatch, de-duplication, block-wise both ways. */
#include "peer.h"

#define MSEC USEC_PER_MSEC

static void test_dispatch(void **state)
{
        static const struct {
                uint8_t method;
                const char *segments[4];
                const char *path;
        } table[] = {
                {METHOD_GET, {NULL}, ""},
                {METHOD_POST, {"bs"}, "/bs"},
                {METHOD_PUT, {"0", "1"}, "/0/1"},
                {METHOD_DELETE, {NULL}, ""},
                {METHOD_FETCH, {NULL}, ""},
                {METHOD_PATCH, {"1"}, "/1"},
                {METHOD_IPATCH, {NULL}, ""},
                {METHOD_GET, {".well-known", "core"}, "/.well-known/core"},
                {METHOD_DELETE, {".well-known", "core"}, "/.well-known/core"},
                {METHOD_GET, {"3", "", "0"}, "/3//0"},
                {METHOD_GET, {"a/b", "%"}, "/a/b/%"},
        };
        Bench *bench = *state;

        bench_connect(bench);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Wire request = wire_request((uint16_t)i, table[i].method, NULL);
                const Wire *answer;

                for (size_t k = 0; table[i].segments[k]; k++)
                        wire_add_text(&request, W_URI_PATH, table[i].segments[k]);
                if (table[i].method == METHOD_FETCH)
                        wire_add_uint(&request, W_CONTENT_FORMAT, 112);
                answer = bench_exchange(bench, &request);
                assert_int_equal(answer->type, ACK);
                assert_int_equal(answer->code, CODE_CHANGED);
                assert_int_equal(answer->mid, request.mid);
                assert_int_equal(answer->token_size, 2);
                assert_memory_equal(answer->token, request.token, 2);
                assert_int_equal(bench->requests, i + 1);
                assert_string_equal(bench->last_path, table[i].path);
        }
}

static void test_refused_without_the_handler(void **state)
{
        static const struct {
                unsigned option;
                const char *value;
                size_t size;
                unsigned times;
                uint8_t code;
        } table[] = {
                {W_IF_MATCH, "x", 1, 1, CODE_BAD_OPTION},
                {5 /* If-None-Match */, "", 0, 1, CODE_BAD_OPTION},
                {9 /* OSCORE */, "", 0, 1, CODE_BAD_OPTION},
                {2049, "", 0, 1, CODE_BAD_OPTION},
                {W_URI_PATH, "a\0b", 3, 1, CODE_BAD_REQUEST},
                {W_URI_PATH, "1", 1, 9, CODE_NOT_FOUND},
                {W_URI_QUERY, "a\0b", 3, 1, CODE_BAD_REQUEST},
                {W_URI_QUERY, "a", 1, 17, CODE_BAD_REQUEST},
                {W_ACCEPT, "\1", 1, 2, CODE_BAD_OPTION},
                {W_BLOCK1, "\7", 1, 1, CODE_BAD_REQUEST},
                {W_BLOCK1, "", 0, 1, CODE_BAD_OPTION}, /* a GET has no body */
                {W_BLOCK2, "\7", 1, 1, CODE_BAD_REQUEST},
        };
        Bench *bench = *state;

        bench_connect(bench);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Wire request = wire_request((uint16_t)i, METHOD_GET, NULL);

                for (size_t k = 0; k < table[i].times; k++)
                        wire_add(&request, table[i].option, table[i].value, table[i].size);
                assert_int_equal(bench_exchange(bench, &request)->code, table[i].code);
        }
        assert_int_equal(bench->requests, 0);
}

/* RFC 8132, 2.1: which format is asked for cannot be guessed. */
static void test_fetch_without_content_format(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_FETCH, "3");

        bench_connect(bench);
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_UNSUPPORTED_FORMAT);
        assert_int_equal(bench->requests, 0);
}

static int last_format;

static void serve_large(Bench *bench, const Request *request, Response *ret_response)
{
        last_format = request->content_format;
        ret_response->code = CODE_CONTENT;
        ret_response->payload = calloc(1, 40);
        assert_non_null(ret_response->payload);
        ret_response->payload_size = 40;
}

/* Composite operations reach the client whole, whatever they are about, and so do their answers. */
static void test_composite_methods_in_blocks(void **state)
{
        static const uint8_t methods[] = {METHOD_FETCH, METHOD_PATCH, METHOD_IPATCH};
        Bench *bench = *state;
        uint16_t mid = 0;

        bench_connect(bench);
        bench->serve = serve_large;
        for (size_t i = 0; i < ELEMENTSOF(methods); i++) {
                const Wire *answer = NULL;

                for (unsigned number = 0; number < 3; number++) {
                        Wire request = wire_request(++mid, methods[i], NULL);

                        wire_add_uint(&request, W_CONTENT_FORMAT, 112);
                        if (number == 2)
                                wire_add_uint(&request, W_BLOCK2, W_BLOCK(0, 0, 1));
                        wire_add_uint(&request, W_BLOCK1, W_BLOCK(number, number < 2, 0));
                        wire_set_payload(&request, "0123456789abcdef", number < 2 ? 16 : 5);
                        answer = bench_exchange(bench, &request);
                        assert_int_equal(answer->code, number < 2 ? CODE_CONTINUE : CODE_CONTENT);
                }
                assert_int_equal(bench->requests, i + 1);
                assert_int_equal(bench->last_payload_size, 37);
                assert_int_equal(last_format, 112);
                assert_int_equal(wire_uint(answer, W_BLOCK1), W_BLOCK(2, 0, 0));
                assert_int_equal(wire_uint(answer, W_BLOCK2), W_BLOCK(0, 1, 1));
                for (unsigned number = 1; number < 3; number++) {
                        Wire request = wire_request(++mid, methods[i], NULL);

                        wire_add_uint(&request, W_CONTENT_FORMAT, 112);
                        wire_add_uint(&request, W_BLOCK2, W_BLOCK(number, 0, 1));
                        answer = bench_exchange(bench, &request);
                        if (number == 1)
                                assert_int_equal(wire_uint(answer, W_BLOCK2), W_BLOCK(1, 0, 1));
                        else /* the snapshot has gone with its last block, and nothing is done twice */
                                assert_int_equal(answer->code,
                                        methods[i] == METHOD_FETCH ? CODE_BAD_REQUEST : CODE_INCOMPLETE);
                }
                bench->requests = (unsigned)i + 1;
        }
}

static void test_unknown_method(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, 8, "3");

        bench_connect(bench);
        assert_int_equal(CODE_CLASS(bench_exchange(bench, &request)->code), 4);
        assert_int_equal(bench->requests, 0);
}

/* libcoap hands it to the request handler all the same. */
static void test_request_code_in_an_acknowledgement(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_DELETE, "1");

        bench_connect(bench);
        request.type = ACK;
        bench_send(bench, &request);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(bench->requests, 0);
        assert_int_equal(bench->n_got, 1);
}

static void test_observe_is_ignored(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_GET, NULL);
        const Wire *answer;

        bench_connect(bench);
        wire_add_uint(&request, W_OBSERVE, 0);
        wire_add_text(&request, W_URI_PATH, "3");
        answer = bench_exchange(bench, &request);
        assert_int_equal(answer->code, CODE_CHANGED);
        assert_null(wire_option(answer, W_OBSERVE, 0));
}

static void test_non_confirmable_request(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_GET, "3");

        bench_connect(bench);
        request.type = NON;
        for (unsigned i = 0; i < 2; i++) {
                const Wire *answer = bench_exchange(bench, &request);

                assert_int_equal(answer->type, NON);
                assert_int_equal(answer->code, CODE_CHANGED);
        }
        assert_int_equal(bench->requests, 1);
}

static void serve_counter(Bench *bench, const Request *request, Response *ret_response)
{
        ret_response->code = CODE_CONTENT;
        ret_response->payload = (uint8_t *)strdup("0");
        ret_response->payload[0] = (uint8_t)('0' + bench->requests);
        ret_response->payload_size = 1;
        ret_response->content_format = FORMAT_TEXT;
}

/* The same answer, byte for byte; another token or content under the same Message ID is another message. */
static void test_duplicates_get_the_same_answer(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_POST, "execute");

        bench->serve = serve_counter;
        bench_connect(bench);
        for (unsigned i = 0; i < 3; i++) {
                const Wire *answer = bench_exchange(bench, &request);

                assert_int_equal(answer->code, CODE_CONTENT);
                assert_int_equal(wire_uint(answer, W_CONTENT_FORMAT), FORMAT_TEXT);
                assert_int_equal(answer->payload[0], '1');
        }
        assert_int_equal(bench->requests, 1);
        request.token[0]++;
        assert_int_equal(bench_exchange(bench, &request)->payload[0], '2');
        wire_set_payload(&request, "x", 1);
        assert_int_equal(bench_exchange(bench, &request)->payload[0], '3');
        request.mid++;
        assert_int_equal(bench_exchange(bench, &request)->payload[0], '4');
}

static void fill(uint8_t *body, size_t size, unsigned seed)
{
        for (size_t i = 0; i < size; i++)
                body[i] = (uint8_t)(i * 7 + (i >> 8) + seed);
}

static Wire put_block(
        uint16_t mid, const char *segment, const uint8_t *body, size_t size, unsigned number, unsigned szx)
{
        Wire wire = wire_request(mid, METHOD_PUT, segment);
        size_t offset = (size_t)number << (szx + 4), left = size - offset,
               length = MIN_OF(left, (size_t)16 << szx);

        wire_add_uint(&wire, W_CONTENT_FORMAT, FORMAT_TLV);
        wire_add_uint(&wire, W_BLOCK1, W_BLOCK(number, length < left, szx));
        wire_set_payload(&wire, body + offset, length);
        return wire;
}

static void test_block1_two_transfers_interleaved(void **state)
{
        Bench *bench = *state;
        uint8_t one[2000], two[2000];
        size_t n = sizeof(one) / 64; /* the last block has this number */
        uint16_t mid = 0;
        Wire last;

        bench_connect(bench);
        fill(one, sizeof(one), 1);
        fill(two, sizeof(two), 2);
        for (unsigned i = 0; i <= n; i++) {
                Wire a = put_block(mid++, "one", one, sizeof(one), i, 2),
                     b = put_block(mid++, "two", two, sizeof(two), i, 2);
                const Wire *answer;

                bench->n_got = 1;
                answer = bench_exchange(bench, &a);
                assert_int_equal(answer->code, i < n ? CODE_CONTINUE : CODE_CHANGED);
                assert_int_equal(wire_uint(answer, W_BLOCK1), W_BLOCK(i, i < n, 2));
                if (i == n) {
                        assert_int_equal(bench->last_payload_size, sizeof(one));
                        assert_memory_equal(bench->last_payload, one, sizeof(one));
                }
                answer = bench_exchange(bench, &b);
                assert_int_equal(answer->code, i < n ? CODE_CONTINUE : CODE_CHANGED);
                last = b;
        }
        assert_int_equal(bench->last_payload_size, sizeof(two));
        assert_memory_equal(bench->last_payload, two, sizeof(two));
        assert_int_equal(bench->requests, 2);
        assert_int_equal(bench->blocks, 2 * n); /* all but each block 0 */
        /* The last block again: the answer again, the handler not. */
        assert_int_equal(bench_exchange(bench, &last)->code, CODE_CHANGED);
        assert_int_equal(bench->requests, 2);
        assert_int_equal(bench->blocks, 2 * n);
}

static void test_block1_refused(void **state)
{
        Bench *bench = *state;
        uint8_t body[1024];
        Wire wire;

        bench_connect(bench);
        fill(body, sizeof(body), 0);
        /* A block that nothing went before. */
        wire = put_block(1, "0", body, sizeof(body), 3, 2);
        assert_int_equal(bench_exchange(bench, &wire)->code, CODE_INCOMPLETE);
        /* More than there is room for, announced. */
        wire = put_block(2, "0", body, sizeof(body), 0, 2);
        wire_add_uint(&wire, W_SIZE1, 2000000000);
        assert_int_equal(bench_exchange(bench, &wire)->code, CODE_TOO_LARGE);
        assert_int_equal(wire_uint(bench_last(bench), W_SIZE1), 8192);
        /* A gap. */
        wire = put_block(3, "0", body, sizeof(body), 0, 2);
        assert_int_equal(bench_exchange(bench, &wire)->code, CODE_CONTINUE);
        wire = put_block(4, "0", body, sizeof(body), 2, 2);
        assert_int_equal(bench_exchange(bench, &wire)->code, CODE_INCOMPLETE);
        /* Shorter than a block with more behind it is. */
        wire = put_block(5, "0", body, sizeof(body), 1, 2);
        wire.payload_size--;
        assert_int_equal(bench_exchange(bench, &wire)->code, CODE_BAD_REQUEST);
        /* More than there is room for, counted. */
        for (unsigned i = 0; i <= 8; i++) {
                wire = wire_request((uint16_t)(10 + i), METHOD_PUT, "0");
                wire_add_uint(&wire, W_BLOCK1, W_BLOCK(i, 1, 6));
                wire_set_payload(&wire, body, sizeof(body));
                assert_int_equal(bench_exchange(bench, &wire)->code, i < 8 ? CODE_CONTINUE : CODE_TOO_LARGE);
        }
        assert_int_equal(bench->requests, 0);
}

/* A datagram of more than libcoap's usual 1152 bytes. */
static void test_large_datagram(void **state)
{
        Bench *bench = *state;
        Wire wire = wire_request(1, METHOD_PUT, "0");
        uint8_t body[1400];

        bench_connect(bench);
        fill(body, sizeof(body), 0);
        wire_set_payload(&wire, body, sizeof(body));
        assert_int_equal(bench_exchange(bench, &wire)->code, CODE_CHANGED);
        assert_int_equal(bench->last_payload_size, sizeof(body));
        assert_memory_equal(bench->last_payload, body, sizeof(body));
}

static void serve_body(Bench *bench, const Request *request, Response *ret_response)
{
        ret_response->code = CODE_CONTENT;
        ret_response->content_format = FORMAT_TLV;
        ret_response->payload_size = 3000;
        ret_response->payload = malloc(3000);
        fill(ret_response->payload, 3000, bench->requests);
}

static void fetch(Bench *bench, uint16_t mid, unsigned szx, bool first_without)
{
        unsigned requests = bench->requests;
        uint8_t body[3000], got[4096];
        bool more = true;
        size_t n = 0;

        fill(body, sizeof(body), requests + 1);
        for (unsigned i = 0; more; i++) {
                Wire request = wire_request((uint16_t)(mid + i), METHOD_GET, "1");
                const Wire *answer;

                if (i > 0 || !first_without)
                        wire_add_uint(&request, W_BLOCK2, W_BLOCK(i, 0, szx));
                bench->n_got = 1;
                answer = bench_exchange(bench, &request);
                assert_int_equal(answer->code, CODE_CONTENT);
                assert_int_equal(wire_uint(answer, W_CONTENT_FORMAT), FORMAT_TLV);
                assert_int_equal(wire_option(answer, W_ETAG, 0)->size, 8);
                more = wire_uint(answer, W_BLOCK2) & 8;
                assert_int_equal(wire_uint(answer, W_BLOCK2), W_BLOCK(i, more, szx));
                assert_int_equal(wire_uint(answer, W_SIZE2), i == 0 ? 3000 : -1);
                memcpy(got + n, answer->payload, answer->payload_size);
                n += answer->payload_size;
        }
        assert_int_equal(n, sizeof(body));
        assert_memory_equal(got, body, sizeof(body));
        assert_int_equal(bench->requests, requests + 1);
}

static void test_block2(void **state)
{
        Bench *bench = *state;
        Wire behind = wire_request(7, METHOD_GET, "1");

        bench->serve = serve_body;
        bench_connect(bench);
        fetch(bench, 1000, 6, true);
        fetch(bench, 2000, 6, false);
        fetch(bench, 3000, 2, false);
        wire_add_uint(&behind, W_BLOCK2, W_BLOCK(3, 0, 6));
        assert_int_equal(bench_exchange(bench, &behind)->code, CODE_BAD_REQUEST);
}

static void test_own_block_size(void **state)
{
        Bench *bench = *state;
        CoapSettings coap = {100 * MSEC, 1.0, 1, 32, 8192};
        Wire request = wire_request(1, METHOD_GET, "1");

        bench->serve = serve_body;
        bench_connect_with(bench, &coap);
        wire_add_uint(&request, W_BLOCK2, W_BLOCK(0, 0, 6));
        assert_int_equal(wire_uint(bench_exchange(bench, &request), W_BLOCK2), W_BLOCK(0, 1, 1));
        assert_int_equal(bench_last(bench)->payload_size, 32);
}

static void serve_located(Bench *bench, const Request *request, Response *ret_response)
{
        ret_response->code = CODE_CREATED;
        assert_return_code(texts_add(&ret_response->location, "1"), 0);
        assert_return_code(texts_add(&ret_response->location, "7"), 0);
}

static void test_location_in_an_answer(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_POST, "1");
        const Wire *answer;

        bench->serve = serve_located;
        bench_connect(bench);
        answer = bench_exchange(bench, &request);
        assert_int_equal(answer->code, CODE_CREATED);
        assert_memory_equal(wire_option(answer, W_LOCATION_PATH, 1)->value, "7", 1);
}

static void forget(Bench *bench, const Wire *wire)
{
        bench->n_got = 1;
}

/* Nothing that comes may end the session, or be taken for a request. */
static void test_garbage(void **state)
{
        Bench *bench = *state;
        const Datagram *to = &bench->got[0];
        Wire request = wire_request(1, METHOD_GET, "3");
        uint8_t bytes[128];
        unsigned seed = 1;

        bench_connect(bench);
        bench->script = forget;
        for (unsigned i = 0; i < 500; i++) {
                size_t size = wire_build(&request, bytes);

                seed = seed * 1103515245 + 12345;
                bytes[(seed >> 8) % size] ^= (uint8_t)(1 + (seed >> 16) % 255);
                size -= i % 4 == 0 ? (seed >> 24) % size : 0;
                (void)sendto(bench->fd, bytes, size, 0, (const struct sockaddr *)&to->from, to->from_size);
                assert_return_code(sd_event_run(bench->event, 0), 0);
        }
        bench_run_for(bench, 50 * MSEC);
        bench->script = NULL;
        request.mid = 9999;
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_CHANGED);
        assert_int_equal(bench->failed, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, bench_setup, bench_teardown)
                T(test_dispatch),
                T(test_refused_without_the_handler),
                T(test_fetch_without_content_format),
                T(test_composite_methods_in_blocks),
                T(test_unknown_method),
                T(test_request_code_in_an_acknowledgement),
                T(test_observe_is_ignored),
                T(test_non_confirmable_request),
                T(test_duplicates_get_the_same_answer),
                T(test_block1_two_transfers_interleaved),
                T(test_block1_refused),
                T(test_large_datagram),
                T(test_block2),
                T(test_own_block_size),
                T(test_location_in_an_answer),
                T(test_garbage),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
