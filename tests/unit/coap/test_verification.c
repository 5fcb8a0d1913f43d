/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a server's certificate: usages, matching types, names, dates, chains, trust stores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../pki.h"
#include "coap/certificate_text.h"
#include "coap/trust_store.h"
#include "coap/verification.h"
#include "util/utf8.h"

#define CA_BASIC "critical,CA:TRUE"
#define CA_USAGE "critical,keyCertSign,cRLSign"

typedef struct World {
        Pki root, middle, leaf, wild, address, other;
        char folder[32];
        char store[64]; /* PEM of the root */
        uint64_t now;
        Clock clock;
        Credential credential;
        Verification verification;
} World;

static uint64_t world_realtime(void *userdata)
{
        const World *world = userdata;

        return world->now;
}

static void write_pem(const char *path, const Pki *pki)
{
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        assert_true(PEM_write_X509(file, pki->certificate));
        assert_int_equal(fclose(file), 0);
}

static int group_setup(void **state)
{
        static World world;

        world.root = pki_make(&(PkiSpec){.name = "Root", .basic = CA_BASIC, .usage = CA_USAGE});
        world.middle = pki_make(
                &(PkiSpec){.name = "Middle", .basic = CA_BASIC, .usage = CA_USAGE, .issuer = &world.root});
        world.leaf = pki_make(&(PkiSpec){.name = "server",
                .san = "DNS:a.example,DNS:b.example",
                .usage = "digitalSignature",
                .ext = "serverAuth",
                .issuer = &world.middle});
        world.wild = pki_make(&(PkiSpec){.name = "wild", .san = "DNS:*.w.example", .issuer = &world.middle});
        world.address = pki_make(&(PkiSpec){
                .name = "address", .san = "IP:192.0.2.1,IP:2001:db8::1", .issuer = &world.middle});
        world.other = pki_make(&(PkiSpec){.name = "Other", .basic = CA_BASIC, .usage = CA_USAGE});
        strcpy(world.folder, "/tmp/test-verification-XXXXXX");
        assert_non_null(mkdtemp(world.folder));
        (void)snprintf(world.store, sizeof(world.store), "%s/root.pem", world.folder);
        write_pem(world.store, &world.root);
        *state = &world;
        return 0;
}

static int group_teardown(void **state)
{
        World *world = *state;

        pki_free(&world->root);
        pki_free(&world->middle);
        pki_free(&world->leaf);
        pki_free(&world->wild);
        pki_free(&world->address);
        pki_free(&world->other);
        assert_int_equal(unlink(world->store), 0);
        assert_int_equal(rmdir(world->folder), 0);
        return 0;
}

static int setup(void **state)
{
        World *world = *state;

        world->now = (uint64_t)time(NULL) * USEC_PER_SEC;
        world->clock = clock_system;
        world->clock.realtime = world_realtime;
        world->clock.userdata = world;
        world->credential = CREDENTIAL(SECURITY_MODE_CERTIFICATE);
        world->verification = (Verification){
                .credential = &world->credential,
                .reference = "a.example",
                .trust_store = world->store,
                .clock = &world->clock,
        };
        return 0;
}

static int teardown(void **state)
{
        World *world = *state;

        credential_done(&world->credential);
        return 0;
}

/* What the account holds in /0/x/4. */
static void name(World *world, CertificateUsage usage, MatchingType type, const Pki *pki)
{
        const EVP_MD *digests[] = {NULL, EVP_sha256(), EVP_sha384(), EVP_sha512()};
        Secret *named = &world->credential.server_certificate;
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned size;

        world->credential.usage = usage;
        world->credential.matching_type = type;
        secret_done(named);
        if (type == MATCHING_TYPE_EXACT) {
                pki_add_der(named, pki);
                return;
        }
        assert_int_equal(X509_digest(pki->certificate, digests[type], digest, &size), 1);
        assert_int_equal(secret_set(named, digest, size), 0);
}

