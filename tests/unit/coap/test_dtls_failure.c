/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS-PSK against a server made of OpenSSL alone, in the test's own loop: what works, and how each failure
 * is named. */
#include "dtls_server.h"

#include "coap/dtls_failure.h"

#define MSEC USEC_PER_MSEC

static const char good_key[] = {0, 1, 2, 3, (char)0xff};

static void open_with(Server *server, const char *identity, size_t identity_size, const char *key,
        size_t key_size, uint64_t ack_timeout)
{
        Bench *bench = &server->bench;
        const Credential credential = {
                .mode = SECURITY_MODE_PSK,
                .identity = {(uint8_t *)identity, identity_size},
                .key = {(uint8_t *)key, key_size},
        };
        char uri[64];
        ConnectionSettings settings = {
                .uri = uri,
                .credential = &credential,
                .coap = {ack_timeout, 1.0, 1, 1024, 8192},
                .peer_kind = "LwM2M Server 101",
        };
        Request opening = REQUEST_INIT;

        opening.method = METHOD_POST;
        (void)snprintf(uri, sizeof(uri), "coaps://127.0.0.1:%u", bench->port);
        assert_return_code(connection_open(bench->event, &clock_system, bench->resolver, &settings,
                                   &bench->memory, &opening, &bench_handler, bench, &bench->connection),
                0);
}

static void open_good(Server *server)
{
        open_with(server, "device", 6, good_key, sizeof(good_key), USEC_PER_SEC);
}

static void connect_server(Server *server)
{
        server->answer = server_accept_opening;
        open_good(server);
        bench_run(&server->bench, &server->bench.answered, 1);
}

static void test_requests_both_ways(void **state)
{
        Server *server = *state;
        Wire request = wire_request(1, METHOD_GET, "3");

        connect_server(server);
        assert_string_equal(server->bench.stages, "rhq");
        assert_int_equal(server->bench.answer_code, CODE_CREATED);
        assert_string_equal(connection_cipher(server->bench.connection), SSL_get_cipher_name(server->ssl));
        for (unsigned i = 2; i <= 4; i++) {
                server_send(server, &request);
                bench_run(&server->bench, &server->received, i);
                assert_int_equal(server->wire.code, CODE_CHANGED);
        }
        assert_int_equal(server->bench.requests, 1);
}

static void test_idle(void **state)
{
        Server *server = *state;

        connect_server(server);
        bench_assert_idle(&server->bench);
}

static unsigned client_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_size,
        unsigned char *key, unsigned key_size)
{
        return 0;
}

/* What any client of this machine's OpenSSL offers, by its security level. */
static bool is_offered(const char *suite)
{
        SSL_CTX *context = SSL_CTX_new(DTLS_client_method());
        STACK_OF(SSL_CIPHER) * ciphers;
        bool found = false;
        SSL *ssl;

        assert_non_null(context);
        SSL_CTX_set_psk_client_callback(context, client_psk);
        assert_int_equal(SSL_CTX_set_cipher_list(context, "PSK"), 1);
        ssl = SSL_new(context);
        assert_non_null(ssl);
        ciphers = SSL_get1_supported_ciphers(ssl);
        for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
                found |= strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)), suite) == 0;
        sk_SSL_CIPHER_free(ciphers);
        SSL_free(ssl);
        SSL_CTX_free(context);
        return found;
}

/* The suite of every LwM2M Server; where OpenSSL keeps it out, the sentence says so. */
static void test_ccm_8_alone(void **state)
{
        Server *server = *state;

        assert_int_equal(SSL_set_cipher_list(server->ssl, "PSK-AES128-CCM8:@SECLEVEL=0"), 1);
        if (is_offered("PSK-AES128-CCM8")) {
                connect_server(server);
                assert_string_equal(connection_cipher(server->bench.connection), "PSK-AES128-CCM8");
                return;
        }
        open_good(server);
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_int_equal(server->bench.failure.name, FAILURE_NO_SHARED_CIPHER);
        assert_non_null(strstr(server->bench.failure.sentence, "OpenSSL's security level"));
}

