/* SPDX-License-Identifier: Apache-2.0 */
/* A connection against a scripted peer on raw datagrams: opening, addresses, deadlines, further requests. */
#include "peer.h"

#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <semaphore.h>

#define MSEC USEC_PER_MSEC

static sem_t release; /* ends a name that hangs */

/* Stands in for the library's. "two.test": nobody listens at the first address; "localhost": ::1 first;
 * "silent.test": both are the peer's; "hang.test" takes until it is released. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
        static struct sockaddr_in four[2];
        static struct sockaddr_in6 six;
        static struct addrinfo list[2];
        bool literal = inet_pton(AF_INET, host, &four[0].sin_addr) == 1, first_is_six;

        six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
        first_is_six =
                inet_pton(AF_INET6, strcmp(host, "localhost") == 0 ? "::1" : host, &six.sin6_addr) == 1;
        for (size_t i = 0; i < 2; i++) {
                four[i].sin_family = AF_INET;
                four[i].sin_port = six.sin6_port;
                if (!literal)
                        four[i].sin_addr.s_addr =
                                htonl(INADDR_LOOPBACK + (i == 0 && strcmp(host, "two.test") == 0));
                list[i] = (struct addrinfo){.ai_family = AF_INET,
                        .ai_addr = (struct sockaddr *)&four[i],
                        .ai_addrlen = sizeof(four[i])};
        }
        if (first_is_six)
                list[0] = (struct addrinfo){.ai_family = AF_INET6,
                        .ai_addr = (struct sockaddr *)&six,
                        .ai_addrlen = sizeof(six)};
        *ret = list;
        if (literal || strchr(host, ':'))
                return 0;
        if ((hints->ai_flags & AI_NUMERICHOST) || strcmp(host, "nobody.test") == 0)
                return EAI_NONAME;
        list[0].ai_next = &list[1];
        if (strcmp(host, "hang.test") == 0)
                (void)sem_wait(&release);
        return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
}

static void test_opening_is_answered(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        assert_string_equal(bench->stages, "rq");
        assert_int_equal(bench->answer_code, CODE_CHANGED);
        assert_int_equal(bench->n_got, 1);
        assert_int_equal(bench_last(bench)->type, CON);
        assert_int_equal(bench_last(bench)->code, METHOD_POST);
        assert_int_equal(bench_last(bench)->token_size, 8);
        assert_int_equal(bench_last(bench)->n_options, 2);
        assert_memory_equal(wire_option(bench_last(bench), W_URI_PATH, 0)->value, "bs", 2);
        assert_memory_equal(wire_option(bench_last(bench), W_URI_QUERY, 0)->value, "ep=device", 9);
        assert_int_equal(strncmp(connection_peer_address(bench->connection), "127.0.0.1:", 10), 0);
        assert_string_equal(connection_cipher(bench->connection), "");
}

static void answer_location(Bench *bench, const Wire *wire)
{
        Wire answer = {.type = ACK, .code = CODE_CREATED, .mid = wire->mid, .token_size = 8};

        memcpy(answer.token, wire->token, 8);
        wire_add_text(&answer, W_LOCATION_PATH, "rd");
        wire_add_text(&answer, W_LOCATION_PATH, "a/b");
        bench_send(bench, &answer);
}

static void test_location_is_kept(void **state)
{
        Bench *bench = *state;

        bench->script = answer_location;
        bench_open(bench, "127.0.0.1", 0);
        bench_run(bench, &bench->answered, 1);
        assert_int_equal(bench->answer_code, CODE_CREATED);
        assert_int_equal(bench->n_location, 2);
}

/* The attempt lasts exactly as long as our own clock says; retransmissions are libcoap's. */
static void test_silence_ends_at_the_deadline(void **state)
{
        Bench *bench = *state;
        uint64_t elapsed;

        bench_open(bench, "127.0.0.1", 1300 * MSEC);
        bench_run(bench, &bench->failed, 1);
        elapsed = bench_now() - bench->got[0].time;
        assert_int_equal(bench->failure.name, FAILURE_TIMEOUT);
        assert_non_null(strstr(bench->failure.sentence, "Bootstrap Server coap://127.0.0.1:"));
        assert_in_range(elapsed, 1290 * MSEC, 2300 * MSEC);
        assert_int_equal(bench->n_got, 2);
        assert_int_equal(bench->got[0].wire.mid, bench->got[1].wire.mid);
        assert_in_range(bench->got[1].time - bench->got[0].time, 900 * MSEC, 1290 * MSEC);
        assert_int_equal(bench->memory.last_silent.size, sizeof(struct sockaddr_in));
}

