/* SPDX-License-Identifier: Apache-2.0 */
/* Which session a handshake goes on with: client and server of OpenSSL, the datagrams through memory. */
#include "peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "../pki.h"
#include "coap/resumption.h"

#define HOUR (3600 * USEC_PER_SEC)

static uint64_t passed; /* usec since the tests began */

static uint64_t read_boottime(void *userdata)
{
        return HOUR + passed;
}

static uint64_t read_realtime(void *userdata)
{
        return (uint64_t)time(NULL) * USEC_PER_SEC + passed;
}

static const Clock test_clock = {
        .boottime = read_boottime, .realtime = read_realtime, .monotonic = read_boottime};

typedef struct Fixture {
        SSL_CTX *client, *server;
        Credential credential;
        Verification verification;
        Pki ca, leaf;
} Fixture;

static unsigned client_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_size,
        unsigned char *key, unsigned key_size)
{
        (void)snprintf(identity, identity_size, "device");
        key[0] = 1;
        return 1;
}

static unsigned server_psk(SSL *ssl, const char *identity, unsigned char *key, unsigned key_size)
{
        key[0] = 1;
        return 1;
}

static int setup(void **state)
{
        Fixture *f = calloc(1, sizeof(*f));

        passed = 0;
        f->client = SSL_CTX_new(DTLS_client_method());
        f->server = SSL_CTX_new(DTLS_server_method());
        SSL_CTX_set_psk_client_callback(f->client, client_psk);
        SSL_CTX_set_psk_server_callback(f->server, server_psk);
        f->credential = CREDENTIAL(SECURITY_MODE_PSK);
        assert_int_equal(secret_set(&f->credential.identity, "device", 6), 0);
        assert_int_equal(secret_set(&f->credential.key, "key", 3), 0);
        f->verification = (Verification){.credential = &f->credential,
                .reference = "server.example",
                .trust_store = "none",
                .clock = &test_clock};
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        Fixture *f = *state;

        resumption_forget();
        SSL_CTX_free(f->client);
        SSL_CTX_free(f->server);
        pki_free(&f->leaf);
        pki_free(&f->ca);
        credential_done(&f->credential);
        free(f);
        return 0;
}

/* The server has a certificate, and the client an account for its CA. */
static void use_certificates(Fixture *f)
{
        f->ca = pki_make(&(PkiSpec){.name = "ca", .basic = "critical,CA:TRUE", .usage = "keyCertSign"});
        f->leaf = pki_make(&(PkiSpec){
                .name = "leaf", .san = "DNS:server.example", .to = 5, .from = -1, .issuer = &f->ca});
        SSL_CTX_set_timeout(f->server, 100 * 3600);
        SSL_CTX_set_psk_client_callback(f->client, NULL);
        SSL_CTX_use_certificate(f->server, f->leaf.certificate);
        SSL_CTX_use_PrivateKey(f->server, f->leaf.key);
        SSL_CTX_set_cert_verify_callback(f->client, verification_check, &f->verification);
        SSL_CTX_set_verify(f->client, SSL_VERIFY_PEER, NULL);
        f->credential.mode = SECURITY_MODE_CERTIFICATE;
        f->credential.usage = CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION;
        pki_add_der(&f->credential.server_certificate, &f->ca);
}

static SSL *make(SSL_CTX *context, BIO *in, BIO *out)
{
        SSL *ssl = SSL_new(context);

        assert_non_null(ssl);
        BIO_set_mem_eof_return(in, -1);
        SSL_set_bio(ssl, in, out);
        SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
        SSL_set_mtu(ssl, 1400);
        return ssl;
}

/* One handshake with a peer. Whether a session of before was offered, and taken. */
static bool handshake(Fixture *f, const char *peer, bool *ret_resumed)
{
        BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());
        SSL *client, *server;
        uint64_t since;

        BIO_up_ref(up);
        BIO_up_ref(down);
        client = make(f->client, down, up);
        server = make(f->server, up, down);
        SSL_set_connect_state(client);
        SSL_set_accept_state(server);
        since = resumption_offer(client, &f->verification, peer);
        for (unsigned i = 0; i < 10 && !SSL_is_init_finished(client); i++) {
                (void)SSL_do_handshake(client);
                (void)SSL_do_handshake(server);
        }
        assert_true(SSL_is_init_finished(client));
        *ret_resumed = SSL_session_reused(client) == 1;
        resumption_keep(client, &f->verification, peer, since);
        (void)SSL_shutdown(client); /* as libcoap does, or nothing may be resumed */
        SSL_free(client);
        SSL_free(server);
        ERR_clear_error();
        return since > 0;
}

static bool resumes(Fixture *f, const char *peer)
{
        bool resumed = false, offered = handshake(f, peer, &resumed);

        assert_true(offered == resumed);
        return resumed;
}

static void test_sessions_are_resumed(void **state)
{
        Fixture *f = *state;

        assert_false(resumes(f, "peer"));
        assert_true(resumes(f, "peer"));
        assert_true(resumes(f, "peer"));
        resumption_forget();
        assert_false(resumes(f, "peer"));
}