/* The server shows these, the first one is its own. */
static FailureName show(World *world, const Pki *const shown[], size_t n)
{
        STACK_OF(X509) *sent = sk_X509_new_null();
        X509_STORE *store = X509_STORE_new();
        X509_STORE_CTX *handshake = X509_STORE_CTX_new();
        const Failure *verdict = &world->verification.verdict;
        int accepted;

        for (size_t i = 0; i < n; i++)
                sk_X509_push(sent, shown[i]->certificate);
        assert_int_equal(X509_STORE_CTX_init(handshake, store, shown[0]->certificate, sent), 1);
        /* as libcoap sets it, whatever the account wants */
        X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(handshake), 1);
        accepted = verification_check(handshake, &world->verification);
        assert_int_equal(accepted, verdict->name == FAILURE_NONE);
        assert_int_equal(X509_STORE_CTX_get_error(handshake) == X509_V_OK, accepted);
        assert_int_equal(ERR_peek_error(), 0);
        assert_int_equal(accepted, verdict->sentence[0] == 0);
        assert_true(utf8_is_printable(verdict->sentence, strlen(verdict->sentence)));
        X509_STORE_CTX_free(handshake);
        X509_STORE_free(store);
        sk_X509_free(sent);
        return verdict->name;
}
#define SHOW(world, ...) \
        show((world), (const Pki *const[]){__VA_ARGS__}, ELEMENTSOF(((const Pki *const[]){__VA_ARGS__})))

static void assert_says(const World *world, const char *words)
{
        if (!strstr(world->verification.verdict.sentence, words))
                fail_msg("\"%s\" does not say \"%s\"", world->verification.verdict.sentence, words);
}

/* -- Usages and matching types -- */

static void test_every_usage_with_every_matching_type(void **state)
{
        World *world = *state;

        for (MatchingType type = MATCHING_TYPE_EXACT; type < _MATCHING_TYPE_MAX; type++) {
                name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, type, &world->leaf);
                assert_int_equal(SHOW(world, &world->leaf), FAILURE_NONE);
                assert_int_equal(SHOW(world, &world->wild, &world->middle), FAILURE_CERTIFICATE_MISMATCH);
                assert_says(world, "CN=wild (issuer CN=Middle, ");
                assert_says(world, "/0/x/4");

                name(world, CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT, type, &world->leaf);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
                assert_int_equal(SHOW(world, &world->wild, &world->middle), FAILURE_CERTIFICATE_MISMATCH);
                assert_int_equal(SHOW(world, &world->leaf), FAILURE_CERTIFICATE_UNTRUSTED);

                name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, type, &world->middle);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
                assert_int_equal(SHOW(world, &world->leaf), FAILURE_CERTIFICATE_UNTRUSTED);
                name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, type, &world->root);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
                name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, type, &world->other);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_MISMATCH);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle, &world->other),
                        FAILURE_CERTIFICATE_MISMATCH);
                /* the server's own is no CA in the path */
                name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, type, &world->leaf);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_MISMATCH);

                name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, type, &world->root);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle, &world->root), FAILURE_NONE);
                assert_int_equal(SHOW(world, &world->leaf, &world->root), FAILURE_CERTIFICATE_UNTRUSTED);
                assert_int_equal(SHOW(world, &world->leaf), FAILURE_CERTIFICATE_UNTRUSTED);
                name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, type, &world->middle);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
                name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, type, &world->other);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle, &world->root, &world->other),
                        FAILURE_CERTIFICATE_UNTRUSTED);
        }
}

/* An anchor that the server need not send; a digest needs it. */
static void test_anchor_that_is_not_sent(void **state)
{
        World *world = *state;

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->middle);
        assert_int_equal(SHOW(world, &world->leaf), FAILURE_NONE);
        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_SHA256, &world->root);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_UNTRUSTED);
        assert_says(world, "/0/x/4, a digest: the server has to send the CA's certificate, too");
}

static void test_nothing_named_is_nothing_accepted(void **state)
{
        World *world = *state;

        for (CertificateUsage usage = 0; usage < _CERTIFICATE_USAGE_MAX; usage++)
                for (MatchingType type = 0; type <= _MATCHING_TYPE_MAX; type++) {
                        world->credential.usage = usage;
                        world->credential.matching_type = type;
                        assert_int_not_equal(
                                SHOW(world, &world->leaf, &world->middle, &world->root), FAILURE_NONE);
                }
        /* the digest of another type, and a part of one */
        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_SHA256, &world->leaf);
        world->credential.matching_type = MATCHING_TYPE_SHA512;
        assert_int_equal(SHOW(world, &world->leaf), FAILURE_CERTIFICATE_MISMATCH);
        world->credential.matching_type = MATCHING_TYPE_SHA256;
        world->credential.server_certificate.size = 16;
        assert_int_equal(SHOW(world, &world->leaf), FAILURE_CERTIFICATE_MISMATCH);
}