/* libcoap knows no "never": its retransmission lies behind every deadline of ours. */
static void test_no_retransmission_when_none_is_wanted(void **state)
{
        Bench *bench = *state;
        CoapSettings coap = {2500 * MSEC, 1.0, 0, 1024, 8192};
        Request opening = REQUEST_INIT;

        opening.method = METHOD_POST;
        bench_open_request(bench, "127.0.0.1", &coap, &opening);
        bench_run(bench, &bench->failed, 1);
        assert_in_range(bench_now() - bench->got[0].time, 2490 * MSEC, 3500 * MSEC);
        assert_int_equal(bench->n_got, 1);
}

static void test_refused_address_gives_way_at_once(void **state)
{
        Bench *bench = *state;

        bench->script = bench_accept;
        bench_open(bench, "two.test", 5 * USEC_PER_SEC);
        bench_run(bench, &bench->answered, 1);
        assert_string_equal(bench->stages, "rqq");
        assert_int_equal(bench->n_got, 1);
        assert_int_equal(bench->memory.last_silent.size, 0);
}

static void test_last_address_refused(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "127.0.0.9", 5 * USEC_PER_SEC);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_REFUSED);
        assert_non_null(strstr(bench->failure.sentence, "(127.0.0.9:"));
}

static void test_no_route(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "255.255.255.255", 5 * USEC_PER_SEC);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_NO_ROUTE);
}

/* Each address has a new port, first Message ID and token. */
static void test_silent_address_gives_way_at_its_deadline(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "silent.test", 200 * MSEC);
        bench_run(bench, &bench->failed, 1);
        assert_string_equal(bench->stages, "rqq");
        assert_int_equal(bench->n_got, 2);
        assert_in_range(bench->got[1].time - bench->got[0].time, 195 * MSEC, 1200 * MSEC);
        assert_memory_not_equal(&bench->got[0].from, &bench->got[1].from, sizeof(struct sockaddr_in));
        assert_int_not_equal(bench->got[0].wire.mid, bench->got[1].wire.mid);
        assert_memory_not_equal(bench->got[0].wire.token, bench->got[1].wire.token, 8);
}

static void test_next_attempt_starts_behind_the_silent_address(void **state)
{
        Bench *bench = *state;
        struct sockaddr_in *silent = (struct sockaddr_in *)&bench->memory.last_silent.address;

        *silent = (struct sockaddr_in){.sin_family = AF_INET,
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1),
                .sin_port = htons(bench->port)};
        bench->memory.last_silent.size = sizeof(*silent);
        bench->script = bench_accept;
        bench_open(bench, "two.test", 0);
        bench_run(bench, &bench->answered, 1);
        assert_string_equal(bench->stages, "rq");
}

static void test_unknown_name(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "nobody.test", 0);
        bench_run(bench, &bench->failed, 1);
        assert_string_equal(bench->stages, "r");
        assert_int_equal(bench->failure.name, FAILURE_NAME_RESOLUTION_FAILED);
        assert_non_null(strstr(bench->failure.sentence, "nobody.test"));
}

/* The deadline is ours; the thread may hang on. */
static void test_name_that_hangs(void **state)
{
        Bench *bench = *state;
        uint64_t begin = bench_now();

        bench_open(bench, "hang.test", 0);
        bench_run(bench, &bench->failed, 1);
        assert_in_range(bench_now() - begin, 300 * MSEC, 1300 * MSEC);
        assert_int_equal(bench->failure.name, FAILURE_NAME_RESOLUTION_FAILED);
        (void)sem_post(&release);
}

static void test_localhost_with_a_peer_on_ipv4_only(void **state)
{
        Bench *bench = *state;
        uint64_t begin = bench_now();

        bench->script = bench_accept;
        bench_open(bench, "localhost", 0);
        bench_run(bench, &bench->answered, 1);
        assert_in_range(bench_now() - begin, 0, 1000 * MSEC);
}

