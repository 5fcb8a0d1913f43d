/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "dtls_settings.h"

#define MTU             1400
#define TICKET_KEYS_MAX 128 /* OpenSSL's have 80 */
#define POINT_MAX       133 /* bytes: secp521r1, uncompressed */
#define PSK_SUITES      "PSK-AES128-CCM8:PSK-AES128-CBC-SHA256:PSK-AES128-GCM-SHA256"
#define ECDHE_SUITES                                                                    \
        "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES128-GCM-SHA256:" \
        "ECDHE-RSA-AES128-GCM-SHA256"

static const unsigned char cookie[] = "a cookie", place[] = "dtls_terminator";

static const char *const names[N_MODES] = {
        [MODE_SILENT] = "silent",
        [MODE_DROP_FIRST] = "drop-first",
        [MODE_COOKIE] = "cookie",
        [MODE_NO_TICKETS] = "no-tickets",
        [MODE_CACHE] = "cache",
        [MODE_ASK] = "ask",
        [MODE_INSIST] = "insist",
        [MODE_CIPHERS] = "ciphers",
        [MODE_CERTIFICATE] = "certificate",
        [MODE_KEY] = "key",
        [MODE_OTHER_KEY] = "other-key",
        [MODE_CA] = "ca",
        [MODE_MTU] = "mtu",
        [MODE_HASTY] = "hasty",
        [MODE_ALERT_FIRST] = "alert-first",
        [MODE_ALERT_LAST] = "alert-last",
};

static void fail(const char *what)
{
        fprintf(stderr, "dtls_terminator: %s\n", what);
        ERR_print_errors_fp(stderr);
        exit(EXIT_FAILURE);
}

static void parse_key(Settings *settings, const char *hex)
{
        size_t length = strlen(hex);

        if (length % 2 != 0 || length / 2 > SETTINGS_KEY_MAX)
                fail("the PSK is no hex, or too long");
        for (size_t i = 0; i < length / 2; i++) {
                char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

                settings->key[i] = (unsigned char)strtoul(byte, NULL, 16);
        }
        settings->key_size = length / 2;
}

static void parse_mode(Settings *settings, const char *word)
{
        size_t length = strcspn(word, "=");

        for (size_t mode = 0; mode < N_MODES; mode++)
                if (strlen(names[mode]) == length && strncmp(word, names[mode], length) == 0) {
                        settings->modes[mode] = word[length] == '=' ? word + length + 1 : "";
                        return;
                }
        fail(word);
}

void settings_parse(Settings *ret, int argc, char *argv[])
{
        if (argc < 5)
                fail("LISTEN-PORT FORWARD-PORT IDENTITY KEY-HEX [MODE...]");
        *ret = (Settings){
                .listen_port = (in_port_t)atoi(argv[1]),
                .forward_port = (in_port_t)atoi(argv[2]),
                .identity = argv[3],
        };
        parse_key(ret, argv[4]);
        for (int i = 5; i < argc; i++)
                parse_mode(ret, argv[i]);
}

unsigned settings_mtu(const Settings *settings)
{
        return settings->modes[MODE_MTU] ? (unsigned)atoi(settings->modes[MODE_MTU]) : MTU;
}

static unsigned on_psk(SSL *ssl, const char *identity, unsigned char *ret_key, unsigned size)
{
        const Settings *settings = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

        if (strcmp(identity, settings->identity) != 0 || settings->key_size > size)
                return 0;
        memcpy(ret_key, settings->key, settings->key_size);
        return (unsigned)settings->key_size;
}

static int on_cookie_wanted(SSL *ssl, unsigned char *ret, unsigned *ret_size)
{
        (void)ssl;
        memcpy(ret, cookie, sizeof cookie);
        *ret_size = sizeof cookie;
        return 1;
}

static int on_cookie(SSL *ssl, const unsigned char *data, unsigned size)
{
        (void)ssl;
        return size == sizeof cookie && memcmp(data, cookie, size) == 0;
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
        (void)ok;
        (void)store;
        return 1;
}

static EVP_PKEY *read_key(const char *path)
{
        FILE *file = fopen(path, "re");
        EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;

        if (!key)
                fail(path);
        fclose(file);
        return key;
}

