/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that is answered later, and notified. */
#pragma once

#include "peer.h"

#define MSEC USEC_PER_MSEC

static uint64_t handles[32];
static size_t n_handles;
static unsigned n_fates;
static uint64_t last_notification;
static NotificationFate last_fate;
static Request observed; /* the last GET or FETCH that registers */

static inline Response text(const char *body, size_t size, int64_t sequence)
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

static inline void note_fate(void *userdata, uint64_t notification, NotificationFate fate)
{
        last_notification = notification;
        last_fate = fate;
        n_fates++;
}

static inline void serve_later(Bench *bench, const Request *request, Response *ret_response)
{
        uint64_t handle = connection_answer_later(bench->connection);

        if (handle == 0)
                response_set_error(ret_response, CODE_UNAVAILABLE, "busy");
        else
                handles[n_handles++] = handle;
}

static inline void serve_observed(Bench *bench, const Request *request, Response *ret_response)
{
        ret_response->code = CODE_CONTENT;
        if (request->observe == OBSERVE_NONE)
                return;
        request_done(&observed);
        assert_return_code(request_copy(request, &observed), 0);
        if (request->observe == OBSERVE_REGISTER)
                ret_response->observe = 1;
}

static inline int setup(void **state)
{
        n_handles = n_fates = 0;
        observed = REQUEST_INIT;
        return bench_setup(state);
}

static inline int teardown(void **state)
{
        request_done(&observed);
        return bench_teardown(state);
}

static inline void answer_text(Bench *bench, uint64_t handle, const char *body, size_t size)
{
        Response response = text(body, size, -1);

        connection_answer(bench->connection, handle, &response);
        response_done(&response);
}

static inline uint64_t notify(
        Bench *bench, const char *body, size_t size, int64_t sequence, bool confirmable)
{
        Response response = text(body, size, sequence);
        uint64_t number =
                connection_notify(bench->connection, &observed, &response, confirmable, note_fate, bench);

        response_done(&response);
        return number;
}

/* An empty ACK or RST for what has come last. */
static inline void empty(Bench *bench, int type, const Wire *to)
{
        Wire wire = {.type = type, .mid = to->mid};

        bench_send(bench, &wire);
}

static inline void assert_empty_ack(const Wire *wire, const Wire *request)
{
        assert_int_equal(wire->type, ACK);
        assert_int_equal(wire->code, 0);
        assert_int_equal(wire->mid, request->mid);
        assert_int_equal(wire->token_size, 0);
}

static inline void assert_text(const Wire *wire, int type, const Wire *request, const char *body)
{
        assert_int_equal(wire->type, type);
        assert_int_equal(wire->code, CODE_CONTENT);
        assert_int_equal(wire->token_size, request->token_size);
        assert_memory_equal(wire->token, request->token, request->token_size);
        assert_int_equal(wire->payload_size, strlen(body));
        assert_memory_equal(wire->payload, body, strlen(body));
}

static inline void request_update(Bench *bench)
{
        Request request = REQUEST_INIT;

        request.method = METHOD_POST;
        assert_return_code(texts_add(&request.path, "rd"), 0);
        connection_request(bench->connection, &request, bench_answer_received, bench);
        request_done(&request);
}

/* The n-th of those that look so, from the one of that number on. */
static inline const Wire *find(const Bench *bench, size_t from, int type, uint8_t code, unsigned nth)
{
        for (size_t i = from; i < bench->n_got; i++)
                if (bench->got[i].wire.type == type && bench->got[i].wire.code == code && nth-- == 0)
                        return &bench->got[i].wire;
        return NULL;
}

/* Connected, and the answer to the registration. */
static inline const Wire *observe_with(Bench *bench, const CoapSettings *coap, const Wire *request)
{
        bench_connect_with(bench, coap);
        bench->serve = serve_observed;
        return bench_exchange(bench, request);
}

static inline const Wire *observe(Bench *bench, const Wire *request)
{
        return observe_with(bench, &BENCH_COAP, request);
}

static inline Wire registration(uint8_t method)
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
