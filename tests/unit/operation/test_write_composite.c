/* SPDX-License-Identifier: Apache-2.0 */
/* operation/write_composite: all of it or nothing, over Object Instances and sources. */
#include "tests/unit/operation/rack.h"

#define PATCH(records, code)                                                 \
        {                                                                    \
                METHOD_IPATCH, "/", FORMAT_SENML_JSON, "text:" records, code \
        }
#define ETCH(records, code)                                                       \
        {                                                                         \
                METHOD_IPATCH, "/", FORMAT_SENML_ETCH_JSON, "text:" records, code \
        }

#define ACCOUNTS BS SERVER_101 "/1/1/0=102 /1/1/1=60 /1/1/7=U "
#define FILLED   "/1000/0/0=a /1000/0/1=S /1000/0/2=5 /1000/0/3/1=u /1000/0/3/4=v /1000/2/0=b"

/* Which of the accounts' and the rack's changes, NULL: neither has any. */
static void test_all_or_nothing(void **state)
{
        static const struct {
                Step step;
                const char *accounts, *rack; /* what is to be put into them */
        } table[] = {
                /* several Resources, Object Instances, sources */
                {PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1/0/6\",\"vb\":true}]", CODE_CHANGED),
                        "/1/0/1=61 /1/0/6=true", ""},
                {PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1/1/1\",\"v\":62}]", CODE_CHANGED),
                        "/1/0/1=61 /1/1/1=62", ""},
                {PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1000/0/2\",\"v\":6},"
                       "{\"n\":\"/1000/2/2\",\"v\":7}]",
                         CODE_CHANGED),
                        "/1/0/1=61", "/1000/0/2=6 /1000/2/2=7"},
                /* Resource Instances are added and replaced */
                {PATCH("[{\"bn\":\"/1000/0/3/\",\"n\":\"4\",\"vs\":\"w\"},{\"n\":\"9\",\"vs\":\"x\"}]",
                         CODE_CHANGED),
                        "", "/1000/0/3/4=w /1000/0/3/9=x"},
                {ETCH("[{\"n\":\"/1000/0/3/4\",\"v\":null},{\"n\":\"/1/0/1\",\"v\":61},"
                      "{\"n\":\"/1000/0/3/9\",\"vs\":\"x\"}]",
                         CODE_CHANGED),
                        "/1/0/1=61", "-/1000/0/3/4 /1000/0/3/9=x"},
                /* each with one that cannot be */
                {PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1/0/0\",\"v\":7}]", CODE_METHOD_NOT_ALLOWED),
                        "", ""},
                {PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1/0/0\",\"v\":101}]",
                         CODE_METHOD_NOT_ALLOWED),
                        "", ""},
                {PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1/0/8\",\"v\":1}]", CODE_METHOD_NOT_ALLOWED),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/3/0/13\",\"v\":1}]",
                         CODE_METHOD_NOT_ALLOWED),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0/1\",\"vs\":\"S\"}]",
                         CODE_METHOD_NOT_ALLOWED),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1/7/1\",\"v\":60}]", CODE_NOT_FOUND), "",
                        ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/1/0\",\"vs\":\"new\"}]",
                         CODE_NOT_FOUND),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0/99\",\"v\":6}]", CODE_NOT_FOUND), "",
                        ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/999/0/1\",\"v\":6}]", CODE_NOT_FOUND), "",
                        ""},
                {ETCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0/3/9\",\"v\":null}]", CODE_NOT_FOUND),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/0/0/0\",\"vs\":\"coap://a\"}]",
                         CODE_UNAUTHORIZED),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1/0/1\",\"v\":-1}]", CODE_BAD_REQUEST), "",
                        ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1/0/1\",\"vs\":\"x\"}]", CODE_BAD_REQUEST),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0/2/0\",\"v\":6}]", CODE_BAD_REQUEST),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0/3\",\"vs\":\"x\"}]",
                         CODE_BAD_REQUEST),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0/2\",\"v\":7}]", CODE_BAD_REQUEST),
                        "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0\"}]", CODE_BAD_REQUEST), "", ""},
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/1000/0/4\",\"vlo\":\"0:0\"}]",
                         CODE_BAD_REQUEST),
                        "", ""},
                {PATCH("[]", CODE_BAD_REQUEST), "", ""},
                {PATCH("[", CODE_BAD_REQUEST), "", ""},
                /* what the last of two sources would refuse */
                {PATCH("[{\"n\":\"/1000/0/2\",\"v\":6},{\"n\":\"/2/0/3\",\"v\":7}]", CODE_BAD_REQUEST), "",
                        ""},
                {PATCH("[{\"n\":\"/2/0/3\",\"v\":7},{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_BAD_REQUEST), "",
                        ""},
                {PATCH("[{\"n\":\"/2/0/3\",\"v\":101},{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_CHANGED),
                        "/2/0/3=101", "/1000/0/2=6"},
                /* formats and paths */
                {{METHOD_IPATCH, "/", FORMAT_SENML_CBOR, "hex:81a2006a2f313030302f302f3220 0206",
                         CODE_BAD_REQUEST},
                        "", ""},
                {{METHOD_IPATCH, "/", FORMAT_LWM2M_CBOR, "hex:a2 83 01 00 01 18 3d 83 1903e8 00 02 06",
                         CODE_CHANGED},
                        "/1/0/1=61", "/1000/0/2=6"},
                {{METHOD_IPATCH, "/", FORMAT_TLV, "hex:08 00 03 c1 01 3d", CODE_UNSUPPORTED_FORMAT}, "", ""},
                {{METHOD_IPATCH, "/", FORMAT_TEXT, "text:61", CODE_UNSUPPORTED_FORMAT}, "", ""},
                {{METHOD_IPATCH, "/", FORMAT_NONE, "text:[]", CODE_BAD_REQUEST}, "", ""},
                {{METHOD_IPATCH, "/1/0", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\",\"v\":61}]",
                         CODE_METHOD_NOT_ALLOWED},
                        "", ""},
                {{METHOD_PATCH, "/", FORMAT_SENML_JSON, "text:[{\"n\":\"/1/0/1\",\"v\":61}]",
                         CODE_METHOD_NOT_ALLOWED},
                        "", ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                static const char accounts[] = ACCOUNTS "/2/0/0=3 /2/0/1=0 /2/0/3=65535";
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, accounts);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
                _cleanup_(dataset_freep) Dataset *wanted = fixture_dataset(accounts);
                _cleanup_(dataset_freep) Dataset *wanted_rack = fixture_dataset(FILLED);

                fixture_put(wanted, table[i].accounts);
                fixture_put(wanted_rack, table[i].rack);
                server_steps(world, &table[i].step, 1);
                assert_true(dataset_equal(store_committed(world->store), wanted));
                assert_true(dataset_equal(rack->dataset, wanted_rack));
                assert_true(effects_have(&world->effects, EFFECT_STORE_CHANGED) == !!table[i].accounts[0]);
                assert_null(store_candidate(world->store));
                if (rack->done > 0)
                        assert_false(rack->replace);
        }
}

