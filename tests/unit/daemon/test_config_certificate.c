/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/config: security mode certificate, what its files become in /0, what is said about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <sys/stat.h>

#include "../pki.h"
#include "daemon/config_fingerprint.h"
#include "daemon/config_load.h"
#include "daemon/factory_accounts.h"
#include "tests/unit/daemon/print_problems.h"
#include "util/certificate_facts.h"
#include "util/crypto.h"

static char folder[4096]; /* fresh, for files; removed by the group's teardown */

/* What the files of the folder were made from. */
static struct {
        Pki ca, device, server, renewed;
        Secret ca_der, chain, device_key, server_der, renewed_der;
} world;

static void write_file(const char *name, const void *content, size_t size, mode_t mode)
{
        _cleanup_(freep) char *path = NULL;
        FILE *stream;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        stream = fopen(path, "w");
        assert_non_null(stream);
        assert_int_equal(fwrite(content, 1, size, stream), size);
        assert_int_equal(fclose(stream), 0);
        assert_int_equal(chmod(path, mode), 0);
}

static void write_secret(const char *name, const Secret *content, mode_t mode)
{
        write_file(name, content->data, content->size, mode);
}

static void write_pem(const char *name, const Pki *const *list, size_t n)
{
        _cleanup_(secret_done) Secret text = {0};
        BIO *bio = BIO_new(BIO_s_mem());

        for (size_t i = 0; i < n; i++)
                assert_int_equal(PEM_write_bio_X509(bio, list[i]->certificate), 1);
        pki_take(bio, &text);
        write_secret(name, &text, 0644);
}

static void write_key(const char *name, const Pki *pki)
{
        _cleanup_(secret_done) Secret text = {0};
        BIO *bio = BIO_new(BIO_s_mem());

        assert_int_equal(PEM_write_bio_PrivateKey(bio, pki->key, NULL, NULL, 0, NULL, NULL), 1);
        pki_take(bio, &text);
        write_secret(name, &text, 0600);
}

static void write_key_der(const char *name, const Pki *pki, Secret *ret)
{
        pki_key_der(pki, ret);
        write_secret(name, ret, 0600);
}

static int parse_kept(const char *text, ConfigPurpose purpose, const ConfigKept *kept, Config **ret,
        ConfigProblems *ret_problems)
{
        _cleanup_(freep) char *file = NULL;

        assert_true(asprintf(&file, "%s/test.yaml", folder) > 0);
        return config_parse(
                file, (const uint8_t *)text, strlen(text), purpose, kept, NULL, ret, ret_problems);
}

/* Keys behind those that each account needs. */
#define ACCOUNT(keys)                                                                           \
        "endpoint: device\nbootstrap: {server: {uri: 'coaps://server.example', security_mode: " \
        "certificate,\n" keys "}}\n"
#define OWN    "certificate_file: chain.pem, private_key_file: device.key, "
#define SERVER "server_certificate_file: server.pem"

static Config *parse_valid(const char *text)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(freep) char *printed = NULL;
        Config *config = NULL;

        (void)parse_kept(text, CONFIG_TO_RUN, NULL, &config, &problems);
        printed = print_problems(&problems, "f");
        assert_string_equal(printed, "");
        assert_non_null(config);
        return config;
}

static void assert_bytes(const Secret *is, const Secret *wanted)
{
        assert_int_equal(is->size, wanted->size);
        assert_memory_equal(is->data, wanted->data, wanted->size);
}

