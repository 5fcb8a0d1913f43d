/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts with certificates in a bootstrap: bodies of several KB in each format, and what a Finish says of
 * those that cannot work. */
#include "config.h"
#include "tests/unit/operation/fixture.h"

#include "../pki.h"
#include "operation/bootstrap_pack.h"

#define SECURITY(resource) PATH_RESOURCE(OBJECT_SECURITY, 1, resource)

/* Each chain has some KB, as in practice. */
#define LONG_NAMES                                                                                      \
        "DNS:a-name-that-takes-some-room.example,DNS:another-name-that-takes-some-room.example,"        \
        "DNS:a-third-name-that-takes-some-room.example,DNS:a-fourth-name-that-takes-some-room.example," \
        "DNS:a-fifth-name-that-takes-some-room.example,DNS:a-sixth-name-that-takes-some-room.example"

typedef struct Certificates {
        Secret chain, key, ca, other_key;
} Certificates;

static Certificates certificates;

static int setup(void **state)
{
        const PkiSpec spec = {
                .name = "Test CA", .basic = "critical,CA:TRUE", .san = LONG_NAMES "," LONG_NAMES};
        Pki ca = pki_make(&spec), device, intermediate;
        PkiSpec below = spec;

        below.issuer = &ca;
        below.name = "Test intermediate CA";
        intermediate = pki_make(&below);
        below = (PkiSpec){.name = "device", .san = LONG_NAMES "," LONG_NAMES, .issuer = &intermediate};
        device = pki_make(&below);
        pki_add_der(&certificates.chain, &device);
        pki_add_der(&certificates.chain, &intermediate);
        pki_add_der(&certificates.chain, &ca);
        pki_add_der(&certificates.ca, &ca);
        pki_key_der(&device, &certificates.key);
        pki_key_der(&ca, &certificates.other_key);
        pki_free(&ca);
        pki_free(&device);
        pki_free(&intermediate);
        return 0;
}

static int teardown(void **state)
{
        secret_done(&certificates.chain);
        secret_done(&certificates.key);
        secret_done(&certificates.ca);
        secret_done(&certificates.other_key);
        return 0;
}

static void put_opaque(Dataset *dataset, uint16_t resource, const Secret *secret)
{
        assert_int_equal(
                dataset_set_bytes(dataset, &SECURITY(resource), VALUE_OPAQUE, secret->data, secret->size),
                0);
}

/* /0/1 and /1/0, with what text says beside or instead. */
static Dataset *account(const char *text)
{
        Dataset *dataset = fixture_dataset("/0/1/0=coaps://a.example /0/1/1=false /0/1/2=2 /0/1/10=101 "
                                           "/1/0/0=101 /1/0/1=60 ");

        put_opaque(dataset, SECURITY_IDENTITY, &certificates.chain);
        put_opaque(dataset, SECURITY_SECRET_KEY, &certificates.key);
        put_opaque(dataset, SECURITY_SERVER_KEY, &certificates.ca);
        fixture_put(dataset, text);
        return dataset;
}

#define EVERYTHING "/0/1/13=0 /0/1/14=b.example /0/1/15=2 /0/1/16/0=49326 /0/1/16/1=49195 "

/* A request of what dataset has below base. */
static Request request_of(const Dataset *dataset, const Path *base, int format)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        Request request = REQUEST_INIT;
        char segment[sizeof("65535")];

        assert_int_equal(dataset_list(dataset, base, &list), 0);
        assert_int_equal(codec_encode(format, base, &list, &writer), 0);
        assert_int_equal(byte_writer_take(&writer, &request.payload, &request.payload_size), 0);
        request.method = PUT;
        request.content_format = format;
        for (uint8_t i = 0; i < base->length; i++) {
                (void)snprintf(segment, sizeof(segment), "%u", base->id[i]);
                assert_int_equal(texts_add(&request.path, segment), 0);
        }
        return request;
}

static void put(World *world, const Dataset *dataset, const Path *base, int format)
{
        _cleanup_(request_done) Request request = request_of(dataset, base, format);

        response_done(&world->response);
        world->response = RESPONSE_INIT;
        assert_int_equal(operation_bootstrap(&world->context, BOOTSTRAP_SESSION_OPEN, &request,
                                 &world->response, &world->effects),
                0);
        assert_int_equal(world->response.code, CODE_CHANGED);
}

static void has_account(const World *world, const Dataset *wanted)
{
        _cleanup_(dataset_freep) Dataset *found = NULL;

        assert_int_equal(dataset_copy(store_candidate(world->store), &found), 0);
        assert_true(dataset_remove(found, &PATH_INSTANCE(OBJECT_SECURITY, 0)));
        assert_true(dataset_equal(found, wanted));
}

