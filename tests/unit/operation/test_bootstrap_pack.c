/* SPDX-License-Identifier: Apache-2.0 */
/* operation/bootstrap_pack: what a pack leaves behind, and what makes it useless. */
#include "tests/unit/operation/fixture.h"

#include "operation/bootstrap_pack.h"

/* The account that most packs give. */
#define GIVEN "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60 "

static void take(World *world, int format, const char *payload)
{
        const Step step = {GET, "/", format, payload, 0};
        _cleanup_(request_done) Request encoded = REQUEST_INIT;
        _cleanup_(response_done) Response pack = RESPONSE_INIT;

        if (payload)
                fixture_payload(&step, &PATH_ROOT, &encoded);
        pack.code = CODE_CONTENT;
        pack.content_format = format;
        pack.payload_size = encoded.payload_size;
        pack.payload = TAKE_PTR(encoded.payload);
        assert_int_equal(bootstrap_pack(&world->context, &pack, &world->effects), 0);
        assert_int_equal(world->effects.n, 1);
}

static bool is_finished(const World *world)
{
        return world->effects.items[0].type == EFFECT_BOOTSTRAP_FINISHED;
}

/* Each Object in the pack is replaced whole, the others stay; our own account survives, wherever it is. */
static void test_what_is_left(void **state)
{
        static const struct {
                const char *title, *committed, *pack, *left;
                size_t repairs;
        } rows[] = {
                {"the first bootstrap", BS, GIVEN,
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60"},
                {"others are gone", BS SERVER_101 SERVER_102, GIVEN,
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60"},
                {"nothing of an Object Instance from before is merged", BS SERVER_101 "/1/0/16=false", GIVEN,
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60"},
                {"only the Server Object: the Security Object stays", BS SERVER_101, "/1/7/0=101 /1/7/1=99",
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://one.example /0/1/2=3 /0/1/10=101 /1/7/0=101 /1/7/1=99"},
                {"only the Security Object: the Server Object stays", BS SERVER_101,
                        "/0/5/0=coap://new /0/5/2=3 /0/5/10=101",
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/5/0=coap://new /0/5/2=3 /0/5/10=101 /1/0/0=101 /1/0/1=60"},
                {"another Bootstrap-Server Account", BS SERVER_101,
                        "/0/4/0=coap://other /0/4/1=true /0/4/2=3 " GIVEN,
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /0/4/0=coap://other /0/4/1=true /0/4/2=3 "
                        "/1/0/0=1 /1/0/1=60",
                        1},
                {"ours, with other values", BS SERVER_101, "/0/0/0=coap://other /0/0/1=true /0/0/2=3 " GIVEN,
                        "/0/0/0=coap://other /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60"},
                {"a server account at its place: it moves", BS SERVER_101,
                        "/0/0/0=coap://new /0/0/2=3 /0/0/10=1 /1/0/0=1 /1/0/1=60",
                        "/0/0/0=coap://new /0/0/2=3 /0/0/10=1 /0/1/0=coap://bs.example /0/1/1=true /0/1/2=3 "
                        "/1/0/0=1 /1/0/1=60",
                        1},
                {"Access Control comes with the pack",
                        BS SERVER_101 "/2/5/0=1 /2/5/1=0 /2/5/2/101=3 /2/5/3=101",
                        GIVEN "/2/0/0=1 /2/0/1=0 /2/0/2/1=3 /2/0/3=1",
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60 "
                        "/2/0/0=1 /2/0/1=0 /2/0/2/1=3 /2/0/3=1"},
                {"Access Control is not in the pack",
                        BS SERVER_101 "/2/5/0=1 /2/5/1=0 /2/5/2/101=3 /2/5/3=101", "/1/0/0=101 /1/0/1=99",
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://one.example /0/1/2=3 /0/1/10=101 /1/0/0=101 /1/0/1=99 "
                        "/2/5/0=1 /2/5/1=0 /2/5/2/101=3 /2/5/3=101"},
                {"OSCORE of an account that is kept unused", BS "/21/3/0=old",
                        GIVEN "/0/2/0=coap://two /0/2/2=3 /0/2/10=2 /0/2/17=21:7 /1/1/0=2 /1/1/1=60 "
                              "/21/7/0=secret /21/7/1=s /21/7/2=r",
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 "
                        "/0/2/0=coap://two /0/2/2=3 /0/2/10=2 /0/2/17=21:7 "
                        "/1/0/0=1 /1/0/1=60 /1/1/0=2 /1/1/1=60 /21/7/0=secret /21/7/1=s /21/7/2=r",
                        1},
                {"a half that belongs to nothing is dropped", BS, GIVEN "/1/9/0=77 /1/9/1=60",
                        "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3 "
                        "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60",
                        1},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, rows[i].committed);

                take(world, FORMAT_SENML_CBOR, rows[i].pack);
                if (!is_finished(world))
                        fail_msg("%s: %s", rows[i].title, world->check.reason);
                if (strcmp(candidate_text(world, "/"), rows[i].left) != 0)
                        fail_msg("%s: %s", rows[i].title, candidate_text(world, "/"));
                if (world->check.n_repairs != rows[i].repairs)
                        fail_msg("%s: %zu repairs, %s", rows[i].title, world->check.n_repairs,
                                world->check.repairs[0]);
        }
}

/* Refused, each with its reason. */
static void test_refusals(void **state)
{
        static const struct {
                int format;
                const char *pack, *reason;
        } rows[] = {
                {FORMAT_SENML_CBOR, NULL, "it is empty, larger than 65536 bytes, or its blocks do not fit"},
                {FORMAT_NONE, "text:x", "Content-Format is missing"},
                {FORMAT_TLV, "hex:c80001", "Content-Format 11542 cannot carry several Objects"},
                {FORMAT_TEXT, "text:x", "Content-Format 0 cannot carry several Objects"},
                {FORMAT_CORE_LINK, "text:</0>", "Content-Format 40 cannot"},
                {9999, "text:x", "Content-Format 9999 cannot"},
                {FORMAT_SENML_CBOR, "hex:ff", "not well-formed"},
                {FORMAT_SENML_CBOR, "hex:80", "names no path with a value"},
                {FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/0\",\"vs\":\"x\"}]", "not of its Resource's type"},
                {FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\",\"v\":-5}]", "/1/0/1: "},
                {FORMAT_SENML_JSON, "text:[{\"n\":\"lwm2m/1/0/1\",\"v\":5}]", "outside the path"},
                {FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\",\"v\":5},{\"n\":\"/1/0/1\",\"v\":5}]",
                        "not well-formed"},
                {FORMAT_SENML_JSON, "text:[{\"n\":\"/3/1/0\",\"vs\":\"x\"}]",
                        "/3 is a single-instance Object"},
                /* Nothing for us in it */
                {FORMAT_SENML_JSON, "text:[{\"n\":\"/3303/0/5700\",\"v\":1}]", "no Object that this client"},
                {FORMAT_SENML_JSON, "text:[{\"n\":\"/3/0/0\",\"vs\":\"x\"}]", "no Object that this client"},
                /* What a Finish would be told */
                {FORMAT_SENML_CBOR, "/0/1/0=coap://new /0/1/2=3 /0/1/10=1 /1/0/0=1",
                        "/1/0/1 (Lifetime) is missing"},
                {FORMAT_SENML_CBOR, "/0/1/0=coap://new /0/1/2=3 /0/1/10=1",
                        "/0 and /1 hold no usable LwM2M Server account"},
                {FORMAT_SENML_CBOR, "/0/1/0=new /0/1/2=3 /0/1/10=1 /1/0/0=1 /1/0/1=60", "/0/1/0: the URI "},
                {FORMAT_SENML_CBOR,
                        GIVEN "/0/4/0=coap://a /0/4/1=true /0/4/2=3 /0/5/0=coap://b /0/5/1=true /0/5/2=3",
                        "two new Bootstrap-Server Accounts"},
                {FORMAT_SENML_CBOR, GIVEN "/0/2/0=coap://b /0/2/2=3 /0/2/10=1", "is taken by /0/1"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS);

                take(world, rows[i].format, rows[i].pack);
                if (is_finished(world) || !strstr(world->check.reason, rows[i].reason))
                        fail_msg("row %zu: %s", i, is_finished(world) ? "taken" : world->check.reason);
                assert_null(strchr(world->check.reason, '\n'));
                store_rollback(world->store);
                assert_string_equal(
                        committed_text(world, "/"), "/0/0/0=coap://bs.example /0/0/1=true /0/0/2=3");
        }
}

/* What is not for this client to keep is skipped, and told. */
static void test_foreign_parts(void **state)
{
        static const char given[] = "text:["
                                    "{\"n\":\"/0/1/0\",\"vs\":\"coap://new\"},{\"n\":\"/0/1/2\",\"v\":3},"
                                    "{\"n\":\"/0/1/10\",\"v\":1},{\"n\":\"/0/1/99\",\"v\":1},"
                                    "{\"n\":\"/1/0/0\",\"v\":1},{\"n\":\"/1/0/1\",\"v\":60},"
                                    "{\"n\":\"/1/0/8\",\"vs\":\"\"},"
                                    "{\"n\":\"/3/0/0\",\"vs\":\"x\"},{\"n\":\"/3303/0/5700\",\"v\":1},"
                                    "{\"n\":\"/3304/5\"}]";
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS);

        take(world, FORMAT_SENML_JSON, given);
        assert_true(is_finished(world));
        assert_string_equal(candidate_text(world, "/0/1"), "/0/1/0=coap://new /0/1/2=3 /0/1/10=1");
        assert_string_equal(candidate_text(world, "/1"), "/1/0/0=1 /1/0/1=60");
        assert_string_equal(candidate_text(world, "/3"), "");
        assert_string_equal(world->context.note,
                "The Bootstrap-Pack holds /0/1/99 and 4 more: skipped, as this "
                "client does not know it or has values of its own there.");

        take(world, FORMAT_SENML_CBOR, GIVEN);
        assert_string_equal(world->context.note, "");
}

/* An Object that the pack holds has been addressed, and no other. */
static void test_what_is_addressed(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101 SERVER_102);

        take(world, FORMAT_SENML_CBOR, "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60");
        assert_true(is_finished(world));
        assert_true(store_was_touched(world->store, OBJECT_SERVER, 0));
        assert_true(store_was_touched(world->store, OBJECT_SERVER, 1));
        assert_false(store_was_touched(world->store, OBJECT_SECURITY, 1));
}

/* On top of what the server has written before: one transaction. */
static void test_transaction_that_is_open(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS SERVER_101);

        BOOTSTRAP(world, {PUT, "/0/1/0", FORMAT_TEXT, "text:coap://written", CODE_CHANGED});
        take(world, FORMAT_SENML_CBOR, "/1/3/0=101 /1/3/1=60");
        assert_true(is_finished(world));
        assert_string_equal(candidate_text(world, "/0/1"), "/0/1/0=coap://written /0/1/2=3 /0/1/10=101");
        assert_string_equal(candidate_text(world, "/1"), "/1/3/0=101 /1/3/1=60");
}

static void test_more_than_an_object_may_hold(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, BS);
        static char text[16384] = "text:[";
        size_t n = strlen(text);

        for (unsigned i = 0; i <= LIMIT_INSTANCES; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%s{\"n\":\"/1/%u/0\",\"v\":%u}",
                        i ? "," : "", i, i + 1);
        (void)snprintf(text + n, sizeof(text) - n, "]");
        take(world, FORMAT_SENML_JSON, text);
        assert_false(is_finished(world));
        assert_string_equal(world->check.reason, "it holds more than the client can keep");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_left),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_foreign_parts),
                cmocka_unit_test(test_what_is_addressed),
                cmocka_unit_test(test_transaction_that_is_open),
                cmocka_unit_test(test_more_than_an_object_may_hold),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
