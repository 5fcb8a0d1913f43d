/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted peer in the test's own loop, and a connection with a record of what it said. */
#pragma once

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <cmocka.h>

#include "coap/connection.h"
#include "wire.h"

#define DATAGRAMS_MAX 64

/* One that has come, and when. */
typedef struct Datagram {
        Wire wire;
        size_t size; /* bytes */
        uint64_t time;
        struct sockaddr_storage from;
        socklen_t from_size;
} Datagram;

typedef struct Bench Bench;

struct Bench {
        sd_event *event;
        Resolver *resolver;
        int fd; /* the peer's socket */
        uint16_t port;
        sd_event_source *source;
        Datagram *got; /* DATAGRAMS_MAX */
        size_t n_got;
        size_t sent_bytes;
        void (*script)(Bench *bench, const Wire *wire); /* called for each datagram */

        const Clock *clock; /* clock_system at first */
        ConnectionMemory memory;
        Connection *connection;
        char stages[64]; /* 'r' resolving 'h' handshaking 'q' requesting */
        unsigned answered;
        uint8_t answer_code;
        size_t n_location;
        unsigned failed;
        Failure failure;
        unsigned requests;
        unsigned blocks;
        unsigned answers; /* to further requests */
        unsigned unanswered;
        unsigned otherwise; /* the opening request met silence or a Reset */
        unsigned done;
        uint8_t last_payload[8192];
        size_t last_payload_size;
        char last_path[128];
        void (*serve)(Bench *bench, const Request *request, Response *ret_response);
        bool (*choose)(void *userdata, const Request *request, uint64_t announced, BodyResume resume,
                BodySink *ret, Response *ret_response);
        void (*on_stage)(Bench *bench);
        void (*on_answered)(Bench *bench);
        bool (*on_unanswered)(Bench *bench);
};

static inline uint64_t bench_now(void)
{
        return clock_boottime(&clock_system);
}

static inline void bench_send(Bench *bench, const Wire *wire)
{
        uint8_t buffer[4096];
        size_t size = wire_build(wire, buffer);
        const Datagram *to = &bench->got[bench->n_got - 1];

        bench->sent_bytes += size;
        assert_int_equal(
                sendto(bench->fd, buffer, size, 0, (const struct sockaddr *)&to->from, to->from_size),
                (ssize_t)size);
}

/* A piggybacked answer. */
static inline void bench_answer(Bench *bench, const Wire *request, uint8_t code)
{
        Wire answer = {.type = ACK, .code = code, .mid = request->mid, .token_size = request->token_size};

        memcpy(answer.token, request->token, request->token_size);
        bench_send(bench, &answer);
}

static inline int bench_on_datagram(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Bench *bench = userdata;
        Datagram *datagram = &bench->got[bench->n_got];
        uint8_t buffer[4096];
        ssize_t size;

        assert_true(bench->n_got < DATAGRAMS_MAX);
        datagram->from_size = sizeof(datagram->from);
        size = recvfrom(
                fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&datagram->from, &datagram->from_size);
        if (size < 0)
                return 0;
        wire_parse(buffer, (size_t)size, &datagram->wire);
        datagram->size = (size_t)size;
        datagram->time = bench_now();
        bench->n_got++;
        if (bench->script)
                bench->script(bench, &datagram->wire);
        return 0;
}

static inline void bench_stage(void *userdata, ConnectionStage stage)
{
        static const char letters[] = {'r', 'h', 'q'};
        Bench *bench = userdata;
        size_t n = strlen(bench->stages);

        assert_true(n + 1 < sizeof(bench->stages));
        bench->stages[n] = letters[stage];
        bench->stages[n + 1] = 0;
        if (bench->on_stage)
                bench->on_stage(bench);
}

static inline void bench_answered(void *userdata, const Response *response)
{
        Bench *bench = userdata;

        bench->answered++;
        bench->answer_code = response->code;
        bench->n_location = response->location.n;
        if (bench->on_answered)
                bench->on_answered(bench);
}

static inline bool bench_unanswered(void *userdata)
{
        Bench *bench = userdata;

        bench->otherwise++;
        return bench->on_unanswered && bench->on_unanswered(bench);
}

