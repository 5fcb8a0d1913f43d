/* SPDX-License-Identifier: Apache-2.0 */
/* What a ClientHello offers: the account's suites and no other, in libcoap's own second handshake, too. */
#include "peer.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "coap/connection.h"
#include "coap/session.h"
#include "coap/tls.h"

#define PSK_CCM_8     0xc0a8
#define PSK_256_CCM_8 0xc0a9
#define PSK_GCM       0x00a8
#define PSK_CBC       0x00ae
#define ECDSA_CCM_8   0xc0ae
#define ECDSA_GCM     0xc02b
#define RSA_PSK_GCM   0x00ac
#define UNKNOWN       0xfafa
#define SCSV                                                                                               \
        0x00ff /* TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746, 3.3: no suite; OpenSSL 3.5 has an extension \
                  in its place */

#define N_MAX 8

/* -- What goes into an SSL -- */

static unsigned no_key(SSL *ssl, const char *hint, char *identity, unsigned identity_size,
        unsigned char *key, unsigned key_size)
{
        return 0;
}

/* Offered at a security level, in a list that libcoap has set. */
static size_t offered(Suites *suites, int level, uint16_t ret[N_MAX])
{
        SSL_CTX *context = SSL_CTX_new(DTLS_client_method());
        STACK_OF(SSL_CIPHER) * ciphers;
        size_t n;
        SSL *ssl;

        SSL_CTX_set_security_level(context, level);
        suites_apply(suites, context);
        ssl = SSL_new(context);
        assert_int_equal(SSL_get_security_level(ssl), level);
        if (suites->credential->mode == SECURITY_MODE_PSK)
                SSL_set_psk_client_callback(ssl, no_key);
        assert_int_equal(SSL_set_cipher_list(ssl, "PSK:!NULL"), 1);
        suites_offer(suites, ssl);
        ciphers = SSL_get1_supported_ciphers(ssl);
        n = (size_t)MAX_OF(sk_SSL_CIPHER_num(ciphers), 0);
        for (size_t i = 0; i < MIN_OF(n, (size_t)N_MAX); i++)
                ret[i] = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(ciphers, (int)i));
        sk_SSL_CIPHER_free(ciphers);
        SSL_free(ssl);
        SSL_CTX_free(context);
        return n;
}

static Credential with_suites(SecurityMode mode, const uint16_t *suites, size_t n)
{
        Credential credential = CREDENTIAL(mode);

        memcpy(credential.suites, suites, n * sizeof(*suites));
        credential.n_suites = n;
        return credential;
}

