/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS with certificates against a server made of OpenSSL alone: what is sent, what is accepted, how a
 * refusal is named. The verdicts themselves: test_verification.c. */
#include "dtls_server.h"

#include <openssl/conf.h>

#include "../pki.h"
#include "coap/dtls_failure.h"

typedef struct World {
        Server *server;
        Pki root, middle, leaf, device;
        Credential credential;
        const char *trust_store;
        char sni[256];
        size_t shown; /* certificates that the client sent */
        char shown_last[64];
} World;

static int on_name(SSL *ssl, int *alert, void *userdata)
{
        World *world = userdata;

        (void)snprintf(world->sni, sizeof(world->sni), "%s",
                SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) ?: "");
        return SSL_TLSEXT_ERR_OK;
}

/* Takes every client, and notes what it has shown. */
static int on_client(X509_STORE_CTX *context, void *userdata)
{
        STACK_OF(X509) *shown = X509_STORE_CTX_get0_untrusted(context);
        World *world = userdata;

        world->shown = (size_t)sk_X509_num(shown);
        X509_NAME_get_text_by_NID(X509_get_subject_name(sk_X509_value(shown, sk_X509_num(shown) - 1)),
                NID_commonName, world->shown_last, sizeof(world->shown_last));
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
}

static int setup(void **state)
{
        World *world = calloc(1, sizeof(*world));
        void *server;

        assert_non_null(world);
        assert_int_equal(server_setup(&server), 0);
        world->server = server;
        world->root = pki_make(&(PkiSpec){.name = "Root", .basic = "critical,CA:TRUE"});
        world->middle =
                pki_make(&(PkiSpec){.name = "Middle", .basic = "critical,CA:TRUE", .issuer = &world->root});
        world->leaf = pki_make(
                &(PkiSpec){.name = "server", .san = "IP:127.0.0.1,DNS:a.example", .issuer = &world->middle});
        world->device = pki_make(&(PkiSpec){.name = "device", .issuer = &world->middle});
        world->credential = CREDENTIAL(SECURITY_MODE_CERTIFICATE);
        world->credential.usage = CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION;
        pki_add_der(&world->credential.server_certificate, &world->root);

        SSL_CTX_use_certificate(world->server->context, world->leaf.certificate);
        SSL_CTX_use_PrivateKey(world->server->context, world->leaf.key);
        SSL_CTX_add1_chain_cert(world->server->context, world->middle.certificate);
        SSL_CTX_set_tlsext_servername_callback(world->server->context, on_name);
        SSL_CTX_set_tlsext_servername_arg(world->server->context, world);
        SSL_CTX_set_verify(world->server->context, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(world->server->context, on_client, world);
        server_new_ssl(world->server);
        *state = world;
        return 0;
}

static int teardown(void **state)
{
        World *world = *state;
        void *server = world->server;

        (void)server_teardown(&server);
        pki_free(&world->root);
        pki_free(&world->middle);
        pki_free(&world->leaf);
        pki_free(&world->device);
        credential_done(&world->credential);
        free(world);
        return 0;
}

static void set_device(World *world, bool sec1, bool chain)
{
        BIO *bio = BIO_new(BIO_s_mem());
        PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(world->device.key);

        pki_add_der(&world->credential.identity, &world->device);
        if (chain)
                pki_add_der(&world->credential.identity, &world->middle);
        assert_true(
                sec1 ? i2d_PrivateKey_bio(bio, world->device.key) : i2d_PKCS8_PRIV_KEY_INFO_bio(bio, info));
        PKCS8_PRIV_KEY_INFO_free(info);
        pki_take(bio, &world->credential.key);
}

static void open_at(World *world, const char *host)
{
        Bench *bench = &world->server->bench;
        char uri[64];
        ConnectionSettings settings = {
                .uri = uri,
                .credential = &world->credential,
                .trust_store = world->trust_store,
                .coap = {USEC_PER_SEC, 1.0, 1, 1024, 8192},
                .peer_kind = "LwM2M Server 101",
        };
        Request opening = REQUEST_INIT;

        world->server->answer = server_accept_opening;
        opening.method = METHOD_POST;
        (void)snprintf(uri, sizeof(uri), "coaps://%s:%u", host, bench->port);
        assert_return_code(connection_open(bench->event, &clock_system, bench->resolver, &settings,
                                   &bench->memory, &opening, &bench_handler, bench, &bench->connection),
                0);
}

static void connect_at(World *world, const char *host)
{
        open_at(world, host);
        while (world->server->bench.failed == 0 && world->server->bench.answered == 0)
                assert_return_code(sd_event_run(world->server->bench.event, UINT64_MAX), 0);
        if (world->server->bench.failed > 0)
                fail_msg("%s", world->server->bench.failure.sentence);
}

static void refused_at(World *world, const char *host, FailureName name, const char *words)
{
        const Failure *failure = &world->server->bench.failure;

        open_at(world, host);
        while (world->server->bench.failed == 0 && world->server->bench.answered == 0)
                assert_return_code(sd_event_run(world->server->bench.event, UINT64_MAX), 0);
        assert_int_equal(world->server->bench.answered, 0);
        if (failure->name != name)
                fail_msg("%s", failure->sentence);
        if (!strstr(failure->sentence, words))
                fail_msg("\"%s\" does not say \"%s\"", failure->sentence, words);
        assert_non_null(strstr(failure->sentence, "LwM2M Server 101 coaps://"));
        assert_int_equal(world->server->received, 0);
        assert_int_equal(ERR_peek_error(), 0);
}

static void test_server_alone_has_a_certificate(void **state)
{
        World *world = *state;

        connect_at(world, "127.0.0.1");
        assert_string_equal(world->server->bench.stages, "rhq");
        assert_int_equal(world->shown, 0);
        assert_string_equal(
                connection_cipher(world->server->bench.connection), SSL_get_cipher_name(world->server->ssl));
}

static void test_client_certificate(void **state)
{
        World *world = *state;

        set_device(world, false, false);
        connect_at(world, "127.0.0.1");
        assert_int_equal(world->shown, 1);
        assert_string_equal(world->shown_last, "device");
}

static void test_client_chain_and_sec1_key(void **state)
{
        World *world = *state;

        set_device(world, true, true);
        connect_at(world, "127.0.0.1");
        assert_int_equal(world->shown, 2);
        assert_string_equal(world->shown_last, "Middle");
}

/* RSA, of 4096 bits: the largest that anybody has. */
static void test_client_key_of_rsa(void **state)
{
        World *world = *state;

        EVP_PKEY_free(world->device.key);
        world->device.key = EVP_RSA_gen(4096);
        X509_set_pubkey(world->device.certificate, world->device.key);
        assert_true(X509_sign(world->device.certificate, world->middle.key, EVP_sha256()) > 0);
        pki_add_der(&world->credential.identity, &world->device);
        pki_key_der(&world->device, &world->credential.key);
        connect_at(world, "127.0.0.1");
        assert_int_equal(world->shown, 1);
}

static void test_server_name(void **state)
{
        World *world = *state;

        world->credential.server_name = strdup("a.example");
        connect_at(world, "127.0.0.1");
        assert_string_equal(world->sni, "a.example");
}

static void test_an_address_is_no_server_name(void **state)
{
        World *world = *state;

        connect_at(world, "127.0.0.1");
        assert_string_equal(world->sni, "");
}

static void test_an_address_as_server_name(void **state)
{
        World *world = *state;

        world->credential.server_name = strdup("127.0.0.1");
        refused_at(world, "localhost", FAILURE_CREDENTIAL_UNUSABLE, "the server name is no host name");
}

static void test_host_of_the_uri(void **state)
{
        World *world = *state;

        refused_at(world, "localhost", FAILURE_CERTIFICATE_NAME_MISMATCH,
                "is for 127.0.0.1, a.example, not for localhost (the host in the URI)");
        assert_string_equal(world->sni, "localhost");
}

static void test_named_certificate(void **state)
{
        World *world = *state;

        world->credential.usage = CERTIFICATE_USAGE_DOMAIN_ISSUED;
        secret_done(&world->credential.server_certificate);
        pki_add_der(&world->credential.server_certificate, &world->leaf);
        connect_at(world, "localhost");
}

static void test_other_certificate(void **state)
{
        World *world = *state;

        world->credential.usage = CERTIFICATE_USAGE_DOMAIN_ISSUED;
        refused_at(world, "127.0.0.1", FAILURE_CERTIFICATE_MISMATCH, "CN=server (issuer CN=Middle, ");
}

static void test_trust_store_is_handed_down(void **state)
{
        World *world = *state;

        world->credential.usage = CERTIFICATE_USAGE_CA_CONSTRAINT;
        world->trust_store = "/nonexistent/ca.pem";
        refused_at(world, "127.0.0.1", FAILURE_CREDENTIAL_UNUSABLE, "/nonexistent/ca.pem");
}

static void test_server_that_asks_for_a_certificate(void **state)
{
        World *world = *state;

        SSL_set_verify(world->server->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        refused_at(world, "127.0.0.1", FAILURE_HANDSHAKE_FAILED, "asked for a client certificate");
}

/* It has one, but not with a key that the server takes. */
static void test_server_that_asks_for_another_kind_of_certificate(void **state)
{
        World *world = *state;

        set_device(world, false, false);
        SSL_set1_client_sigalgs_list(world->server->ssl, "RSA-PSS+SHA256");
        SSL_set_verify(world->server->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        refused_at(world, "127.0.0.1", FAILURE_NO_SHARED_CIPHER, "signature algorithm in common");
}

/* OpenSSL refuses to use it, and says so to nobody: libcoap has no session then, as without a network. */
static bool openssl_takes(X509 *certificate)
{
        SSL_CTX *context = SSL_CTX_new(DTLS_client_method());
        bool takes = SSL_CTX_use_certificate(context, certificate) == 1;

        SSL_CTX_free(context);
        ERR_clear_error();
        return takes;
}

static void test_client_certificate_that_is_too_weak(void **state)
{
        World *world = *state;

        assert_true(X509_sign(world->device.certificate, world->middle.key, EVP_sha1()) > 0);
        if (openssl_takes(world->device.certificate))
                skip(); /* 3.5 looks at keys, not at signatures */
        set_device(world, false, false);
        refused_at(world, "127.0.0.1", FAILURE_CREDENTIAL_UNUSABLE, "too weak");
        assert_int_equal(world->server->datagrams, 0);
}

static void test_ca_of_a_client_certificate_that_is_too_weak(void **state)
{
        World *world = *state;
        Pki weak = pki_make(&(PkiSpec){
                .name = "Weak", .basic = "critical,CA:TRUE", .issuer = &world->root, .curve = "P-192"});

        set_device(world, false, false);
        pki_add_der(&world->credential.identity, &weak);
        pki_free(&weak);
        refused_at(world, "127.0.0.1", FAILURE_CREDENTIAL_UNUSABLE, "too weak");
}

/* The longest chain that is taken; one byte more ends the handshake. */
static void test_chain_of_a_server_is_bounded(void **state)
{
        World *world = *state;

        for (unsigned i = 0; i < 60; i++)
                SSL_CTX_add1_chain_cert(world->server->context, world->root.certificate);
        server_new_ssl(world->server);
        refused_at(world, "127.0.0.1", FAILURE_HANDSHAKE_FAILED, "at most 16 KiB of certificates");
}

/* libcoap makes another handshake by itself where the peer was away for a moment. */
static void test_another_server_under_the_same_ca(void **state)
{
        World *world = *state;
        Server *server = world->server;
        Pki other = pki_make(&(PkiSpec){.name = "x", .san = "DNS:other.example", .issuer = &world->middle});
        uint8_t keys[80] = {1}; /* its tickets are others, too */

        connect_at(world, "127.0.0.1");
        SSL_CTX_use_certificate(server->context, other.certificate);
        SSL_CTX_use_PrivateKey(server->context, other.key);
        assert_int_equal(SSL_CTX_set_tlsext_ticket_keys(server->context, keys, sizeof(keys)), 1);
        server_new_ssl(server);
        server->bench.connection = connection_close(server->bench.connection);
        open_at(world, "127.0.0.1");
        bench_run(&server->bench, &server->bench.failed, 1);
        assert_int_equal(server->bench.failure.name, FAILURE_CERTIFICATE_NAME_MISMATCH);
        pki_free(&other);
}

/* One of OpenSSL's that asks for certificates and was told no context for its sessions: internal_error. */
static void test_server_that_fails_over_a_session_to_resume(void **state)
{
        World *world = *state;
        Server *server = world->server;
        unsigned datagrams;

        connect_at(world, "127.0.0.1");
        server->bench.connection = connection_close(server->bench.connection);
        bench_run(&server->bench, &server->closed, 1);
        server_new_ssl(server);
        datagrams = server->datagrams;
        open_at(world, "127.0.0.1");
        bench_run(&server->bench, &server->datagrams, datagrams + 1);
        server_new_ssl(server);
        bench_run(&server->bench, &server->bench.answered, 2);
        assert_int_equal(server->bench.failed, 0);
        assert_int_equal(SSL_session_reused(server->ssl), 0);
}

static int heard; /* by the server: the last alert */

static void on_server_info(const SSL *ssl, int where, int value)
{
        if (where == SSL_CB_READ_ALERT)
                heard = value & 0xff;
}

/* RFC 7925, 17. OpenSSL's server ends the session over that, others go on. */
static void test_renegotiation_is_refused(void **state)
{
        World *world = *state;
        Server *server = world->server;
        unsigned datagrams;

        heard = DTLS_ALERT_NONE;
        SSL_set_info_callback(server->ssl, on_server_info);
        connect_at(world, "127.0.0.1");
        datagrams = server->datagrams;
        assert_int_equal(SSL_renegotiate(server->ssl), 1);
        assert_int_equal(SSL_do_handshake(server->ssl), 1);
        server_flush(server);
        bench_run(&server->bench, &server->datagrams, datagrams + 1);
        assert_int_equal(heard, SSL_AD_NO_RENEGOTIATION);
        assert_int_equal(server->bench.failed, 0);
}

/* At security level 0, which any openssl.cnf may set, suites without a certificate are offered, too. The
 * last test, as it sets the level of the process. */
static void test_server_without_any_certificate(void **state)
{
        static const char level_0[] = "openssl_conf=x\n[x]\nssl_conf=y\n[y]\nsystem_default=z\n"
                                      "[z]\nCipherString=DEFAULT:@SECLEVEL=0\n";
        BIO *bio = BIO_new_mem_buf(level_0, -1);
        CONF *conf = NCONF_new(NULL);
        World *world = *state;

        assert_int_equal(NCONF_load_bio(conf, bio, NULL), 1);
        assert_int_equal(CONF_modules_load(conf, NULL, 0), 1);
        NCONF_free(conf);
        BIO_free(bio);
        assert_int_equal(SSL_set_cipher_list(world->server->ssl, "ADH-AES128-GCM-SHA256:@SECLEVEL=0"), 1);
        SSL_set_dh_auto(world->server->ssl, 1);
        refused_at(world, "127.0.0.1", FAILURE_CERTIFICATE_UNTRUSTED, "showed no certificate");
}

/* Sanitizers and valgrind watch. */
static void test_many_sessions(void **state)
{
        World *world = *state;
        Server *server = world->server;

        set_device(world, false, true);
        for (unsigned i = 1; i <= 30; i++) {
                server_new_ssl(server);
                server->bench.stages[0] = 0;
                open_at(world, i % 3 == 0 ? "localhost" : "127.0.0.1");
                if (i % 3 == 0)
                        bench_run(&server->bench, &server->bench.failed, i / 3);
                else
                        bench_run(&server->bench, &server->bench.answered, i - i / 3);
                server->bench.connection = connection_close(server->bench.connection);
                bench_run(&server->bench, &server->closed, i);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
                T(test_server_alone_has_a_certificate),
                T(test_client_certificate),
                T(test_client_chain_and_sec1_key),
                T(test_client_key_of_rsa),
                T(test_server_name),
                T(test_an_address_is_no_server_name),
                T(test_an_address_as_server_name),
                T(test_host_of_the_uri),
                T(test_named_certificate),
                T(test_other_certificate),
                T(test_trust_store_is_handed_down),
                T(test_server_that_asks_for_a_certificate),
                T(test_server_that_asks_for_another_kind_of_certificate),
                T(test_client_certificate_that_is_too_weak),
                T(test_ca_of_a_client_certificate_that_is_too_weak),
                T(test_chain_of_a_server_is_bounded),
                T(test_another_server_under_the_same_ca),
                T(test_server_that_fails_over_a_session_to_resume),
                T(test_renegotiation_is_refused),
                T(test_many_sessions),
                T(test_server_without_any_certificate),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