static void test_ipv6(void **state)
{
        Bench *bench = *state;

        bench_unbind(bench);
        bench_bind(bench, AF_INET6);
        bench->script = bench_accept;
        bench_open(bench, "[::1]", 0);
        bench_run(bench, &bench->answered, 1);
        assert_int_equal(strncmp(connection_peer_address(bench->connection), "[::1]:", 6), 0);
}

/* No such interface: a literal, so that nobody is asked. */
static void test_link_local_without_interface(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "[fe80::1]", 0);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_NO_ROUTE);
}

static void test_idle(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        bench_assert_idle(bench);
}

static void test_unusable_uri(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "user@host", 0);
        assert_int_equal(bench->failed, 0);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_INVALID_CONFIGURATION);
}

static void acknowledge(Bench *bench, const Wire *wire)
{
        Wire ack = {.type = ACK, .mid = wire->mid};

        if (wire->type == CON)
                bench_send(bench, &ack);
}

static void test_empty_acknowledgement_then_silence(void **state)
{
        Bench *bench = *state;

        bench->script = acknowledge;
        bench_open(bench, "127.0.0.1", 400 * MSEC);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_TIMEOUT);
        assert_in_range(bench_now() - bench->got[0].time, 395 * MSEC, 1400 * MSEC);
        assert_int_equal(bench->n_got, 1);
}

static void respond_separately(Bench *bench, const Wire *wire)
{
        Wire answer = {.type = CON, .code = CODE_CHANGED, .mid = 0x7777, .token_size = 8};

        if (wire->type != CON)
                return;
        acknowledge(bench, wire);
        memcpy(answer.token, wire->token, 8);
        bench_send(bench, &answer);
}

static void test_separate_response_is_acknowledged(void **state)
{
        Bench *bench = *state;

        bench->script = respond_separately;
        bench_open(bench, "127.0.0.1", 0);
        bench_run_datagrams(bench, 2);
        assert_int_equal(bench->answered, 1);
        assert_int_equal(bench_last(bench)->type, ACK);
        assert_int_equal(bench_last(bench)->code, 0);
        assert_int_equal(bench_last(bench)->mid, 0x7777);
}

static void respond_twice(Bench *bench, const Wire *wire)
{
        Wire answer = {.type = NON, .code = CODE_CHANGED, .mid = 1, .token_size = 8};

        if (wire->type != CON)
                return;
        memcpy(answer.token, wire->token, 8);
        bench_send(bench, &answer);
        answer.mid = 2;
        bench_send(bench, &answer);
}

static void test_second_response_changes_nothing(void **state)
{
        Bench *bench = *state;

        bench->script = respond_twice;
        bench_open(bench, "127.0.0.1", 300 * MSEC);
        bench_run(bench, &bench->answered, 1);
        bench_run_for(bench, 400 * MSEC);
        assert_int_equal(bench->answered, 1);
        assert_int_equal(bench->failed, 0);
}

static void reset(Bench *bench, const Wire *wire)
{
        Wire answer = {.type = RST, .mid = wire->mid};

        bench_send(bench, &answer);
}

static void test_reset_refuses_the_address(void **state)
{
        Bench *bench = *state;

        bench->script = reset;
        bench_open(bench, "127.0.0.1", 5 * USEC_PER_SEC);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_REFUSED);
        assert_non_null(strstr(bench->failure.sentence, "Reset"));
}

/* RFC 7252, 4.2: of a message that is not there. libcoap 4.3.2 and later tell of it. */
static void test_reset_of_something_else_is_ignored(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_GET, "3"), answer = {.type = RST};

        bench_open(bench, "127.0.0.1", 5 * USEC_PER_SEC);
        bench_run_datagrams(bench, 1);
        answer.mid = bench->got[0].wire.mid ^ 0x5555;
        bench_send(bench, &answer);
        bench_accept(bench, &bench->got[0].wire);
        bench_run(bench, &bench->answered, 1);
        bench_send(bench, &answer);
        answer.mid = bench->got[0].wire.mid; /* acknowledged, so it is not there any more */
        bench_send(bench, &answer);
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_CHANGED);
        assert_int_equal(bench->failed, 0);
}