/* The commonest slip: a CA's certificate, and the default Certificate Usage. */
static void test_ca_in_place_of_the_servers_own(void **state)
{
        World *world = *state;

        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_MISMATCH);
        assert_says(world, "/0/x/4, a CA's");
        assert_says(world, "certificate_usage trust-anchor-assertion");
        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_EXACT, &world->wild);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_MISMATCH);
        assert_says(world, "write the server's new one into the account");
}

/* -- Names -- */

static void test_names(void **state)
{
        static const struct {
                size_t which; /* 0: leaf, 1: wild, 2: address */
                const char *reference;
                bool fits;
        } cases[] = {
                {0, "a.example", true}, {0, "b.example", true}, {0, "A.Example", true},
                {0, "server", false}, /* the CN counts for nothing beside a subjectAltName */
                {0, "x.a.example", false}, {0, "example", false}, {0, "192.0.2.1", false},
                {1, "x.w.example", true}, {1, "w.example", false}, {1, "x.y.w.example", false},
                {1, "xw.example", false}, {2, "192.0.2.1", true}, {2, "192.0.2.2", false},
                {2, "2001:db8::1", true}, {2, "2001:0DB8:0::1", true}, {2, "2001:db8::2", false},
                {2, "address", true}, /* there is no name beside the CN: RFC 6125, 6.4.4 */
        };
        World *world = *state;
        const Pki *const which[] = {&world->leaf, &world->wild, &world->address};

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                FailureName expected = cases[i].fits ? FAILURE_NONE : FAILURE_CERTIFICATE_NAME_MISMATCH;

                world->verification.reference = cases[i].reference;
                if (SHOW(world, which[cases[i].which], &world->middle) != expected)
                        fail_msg("%zu, %s: %s", cases[i].which, cases[i].reference,
                                world->verification.verdict.sentence);
        }
        world->verification.reference = "c.example";
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_NAME_MISMATCH);
        assert_says(world, "for a.example, b.example, not for c.example (the host in the URI)");
        world->credential.server_name = strdup("c.example");
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_NAME_MISMATCH);
        assert_says(world, "/0/x/14");
        name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_NAME_MISMATCH);
}

/* A certificate that is named itself needs no name: facts 2.3. */
static void test_named_certificate_needs_no_name(void **state)
{
        World *world = *state;

        world->verification.reference = "c.example";
        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_EXACT, &world->leaf);
        assert_int_equal(SHOW(world, &world->leaf), FAILURE_NONE);
        name(world, CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT, MATCHING_TYPE_EXACT, &world->leaf);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
}

/* Without a subjectAltName the CN is the name, but never that of an address. */
static void test_common_name(void **state)
{
        World *world = *state;
        Pki leaf = pki_make(&(PkiSpec){.name = "a.example", .issuer = &world->root});
        Pki address = pki_make(&(PkiSpec){.name = "192.0.2.1", .issuer = &world->root});
        Pki nobody = pki_make(&(PkiSpec){.issuer = &world->root});

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &leaf), FAILURE_NONE);
        assert_int_equal(SHOW(world, &nobody), FAILURE_CERTIFICATE_NAME_MISMATCH);
        assert_says(world, "no name");
        world->verification.reference = "192.0.2.1";
        assert_int_equal(SHOW(world, &address), FAILURE_CERTIFICATE_NAME_MISMATCH);
        pki_free(&leaf);
        pki_free(&address);
        pki_free(&nobody);
}

/* -- Dates -- */

static void test_dates(void **state)
{
        World *world = *state;

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        world->now += 31 * PKI_DAY * USEC_PER_SEC;
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_EXPIRED);
        name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_EXPIRED);
        name(world, CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT, MATCHING_TYPE_EXACT, &world->leaf);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_EXPIRED);
        /* of a certificate that is named alone the dates say nothing: RFC 6698, 2.1.1 */
        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_EXACT, &world->leaf);
        assert_int_equal(SHOW(world, &world->leaf), FAILURE_NONE);
}