static void test_bodies(void **state)
{
        static const int formats[] = {FORMAT_TLV, FORMAT_SENML_CBOR, FORMAT_SENML_JSON, FORMAT_LWM2M_CBOR};
        _cleanup_(dataset_freep) Dataset *wanted = account(EVERYTHING);
        size_t n;

        assert_true(dataset_size(wanted, &PATH_ROOT, &n) > 3000);
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                for (uint8_t length = 1; length <= 2; length++) {
                        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS);
                        const Path security = {.length = length, .id = {OBJECT_SECURITY, 1}};
                        const Path server = {.length = length, .id = {OBJECT_SERVER, 0}};

                        put(world, wanted, &security, formats[i]);
                        put(world, wanted, &server, formats[i]);
                        BOOTSTRAP(world, FINISH(CODE_CHANGED));
                        has_account(world, wanted);
                }
}

static void test_pack(void **state)
{
        static const int formats[] = {FORMAT_SENML_CBOR, FORMAT_SENML_JSON, FORMAT_LWM2M_CBOR};
        _cleanup_(dataset_freep) Dataset *wanted = account(EVERYTHING);

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_102);
                _cleanup_(request_done) Request request = request_of(wanted, &PATH_ROOT, formats[i]);
                _cleanup_(response_done) Response pack = RESPONSE_INIT;

                pack.code = CODE_CONTENT;
                pack.content_format = formats[i];
                pack.payload_size = request.payload_size;
                pack.payload = TAKE_PTR(request.payload);
                assert_int_equal(bootstrap_pack(&world->context, &pack, &world->effects), 0);
                assert_int_equal(world->effects.items[0].type, EFFECT_BOOTSTRAP_FINISHED);
                has_account(world, wanted);
        }
}

/* One Resource at a time, the suites as a whole and each by itself. */
static void test_resources(void **state)
{
        static const uint16_t resources[] = {SECURITY_URI, SECURITY_BOOTSTRAP_SERVER, SECURITY_MODE,
                SECURITY_IDENTITY, SECURITY_SERVER_KEY, SECURITY_SECRET_KEY, SECURITY_SHORT_SERVER_ID,
                SECURITY_MATCHING_TYPE, SECURITY_SNI, SECURITY_CERTIFICATE_USAGE, SECURITY_CIPHER_SUITE};
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);
        _cleanup_(dataset_freep) Dataset *wanted = account(EVERYTHING);

        for (size_t i = 0; i < ELEMENTSOF(resources); i++)
                put(world, wanted, &SECURITY(resources[i]), FORMAT_TLV);
        put(world, wanted, &PATH_OBJECT(OBJECT_SERVER), FORMAT_TLV);
        BOOTSTRAP(world, FINISH(CODE_CHANGED));
        has_account(world, wanted);

        /* A write of the Resource replaces all of it. */
        fixture_put(wanted, "-/0/1/16 /0/1/16/7=49196");
        put(world, wanted, &SECURITY(SECURITY_CIPHER_SUITE), FORMAT_SENML_CBOR);
        has_account(world, wanted);
        BOOTSTRAP(world, {PUT, "/0/1/16/7", FORMAT_TEXT, "text:49195", CODE_BAD_REQUEST}, /* facts 1.11 */
                {PUT, "/0/1/16", FORMAT_TLV, "/0/1/16/0=65536", CODE_BAD_REQUEST},
                {PUT, "/0/1/13", FORMAT_TEXT, "text:4", CODE_BAD_REQUEST},
                {PUT, "/0/1/15", FORMAT_TEXT, "text:4", CODE_BAD_REQUEST},
                {PUT, "/0/1/14", FORMAT_TEXT, "text:192.0.2.1", CODE_BAD_REQUEST},
                {PUT, "/0/1/14", FORMAT_TEXT, "text:a b", CODE_BAD_REQUEST});
        has_account(world, wanted);
}

/* 1.0 has none of 13 to 16: they are skipped, and the defaults apply. */
static void test_version_1_0(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_0, BS);
        _cleanup_(dataset_freep) Dataset *written = account(EVERYTHING), *wanted = account("");

        put(world, written, &PATH_OBJECT(OBJECT_SECURITY), FORMAT_TLV);
        put(world, written, &PATH_OBJECT(OBJECT_SERVER), FORMAT_TLV);
        BOOTSTRAP(world, FINISH(CODE_CHANGED));
        has_account(world, wanted);
}

/* Written in the open, they are never read: neither by Bootstrap-Read nor by Discover. */
static void test_nobody_reads_them(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);
        _cleanup_(dataset_freep) Dataset *wanted = account(EVERYTHING);

        put(world, wanted, &PATH_OBJECT(OBJECT_SECURITY), FORMAT_TLV);
        put(world, wanted, &PATH_OBJECT(OBJECT_SERVER), FORMAT_TLV);
        BOOTSTRAP(world, {GET, "/0", FORMAT_TLV, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/0/1", FORMAT_SENML_CBOR, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/0/1/5", FORMAT_OPAQUE, NULL, CODE_METHOD_NOT_ALLOWED});
#if HAVE_BOOTSTRAP_DISCOVER
        BOOTSTRAP(world, {GET, "/0", FORMAT_CORE_LINK, NULL, CODE_CONTENT});
        assert_string_equal(
                answer_text(world), "</>;lwm2m=1.1,</0/0>,</0/1>;ssid=101;uri=\"coaps://a.example\"");
#endif
}