/* Each Lifetime is announced to its server. */
static void test_effects(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, ACCOUNTS);

        SERVER(world, PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1/1/1\",\"v\":62},"
                            "{\"n\":\"/1/1/7\",\"vs\":\"UQ\"}]",
                              CODE_CHANGED));
        assert_int_equal(world->effects.n, 5);
        assert_int_equal(world->effects.items[2].type, EFFECT_LIFETIME_CHANGED);
        assert_int_equal(world->effects.items[2].short_server_id, 101);
        assert_int_equal(world->effects.items[3].type, EFFECT_LIFETIME_CHANGED);
        assert_int_equal(world->effects.items[3].short_server_id, 102);
        assert_int_equal(world->effects.items[4].type, EFFECT_BINDING_CHANGED);
        assert_int_equal(world->effects.items[4].short_server_id, 102);
}

static void test_rights(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 SERVER_102
                "/2/0/0=1 /2/0/1=0 /2/0/3=101 /2/1/0=1 /2/1/1=1 /2/1/3=102 /2/1/2/101=1");

        SERVER(world, PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1/1/1\",\"v\":62}]", CODE_UNAUTHORIZED),
                PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/2/1/2/101\",\"v\":31}]", CODE_UNAUTHORIZED),
                PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/2/0/2/102\",\"v\":2}]", CODE_CHANGED));
        assert_string_equal(committed_text(world, "/1/1"), "/1/1/0=102 /1/1/1=60");
        assert_string_equal(committed_text(world, "/2/0"), "/2/0/0=1 /2/0/1=0 /2/0/2/102=2 /2/0/3=101");
}