static void test_expired_leaf_and_future_ca(void **state)
{
        World *world = *state;
        Pki old = pki_make(&(PkiSpec){.name = "a.example", .issuer = &world->root, .from = -9, .to = -2});
        Pki ca = pki_make(&(PkiSpec){.name = "Next",
                .basic = CA_BASIC,
                .usage = CA_USAGE,
                .issuer = &world->root,
                .from = 2,
                .to = 9});
        Pki leaf = pki_make(&(PkiSpec){.name = "a.example", .issuer = &ca});

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &old), FAILURE_CERTIFICATE_EXPIRED);
        assert_says(world, "CN=a.example (issuer CN=Root, 20");
        assert_says(world, "depth 0)");
        assert_int_equal(SHOW(world, &leaf, &ca), FAILURE_CERTIFICATE_NOT_YET_VALID);
        assert_says(world, "CN=Next (issuer CN=Root, 20");
        assert_says(world, "depth 1)");
        pki_free(&old);
        pki_free(&ca);
        pki_free(&leaf);
}

/* Not valid yet by a clock that has not been set since the device has started. */
static void test_clock_that_is_not_set(void **state)
{
        World *world = *state;

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        world->now = 1000000 * USEC_PER_SEC;
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CLOCK_NOT_SET);
        assert_says(world, "it says 1970-01-12 13:46:40 UTC");
        /* and a pin needs no clock */
        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_SHA256, &world->leaf);
        assert_int_equal(SHOW(world, &world->leaf), FAILURE_NONE);
}

/* -- Chains -- */

static void test_chain_in_any_order_and_with_strangers(void **state)
{
        World *world = *state;
        Pki lowest = pki_make(&(PkiSpec){
                .name = "Lowest", .basic = CA_BASIC, .usage = CA_USAGE, .issuer = &world->middle});
        Pki leaf = pki_make(&(PkiSpec){.name = "a.example", .issuer = &lowest});

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &leaf, &lowest, &world->middle), FAILURE_NONE);
        assert_int_equal(SHOW(world, &leaf, &world->middle, &lowest), FAILURE_NONE);
        assert_int_equal(
                SHOW(world, &leaf, &world->root, &world->other, &world->middle, &lowest), FAILURE_NONE);
        assert_int_equal(SHOW(world, &leaf, &lowest), FAILURE_CERTIFICATE_UNTRUSTED);
        pki_free(&lowest);
        pki_free(&leaf);
}

static void test_who_may_sign_and_who_may_serve(void **state)
{
        World *world = *state;
        Pki no_ca = pki_make(&(PkiSpec){.name = "No CA", .basic = "CA:FALSE", .issuer = &world->root});
        Pki below = pki_make(&(PkiSpec){.name = "a.example", .issuer = &no_ca});
        Pki client = pki_make(&(PkiSpec){.name = "a.example", .ext = "clientAuth", .issuer = &world->root});
        Pki signer = pki_make(&(PkiSpec){.name = "a.example", .usage = "cRLSign", .issuer = &world->root});
        Pki narrow = pki_make(&(PkiSpec){.name = "Narrow",
                .basic = CA_BASIC ",pathlen:0",
                .usage = CA_USAGE,
                .names = "permitted;DNS:n.example",
                .issuer = &world->root});
        Pki beyond = pki_make(&(PkiSpec){.name = "x", .san = "DNS:a.example", .issuer = &narrow});

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &below, &no_ca), FAILURE_CERTIFICATE_UNTRUSTED);
        assert_int_equal(SHOW(world, &client), FAILURE_CERTIFICATE_UNTRUSTED);
        assert_says(world, "serverAuth");
        assert_int_equal(SHOW(world, &signer), FAILURE_CERTIFICATE_UNTRUSTED);
        assert_int_equal(SHOW(world, &beyond, &narrow), FAILURE_CERTIFICATE_UNTRUSTED);
        pki_free(&no_ca);
        pki_free(&below);
        pki_free(&client);
        pki_free(&signer);
        pki_free(&narrow);
        pki_free(&beyond);
}

