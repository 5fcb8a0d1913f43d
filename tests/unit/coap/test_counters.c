/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection counts; notifications and answers that come later over DTLS. */
#include "answers.h"
#include "dtls_server.h"

/* Each is told once: what has passed since it was asked for last. */
static void test_counters(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        Counters counters;

        (void)observe(bench, &request);
        counters = connection_take_counters(bench->connection);
        assert_int_equal(counters.sent.datagrams, 2);
        assert_int_equal(counters.received.datagrams, 2);
        assert_int_equal(counters.sent.bytes, bench->got[0].size + bench->got[1].size);
        assert_int_equal(counters.sent.largest, bench->got[0].size);
        assert_int_equal(counters.received.bytes, bench->sent_bytes);
        assert_in_range(counters.received.largest, bench->sent_bytes / 2, bench->sent_bytes - 1);

        counters = connection_take_counters(bench->connection);
        assert_int_equal(counters.sent.datagrams + counters.received.datagrams, 0);
        assert_int_equal(counters.sent.largest + counters.received.largest, 0);

        assert_true(notify(bench, "0123456789", 700, 2, true) != 0);
        bench_run_datagrams(bench, 3);
        bench->serve = serve_later;
        request = wire_request(9, METHOD_GET, "3");
        (void)bench_exchange(bench, &request); /* its empty ACK is 4 bytes */
        counters = connection_take_counters(bench->connection);
        assert_int_equal(counters.sent.datagrams, 2);
        assert_int_equal(counters.sent.bytes, bench->got[2].size + 4);
        assert_int_equal(counters.sent.largest, bench->got[2].size);
        assert_int_equal(counters.received.datagrams, 1);
}

/* Two that nobody acknowledges: libcoap sends each once more after a second, and gives it up two seconds
 * later, the first one while the other waits. */
static void test_retransmissions(void **state)
{
        Bench *bench = *state;
        Wire request = registration(METHOD_GET);
        const CoapSettings coap = {USEC_PER_SEC, 1.0, 1, 1024, 8192};
        Counters counters;

        (void)observe_with(bench, &coap, &request);
        assert_true(notify(bench, "one", 3, 2, true) != 0);
        bench_run_for(bench, 500 * MSEC);
        assert_true(notify(bench, "two", 3, 3, true) != 0);
        bench_run_for(bench, 2750 * MSEC);
        assert_int_equal(bench->n_got, 6);
        counters = connection_take_counters(bench->connection);
        assert_int_equal(counters.retransmissions, 2);
        counters = connection_take_counters(bench->connection);
        assert_int_equal(counters.retransmissions, 0);
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
        size_t size = wire_build(&request, buffer);
        Counters counters;

        connect_dtls(server);
        counters = connection_take_counters(bench->connection);
        assert_true(counters.sent.datagrams >= server->datagrams);
        assert_in_range(counters.sent.bytes, 200, 2000);
        assert_in_range(counters.received.bytes, 100, 2000);
        assert_int_equal(counters.handshakes, 1);
        assert_int_equal(counters.handshake_failures, 0);
        server_send(server, &request);
        bench_run(bench, &server->received, 2);
        counters = connection_take_counters(bench->connection);
        assert_int_equal(counters.received.datagrams, 1);
        assert_in_range(counters.received.bytes, size + 29, size + 64);
        assert_int_equal(counters.received.largest, counters.received.bytes);
        assert_int_equal(counters.sent.datagrams, 1);
        assert_int_equal(counters.handshakes, 0);
        assert_true(counters.secured);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(test_counters),
                TEST(test_retransmissions),
                cmocka_unit_test_setup_teardown(test_answers_over_dtls, server_setup, server_teardown),
                cmocka_unit_test_setup_teardown(test_session_ends_meanwhile, server_setup, server_teardown),
                cmocka_unit_test_setup_teardown(test_counters_over_dtls, server_setup, server_teardown),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