/* A foreign token, and a token without its Message ID. */
static void test_foreign_responses_are_ignored(void **state)
{
        Bench *bench = *state;
        Wire answer = {.type = NON, .code = CODE_CHANGED, .mid = 9, .token_size = 8, .token = {1, 2, 3, 4}};

        bench_open(bench, "127.0.0.1", 500 * MSEC);
        bench_run_datagrams(bench, 1);
        bench_send(bench, &answer);
        answer.token_size = 0;
        answer.mid = 10;
        bench_send(bench, &answer);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->answered, 0);
}

/* A Bootstrap Server may begin before its 2.04 arrives. */
static void test_answered_request_accepts_the_opening(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_DELETE, NULL);

        bench_open(bench, "127.0.0.1", 200 * MSEC);
        bench_run_datagrams(bench, 1);
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_CHANGED);
        bench_run_for(bench, 400 * MSEC);
        assert_int_equal(bench->failed, 0);
        bench_answer(bench, &bench->got[0].wire, CODE_CHANGED);
        bench_run(bench, &bench->answered, 1);
}

static void serve_nothing(Bench *bench, const Request *request, Response *ret_response)
{
}

/* The empty acknowledgement decides nothing, and the same message is asked again. */
static void test_request_without_response(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_GET, "3");

        bench->serve = serve_nothing;
        bench_open(bench, "127.0.0.1", 500 * MSEC);
        bench_run_datagrams(bench, 1);
        for (unsigned i = 1; i <= 2; i++) {
                const Wire *ack = bench_exchange(bench, &request);

                assert_int_equal(ack->type, ACK);
                assert_int_equal(ack->code, 0);
                assert_int_equal(ack->token_size, 0);
                assert_int_equal(bench->requests, i);
        }
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_TIMEOUT);
}

static void test_non_confirmable_request_without_response(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_GET, "3");

        bench->serve = serve_nothing;
        bench_connect(bench);
        request.type = NON;
        bench_send(bench, &request);
        bench_run(bench, &bench->requests, 1);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(bench->n_got, 1);
}

static void request_more(Bench *bench, const char *segment)
{
        Request request = REQUEST_INIT;

        request.method = METHOD_POST;
        assert_return_code(texts_add(&request.path, segment), 0);
        connection_request(bench->connection, &request, bench_answer_received, bench);
        request_done(&request);
}

static void test_further_requests_leave_one_after_the_other(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        request_more(bench, "one");
        request_more(bench, "two");
        bench_run_datagrams(bench, 2);
        bench_run_for(bench, 100 * MSEC);
        assert_int_equal(bench->n_got, 2);
        assert_memory_equal(wire_option(bench_last(bench), W_URI_PATH, 0)->value, "one", 3);
        bench_answer(bench, bench_last(bench), CODE_CHANGED);
        bench_run_datagrams(bench, 3);
        assert_int_equal(bench->answers, 1);
        assert_memory_equal(wire_option(bench_last(bench), W_URI_PATH, 0)->value, "two", 3);
        bench_answer(bench, bench_last(bench), CODE_BAD_REQUEST);
        bench_run(bench, &bench->answers, 2);
        assert_int_equal(bench->answer_code, CODE_BAD_REQUEST);
}

static void test_unanswered_request_leaves_the_connection_open(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        request_more(bench, "one");
        bench_run(bench, &bench->unanswered, 1);
        assert_int_equal(bench->failure.name, FAILURE_TIMEOUT);
        assert_int_equal(bench->failed, 0);
        bench->script = bench_accept;
        request_more(bench, "two");
        bench_run(bench, &bench->answers, 1);
}

/* An open session outlives ICMP, but when no answer comes, that was why. */
static void test_unanswered_request_that_met_icmp(void **state)
{
        Bench *bench = *state;
        uint64_t begin;

        bench_connect(bench);
        bench_unbind(bench);
        begin = bench_now();
        request_more(bench, "one");
        bench_run(bench, &bench->unanswered, 1);
        assert_in_range(bench_now() - begin, 290 * MSEC, 1300 * MSEC);
        assert_int_equal(bench->failure.name, FAILURE_REFUSED);
        assert_non_null(strstr(bench->failure.sentence, "ICMP"));
        assert_int_equal(bench->failed, 0);

        /* Of that request only: the next one is just not answered. */
        bench_bind_to(bench, AF_INET, bench->port);
        request_more(bench, "two");
        bench_run(bench, &bench->unanswered, 2);
        assert_int_equal(bench->failure.name, FAILURE_TIMEOUT);
}