static void test_values(void **state)
{
        static const char *const texts[] = {
                ACCOUNT(OWN SERVER),
                ACCOUNT("certificate_file: chain.der, private_key_file: key.der, "
                        "server_certificate_file: server.der"),
                ACCOUNT("certificate_credential: chain.pem, private_key_credential: device.key, "
                        "server_certificate_credential: server.pem"),
        };

        assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_(config_freep) Config *config = parse_valid(texts[i]);
                const Credential *credential = &config->bootstrap_server.credential;

                assert_int_equal(credential->mode, SECURITY_MODE_CERTIFICATE);
                assert_bytes(&credential->identity, &world.chain);
                assert_int_equal(private_key_type(&credential->key), PRIVATE_KEY_EC);
                assert_int_equal(certificate_key_fits(&credential->identity, &credential->key), 0);
                assert_bytes(&credential->server_certificate, &world.server_der);
                assert_int_equal(credential->usage, CERTIFICATE_USAGE_DOMAIN_ISSUED);
                assert_int_equal(credential->matching_type, MATCHING_TYPE_EXACT);
                assert_null(credential->server_name);
                assert_int_equal(credential->n_suites, 0);
                assert_null(config->trust_store);
        }
        assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void test_rules(void **state)
{
        _cleanup_(config_freep) Config *config = parse_valid(
                ACCOUNT(OWN "server_certificate_file: ca.pem, certificate_usage: ca-constraint, "
                            "server_name: Server-1.example, cipher_suites: [0xC0AE, 49325, "
                            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]") "trust_store: /etc/ssl/certs\n");
        _cleanup_(config_freep) Config *numbers =
                parse_valid(ACCOUNT(OWN "server_certificate_file: ca.pem, certificate_usage: 2, "
                                        "matching_type: 3"));
        const Credential *credential = &config->bootstrap_server.credential;

        assert_int_equal(credential->usage, CERTIFICATE_USAGE_CA_CONSTRAINT);
        assert_string_equal(credential->server_name, "Server-1.example");
        assert_int_equal(credential->n_suites, 3);
        assert_int_equal(credential->suites[0], 0xc0ae);
        assert_int_equal(credential->suites[1], 49325);
        assert_int_equal(credential->suites[2], 0xc02b);
        assert_string_equal(config->trust_store, "/etc/ssl/certs");
        credential = &numbers->bootstrap_server.credential;
        assert_int_equal(credential->usage, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION);
        assert_int_equal(credential->matching_type, MATCHING_TYPE_SHA512);
}

/* "AB:CD:..." */
static char *fingerprint(const uint8_t *digest, size_t size, const char *before, const char *between)
{
        char *text = NULL;
        size_t n;
        FILE *stream = open_memstream(&text, &n);

        fputs(before, stream);
        for (size_t i = 0; i < size; i++)
                fprintf(stream, "%s%02X", i > 0 ? between : "", digest[i]);
        fputs("\n", stream);
        assert_int_equal(fclose(stream), 0);
        return text;
}

/* The certificate itself, digested here; its digest as bytes; as tools print it. */
static void test_digests(void **state)
{
        static const struct {
                const char *word;
                size_t size;
                int (*digest)(const void *data, size_t size, uint8_t *ret);
        } rows[] = {
                {"sha256", SHA256_SIZE, crypto_sha256},
                {"sha384", SHA384_SIZE, crypto_sha384},
                {"sha512", SHA512_SIZE, crypto_sha512},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                static const char *const files[] = {
                        "server.pem", "server.der", "digest", "digest.hex", "digest.text"};
                _cleanup_(freep) char *hex = NULL, *text = NULL;
                uint8_t digest[SHA512_SIZE];

                assert_int_equal(rows[i].digest(world.server_der.data, world.server_der.size, digest), 0);
                hex = fingerprint(digest, rows[i].size, "", "");
                text = fingerprint(digest, rows[i].size, "sha256 Fingerprint=", ":");
                write_file("digest", digest, rows[i].size, 0644);
                write_file("digest.hex", hex, strlen(hex) - 1, 0644); /* a SHA-256 so has 64 bytes */
                write_file("digest.text", text, strlen(text), 0644);
                for (size_t k = 0; k < ELEMENTSOF(files); k++) {
                        _cleanup_(config_freep) Config *config = NULL;
                        _cleanup_(freep) char *yaml = NULL;

                        assert_true(asprintf(&yaml,
                                            ACCOUNT(OWN "server_certificate_file: %s, matching_type: %s"),
                                            files[k], rows[i].word) > 0);
                        config = parse_valid(yaml);
                        assert_bytes(&config->bootstrap_server.credential.server_certificate,
                                &(Secret){digest, rows[i].size});
                }
        }
}

/* Errors and warnings of a text, all of them. */
static void assert_problems(const char *text, const char *wanted)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(freep) char *printed = NULL;
        int r;

        r = parse_kept(text, CONFIG_TO_RUN, NULL, &config, &problems);
        printed = print_problems(&problems, "f");
        assert_string_equal(printed, wanted);
        assert_int_equal(r, problems.errors.n > 0 ? CONFIG_E_INVALID : 0);
}