static void test_close_notify_when_we_close(void **state)
{
        Server *server = *state;

        connect_server(server);
        server->bench.connection = connection_close(server->bench.connection);
        bench_run(&server->bench, &server->closed, 1);
}

static void close_in_handler(Bench *bench, const Request *request, Response *ret_response)
{
        ret_response->code = CODE_CHANGED;
        bench->connection = connection_close(bench->connection);
}

/* The answer leaves first. */
static void test_closed_inside_a_request(void **state)
{
        Server *server = *state;
        Wire request = wire_request(1, METHOD_POST, "bs");

        connect_server(server);
        server->bench.serve = close_in_handler;
        server_send(server, &request);
        bench_run(&server->bench, &server->closed, 1);
        assert_int_equal(server->received, 2);
        assert_int_equal(server->wire.code, CODE_CHANGED);
}

static void test_peer_closes(void **state)
{
        Server *server = *state;
        unsigned datagrams;

        connect_server(server);
        datagrams = server->datagrams;
        (void)SSL_shutdown(server->ssl);
        server_flush(server);
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_int_equal(server->bench.failure.name, FAILURE_CONNECTION_LOST);
        bench_run_for(&server->bench, 100 * MSEC);
        assert_in_range(server->datagrams - datagrams, 0, 1); /* a close_notify, no new handshake */
}

static void test_unknown_identity(void **state)
{
        Server *server = *state;

        open_with(server, "stranger", 8, good_key, sizeof(good_key), USEC_PER_SEC);
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_string_equal(server->bench.stages, "rh");
        assert_int_equal(server->bench.failure.name, FAILURE_PSK_IDENTITY_UNKNOWN);
        assert_null(strstr(server->bench.failure.sentence, "stranger"));
        assert_non_null(strstr(server->bench.failure.sentence, "LwM2M Server 101 coaps://127.0.0.1:"));
}

static void test_no_shared_cipher(void **state)
{
        Server *server = *state;

        assert_int_equal(SSL_set_cipher_list(server->ssl, "ECDHE-ECDSA-AES128-GCM-SHA256"), 1);
        open_good(server);
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_int_equal(server->bench.failure.name, FAILURE_NO_SHARED_CIPHER);
}

/* OpenSSL drops what it cannot decrypt: the deadline is ours. */
static void test_wrong_key(void **state)
{
        Server *server = *state;
        uint64_t begin = bench_now();

        open_with(server, "device", 6, "wrong", 5, 300 * MSEC);
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_in_range(bench_now() - begin, 890 * MSEC, 1900 * MSEC);
        assert_int_equal(server->bench.failure.name, FAILURE_TIMEOUT);
        assert_non_null(strstr(server->bench.failure.sentence, "key"));
        assert_null(strstr(server->bench.failure.sentence, "wrong\""));
}

/* Two ClientHello: libcoap's timer runs although nothing comes in. */
static void test_client_hello_is_retransmitted(void **state)
{
        Server *server = *state;

        server->mute = true;
        open_with(server, "device", 6, "key", 3, USEC_PER_SEC);
        bench_run(&server->bench, &server->datagrams, 2);
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_int_equal(server->bench.failure.name, FAILURE_TIMEOUT);
        assert_int_equal(server->bench.memory.last_silent.size, sizeof(struct sockaddr_in));
}

static void test_refused_port(void **state)
{
        Server *server = *state;

        bench_unbind(&server->bench);
        open_good(server);
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_int_equal(server->bench.failure.name, FAILURE_REFUSED);
}