/* Nothing fails at once: from the loop, as the connection's failure. */
static void test_request_before_the_opening_is_answered(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "127.0.0.1", 0);
        bench_run_datagrams(bench, 1);
        request_more(bench, "early");
        assert_int_equal(bench->failed, 0);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_CONNECTION_LOST);
        assert_int_equal(bench->answers + bench->unanswered, 0);
        assert_int_equal(bench->n_got, 1);
}

static void test_more_requests_than_may_wait(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        for (unsigned i = 0; i < 16; i++)
                request_more(bench, "one");
        request_more(bench, "too many");
        assert_int_equal(bench->failed, 0);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_CONNECTION_LOST);
        assert_int_equal(bench->answers + bench->unanswered, 0);
}

static int build_last(const Response *answer, Request *ret)
{
        *ret = REQUEST_INIT;
        ret->method = METHOD_DELETE;
        return CODE_CLASS(answer->code) == 2 ? 0 : -ENOENT;
}

static void close_with(Bench *bench, uint64_t timeout)
{
        connection_close_with(bench->connection, build_last, timeout, bench_done, bench, NULL);
        bench->connection = NULL;
}

static void test_last_request_answered(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        close_with(bench, 5 * USEC_PER_SEC);
        bench_run_datagrams(bench, 2);
        assert_int_equal(bench_last(bench)->code, METHOD_DELETE);
        assert_int_equal(bench->done, 0);
        bench_answer(bench, bench_last(bench), CODE_DELETED);
        bench_run(bench, &bench->done, 1);
}

static void test_last_request_unanswered(void **state)
{
        Bench *bench = *state;
        uint64_t begin;

        bench_connect(bench);
        request_more(bench, "under-way");
        begin = bench_now();
        close_with(bench, 300 * MSEC);
        bench_run(bench, &bench->done, 1);
        assert_in_range(bench_now() - begin, 295 * MSEC, 1300 * MSEC);
        assert_int_equal(bench->n_got, 3);
        assert_int_equal(bench_last(bench)->code, METHOD_DELETE);
        assert_int_equal(bench->answers + bench->unanswered, 0);
}

static void test_last_request_without_connection(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "127.0.0.1", 0);
        close_with(bench, 5 * USEC_PER_SEC);
        assert_int_equal(bench->done, 0);
        bench_run(bench, &bench->done, 1);
        assert_int_equal(bench->n_got, 0);
}

/* What the opening request makes at the peer does not stay behind: its answer is waited for. */
static void test_last_request_waits_for_the_opening(void **state)
{
        Bench *bench = *state;

        bench_open(bench, "silent.test", 0);
        bench_run_datagrams(bench, 1);
        close_with(bench, 5 * USEC_PER_SEC);
        bench_run_for(bench, 50 * MSEC);
        assert_int_equal(bench->done, 0);
        bench_answer(bench, &bench->got[0].wire, CODE_CREATED);
        bench_run_datagrams(bench, bench->n_got + 1);
        assert_int_equal(bench_last(bench)->code, METHOD_DELETE);
        bench_answer(bench, bench_last(bench), CODE_DELETED);
        bench_run(bench, &bench->done, 1);
        assert_int_equal(bench->answered, 0);
}

static void test_nothing_to_say_behind_a_refused_opening(void **state)
{
        Bench *bench = *state;
        size_t n;

        bench_open(bench, "127.0.0.1", 0);
        bench_run_datagrams(bench, 1);
        close_with(bench, 5 * USEC_PER_SEC);
        bench_answer(bench, &bench->got[0].wire, CODE_FORBIDDEN);
        n = bench->n_got;
        bench_run(bench, &bench->done, 1);
        assert_int_equal(bench->n_got, n);
        assert_int_equal(bench->answered + bench->failed, 0);
}

/* Neither another address nor longer than the time given, whatever MAX_TRANSMIT_WAIT is. */
static void test_opening_that_is_not_answered_is_not_waited_for_longer(void **state)
{
        Bench *bench = *state;
        uint64_t begin;

        bench_open(bench, "silent.test", 6 * USEC_PER_SEC);
        bench_run_datagrams(bench, 1);
        begin = bench_now();
        close_with(bench, 200 * MSEC);
        bench_run(bench, &bench->done, 1);
        assert_in_range(bench_now() - begin, 195 * MSEC, 1200 * MSEC);
        assert_int_equal(bench->n_got, 1);

        bench_open(bench, "two.test", 6 * USEC_PER_SEC);
        bench->stages[0] = 0;
        bench->on_stage = NULL;
        while (strlen(bench->stages) < 2) /* at the address where nobody listens */
                assert_return_code(sd_event_run(bench->event, 100 * MSEC), 0);
        close_with(bench, 5 * USEC_PER_SEC);
        bench_run(bench, &bench->done, 2);
        assert_int_equal(bench->n_got, 1);
}