static void test_digest_that_does_not_fit(void **state)
{
        write_file("digest", "0123456789abcdef0123456789abcdef", 32, 0644);
        assert_problems(ACCOUNT(OWN "server_certificate_file: digest"),
                "f:3:85: the server's certificate is given as a digest, which 'matching_type: exact' does "
                "not take\n");
        assert_problems(ACCOUNT(OWN "server_certificate_file: digest, matching_type: sha384"),
                "f:3:85: the digest of the server's certificate has 32 bytes, 'matching_type: sha384' "
                "needs 48\n");
        assert_problems(ACCOUNT(OWN "server_certificate_file: chain.pem"),
                "f:3:85: 'server_certificate_file' names a file that holds 2 certificates, /0/x/4 "
                "takes one: "
                "the server's own, or the CA that is trusted\n");
}

static void assert_resource(
        const Dataset *dataset, uint16_t resource, int instance, const char *text, uint64_t number)
{
        const Path path = instance < 0 ? PATH_RESOURCE(0, 0, resource)
                                       : PATH_RESOURCE_INSTANCE(0, 0, resource, (uint16_t)instance);
        const Value *value = dataset_get(dataset, &path);

        assert_non_null(value);
        if (text)
                assert_string_equal((const char *)value->bytes.data, text);
        else
                assert_int_equal(value->unsigned_integer, number);
}

static void test_factory_accounts(void **state)
{
        _cleanup_(config_freep) Config *config =
                parse_valid(ACCOUNT(OWN "server_certificate_file: ca.pem, certificate_usage: 0, "
                                        "matching_type: 1, server_name: s.example, "
                                        "cipher_suites: [0xC0AE, 0xC02B]"));
        _cleanup_(config_freep) Config *plain = parse_valid(ACCOUNT(OWN SERVER));
        _cleanup_(dataset_freep) Dataset *dataset = dataset_new(), *without = dataset_new();
        const Value *value;

        assert_int_equal(factory_accounts_build(config, dataset), 0);
        value = dataset_get(dataset, &PATH_RESOURCE(0, 0, SECURITY_IDENTITY));
        assert_bytes(&(Secret){value->bytes.data, value->bytes.size}, &world.chain);
        value = dataset_get(dataset, &PATH_RESOURCE(0, 0, SECURITY_SERVER_KEY));
        assert_int_equal(value->bytes.size, SHA256_SIZE);
        assert_non_null(dataset_get(dataset, &PATH_RESOURCE(0, 0, SECURITY_SECRET_KEY)));
        assert_resource(dataset, SECURITY_MATCHING_TYPE, -1, NULL, 1);
        assert_resource(dataset, SECURITY_SNI, -1, "s.example", 0);
        assert_resource(dataset, SECURITY_CERTIFICATE_USAGE, -1, NULL, 0);
        assert_resource(dataset, SECURITY_CIPHER_SUITE, 0, NULL, 0xc0ae);
        assert_resource(dataset, SECURITY_CIPHER_SUITE, 1, NULL, 0xc02b);

        /* What is left open is not written. */
        assert_int_equal(factory_accounts_build(plain, without), 0);
        for (uint16_t resource = SECURITY_MATCHING_TYPE; resource <= SECURITY_CERTIFICATE_USAGE; resource++)
                assert_null(dataset_get(without, &PATH_RESOURCE(0, 0, resource)));
        assert_null(dataset_get(without, &PATH_RESOURCE_INSTANCE(0, 0, SECURITY_CIPHER_SUITE, 0)));
}

/* Reads text beside accounts of before; what it says of them. */
static Config *parse_beside(const char *before, const char *text, const char *problems_wanted)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(dataset_freep) Dataset *accounts = dataset_new();
        _cleanup_(config_freep) Config *kept_config = parse_valid(before);
        _cleanup_(freep) char *printed = NULL;
        ConfigKept kept = {.endpoint = "device", .accounts = accounts};
        Config *config = NULL;

        assert_int_equal(factory_accounts_build(kept_config, accounts), 0);
        (void)parse_kept(text, CONFIG_TO_RUN, &kept, &config, &problems);
        printed = print_problems(&problems, "f");
        assert_string_equal(printed, problems_wanted);
        return config;
}