static void test_unusable_credentials(void **state)
{
        static const char identity[256] = {[0 ... 255] = 'x'}, key[65] = {1};
        static const struct {
                size_t identity_size, key_size;
                const char *identity;
                const char *word;
        } table[] = {
                {0, 5, identity, "identity is empty"},
                {256, 5, identity, "identity is longer"},
                {4, 5, "a\0bc", "NUL"},
                {1, 0, identity, "key is empty"},
                {1, 65, identity, "key is longer"},
        };
        Server *server = *state;

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                open_with(server, table[i].identity, table[i].identity_size, key, table[i].key_size,
                        USEC_PER_SEC);
                bench_run(&server->bench, &server->bench.failed, (unsigned)i + 1);
                assert_int_equal(server->bench.failure.name, FAILURE_CREDENTIAL_UNUSABLE);
                assert_non_null(strstr(server->bench.failure.sentence, table[i].word));
        }
        assert_int_equal(server->datagrams, 0);
}

/* Facts 7.6: the class of each alert, and what is none of them. */
static void test_alert_classes(void **state)
{
        static const uint8_t fail[] = {42, 43, 44, 45, 46, 48, 49, 112, 113, 114, 115};
        static const uint8_t ignore[] = {30, 41, 60, 110};

        for (int alert = 0; alert <= UINT8_MAX; alert++) {
                AlertClass expected = memchr(fail, alert, sizeof(fail))       ? ALERT_FAIL
                                      : memchr(ignore, alert, sizeof(ignore)) ? ALERT_IGNORE
                                                                              : ALERT_RETRY;

                assert_int_equal(dtls_alert_class(alert), expected);
        }
}

static const Credential psk = CREDENTIAL(SECURITY_MODE_PSK);
static const Credential certificate = CREDENTIAL(SECURITY_MODE_CERTIFICATE);
static const Credential psk_with_suites = {
        .mode = SECURITY_MODE_PSK, .suites = {0xc0a8, 0x00ae}, .n_suites = 2};