static inline void bench_failed(void *userdata, const Failure *failure)
{
        Bench *bench = userdata;

        bench->failed++;
        bench->failure = *failure;
        bench->connection = connection_close(bench->connection);
}

static inline void bench_request(void *userdata, const Request *request, Response *ret_response)
{
        Bench *bench = userdata;

        bench->requests++;
        bench->last_path[0] = 0;
        for (size_t i = 0; i < request->path.n; i++) {
                strcat(bench->last_path, "/");
                strcat(bench->last_path, request->path.items[i]);
        }
        assert_true(request->payload_size <= sizeof(bench->last_payload));
        if (request->payload_size > 0)
                memcpy(bench->last_payload, request->payload, request->payload_size);
        bench->last_payload_size = request->payload_size;
        if (bench->serve)
                bench->serve(bench, request, ret_response);
        else
                ret_response->code = CODE_CHANGED;
}

static inline bool bench_body(void *userdata, const Request *request, uint64_t announced, BodyResume resume,
        BodySink *ret, Response *ret_response)
{
        Bench *bench = userdata;

        return bench->choose && bench->choose(bench, request, announced, resume, ret, ret_response);
}

static inline void bench_block(void *userdata)
{
        Bench *bench = userdata;

        bench->blocks++;
}

static inline void bench_answer_received(void *userdata, const Response *response, const Failure *failure)
{
        Bench *bench = userdata;

        if (response) {
                bench->answers++;
                bench->answer_code = response->code;
        } else {
                bench->unanswered++;
                bench->failure = *failure;
        }
}

static inline void bench_done(void *userdata)
{
        Bench *bench = userdata;

        bench->done++;
}

static const ConnectionHandler bench_handler = {
        .stage = bench_stage,
        .answered = bench_answered,
        .unanswered = bench_unanswered,
        .failed = bench_failed,
        .request = bench_request,
        .body = bench_body,
        .block = bench_block,
};

/* 127.0.0.1, or ::1; port 0: any */
static inline void bench_bind_to(Bench *bench, int family, uint16_t port)
{
        struct sockaddr_in6 six = {
                .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons(port)};
        struct sockaddr_in four = {
                .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
        struct sockaddr *local = family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six;
        socklen_t size = family == AF_INET ? sizeof(four) : sizeof(six);

        bench->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(bench->fd >= 0);
        assert_return_code(bind(bench->fd, local, size), errno);
        assert_return_code(getsockname(bench->fd, local, &size), errno);
        bench->port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
        assert_return_code(
                sd_event_add_io(bench->event, &bench->source, bench->fd, EPOLLIN, bench_on_datagram, bench),
                0);
}

static inline void bench_bind(Bench *bench, int family)
{
        bench_bind_to(bench, family, 0);
}

static inline void bench_unbind(Bench *bench)
{
        (void)sd_event_source_set_enabled(bench->source, SD_EVENT_OFF);
        bench->source = sd_event_source_unref(bench->source);
        (void)close(bench->fd);
        bench->fd = -1;
}

/* Nothing happens, so nobody wakes: no turn of the loop, at most one switch that was not asked for. */
static inline void bench_assert_idle(Bench *bench)
{
        struct rusage before, after;

        while (sd_event_run(bench->event, 50 * USEC_PER_MSEC) > 0)
                ;
        assert_return_code(getrusage(RUSAGE_SELF, &before), errno);
        assert_int_equal(sd_event_run(bench->event, 1500 * USEC_PER_MSEC), 0);
        assert_return_code(getrusage(RUSAGE_SELF, &after), errno);
        assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 0, 1);
}

static inline int bench_setup(void **state)
{
        Bench *bench = calloc(1, sizeof(*bench));

        assert_non_null(bench);
        bench->got = calloc(DATAGRAMS_MAX, sizeof(*bench->got));
        assert_non_null(bench->got);
        bench->clock = &clock_system;
        assert_return_code(sd_event_new(&bench->event), 0);
        assert_return_code(resolver_new(bench->event, &bench->resolver), 0);
        bench_bind(bench, AF_INET);
        *state = bench;
        return 0;
}