/* Each of them counts as unchanged. */
static void test_files_that_cannot_be_read(void **state)
{
        _cleanup_(config_freep) Config *all = NULL, *key = NULL, *digest = NULL;
        const Credential *credential;

        all = parse_beside(ACCOUNT(OWN SERVER),
                ACCOUNT("certificate_file: none, private_key_file: none, server_certificate_file: none"),
                "f:3:19: warning: 'certificate_file' names a file that does not exist; it counts as "
                "unchanged\n"
                "f:3:43: warning: 'private_key_file' names a file that does not exist; it counts as "
                "unchanged\n"
                "f:3:74: warning: 'server_certificate_file' names a file that does not exist; it counts as "
                "unchanged\n");
        credential = &all->bootstrap_server.credential;
        assert_bytes(&credential->identity, &world.chain);
        assert_bytes(&credential->server_certificate, &world.server_der);
        assert_int_equal(certificate_key_fits(&credential->identity, &credential->key), 0);

        /* The certificate has been renewed, its key is not there yet. */
        key = parse_beside(ACCOUNT(OWN SERVER),
                ACCOUNT("certificate_file: renewed.pem, private_key_file: none, " SERVER),
                "f:3:50: warning: 'private_key_file' names a file that does not exist; it counts as "
                "unchanged\n");
        credential = &key->bootstrap_server.credential;
        assert_bytes(&credential->identity, &world.chain);
        assert_int_equal(certificate_key_fits(&credential->identity, &credential->key), 0);

        /* What was kept is what the Matching Type made of it. */
        digest = parse_beside(ACCOUNT(OWN SERVER ", matching_type: sha256"),
                ACCOUNT(OWN "server_certificate_file: none, matching_type: sha256"),
                "f:3:85: warning: 'server_certificate_file' names a file that does not exist; it counts as "
                "unchanged\n");
        assert_int_equal(digest->bootstrap_server.credential.server_certificate.size, SHA256_SIZE);
}

/* What was there before is no stand-in. */
static void test_files_of_another_mode(void **state)
{
        assert_null(parse_beside(ACCOUNT(OWN SERVER ", matching_type: sha256"),
                ACCOUNT(OWN "server_certificate_file: none"),
                "f:3:85: 'server_certificate_file' names a file that does not exist\n"));
        assert_null(parse_beside(
                "endpoint: device\nbootstrap: {server: {uri: 'coaps://server.example', security_mode: psk,\n"
                "identity: g, key_hex: 000102030405060708090a0b0c0d0e0f}}\n",
                ACCOUNT("certificate_file: chain.pem, private_key_file: none, " SERVER),
                "f:3:48: 'private_key_file' names a file that does not exist\n"));
}

/* Renewed files make only the digests differ that know credentials; what else is new makes others differ. */
static void test_fingerprints(void **state)
{
        static const struct {
                const char *text;
                bool bare_differs;
        } rows[] = {
                {ACCOUNT("certificate_file: renewed.pem, private_key_file: renewed.key, " SERVER), false},
                {ACCOUNT(OWN "server_certificate_file: renewed.pem"), false},
                {ACCOUNT(OWN SERVER ", matching_type: sha256"), true},
                {ACCOUNT(OWN SERVER ", certificate_usage: 1"), true},
                {ACCOUNT(OWN SERVER ", server_name: a.example"), true},
                {ACCOUNT(OWN SERVER ", cipher_suites: [0xC0AE]"), true},
        };
        _cleanup_(config_freep) Config *config = parse_valid(ACCOUNT(OWN SERVER));
        ConfigFingerprint first, now;

        assert_int_equal(config_fingerprint(config, &first), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(config_freep) Config *other = parse_valid(rows[i].text);

                assert_int_equal(config_fingerprint(other, &now), 0);
                assert_memory_not_equal(first.bootstrap_server, now.bootstrap_server, SHA256_SIZE);
                assert_int_equal(
                        memcmp(first.bare_bootstrap_server, now.bare_bootstrap_server, SHA256_SIZE) != 0,
                        rows[i].bare_differs);
                assert_memory_equal(first.servers, now.servers, SHA256_SIZE);
        }
}