static void test_alerts(void **state)
{
        static const struct {
                const Credential *credential;
                int alert;
                FailureName name;
                bool is_final;
                const char *word;
        } table[] = {
                {&psk, 0, FAILURE_HANDSHAKE_FAILED, false, "close_notify (0)"},
                {&psk, 115, FAILURE_PSK_IDENTITY_UNKNOWN, true, "unknown_psk_identity (115)"},
                {&psk, 51, FAILURE_DECRYPT_ERROR, false, "decrypt_error (51)"},
                {&psk, 40, FAILURE_NO_SHARED_CIPHER, false, "handshake_failure"},
                {&psk, 71, FAILURE_NO_SHARED_CIPHER, false, "insufficient_security"},
                {&psk, 20, FAILURE_DECRYPT_ERROR, false, "bad_record_mac"},
                {&psk, 80, FAILURE_HANDSHAKE_FAILED, false, "internal_error"},
                {&psk, 99, FAILURE_HANDSHAKE_FAILED, false, "the alert 99:"},
                {&psk, 42, FAILURE_HANDSHAKE_FAILED, true, "check the security mode"},
                {&psk, 110, FAILURE_HANDSHAKE_FAILED, false, "unsupported_extension (110)"},
                {&psk_with_suites, 40, FAILURE_NO_SHARED_CIPHER, false,
                        "TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256"},
                {&certificate, 40, FAILURE_NO_SHARED_CIPHER, false, "insists on a client certificate"},
                {&certificate, 45, FAILURE_HANDSHAKE_FAILED, true, "of this client has expired"},
                {&certificate, 48, FAILURE_HANDSHAKE_FAILED, true, "does not know the CA"},
                {&certificate, 49, FAILURE_HANDSHAKE_FAILED, true, "does not let it in"},
                {&certificate, 51, FAILURE_DECRYPT_ERROR, false, "does not fit its certificate"},
                {&psk, DTLS_ALERT_OURS + 47, FAILURE_HANDSHAKE_FAILED, false, "answered with what"},
                {&psk, DTLS_ALERT_OURS + 48, FAILURE_HANDSHAKE_FAILED, false, "unknown_ca 48 sent"},
                {&psk, DTLS_ALERT_OURS + 51, FAILURE_DECRYPT_ERROR, false, "decrypt_error 51 sent"},
                {&psk, DTLS_ALERT_OURS + 99, FAILURE_HANDSHAKE_FAILED, false, "alert number 99 sent"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Failure failure;

                dtls_failure_from_alert(&failure, "peer", table[i].credential, table[i].alert);
                assert_int_equal(failure.name, table[i].name);
                assert_int_equal(failure.is_final, table[i].is_final);
                assert_non_null(strstr(failure.sentence, table[i].word));
        }
}

/* Each of the 256 has its sentence, which names its number and fits. */
static void test_every_alert_has_a_sentence(void **state)
{
        const Credential *credentials[] = {&psk, &certificate, &psk_with_suites};
        char number[16], peer[400];

        memset(peer, 'p', sizeof(peer) - 1);
        peer[sizeof(peer) - 1] = 0;
        for (int alert = 0; alert <= UINT8_MAX; alert++)
                for (size_t i = 0; i < ELEMENTSOF(credentials); i++) {
                        Failure failure;

                        (void)snprintf(number, sizeof(number), "%d", alert);
                        dtls_failure_from_alert(&failure, "peer", credentials[i], alert);
                        assert_non_null(strstr(failure.sentence, number));
                        dtls_failure_of_session(&failure, "peer", credentials[i], alert);
                        assert_non_null(strstr(failure.sentence, number));
                        assert_int_equal(failure.is_final, dtls_alert_class(alert) == ALERT_FAIL);
                        dtls_failure_from_alert(&failure, peer, credentials[i], alert);
                        assert_int_equal(failure.sentence[strlen(failure.sentence) - 1], '.');
                }
}

static void test_alerts_of_a_session(void **state)
{
        static const struct {
                int alert;
                FailureName name;
                const char *words;
        } table[] = {
                {0, FAILURE_CONNECTION_LOST, "peer ended the DTLS session with the alert close_notify (0)"},
                {20, FAILURE_CONNECTION_LOST, "bad_record_mac (20)"},
                {49, FAILURE_CONNECTION_LOST, "access_denied (49): the server knows this identity"},
                {115, FAILURE_PSK_IDENTITY_UNKNOWN, "unknown_psk_identity (115)"},
                {99, FAILURE_CONNECTION_LOST, "the alert 99:"},
                {DTLS_ALERT_OURS + 10, FAILURE_CONNECTION_LOST, "peer made us end the DTLS session"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Failure failure;

                dtls_failure_of_session(&failure, "peer", &psk, table[i].alert);
                assert_int_equal(failure.name, table[i].name);
                assert_non_null(strstr(failure.sentence, table[i].words));
        }
}

/* Handshake, request and close, again and again: sanitizers and valgrind watch. */
static void test_many_sessions(void **state)
{
        Server *server = *state;

        for (unsigned i = 1; i <= 50; i++) {
                server_new_ssl(server);
                server->answer = server_accept_opening;
                server->bench.stages[0] = 0;
                open_good(server);
                bench_run(&server->bench, &server->bench.answered, i);
                server->bench.connection = connection_close(server->bench.connection);
                bench_run(&server->bench, &server->closed, i);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, server_setup, server_teardown)
                T(test_requests_both_ways),
                T(test_idle),
                T(test_ccm_8_alone),
                T(test_close_notify_when_we_close),
                T(test_closed_inside_a_request),
                T(test_peer_closes),
                T(test_unknown_identity),
                T(test_no_shared_cipher),
                T(test_wrong_key),
                T(test_client_hello_is_retransmitted),
                T(test_refused_port),
                T(test_unusable_credentials),
                cmocka_unit_test(test_alert_classes),
                cmocka_unit_test(test_alerts),
                cmocka_unit_test(test_every_alert_has_a_sentence),
                cmocka_unit_test(test_alerts_of_a_session),
                T(test_many_sessions),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