/* Register with a large object list: fresh tokens, no Size1; the answer to the last block counts. */
static void answer_blocks(Bench *bench, const Wire *wire)
{
        int64_t block = wire_uint(wire, W_BLOCK1);
        Wire answer = {.type = ACK, .mid = wire->mid, .token_size = 8};

        if (wire->type != CON)
                return;
        memcpy(answer.token, wire->token, 8);
        answer.code = block & 8 ? CODE_CONTINUE : CODE_CREATED;
        /* After the first block the peer wants 32 bytes. */
        wire_add_uint(&answer, W_BLOCK1, (uint32_t)(block >> 4) << 4 | ((uint32_t)block & 8) | 1);
        bench_send(bench, &answer);
}

static void test_opening_in_blocks(void **state)
{
        Bench *bench = *state;
        CoapSettings coap = {100 * MSEC, 1.0, 1, 64, 8192};
        Request opening = REQUEST_INIT;
        uint8_t body[200], got[200];
        size_t n = 0;

        for (size_t i = 0; i < sizeof(body); i++)
                body[i] = (uint8_t)i;
        opening.method = METHOD_POST;
        opening.payload = body;
        opening.payload_size = sizeof(body);
        bench->script = answer_blocks;
        bench_open_request(bench, "127.0.0.1", &coap, &opening);
        bench_run(bench, &bench->answered, 1);
        assert_int_equal(bench->answer_code, CODE_CREATED);
        assert_int_equal(bench->n_got, 1 + 5); /* 64, then 32 each */
        for (size_t i = 0; i < bench->n_got; i++) {
                const Wire *wire = &bench->got[i].wire;
                int64_t block = wire_uint(wire, W_BLOCK1);

                assert_int_equal(((block >> 4) << ((block & 7) + 4)), n);
                memcpy(got + n, wire->payload, wire->payload_size);
                n += wire->payload_size;
                assert_null(wire_option(wire, W_SIZE1, 0));
                if (i > 0)
                        assert_memory_not_equal(wire->token, bench->got[i - 1].wire.token, 8);
        }
        assert_int_equal(n, sizeof(body));
        assert_memory_equal(got, body, sizeof(body));
}

/* -- Another opening request -- */

static void ask_otherwise(Bench *bench)
{
        Request request = REQUEST_INIT;

        request.method = METHOD_GET;
        assert_return_code(connection_reopen(bench->connection, &request), 0);
}

static bool ask_otherwise_once(Bench *bench)
{
        if (bench->otherwise == 1)
                ask_otherwise(bench);
        return bench->otherwise == 1;
}

static void ask_otherwise_at_first(Bench *bench)
{
        if (bench->answered == 1)
                ask_otherwise(bench);
}

/* The other request leaves from the same port, with a token of its own, and the first one is forgotten. */
static void assert_reopened(Bench *bench, size_t first, size_t second)
{
        const Datagram *a = &bench->got[first], *b = &bench->got[second];

        assert_int_equal(a->wire.code, METHOD_POST);
        assert_int_equal(b->wire.code, METHOD_GET);
        assert_memory_equal(&a->from, &b->from, sizeof(struct sockaddr_in));
        assert_memory_not_equal(a->wire.token, b->wire.token, 8);
}

static void test_reopened_when_answered(void **state)
{
        Bench *bench = *state;

        bench_connect(bench);
        ask_otherwise(bench);
        bench_run_datagrams(bench, 2);
        assert_reopened(bench, 0, 1);
        bench_answer(bench, &bench->got[1].wire, CODE_CONTENT);
        bench_run(bench, &bench->answered, 2);
        assert_int_equal(bench->answer_code, CODE_CONTENT);
        assert_string_equal(bench->stages, "rq");
}