/* An EC key that OpenSSL takes for the certificate's, though it signs with another one. */
static EVP_PKEY *disguise(EVP_PKEY *key, EVP_PKEY *certified)
{
        unsigned char point[POINT_MAX];
        size_t point_size;
        BIGNUM *number = NULL;
        EVP_PKEY *made = NULL;
        OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);

        if (!builder || !context || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1 ||
                EVP_PKEY_get_octet_string_param(
                        certified, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &point_size) != 1)
                fail("EC key");
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, point_size);
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number);

        OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);

        if (EVP_PKEY_fromdata_init(context) != 1 ||
                EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, parameters) != 1)
                fail("disguised key");
        OSSL_PARAM_free(parameters);
        OSSL_PARAM_BLD_free(builder);
        EVP_PKEY_CTX_free(context);
        BN_free(number);
        EVP_PKEY_free(key);
        return made;
}

static void set_key(SSL_CTX *context, const Settings *settings)
{
        const char *other = settings->modes[MODE_OTHER_KEY];
        EVP_PKEY *key = read_key(other ? other : settings->modes[MODE_KEY]);

        if (other)
                key = disguise(key, X509_get0_pubkey(SSL_CTX_get0_certificate(context)));
        if (SSL_CTX_use_PrivateKey(context, key) != 1)
                fail("key");
        EVP_PKEY_free(key);
}

/* The server's own certificate, and what it wants of the client's: without `ca` any will do. */
static void set_certificates(SSL_CTX *context, const Settings *settings)
{
        const char *const *modes = settings->modes;
        int verify = SSL_VERIFY_NONE;

        if (modes[MODE_CERTIFICATE]) {
                if (SSL_CTX_use_certificate_chain_file(context, modes[MODE_CERTIFICATE]) != 1)
                        fail("certificate");
                set_key(context, settings);
        }
        if (modes[MODE_CA] && SSL_CTX_load_verify_locations(context, modes[MODE_CA], NULL) != 1)
                fail("CA");
        if (modes[MODE_ASK] || modes[MODE_INSIST])
                verify = SSL_VERIFY_PEER;
        if (modes[MODE_INSIST])
                verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        SSL_CTX_set_verify(context, verify, modes[MODE_CA] ? NULL : accept_any);
        SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN); /* the file is the chain */
}

static void set_sessions(SSL_CTX *context, const Settings *settings)
{
        SSL_CTX_set_session_id_context(context, place, sizeof place);
        SSL_CTX_set_session_cache_mode(
                context, settings->modes[MODE_CACHE] ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_OFF);
        if (settings->modes[MODE_NO_TICKETS])
                SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

SSL_CTX *settings_context(const Settings *settings)
{
        const char *const *modes = settings->modes;
        const char *ciphers = !modes[MODE_CERTIFICATE] ? PSK_SUITES
                              : settings->identity[0]  ? PSK_SUITES ":" ECDHE_SUITES
                                                       : ECDHE_SUITES;
        SSL_CTX *context = SSL_CTX_new(DTLS_server_method());

        if (!context ||
                SSL_CTX_set_cipher_list(context, modes[MODE_CIPHERS] ? modes[MODE_CIPHERS] : ciphers) != 1)
                fail("cipher list");
        SSL_CTX_set_app_data(context, (char *)settings);
        SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_QUERY_MTU);
        SSL_CTX_set_psk_server_callback(context, on_psk);
        if (modes[MODE_COOKIE])
                SSL_CTX_set_options(context, SSL_OP_COOKIE_EXCHANGE);
        SSL_CTX_set_cookie_generate_cb(context, on_cookie_wanted);
        SSL_CTX_set_cookie_verify_cb(context, on_cookie);
        set_certificates(context, settings);
        set_sessions(context, settings);
        return context;
}

void settings_forget_sessions(SSL_CTX *context)
{
        unsigned char keys[TICKET_KEYS_MAX];
        long size = SSL_CTX_get_tlsext_ticket_keys(context, NULL, 0);

        if (size > TICKET_KEYS_MAX || RAND_bytes(keys, (int)size) != 1 ||
                SSL_CTX_set_tlsext_ticket_keys(context, keys, size) != 1)
                fail("ticket keys");
#if OPENSSL_VERSION_NUMBER >= 0x30400000L /* where the other one is deprecated */
        SSL_CTX_flush_sessions_ex(context, LONG_MAX);
#else
        SSL_CTX_flush_sessions(context, LONG_MAX);
#endif
}