static inline int bench_teardown(void **state)
{
        Bench *bench = *state;

        (void)connection_close(bench->connection);
        (void)resolver_free(bench->resolver);
        bench_unbind(bench);
        sd_event_unref(bench->event);
        free(bench->got);
        free(bench);
        return 0;
}

/* Turns the loop until the counter has reached the value; fails the test after two seconds more than the
 * deadlines the tests configure. */
static inline void bench_run(Bench *bench, const unsigned *counter, unsigned value)
{
        uint64_t end = bench_now() + 10 * USEC_PER_SEC;

        while (*counter < value) {
                assert_true(bench_now() < end);
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        }
}

static inline void bench_run_datagrams(Bench *bench, size_t n)
{
        uint64_t end = bench_now() + 10 * USEC_PER_SEC;

        while (bench->n_got < n) {
                assert_true(bench_now() < end);
                assert_return_code(sd_event_run(bench->event, 100 * USEC_PER_MSEC), 0);
        }
}

/* For what must not happen, and so has no event to wait for. */
static inline void bench_run_for(Bench *bench, uint64_t usec)
{
        uint64_t end = bench_now() + usec, now;

        while ((now = bench_now()) < end)
                assert_return_code(sd_event_run(bench->event, end - now), 0);
}

/* MAX_TRANSMIT_WAIT 300 ms. */
#define BENCH_COAP ((CoapSettings){100 * USEC_PER_MSEC, 1.0, 1, 1024, 8192})

static inline void bench_open_request(
        Bench *bench, const char *host, const CoapSettings *coap, const Request *opening)
{
        char uri[128];
        ConnectionSettings settings = {
                .uri = uri,
                .credential = &(Credential){.mode = SECURITY_MODE_NOSEC},
                .coap = *coap,
                .peer_kind = "Bootstrap Server",
        };

        (void)snprintf(uri, sizeof(uri), "coap://%s:%u", host, bench->port);
        assert_return_code(connection_open(bench->event, bench->clock, bench->resolver, &settings,
                                   &bench->memory, opening, &bench_handler, bench, &bench->connection),
                0);
}

/* wait: MAX_TRANSMIT_WAIT, 0: BENCH_COAP's. */
static inline void bench_open(Bench *bench, const char *host, uint64_t wait)
{
        CoapSettings coap = BENCH_COAP;
        Request opening = REQUEST_INIT;

        if (wait > 0)
                coap.ack_timeout = wait / 3;

        opening.method = METHOD_POST;
        assert_return_code(texts_add(&opening.path, "bs"), 0);
        assert_return_code(texts_add(&opening.query, "ep=device"), 0);
        bench_open_request(bench, host, &coap, &opening);
        request_done(&opening);
}

static inline void bench_accept(Bench *bench, const Wire *wire)
{
        if (wire->type == CON && wire->code == METHOD_POST)
                bench_answer(bench, wire, CODE_CHANGED);
}

/* Opens a connection that is answered at once, with settings of its own. */
static inline void bench_connect_with(Bench *bench, const CoapSettings *coap)
{
        Request opening = REQUEST_INIT;

        opening.method = METHOD_POST;
        bench->script = bench_accept;
        bench_open_request(bench, "127.0.0.1", coap, &opening);
        bench_run(bench, &bench->answered, 1);
        bench->script = NULL;
}

/* Likewise, with BENCH_COAP. */
static inline void bench_connect(Bench *bench)
{
        bench->script = bench_accept;
        bench_open(bench, "127.0.0.1", 0);
        bench_run(bench, &bench->answered, 1);
        bench->script = NULL;
}

static inline const Wire *bench_last(const Bench *bench)
{
        return &bench->got[bench->n_got - 1].wire;
}

/* The peer's request, and the datagram that comes in reply. */
static inline const Wire *bench_exchange(Bench *bench, const Wire *request)
{
        size_t n = bench->n_got;

        bench_send(bench, request);
        bench_run_datagrams(bench, n + 1);
        return bench_last(bench);
}