/* Inside of answered, and then silence: it has a deadline of its own. */
static void test_reopened_inside_answered(void **state)
{
        Bench *bench = *state;

        bench->on_answered = ask_otherwise_at_first;
        bench_connect(bench);
        bench_run(bench, &bench->failed, 1);
        assert_reopened(bench, 0, 1);
        assert_int_equal(bench->failure.name, FAILURE_TIMEOUT);
        assert_int_equal(bench->answered, 1);
}

static void test_reopened_when_unanswered(void **state)
{
        Bench *bench = *state;
        Wire late = {.type = CON, .code = CODE_CONTENT, .mid = 77, .token_size = 8};
        CoapSettings coap = {100 * MSEC, 1.0, 0, 1024, 8192};
        Request opening = REQUEST_INIT;

        bench->on_unanswered = ask_otherwise_once;
        opening.method = METHOD_POST;
        bench_open_request(bench, "127.0.0.1", &coap, &opening);
        bench_run(bench, &bench->otherwise, 1);
        bench_run_datagrams(bench, 2);
        assert_reopened(bench, 0, 1);
        assert_in_range(bench->got[1].time - bench->got[0].time, 95 * MSEC, 1200 * MSEC);

        memcpy(late.token, bench->got[0].wire.token, 8);
        assert_int_equal(bench_exchange(bench, &late)->type, RST);
        assert_int_equal(bench->answered, 0);
        bench_answer(bench, &bench->got[1].wire, CODE_CHANGED);
        bench_run(bench, &bench->answered, 1);
        assert_int_equal(bench->failed, 0);
}

static void test_reopened_after_a_reset(void **state)
{
        Bench *bench = *state;

        bench->script = reset;
        bench->on_unanswered = ask_otherwise_once;
        bench_open(bench, "127.0.0.1", 5 * USEC_PER_SEC);
        bench_run(bench, &bench->failed, 1);
        assert_reopened(bench, 0, 1);
        assert_int_equal(bench->otherwise, 2);
}

/* What was asked at last is what the next address is asked. */
static void test_next_address_after_a_reopening(void **state)
{
        Bench *bench = *state;
        CoapSettings coap = {100 * MSEC, 1.0, 0, 1024, 8192};
        Request opening = REQUEST_INIT;

        bench->on_unanswered = ask_otherwise_once;
        opening.method = METHOD_POST;
        bench_open_request(bench, "silent.test", &coap, &opening);
        bench_run(bench, &bench->failed, 1);
        assert_string_equal(bench->stages, "rqq");
        assert_int_equal(bench->n_got, 3);
        assert_reopened(bench, 0, 1);
        assert_int_equal(bench->got[2].wire.code, METHOD_GET);
}

/* A request of the peer has accepted the first one: the second one has a deadline all the same. */
static void test_reopened_when_accepted(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_DELETE, NULL);

        bench_open(bench, "127.0.0.1", 200 * MSEC);
        bench_run_datagrams(bench, 1);
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_CHANGED);
        ask_otherwise(bench);
        bench_run(bench, &bench->failed, 1);
        assert_int_equal(bench->failure.name, FAILURE_TIMEOUT);
}

/* The answer in blocks of 16 bytes: each that is asked for again tells. */
static void answer_in_blocks(Bench *bench, const Wire *wire)
{
        Wire answer = {.type = ACK, .code = CODE_CONTENT, .mid = wire->mid, .token_size = 8};
        int64_t number = wire_option(wire, W_BLOCK2, 0) ? wire_uint(wire, W_BLOCK2) >> 4 : 0;

        memcpy(answer.token, wire->token, 8);
        wire_add_uint(&answer, W_BLOCK2, W_BLOCK(number, number < 2, 0));
        wire_set_payload(&answer, "0123456789abcdef", 16);
        bench_send(bench, &answer);
}

static void test_blocks_of_the_answer_are_told(void **state)
{
        Bench *bench = *state;

        bench->script = answer_in_blocks;
        bench_open(bench, "127.0.0.1", 0);
        bench_run(bench, &bench->answered, 1);
        assert_int_equal(bench->n_got, 3);
        assert_int_equal(bench->blocks, 2);
}

static void close_connection(Bench *bench)
{
        bench->connection = connection_close(bench->connection);
}

static bool close_when_unanswered(Bench *bench)
{
        close_connection(bench);
        return true;
}