static void test_trust_store_of_nobody(void **state)
{
        assert_problems(
                ACCOUNT(OWN "server_certificate_file: ca.pem, certificate_usage: 0") "trust_store: none\n",
                "f:4:14: 'trust_store: none' trusts nobody, 'certificate_usage: ca-constraint' can accept "
                "no server\n");
        config_free(parse_valid(
                ACCOUNT(OWN "server_certificate_file: ca.pem, certificate_usage: 2") "trust_store: none\n"));
}

/* It is read at each handshake, and may be there by then. */
static void test_trust_store_that_cannot_be_read(void **state)
{
        static const char *const rows[][2] = {
                {"/no-such-folder/ca.pem", "does not exist"},
                {"/proc/self/status", "holds no certificate"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(freep) char *text = NULL, *wanted = NULL;

                assert_true(asprintf(&text, ACCOUNT(OWN SERVER) "trust_store: %s\n", rows[i][0]) > 0);
                assert_true(
                        asprintf(&wanted, "f:4:14: warning: 'trust_store' names a file or folder that %s\n",
                                rows[i][1]) > 0);
                assert_problems(text, wanted);
        }
}

static int setup(void **state)
{
        (void)snprintf(folder, sizeof(folder), "%s/test-certificate-XXXXXX", getenv("TMPDIR") ?: P_tmpdir);
        if (!mkdtemp(folder))
                return -1;
        world.ca = pki_make(&(PkiSpec){.name = "CA", .basic = "critical,CA:TRUE", .usage = "keyCertSign"});
        world.device = pki_make(&(PkiSpec){.name = "device", .issuer = &world.ca});
        world.server = pki_make(
                &(PkiSpec){.name = "server.example", .san = "DNS:server.example", .issuer = &world.ca});
        world.renewed = pki_make(&(PkiSpec){.name = "device", .issuer = &world.ca});
        pki_add_der(&world.ca_der, &world.ca);
        pki_add_der(&world.chain, &world.device);
        pki_add_der(&world.chain, &world.ca);
        pki_add_der(&world.server_der, &world.server);
        pki_add_der(&world.renewed_der, &world.renewed);
        write_pem("chain.pem", (const Pki *const[]){&world.device, &world.ca}, 2);
        write_pem("ca.pem", (const Pki *const[]){&world.ca}, 1);
        write_pem("server.pem", (const Pki *const[]){&world.server}, 1);
        write_pem("renewed.pem", (const Pki *const[]){&world.renewed}, 1);
        write_secret("chain.der", &world.chain, 0644);
        write_secret("server.der", &world.server_der, 0644);
        write_key("device.key", &world.device);
        write_key("renewed.key", &world.renewed);
        write_key_der("key.der", &world.device, &world.device_key);
        return 0;
}

static int teardown(void **state)
{
        _cleanup_(globfree) glob_t files = {0};
        _cleanup_(freep) char *pattern = NULL;

        pki_free(&world.ca);
        pki_free(&world.device);
        pki_free(&world.server);
        pki_free(&world.renewed);
        secret_done(&world.ca_der);
        secret_done(&world.chain);
        secret_done(&world.device_key);
        secret_done(&world.server_der);
        secret_done(&world.renewed_der);
        if (asprintf(&pattern, "%s/*", folder) < 0 || glob(pattern, 0, NULL, &files) != 0)
                return -1;
        for (size_t i = 0; i < files.gl_pathc; i++)
                (void)unlink(files.gl_pathv[i]);
        return rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_rules),
                cmocka_unit_test(test_digests),
                cmocka_unit_test(test_digest_that_does_not_fit),
                cmocka_unit_test(test_factory_accounts),
                cmocka_unit_test(test_files_that_cannot_be_read),
                cmocka_unit_test(test_files_of_another_mode),
                cmocka_unit_test(test_fingerprints),
                cmocka_unit_test(test_trust_store_of_nobody),
                cmocka_unit_test(test_trust_store_that_cannot_be_read),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