/* And not by what has become of the one before. */
static void test_offered_once(void **state)
{
        Fixture *f = *state;
        SSL *ssl;

        assert_false(resumes(f, "peer"));
        ssl = SSL_new(f->client);
        assert_true(resumption_offer(ssl, &f->verification, "peer") > 0);
        assert_true(resumption_offer(ssl, &f->verification, "peer") == 0);
        SSL_free(ssl);
}

static void test_server_that_forgot(void **state)
{
        uint8_t keys[80] = {1};
        Fixture *f = *state;
        bool resumed;

        assert_false(resumes(f, "peer"));
        assert_int_equal(SSL_CTX_set_tlsext_ticket_keys(f->server, keys, sizeof(keys)), 1);
        assert_true(handshake(f, "peer", &resumed));
        assert_false(resumed);
        assert_true(resumes(f, "peer"));
}

static void change_key(Fixture *f)
{
        assert_int_equal(secret_set(&f->credential.key, "kez", 3), 0);
}

static void change_identity(Fixture *f)
{
        assert_int_equal(secret_set(&f->credential.identity, "devicf", 6), 0);
}

static void change_border(Fixture *f) /* the same bytes one after the other */
{
        assert_int_equal(secret_set(&f->credential.identity, "devic", 5), 0);
        assert_int_equal(secret_set(&f->credential.key, "ekey", 4), 0);
}

static void change_suites(Fixture *f)
{
        f->credential.suites[f->credential.n_suites++] = 0x00a8;
}

static void change_reference(Fixture *f)
{
        f->verification.reference = "other.example";
}

static void change_usage(Fixture *f)
{
        f->credential.usage = CERTIFICATE_USAGE_CA_CONSTRAINT;
}

static void change_trust_store(Fixture *f)
{
        f->verification.trust_store = "system";
}

static void change_certificate(Fixture *f)
{
        assert_int_equal(secret_set(&f->credential.server_certificate, "x", 1), 0);
}

static void test_never_across_other_credentials(void **state)
{
        static void (*const changes[])(Fixture * f) = {change_key, change_identity, change_border,
                change_suites, change_reference, change_usage, change_trust_store, change_certificate};
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(changes); i++) {
                assert_false(resumes(f, "peer"));
                assert_true(resumes(f, "peer"));
                changes[i](f);
        }
        assert_false(resumes(f, "peer"));
        assert_false(resumes(f, "other peer"));
        assert_true(resumes(f, "peer"));
}

static void test_age(void **state)
{
        Fixture *f = *state;

        SSL_CTX_set_timeout(f->server, 100 * 3600);
        assert_false(resumes(f, "peer"));
        passed = 13 * HOUR;
        assert_true(resumes(f, "peer"));
        passed = 25 * HOUR; /* it counts from the full handshake */
        assert_false(resumes(f, "peer"));
        assert_true(resumes(f, "peer"));
}

static void test_lifetime_of_a_ticket(void **state)
{
        Fixture *f = *state;

        SSL_CTX_set_timeout(f->server, 60);
        assert_false(resumes(f, "peer"));
        passed = 61 * USEC_PER_SEC;
        assert_false(resumes(f, "peer"));
}

static void test_certificates_are_judged_once_more(void **state)
{
        Fixture *f = *state;

        use_certificates(f);
        assert_false(resumes(f, "peer"));
        assert_true(resumes(f, "peer"));
        passed = 23 * HOUR;
        assert_true(resumes(f, "peer"));
}

static void test_certificate_that_has_expired(void **state)
{
        Fixture *f = *state;
        SSL *ssl;

        use_certificates(f);
        passed = 5 * 24 * HOUR - 2 * HOUR; /* by the clock of ours alone, which judges */
        assert_false(resumes(f, "peer"));
        assert_true(resumes(f, "peer"));
        passed += 3 * HOUR;
        ssl = SSL_new(f->client);
        assert_true(resumption_offer(ssl, &f->verification, "peer") == 0);
        assert_int_equal(f->verification.verdict.name, FAILURE_NONE);
        SSL_free(ssl);
}

static void test_no_more_than_fit(void **state)
{
        char peer[] = "peer 000";
        Fixture *f = *state;

        for (unsigned i = 0; i <= RESUMPTION_SESSIONS; i++) {
                passed += USEC_PER_SEC;
                (void)snprintf(peer, sizeof(peer), "peer %u", i);
                assert_false(resumes(f, peer));
        }
        assert_true(resumes(f, "peer 1"));
        assert_true(resumes(f, peer));
        assert_false(resumes(f, "peer 0"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_sessions_are_resumed),
                T(test_offered_once),
                T(test_server_that_forgot),
                T(test_never_across_other_credentials),
                T(test_age),
                T(test_lifetime_of_a_ticket),
                T(test_certificates_are_judged_once_more),
                T(test_certificate_that_has_expired),
                T(test_no_more_than_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