static void close_in_serve(Bench *bench, const Request *request, Response *ret_response)
{
        ret_response->code = CODE_CHANGED;
        close_connection(bench);
}

static void test_closed_in_every_callback(void **state)
{
        Bench *bench = *state;
        Wire request = wire_request(1, METHOD_GET, "3");

        for (size_t n = 1; n <= 2; n++) { /* in the first stage, in the second one */
                bench->stages[0] = 0;
                bench->on_stage = n == 1 ? close_connection : NULL;
                bench_open(bench, "127.0.0.1", 0);
                if (n == 2)
                        bench_run_datagrams(bench, 1);
                bench_run_for(bench, 20 * MSEC);
                close_connection(bench);
        }
        bench->on_stage = NULL;
        bench->on_answered = close_connection;
        bench_connect(bench);
        assert_null(bench->connection);
        bench->on_answered = NULL;
        bench->on_unanswered = close_when_unanswered;
        bench_open(bench, "127.0.0.1", 0);
        bench_run(bench, &bench->otherwise, 1);
        assert_null(bench->connection);

        bench->answered = 0;
        bench_connect(bench);
        bench->serve = close_in_serve;
        /* The answer of a request in whose handler the connection is closed leaves all the same. */
        assert_int_equal(bench_exchange(bench, &request)->code, CODE_CHANGED);
        assert_null(bench->connection);
}

static size_t count_fds(void)
{
        DIR *directory = opendir("/proc/self/fd");
        size_t n = 0;

        assert_non_null(directory);
        while (readdir(directory))
                n++;
        (void)closedir(directory);
        return n;
}

/* With a CON in flight, which libcoap would keep the session for. */
static void test_thousand_connections(void **state)
{
        Bench *bench = *state;
        size_t before = 0;

        for (unsigned i = 0; i <= 1000; i++) {
                bench->n_got = 0;
                bench_open(bench, "127.0.0.1", 0);
                bench->stages[0] = 0;
                bench_run_datagrams(bench, 1);
                close_connection(bench);
                if (i == 0) /* the loop keeps its timer */
                        before = count_fds();
        }
        assert_int_equal(count_fds(), before);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, bench_setup, bench_teardown)
                T(test_opening_is_answered),
                T(test_location_is_kept),
                T(test_silence_ends_at_the_deadline),
                T(test_no_retransmission_when_none_is_wanted),
                T(test_refused_address_gives_way_at_once),
                T(test_last_address_refused),
                T(test_no_route),
                T(test_silent_address_gives_way_at_its_deadline),
                T(test_next_attempt_starts_behind_the_silent_address),
                T(test_unknown_name),
                T(test_name_that_hangs),
                T(test_localhost_with_a_peer_on_ipv4_only),
                T(test_ipv6),
                T(test_link_local_without_interface),
                T(test_idle),
                T(test_unusable_uri),
                T(test_empty_acknowledgement_then_silence),
                T(test_separate_response_is_acknowledged),
                T(test_second_response_changes_nothing),
                T(test_reset_refuses_the_address),
                T(test_reset_of_something_else_is_ignored),
                T(test_foreign_responses_are_ignored),
                T(test_answered_request_accepts_the_opening),
                T(test_request_without_response),
                T(test_non_confirmable_request_without_response),
                T(test_further_requests_leave_one_after_the_other),
                T(test_unanswered_request_leaves_the_connection_open),
                T(test_unanswered_request_that_met_icmp),
                T(test_request_before_the_opening_is_answered),
                T(test_more_requests_than_may_wait),
                T(test_last_request_answered),
                T(test_last_request_unanswered),
                T(test_last_request_without_connection),
                T(test_last_request_waits_for_the_opening),
                T(test_nothing_to_say_behind_a_refused_opening),
                T(test_opening_that_is_not_answered_is_not_waited_for_longer),
                T(test_opening_in_blocks),
                T(test_reopened_when_answered),
                T(test_reopened_inside_answered),
                T(test_reopened_when_unanswered),
                T(test_reopened_after_a_reset),
                T(test_next_address_after_a_reopening),
                T(test_reopened_when_accepted),
                T(test_blocks_of_the_answer_are_told),
                T(test_closed_in_every_callback),
                T(test_thousand_connections),
        };
        int r;

        (void)sem_init(&release, 0, 0);
        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