static void test_offer_is_what_the_account_names(void **state)
{
        static const struct {
                SecurityMode mode;
                int level;
                uint16_t named[N_MAX], offered[N_MAX]; /* up to 0 */
        } table[] = {
                {SECURITY_MODE_PSK, 2, {PSK_CCM_8}, {PSK_CCM_8}},
                {SECURITY_MODE_PSK, 2, {PSK_CBC, PSK_GCM}, {PSK_CBC, PSK_GCM}}, /* in its order */
                {SECURITY_MODE_PSK, 2, {PSK_GCM, PSK_CBC, PSK_GCM}, {PSK_GCM, PSK_CBC}},
                {SECURITY_MODE_PSK, 2, {UNKNOWN, PSK_GCM}, {PSK_GCM}},
                /* Certificates would be no proof for a PSK account, nor would a key for the other one. */
                {SECURITY_MODE_PSK, 2, {ECDSA_GCM, RSA_PSK_GCM, PSK_GCM}, {PSK_GCM}},
                {SECURITY_MODE_CERTIFICATE, 2, {PSK_GCM, RSA_PSK_GCM, ECDSA_GCM}, {ECDSA_GCM}},
                /* What is named of CCM_8 passes a level that keeps it out, and nothing else does. */
                {SECURITY_MODE_PSK, 3, {PSK_GCM, PSK_CCM_8}, {PSK_CCM_8}},
                {SECURITY_MODE_PSK, 3, {PSK_256_CCM_8}, {PSK_256_CCM_8}},
                {SECURITY_MODE_CERTIFICATE, 5, {ECDSA_GCM, ECDSA_CCM_8}, {ECDSA_CCM_8}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                uint16_t found[N_MAX];
                size_t n_named = 0, n = 0;
                Credential credential;
                Suites suites;

                while (table[i].named[n_named])
                        n_named++;
                while (table[i].offered[n])
                        n++;
                credential = with_suites(table[i].mode, table[i].named, n_named);
                assert_true(suites_init(&suites, &credential));
                assert_int_equal(offered(&suites, table[i].level, found), n);
                assert_memory_equal(found, table[i].offered, n * sizeof(found[0]));
        }
}

static void test_account_that_names_none_has_what_the_library_offers(void **state)
{
        Credential credential = CREDENTIAL(SECURITY_MODE_PSK);
        uint16_t found[N_MAX];
        Suites suites;

        assert_true(suites_init(&suites, &credential));
        assert_true(offered(&suites, 2, found) > 8);
        assert_true(suites_offer_one(&credential, PSK_GCM));
        assert_true(suites_offer_one(&credential, PSK_CCM_8) ==
                    (OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2));
}

static void test_none_that_can_be_offered(void **state)
{
        static const uint16_t psk[] = {UNKNOWN, ECDSA_CCM_8}, certificate[] = {PSK_CCM_8};
        Credential credential = with_suites(SECURITY_MODE_PSK, psk, 2);
        char text[SUITES_TEXT_SIZE];
        Suites suites;

        assert_false(suites_init(&suites, &credential));
        assert_string_equal(
                suites_describe(&credential, text), "0xFAFA, TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
        credential = with_suites(SECURITY_MODE_CERTIFICATE, certificate, 1);
        assert_false(suites_init(&suites, &credential));
        credential.mode = SECURITY_MODE_NOSEC;
        assert_true(suites_init(&suites, &credential));
}

static void test_long_list(void **state)
{
        uint16_t many[LIMIT_CIPHER_SUITES];
        Credential credential;
        char text[SUITES_TEXT_SIZE];
        Suites suites;

        for (size_t i = 0; i < LIMIT_CIPHER_SUITES; i++)
                many[i] = ECDSA_CCM_8;
        credential = with_suites(SECURITY_MODE_CERTIFICATE, many, LIMIT_CIPHER_SUITES);
        assert_true(suites_init(&suites, &credential));
        (void)suites_describe(&credential, text);
        assert_string_equal(text + strlen(text) - 4, " ...");
        assert_true(strlen(text) < sizeof(text));
}

/* -- What libcoap sends -- */

static const LogAbout nobody;

typedef struct Fixture {
        int fd;
        ResolvedAddress address;
        Credential credential;
        Tls tls;
        coap_context_t *context;
        coap_session_t *session;
} Fixture;

static void on_alert(void *userdata)
{
}

static int setup(void **state)
{
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        Fixture *f = calloc(1, sizeof(*f));

        f->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        f->address.size = sizeof(any);
        assert_int_equal(bind(f->fd, (struct sockaddr *)&any, sizeof(any)), 0);
        assert_int_equal(getsockname(f->fd, (struct sockaddr *)&f->address.address, &f->address.size), 0);
        f->credential = CREDENTIAL(SECURITY_MODE_PSK);
        assert_int_equal(secret_set(&f->credential.identity, "device", 6), 0);
        assert_int_equal(secret_set(&f->credential.key, "key", 3), 0);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        Fixture *f = *state;

        if (f->session)
                coap_session_release(f->session);
        if (f->context)
                coap_free_context(f->context);
        credential_done(&f->credential);
        (void)close(f->fd);
        free(f);
        return 0;
}

/* The suites of the next ClientHello (RFC 6347, 4.2.1). */
static size_t read_client_hello(const Fixture *f, uint16_t ret[N_MAX])
{
        struct pollfd polled = {.fd = f->fd, .events = POLLIN};
        uint8_t hello[2048];
        size_t at = 13 + 12 + 2 + 32, n_sent, n = 0;
        ssize_t size;

        assert_int_equal(poll(&polled, 1, 10000), 1);
        size = recv(f->fd, hello, sizeof(hello), 0);
        assert_true(size > 100 && hello[0] == 22 && hello[13] == 1);
        at += 1U + hello[at]; /* session id */
        at += 1U + hello[at]; /* cookie */
        n_sent = (size_t)(hello[at] << 8 | hello[at + 1]) / 2;
        for (size_t i = 0; i < n_sent; i++) {
                uint16_t suite = (uint16_t)(hello[at + 2 + 2 * i] << 8 | hello[at + 3 + 2 * i]);

                if (suite != SCSV && n < N_MAX)
                        ret[n++] = suite;
        }
        return n;
}

static void open_session(Fixture *f)
{
        assert_true(tls_init(
                &f->tls, &(Verification){.credential = &f->credential, .clock = &clock_system}, "peer"));
        f->tls.on_alert = on_alert;
        f->tls.about = &nobody;
        assert_int_equal(tls_new_context(&f->tls, &f->context), 0);
        f->session = session_new(f->context, &f->address, &f->credential, NULL);
        assert_non_null(f->session);
}

static void test_client_hello(void **state)
{
        uint16_t found[N_MAX];
        Fixture *f = *state;

        f->credential.suites[0] = PSK_CBC;
        f->credential.suites[1] = PSK_CCM_8;
        f->credential.n_suites = 2;
        open_session(f);
        assert_int_equal(read_client_hello(f, found), 2);
        assert_int_equal(found[0], PSK_CBC);
        assert_int_equal(found[1], PSK_CCM_8);
}

/* Sent by libcoap, at once or by its timer. */
static void await_datagram(const Fixture *f)
{
        struct pollfd polled = {.fd = f->fd, .events = POLLIN};

        for (int i = 0; i < 100 && poll(&polled, 1, 0) == 0; i++)
                (void)coap_io_process(f->context, 100);
}

/* libcoap 4.3.1 drops the SSL at an ICMP error, and makes another one for what is sent next; 4.3.4 goes on
 * with the first one. */
static void test_client_hello_of_a_silent_second_handshake(void **state)
{
        uint16_t found[N_MAX];
        Fixture *f = *state;
        coap_pdu_t *pdu;

        f->credential.suites[0] = PSK_CCM_8;
        f->credential.n_suites = 1;
        open_session(f);
        assert_int_equal(read_client_hello(f, found), 1);
        coap_session_disconnected(f->session, COAP_NACK_ICMP_ISSUE);
        pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_CODE_GET, 1, 100);
        assert_non_null(pdu);
        (void)coap_send(f->session, pdu);
        await_datagram(f);
        assert_int_equal(read_client_hello(f, found), 1);
        assert_int_equal(found[0], PSK_CCM_8);
        coap_session_disconnected(f->session, COAP_NACK_NOT_DELIVERABLE);
}

/* Contexts do not share what they are told. */
static void test_two_accounts(void **state)
{
        Fixture *f = *state, *other;
        void *second;
        uint16_t found[N_MAX];

        assert_int_equal(setup(&second), 0);
        other = second;
        f->credential.suites[0] = PSK_CCM_8;
        other->credential.suites[0] = PSK_GCM;
        f->credential.n_suites = other->credential.n_suites = 1;
        assert_true(tls_init(
                &f->tls, &(Verification){.credential = &f->credential, .clock = &clock_system}, "peer"));
        f->tls.on_alert = on_alert;
        f->tls.about = &nobody;
        assert_int_equal(tls_new_context(&f->tls, &f->context), 0);
        open_session(other);
        f->session = session_new(f->context, &f->address, &f->credential, NULL);
        assert_non_null(f->session);
        assert_int_equal(read_client_hello(f, found), 1);
        assert_int_equal(found[0], PSK_CCM_8);
        assert_int_equal(read_client_hello(other, found), 1);
        assert_int_equal(found[0], PSK_GCM);
        assert_int_equal(teardown(&second), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_offer_is_what_the_account_names),
                cmocka_unit_test(test_account_that_names_none_has_what_the_library_offers),
                cmocka_unit_test(test_none_that_can_be_offered),
                cmocka_unit_test(test_long_list),
                cmocka_unit_test_setup_teardown(test_client_hello, setup, teardown),
                cmocka_unit_test_setup_teardown(
                        test_client_hello_of_a_silent_second_handshake, setup, teardown),
                cmocka_unit_test_setup_teardown(test_two_accounts, setup, teardown),
        };
        int r;

        connection_global_init();
        r = cmocka_run_group_tests(tests, NULL, NULL);
        connection_global_done();
        return r;
}