/* Every suite that we offer has the server sign: RFC 5246, 7.4.2. */
static void test_key_that_may_not_sign(void **state)
{
        World *world = *state;
        Pki leaf = pki_make(
                &(PkiSpec){.name = "a.example", .usage = "keyEncipherment", .issuer = &world->root});

        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &leaf), FAILURE_CERTIFICATE_UNTRUSTED);
        assert_says(world, "digitalSignature");
        name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &leaf), FAILURE_CERTIFICATE_UNTRUSTED);
        name(world, CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT, MATCHING_TYPE_EXACT, &leaf);
        assert_int_equal(SHOW(world, &leaf), FAILURE_CERTIFICATE_UNTRUSTED);
        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_EXACT, &leaf);
        assert_int_equal(SHOW(world, &leaf), FAILURE_NONE);
        pki_free(&leaf);
}

static void test_chain_that_is_too_long(void **state)
{
        Pki ca[VERIFICATION_DEPTH + 2], leaf[2];
        const Pki *shown[VERIFICATION_DEPTH + 3];
        World *world = *state;

        for (size_t i = 0; i < ELEMENTSOF(ca); i++)
                ca[i] = pki_make(&(PkiSpec){.name = (char[]){'C', 'A', (char)('a' + i), 0},
                        .basic = CA_BASIC,
                        .usage = CA_USAGE,
                        .issuer = i > 0 ? &ca[i - 1] : &world->root});
        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        for (size_t longer = 0; longer < 2; longer++) {
                size_t n = VERIFICATION_DEPTH + longer, shown_n = 0;

                leaf[longer] = pki_make(&(PkiSpec){.name = "a.example", .issuer = &ca[n - 1]});
                shown[shown_n++] = &leaf[longer];
                for (size_t i = n; i > 0; i--)
                        shown[shown_n++] = &ca[i - 1];
                assert_int_equal(show(world, shown, shown_n),
                        longer > 0 ? FAILURE_CERTIFICATE_UNTRUSTED : FAILURE_NONE);
                pki_free(&leaf[longer]);
        }
        for (size_t i = 0; i < ELEMENTSOF(ca); i++)
                pki_free(&ca[i]);
}

static void test_self_signed_server(void **state)
{
        World *world = *state;
        Pki self = pki_make(&(PkiSpec){.name = "a.example"});

        name(world, CERTIFICATE_USAGE_DOMAIN_ISSUED, MATCHING_TYPE_EXACT, &self);
        assert_int_equal(SHOW(world, &self), FAILURE_NONE);
        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &self);
        assert_int_equal(SHOW(world, &self), FAILURE_NONE);
        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &self), FAILURE_CERTIFICATE_UNTRUSTED);
        name(world, CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT, MATCHING_TYPE_EXACT, &self);
        assert_int_equal(SHOW(world, &self), FAILURE_CERTIFICATE_UNTRUSTED);
        pki_free(&self);
}

/* -- Trust stores -- */

static void test_trust_stores(void **state)
{
        World *world = *state;
        char path[96];

        name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
        world->verification.trust_store = world->folder; /* no hashed name in it */
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
        world->verification.trust_store = "none";
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CERTIFICATE_UNTRUSTED);
        assert_says(world, "trust_store: none");
        world->verification.trust_store = "system";
        assert_int_equal(
                SHOW(world, &world->leaf, &world->middle, &world->root), FAILURE_CERTIFICATE_UNTRUSTED);
        assert_says(world, "the system's trust store");

        (void)snprintf(path, sizeof(path), "%s/missing", world->folder);
        world->verification.trust_store = path;
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CREDENTIAL_UNUSABLE);
        assert_says(world, "No such file");
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_CREDENTIAL_UNUSABLE);
        assert_says(world, "holds no certificate");
        assert_int_equal(rmdir(path), 0);
}

/* A folder without hashed names is read whole, on the daemon's loop: that has to end. */
static void test_trust_store_that_is_too_large(void **state)
{
        World *world = *state;
        char folder[64], path[5][96];

        (void)snprintf(folder, sizeof(folder), "%s/large", world->folder);
        assert_int_equal(mkdir(folder, 0700), 0);
        world->verification.trust_store = folder;
        name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, MATCHING_TYPE_EXACT, &world->root);
        for (int i = 0; i < 5; i++) {
                (void)snprintf(path[i], sizeof(path[i]), "%s/%d", folder, i);
                write_pem(path[i], &world->root);
                if (i > 0)
                        assert_int_equal(truncate(path[i], TRUST_STORE_FILE_SIZE), 0);
                assert_int_equal(SHOW(world, &world->leaf, &world->middle),
                        i < 4 ? FAILURE_NONE : FAILURE_CREDENTIAL_UNUSABLE);
        }
        assert_says(world, "too large");
        for (int i = 0; i < 5; i++)
                assert_int_equal(unlink(path[i]), 0);
        assert_int_equal(rmdir(folder), 0);
}