/* What is wrong names the Resource; the server may correct and finish again. */
static void test_finish_refuses(void **state)
{
        static const struct {
                const char *change; /* of the account */
                const Secret *key;  /* NULL: as it is */
                const char *reason;
        } table[] = {
                {"/0/1/3=garbage", NULL, "/0/1/3: the client certificate holds no certificate"},
                {"/0/1/5=garbage", NULL, "/0/1/5: the private key holds no private key"},
                {"", &certificates.other_key, "/0/1/5: the private key does not belong to the certificate"},
                {"", &certificates.ca, "/0/1/5: the private key is a certificate, not a private key"},
                {"-/0/1/5", NULL, "/0/1/5: the private key of the client certificate is missing"},
                {"/0/1/3=", NULL, "/0/1/3: the client certificate is missing"},
                {"-/0/1/4", NULL, "/0/1/4: the server certificate is missing"},
                {"/0/1/4=", NULL, "/0/1/4: the server certificate is missing"},
                {"/0/1/13=1", NULL, "/0/1/4: the server certificate has"},
                {"/0/1/16/0=49320", NULL, "/0/1/16: the cipher suites hold none for certificates"},
                {"/0/1/0=coap://a.example", NULL, "/0/1/0: scheme coap does not fit the security mode 2"},
                /* Beside an account that works it is refused too: the server may correct it. */
                {"/0/1/3=garbage " SERVER_102, NULL, "/0/1/3: the client certificate holds no certificate"},
                {"/0/0/0=coaps://bs.example /0/0/1=true /0/0/2=2", NULL,
                        "/0/0/4: the server certificate is missing"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);
                _cleanup_(dataset_freep) Dataset *wrong = account(table[i].change), *good = account("");

                if (table[i].key)
                        put_opaque(wrong, SECURITY_SECRET_KEY, table[i].key);
                put(world, wrong, &PATH_OBJECT(OBJECT_SECURITY), FORMAT_TLV);
                put(world, wrong, &PATH_OBJECT(OBJECT_SERVER), FORMAT_TLV);
                BOOTSTRAP(world, FINISH(CODE_NOT_ACCEPTABLE));
                if (!strstr(answer_text(world), table[i].reason))
                        fail_msg("row %zu: %s", i, answer_text(world));

                BOOTSTRAP(world, {DELETE, "/", FORMAT_NONE, NULL, CODE_DELETED},
                        {PUT, "/0/0", FORMAT_TLV, BS, CODE_CHANGED});
                put(world, good, &PATH_OBJECT(OBJECT_SECURITY), FORMAT_TLV);
                put(world, good, &PATH_OBJECT(OBJECT_SERVER), FORMAT_TLV);
                BOOTSTRAP(world, FINISH(CODE_CHANGED));
        }
}

/* An account of RPK, which is kept unused and not looked at, /0/0 and /0/1 of NoSec, with all that a
 * certificate, a key and a server's certificate may take. */
static void put_large(Dataset *dataset, uint16_t i, const char *host)
{
        char text[160];

        (void)snprintf(text, sizeof(text), "/0/%u/0=%s://%s /0/%u/1=%s /0/%u/2=%d /0/%u/10=%u", i,
                i <= 1 ? "coap" : "coaps", host, i, i == 0 ? "true" : "false", i, i <= 1 ? 3 : 1, i, i);
        fixture_put(dataset, text);
        (void)snprintf(text, sizeof(text), "/1/%u/0=%u /1/%u/1=60", i, i, i);
        if (i > 0)
                fixture_put(dataset, text);
        for (uint16_t resource = SECURITY_IDENTITY; resource <= SECURITY_SECRET_KEY; resource++)
                fixture_put_bytes(dataset, i, resource, LIMIT_CERTIFICATE_SIZE);
}

/* 16 accounts and the Bootstrap Server's at their largest: each can be written anew, none has to go first.
 */
static void test_sixteen_accounts_at_their_largest(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, "");
        AccountCheck check;

        for (size_t turn = 0; turn < 2; turn++) {
                _cleanup_(dataset_freep) Dataset *all = fixture_dataset("");

                for (uint16_t i = 0; i <= LIMIT_SERVER_ACCOUNTS; i++) {
                        put_large(all, i, turn == 0 ? "a.example" : "b.example");
                        put(world, all, &PATH_INSTANCE(OBJECT_SECURITY, i), FORMAT_TLV);
                        if (i > 0)
                                put(world, all, &PATH_INSTANCE(OBJECT_SERVER, i), FORMAT_TLV);
                }
                BOOTSTRAP(world, FINISH(CODE_CHANGED));
                assert_int_equal(account_check(world->store, LWM2M_1_1, &check), 0);
                assert_true(dataset_equal(store_candidate(world->store), all));
                store_commit(world->store);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bodies),
                cmocka_unit_test(test_pack),
                cmocka_unit_test(test_resources),
                cmocka_unit_test(test_version_1_0),
                cmocka_unit_test(test_nobody_reads_them),
                cmocka_unit_test(test_finish_refuses),
                cmocka_unit_test(test_sixteen_accounts_at_their_largest),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