static void test_versions_and_bootstraps(void **state)
{
        _cleanup_(world_freep) World *old = world_new(LWM2M_1_0, ACCOUNTS);
        _cleanup_(world_freep) World *busy = world_new(LWM2M_1_1, ACCOUNTS);

        SERVER(old, PATCH("[{\"n\":\"/1/0/1\",\"v\":61}]", CODE_METHOD_NOT_ALLOWED));
        BOOTSTRAP(busy, {DELETE, "/1", FORMAT_NONE, NULL, CODE_DELETED});
        SERVER(busy, PATCH("[{\"n\":\"/1/0/1\",\"v\":61}]", CODE_UNAVAILABLE));
}

/* The accounts say first whether they will; the source that only knows by doing it does it then, or later.
 */
static void test_sources(void **state)
{
        static const Step step =
                PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_CHANGED);
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, ACCOUNTS);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);
        _cleanup_(request_done) Request request = fixture_request(&step);
        Rack other = {.dataset = rack->dataset};

        rack->refuses = CODE_BAD_REQUEST;
        SERVER(world,
                PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_BAD_REQUEST));
        assert_string_equal(answer_text(world), "the rack refuses");
        rack->refuses = 0;
        rack_later(rack, world, &request);
        assert_string_equal(rack_text(rack), FILLED);
        assert_string_equal(committed_text(world, "/1/0"), "/1/0/0=101 /1/0/1=60");
        world->context.granted = true;
        SERVER(world, step);
        assert_string_equal(committed_text(world, "/1/0"), "/1/0/0=101 /1/0/1=61");
        assert_int_equal(rack->done, 1);
        assert_int_equal(rack->path.length, 0);

        /* Of two such sources the second could refuse when the first has done it. */
        assert_int_equal(store_set_source(world->store, RACK_SINGLE, &rack_source, &other), 0);
        fixture_put(rack->dataset, "/1001/0/0=c");
        SERVER(world,
                PATCH("[{\"n\":\"/1001/0/0\",\"vs\":\"d\"},{\"n\":\"/1000/0/2\",\"v\":7}]",
                        CODE_METHOD_NOT_ALLOWED),
                PATCH("[{\"n\":\"/1001/0/0\",\"vs\":\"d\"},{\"n\":\"/1/0/1\",\"v\":62}]", CODE_CHANGED));
        assert_int_equal(rack->done, 1);
        assert_int_equal(other.done, 1);
}

/* The source has agreed, and may have done it: a bootstrap that has begun since bars the accounts alone. */
static void test_granted_in_a_bootstrap(void **state)
{
        static const Step own = PATCH("[{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_CHANGED);
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, ACCOUNTS);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, FILLED);

        world->context.call = 7;
        BOOTSTRAP(world, {DELETE, "/1", FORMAT_NONE, NULL, CODE_DELETED});
        SERVER(world, PATCH("[{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_UNAVAILABLE));
        world->context.granted = true;
        SERVER(world, own, {PUT, "/1000/0/2", FORMAT_TEXT, "text:7", CODE_CHANGED});
        assert_int_equal(rack->done, 2);
        SERVER(world, PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_UNAVAILABLE),
                {DELETE, "/1000/0", FORMAT_NONE, NULL, CODE_UNAVAILABLE});
        assert_int_equal(rack->done, 2);
        /* What cannot be all or nothing any more is said. */
        SERVER(world,
                PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_UNAVAILABLE));
        assert_string_equal(
                answer_text(world), "a bootstrap is going on; /1000 may have done its part by now");
        world->context.granted = false;
        SERVER(world,
                PATCH("[{\"n\":\"/1/0/1\",\"v\":61},{\"n\":\"/1000/0/2\",\"v\":6}]", CODE_UNAVAILABLE));
        assert_string_equal(answer_text(world), "a bootstrap is going on");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_or_nothing),
                cmocka_unit_test(test_effects),
                cmocka_unit_test(test_rights),
                cmocka_unit_test(test_versions_and_bootstraps),
                cmocka_unit_test(test_granted_in_a_bootstrap),
                cmocka_unit_test(test_sources),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