/* openssl-rehash(1): read when it is asked for. */
static void test_trust_store_with_hashed_names(void **state)
{
        World *world = *state;
        char folder[64], link_path[96];

        (void)snprintf(folder, sizeof(folder), "%s/hashed", world->folder);
        (void)snprintf(link_path, sizeof(link_path), "%s/%08lx.0", folder,
                X509_subject_name_hash(world->root.certificate));
        assert_int_equal(mkdir(folder, 0700), 0);
        write_pem(link_path, &world->root);
        world->verification.trust_store = folder;
        name(world, CERTIFICATE_USAGE_CA_CONSTRAINT, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &world->leaf, &world->middle), FAILURE_NONE);
        assert_int_equal(unlink(link_path), 0);
        assert_int_equal(rmdir(folder), 0);
}

/* -- What a peer has put into its certificate -- */

static void test_names_of_a_peer_are_printable_and_bounded(void **state)
{
        World *world = *state;
        char san[4096] = "DNS:x\x1b[2J", names[CERTIFICATE_NAMES_SIZE];
        Pki leaf;

        for (unsigned i = 0; i < 50; i++)
                (void)snprintf(san + strlen(san), sizeof(san) - strlen(san), ",DNS:name%u.example", i);
        leaf = pki_make(&(PkiSpec){.name = "a\nb", .san = san, .issuer = &world->root});
        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &leaf), FAILURE_CERTIFICATE_NAME_MISMATCH);
        assert_says(world, ", ..., not for a.example");
        certificate_list_names(leaf.certificate, names);
        assert_true(utf8_is_printable(names, strlen(names)));
        pki_free(&leaf);
}

/* "a.example" to whoever reads it as a C string. */
static void test_name_with_a_nul_is_another_one(void **state)
{
        World *world = *state;
        GENERAL_NAMES *names = GENERAL_NAMES_new();
        GENERAL_NAME *one = GENERAL_NAME_new();
        ASN1_IA5STRING *text = ASN1_IA5STRING_new();
        Pki leaf = pki_make(&(PkiSpec){.name = "server", .issuer = &world->root});

        assert_true(ASN1_STRING_set(text, "a.example\0.evil.example", 23));
        GENERAL_NAME_set0_value(one, GEN_DNS, text);
        assert_true(sk_GENERAL_NAME_push(names, one) > 0);
        assert_int_equal(X509_add1_ext_i2d(leaf.certificate, NID_subject_alt_name, names, 0, 0), 1);
        assert_true(X509_sign(leaf.certificate, world->root.key, EVP_sha256()) > 0);
        GENERAL_NAMES_free(names);
        name(world, CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION, MATCHING_TYPE_EXACT, &world->root);
        assert_int_equal(SHOW(world, &leaf), FAILURE_CERTIFICATE_NAME_MISMATCH);
        assert_says(world, "is for a.example?.evil.example, not for a.example");
        pki_free(&leaf);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        static const struct CMUnitTest tests[] = {
                TEST(test_every_usage_with_every_matching_type),
                TEST(test_anchor_that_is_not_sent),
                TEST(test_nothing_named_is_nothing_accepted),
                TEST(test_ca_in_place_of_the_servers_own),
                TEST(test_names),
                TEST(test_named_certificate_needs_no_name),
                TEST(test_common_name),
                TEST(test_dates),
                TEST(test_expired_leaf_and_future_ca),
                TEST(test_clock_that_is_not_set),
                TEST(test_chain_in_any_order_and_with_strangers),
                TEST(test_who_may_sign_and_who_may_serve),
                TEST(test_key_that_may_not_sign),
                TEST(test_chain_that_is_too_long),
                TEST(test_self_signed_server),
                TEST(test_trust_stores),
                TEST(test_trust_store_that_is_too_large),
                TEST(test_trust_store_with_hashed_names),
                TEST(test_names_of_a_peer_are_printable_and_bounded),
                TEST(test_name_with_a_nul_is_another_one),
        };

        return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
