/* SPDX-License-Identifier: Apache-2.0 */
/* Access Control through the operations: Bootstrap-Write and -Read of /2 and /21, and what LwM2M Servers are
 * answered. */
#include "tests/unit/operation/rack.h"

#define BOTH BS SERVER_101 SERVER_102

/* /1/0 is 101's, who may read; /1/1 is 102's alone; /3/0 is for both to read, 102 may execute. */
#define CONTROLLED                                                                     \
        BOTH "/2/0/0=1 /2/0/1=0 /2/0/3=101 /2/0/2/102=1 /2/1/0=1 /2/1/1=1 /2/1/3=102 " \
             "/2/2/0=3 /2/2/1=0 /2/2/3=65535 /2/2/2/0=1 /2/2/2/102=5 "

static World *controlled(uint16_t server)
{
        World *world = world_new(LWM2M_1_1, CONTROLLED);

        world->server = server;
        return world;
}

static void test_codes(void **state)
{
        static const struct {
                uint16_t server;
                Step step;
        } table[] = {
                /* Read */
                {101, {GET, "/1/0", FORMAT_TLV, NULL, CODE_CONTENT}},
                {102, {GET, "/1/0", FORMAT_TLV, NULL, CODE_CONTENT}},
                {102, {GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_CONTENT}},
                {101, {GET, "/1/1", FORMAT_TLV, NULL, CODE_UNAUTHORIZED}},
                {101, {GET, "/1/1/1", FORMAT_TEXT, NULL, CODE_UNAUTHORIZED}},
                {101, {GET, "/3/0/0", FORMAT_TEXT, NULL, CODE_CONTENT}},
                {102, {GET, "/3/0/11/0", FORMAT_TEXT, NULL, CODE_CONTENT}},
                /* Discover needs no right */
                {101, {GET, "/1/1", FORMAT_CORE_LINK, NULL, CODE_CONTENT}},
                {101, {GET, "/1/1/1", FORMAT_CORE_LINK, NULL, CODE_CONTENT}},
                {101, {GET, "/2/1", FORMAT_CORE_LINK, NULL, CODE_CONTENT}},
                {101, {GET, "/2", FORMAT_CORE_LINK, NULL, CODE_CONTENT}},
                /* Write: another server's Lifetime is its owner's */
                {102, {PUT, "/1/0/1", FORMAT_TEXT, "text:70", CODE_UNAUTHORIZED}},
                {101, {PUT, "/1/1/1", FORMAT_TEXT, "text:70", CODE_UNAUTHORIZED}},
                {101, {POST, "/1/1", FORMAT_TLV, "/1/1/1=70", CODE_UNAUTHORIZED}},
                {101, {PUT, "/1/1", FORMAT_TLV, "hex:", CODE_UNAUTHORIZED}},
                {101, {PUT, "/1/0/1", FORMAT_TEXT, "text:70", CODE_CHANGED}},
                /* Execute */
                {101, {POST, "/1/1/4", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {101, {POST, "/1/1/8", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {101, {POST, "/1/1/9", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {102, {POST, "/1/0/8", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {101, {POST, "/1/0/8", FORMAT_NONE, NULL, CODE_CHANGED}},
                {101, {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {102, {POST, "/3/0/12", FORMAT_NONE, NULL, CODE_CHANGED}},
                /* /2 is its owner's */
                {101, {GET, "/2/0", FORMAT_TLV, NULL, CODE_CONTENT}},
                {101, {GET, "/2/1", FORMAT_TLV, NULL, CODE_UNAUTHORIZED}},
                {101, {GET, "/2/2/2", FORMAT_TLV, NULL, CODE_UNAUTHORIZED}},
                {102, {PUT, "/2/0/2/102", FORMAT_TEXT, "text:31", CODE_UNAUTHORIZED}},
                {102, {PUT, "/2/0/3", FORMAT_TEXT, "text:102", CODE_UNAUTHORIZED}},
                {102, {PUT, "/2/2/2/102", FORMAT_TEXT, "text:31", CODE_UNAUTHORIZED}},
                /* What is not there and what is never possible says so, whoever asks. */
                {101, {GET, "/1/7", FORMAT_TLV, NULL, CODE_NOT_FOUND}},
                {101, {GET, "/2/7", FORMAT_TLV, NULL, CODE_NOT_FOUND}},
                {101, {PUT, "/1/1/0", FORMAT_TEXT, "text:7", CODE_METHOD_NOT_ALLOWED}},
                {101, {PUT, "/2/1/0", FORMAT_TEXT, "text:7", CODE_METHOD_NOT_ALLOWED}},
                {101, {POST, "/2", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED}},
                {101, {DELETE, "/2/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {101, {GET, "/0/1", FORMAT_TLV, NULL, CODE_UNAUTHORIZED}},
                {101, {GET, "/21", FORMAT_CORE_LINK, NULL, CODE_UNAUTHORIZED}},
                {101, {GET, "/21/9/x", FORMAT_TLV, NULL, CODE_UNAUTHORIZED}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = controlled(table[i].server);

                server_steps(world, &table[i].step, 1);
                if (table[i].step.code == CODE_CHANGED)
                        continue;
                assert_int_equal(world->effects.n, 0);
                assert_int_equal(world->resets, 0);
        }
}

/* While a bootstrap goes on 5.03 is for what would have been possible. */
static void test_codes_during_a_bootstrap(void **state)
{
        static const Step table[] = {
                {GET, "/1/1/1", FORMAT_TEXT, NULL, CODE_UNAUTHORIZED},
                {PUT, "/1/1/1", FORMAT_TEXT, "text:70", CODE_UNAUTHORIZED},
                {POST, "/1/1/8", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:70", CODE_UNAVAILABLE},
                {POST, "/1/0/8", FORMAT_NONE, NULL, CODE_UNAVAILABLE},
                {GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_CONTENT},
        };
        _cleanup_(world_freep) World *world = controlled(101);

        /* What is obeyed is what is committed. */
        BOOTSTRAP(world, {DELETE, "/2", FORMAT_NONE, NULL, CODE_DELETED});
        server_steps(world, table, ELEMENTSOF(table));
}

static void test_object_level_read(void **state)
{
        static const struct {
                uint16_t server;
                const char *path, *values;
        } table[] = {
                {101, "/1", "/1/0/0=101 /1/0/1=60"},
                {102, "/1", "/1/0/0=101 /1/0/1=60 /1/1/0=102 /1/1/1=60"},
                {101, "/2", "/2/0/0=1 /2/0/1=0 /2/0/2/102=1 /2/0/3=101"},
                {102, "/2", "/2/1/0=1 /2/1/1=1 /2/1/3=102"},
                {101, "/3", "/3/0/0=Maker /3/0/11/0=0 /3/0/13=1000 /3/0/16=U"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = controlled(table[i].server);

                SERVER(world, {GET, table[i].path, FORMAT_TLV, NULL, CODE_CONTENT});
                assert_string_equal(answer_values(world, table[i].path), table[i].values);
        }
}

/* Nothing to show is 2.05, of an Object without instances as of one that the server may not read. */
static void test_empty_object(void **state)
{
        static const struct {
                int format;
                const char *payload;
        } table[] = {
                {FORMAT_TLV, ""},
                {FORMAT_TLV_OLD, ""},
                {FORMAT_SENML_CBOR, "\x80"},
                {FORMAT_SENML_JSON, "[]"},
                {FORMAT_LWM2M_CBOR, "\xa0"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *empty = world_new(LWM2M_1_1, BS SERVER_101);
                _cleanup_(world_freep) World *denied = controlled(103);

                SERVER(empty, {GET, "/2", table[i].format, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(empty), table[i].payload);
                BOOTSTRAP(empty, {GET, "/2", table[i].format, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(empty), table[i].payload);
                SERVER(denied, {GET, "/2", table[i].format, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(denied), table[i].payload);
        }
}

/* Whose server it is counts, not who asked. */
static void test_effects_are_of_the_server_concerned(void **state)
{
        static const struct {
                Step step;
                EffectType effect;
        } table[] = {
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:70", CODE_CHANGED}, EFFECT_LIFETIME_CHANGED},
                {{POST, "/1/1/4", FORMAT_NONE, NULL, CODE_CHANGED}, EFFECT_DISABLE},
                {{POST, "/1/1/8", FORMAT_NONE, NULL, CODE_CHANGED}, EFFECT_UPDATE_TRIGGER},
                {{POST, "/1/1/9", FORMAT_NONE, NULL, CODE_CHANGED}, EFFECT_BOOTSTRAP_TRIGGER},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world =
                        world_new(LWM2M_1_1, BOTH "/2/1/0=1 /2/1/1=1 /2/1/3=102 /2/1/2/101=6 ");

                server_steps(world, &table[i].step, 1);
                assert_int_equal(world->effects.items[world->effects.n - 1].type, table[i].effect);
                assert_int_equal(world->effects.items[world->effects.n - 1].short_server_id, 102);
        }
}

static void test_owner_writes(void **state)
{
        static const struct {
                Step step;
                const char *result; /* of /2/0; NULL: as before */
        } table[] = {
                {{PUT, "/2/0/2", FORMAT_TLV, "/2/0/2/0=1 /2/0/2/102=3", CODE_CHANGED},
                        "/2/0/0=1 /2/0/1=0 /2/0/2/0=1 /2/0/2/102=3 /2/0/3=101"},
                {{POST, "/2/0/2", FORMAT_TLV, "/2/0/2/0=1", CODE_CHANGED},
                        "/2/0/0=1 /2/0/1=0 /2/0/2/0=1 /2/0/2/102=1 /2/0/3=101"},
                {{PUT, "/2/0/2/102", FORMAT_TEXT, "text:31", CODE_CHANGED},
                        "/2/0/0=1 /2/0/1=0 /2/0/2/102=31 /2/0/3=101"},
                {{PUT, "/2/0/3", FORMAT_TEXT, "text:102", CODE_CHANGED},
                        "/2/0/0=1 /2/0/1=0 /2/0/2/102=1 /2/0/3=102"},
                {{PUT, "/2/0/3", FORMAT_TEXT, "text:65535", CODE_CHANGED},
                        "/2/0/0=1 /2/0/1=0 /2/0/2/102=1 /2/0/3=65535"},
                {{PUT, "/2/0", FORMAT_TLV, "/2/0/0=1 /2/0/1=0 /2/0/3=102", CODE_CHANGED},
                        "/2/0/0=1 /2/0/1=0 /2/0/3=102"},
                {{PUT, "/2/0/2/103", FORMAT_TEXT, "text:1", CODE_NOT_FOUND}, NULL},
                {{PUT, "/2/0/2/102", FORMAT_TEXT, "text:65536", CODE_BAD_REQUEST}, NULL},
                {{PUT, "/2/0/2/102", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST}, NULL},
                /* into nobody's hands */
                {{PUT, "/2/0/3", FORMAT_TEXT, "text:103", CODE_BAD_REQUEST}, NULL},
                {{PUT, "/2/0/3", FORMAT_TEXT, "text:0", CODE_BAD_REQUEST}, NULL},
                /* for another Object Instance */
                {{POST, "/2/0", FORMAT_TLV, "/2/0/1=1", CODE_METHOD_NOT_ALLOWED}, NULL},
        };
        static const char before[] = "/2/0/0=1 /2/0/1=0 /2/0/2/102=1 /2/0/3=101";

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = controlled(101);

                server_steps(world, &table[i].step, 1);
                assert_string_equal(
                        committed_text(world, "/2/0"), table[i].result ? table[i].result : before);
                assert_true(effects_have(&world->effects, EFFECT_STORE_CHANGED) == !!table[i].result);
                assert_null(store_candidate(world->store));
        }
}

/* From the answer on: 101 takes its own right away, and 102 gets it. */
static void test_writes_are_obeyed_at_once(void **state)
{
        _cleanup_(world_freep) World *world = controlled(101);

        SERVER(world, {PUT, "/2/0/2", FORMAT_TLV, "/2/0/2/101=1 /2/0/2/102=2", CODE_CHANGED},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:70", CODE_UNAUTHORIZED});
        world->server = 102;
        SERVER(world, {GET, "/1/0/1", FORMAT_TEXT, NULL, CODE_UNAUTHORIZED},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:70", CODE_CHANGED});
}

/* 101 owns all of /2; with one more value there is no room for another half of the accounts. */
static void fill_access_control(Store *store)
{
        const size_t most = LIMIT_STORE_VALUES - LIMIT_BOOTSTRAP_VALUES - 1;
        Dataset *dataset = fixture_dataset(BOTH "/2/0/0=1 /2/0/1=0 /2/0/3=101 ");
        Path entry = PATH_RESOURCE_INSTANCE(OBJECT_ACCESS_CONTROL, 1, ACCESS_CONTROL_ACL, 0);
        size_t n, n_own;

        (void)dataset_size(dataset, &PATH_ROOT, &n);
        (void)dataset_size(dataset, &PATH_INSTANCE(OBJECT_SECURITY, 0), &n_own);
        for (n -= n_own; n < most; n++) {
                assert_int_equal(dataset_set(dataset, &entry, &VALUE_INT(1)), 0);
                entry.id[1] += entry.id[3] == LIMIT_RESOURCE_INSTANCES - 1;
                entry.id[3] = (uint16_t)((entry.id[3] + 1) % LIMIT_RESOURCE_INSTANCES);
        }
        store_replace(store, dataset);
}

/* Another Bootstrap-Server Account can take its turn whatever a server has written. */
static void test_writes_leave_room_for_another_half(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);

        fill_access_control(world->store);
        SERVER(world, {POST, "/2/0", FORMAT_TLV, "/2/0/2/1=1 /2/0/2/2=1", CODE_BAD_REQUEST},
                {POST, "/2/0", FORMAT_TLV, "/2/0/2/1=1", CODE_CHANGED},
                {POST, "/2/0", FORMAT_TLV, "/2/0/2/2=1", CODE_BAD_REQUEST},
                {PUT, "/1/0/2", FORMAT_TEXT, "text:5", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:70", CODE_CHANGED});
        assert_string_equal(committed_text(world, "/2/0"), "/2/0/0=1 /2/0/1=0 /2/0/2/1=1 /2/0/3=101");
}

/* /2/2 lets 101 create; 102 and 103 have other entries for the whole Object. */
#define CREATORS                                                                                 \
        BOTH "/2/0/0=1 /2/0/1=0 /2/0/3=101 /2/2/0=1000 /2/2/1=65535 /2/2/3=65535 /2/2/2/101=16 " \
             "/2/2/2/0=16 /2/2/2/102=15 "

/* Who may, and what /2 is afterwards: the creator has every right, by being the owner. */
static void test_create(void **state)
{
        static const char created[] = "/2/1/0=1000 /2/1/1=0 /2/1/3=101";
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, CREATORS);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, "");

        world->server = 102;
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_UNAUTHORIZED});
        world->server = 103; /* the default entry is not for Create */
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_UNAUTHORIZED},
                {POST, "/1001", FORMAT_TLV, "hex:c1 00 61", CODE_UNAUTHORIZED});
        assert_int_equal(rack->done, 0);
        world->server = 101;
        SERVER(world, {POST, "/1001", FORMAT_TLV, "hex:c1 00 61", CODE_UNAUTHORIZED},
                {POST, "/1000", FORMAT_TLV, "hex:c1 00", CODE_BAD_REQUEST});
        assert_string_equal(committed_text(world, "/2/1"), "");
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED});
        assert_string_equal(committed_text(world, "/2/1"), created);
        assert_true(effects_have(&world->effects, EFFECT_STORE_CHANGED));
        assert_true(effects_have(&world->effects, EFFECT_OBJECTS_CHANGED));

        SERVER(world, {GET, "/1000/0", FORMAT_TLV, NULL, CODE_CONTENT},
                {PUT, "/1000/0/2", FORMAT_TEXT, "text:5", CODE_CHANGED},
                {POST, "/1000/0/5", FORMAT_NONE, NULL, CODE_CHANGED},
                {GET, "/2/1", FORMAT_TLV, NULL, CODE_CONTENT});
        world->server = 102;
        SERVER(world, {GET, "/1000/0", FORMAT_TLV, NULL, CODE_UNAUTHORIZED},
                {DELETE, "/1000/0", FORMAT_NONE, NULL, CODE_UNAUTHORIZED},
                {GET, "/1000", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_int_equal(world->response.payload_size, 0);
        world->server = 101;
        SERVER(world, {POST, "/2/1/2", FORMAT_TLV, "/2/1/2/102=8", CODE_CHANGED});
        world->server = 102;
        SERVER(world, {GET, "/1000/0", FORMAT_TLV, NULL, CODE_UNAUTHORIZED},
                {DELETE, "/1000/0", FORMAT_NONE, NULL, CODE_DELETED});
        assert_string_equal(committed_text(world, "/2/1"), "");
        assert_true(effects_have(&world->effects, EFFECT_STORE_CHANGED));
        assert_true(effects_have(&world->effects, EFFECT_OBJECTS_CHANGED));
        assert_string_equal(rack_text(rack), "");
}

/* What was left for an Object Instance of that ID, or came before it, gives way. */
static void test_create_where_an_entry_is_left(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(LWM2M_1_2, CREATORS "/2/1/0=1000 /2/1/1=0 /2/1/3=102 /2/1/2/0=1 "
                                              "/2/5/0=1000 /2/5/1=0 /2/5/3=102");
        _cleanup_(rack_freep) Rack *rack = rack_new(world, "");

        rack->refuses = CODE_BAD_REQUEST;
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_BAD_REQUEST});
        assert_string_equal(committed_text(world, "/2/1"), "/2/1/0=1000 /2/1/1=0 /2/1/2/0=1 /2/1/3=102");
        assert_string_equal(committed_text(world, "/2/5"), "/2/5/0=1000 /2/5/1=0 /2/5/3=102");
        rack->refuses = 0;
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED});
        assert_string_equal(committed_text(world, "/2/1"), "/2/1/0=1000 /2/1/1=0 /2/1/3=101");
        assert_string_equal(committed_text(world, "/2/5"), "");
}

/* Where nothing is controlled no entry is made, which would take everybody's rights on the rest. */
static void test_create_without_control(void **state)
{
        static const char *const before[] = {BOTH, BS SERVER_101 "/2/7/0=1 /2/7/1=0 /2/7/3=101 "};

        for (size_t i = 0; i < ELEMENTSOF(before); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, before[i]);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, "");
                _cleanup_(dataset_freep) Dataset *copy = fixture_dataset(before[i]);

                SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_CREATED});
                assert_true(dataset_equal(store_committed(world->store), copy));
                assert_false(effects_have(&world->effects, EFFECT_STORE_CHANGED));
                SERVER(world, {DELETE, "/1000/0", FORMAT_NONE, NULL, CODE_DELETED});
                assert_true(dataset_equal(store_committed(world->store), copy));
        }
}

/* A Create that Access Control cannot note is none. */
static void test_create_without_room(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_2, CREATORS);
        _cleanup_(rack_freep) Rack *rack = rack_new(world, "");
        _cleanup_(dataset_freep) Dataset *full = fixture_dataset(CREATORS);

        for (uint16_t i = 3; dataset_list_instances(full, 2).n < LIMIT_INSTANCES; i++)
                assert_int_equal(dataset_set_integer(full, &PATH_RESOURCE(2, i, ACCESS_CONTROL_OWNER),
                                         VALUE_INTEGER, 101),
                        0);
        store_replace(world->store, TAKE_PTR(full));
        SERVER(world, {POST, "/1000", FORMAT_TLV, "hex:c1 00 61", CODE_BAD_REQUEST});
        assert_int_equal(rack->done, 0);
        assert_null(store_candidate(world->store));
}

/* An ACL entry goes by a Delete of its owner, since LwM2M 1.2. */
static void test_delete_of_an_entry(void **state)
{
        static const struct {
                Lwm2mVersion version;
                uint16_t server;
                Step step;
        } table[] = {
                {LWM2M_1_2, 101, {DELETE, "/2/0/2/102", FORMAT_NONE, NULL, CODE_DELETED}},
                {LWM2M_1_1, 101, {DELETE, "/2/0/2/102", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_2, 102, {DELETE, "/2/0/2/102", FORMAT_NONE, NULL, CODE_UNAUTHORIZED}},
                {LWM2M_1_2, 101, {DELETE, "/2/0/2/7", FORMAT_NONE, NULL, CODE_NOT_FOUND}},
                {LWM2M_1_2, 101, {DELETE, "/2/0/3/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_2, 101, {DELETE, "/2/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_2, 101, {DELETE, "/2/0/2", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, CONTROLLED);

                world->server = table[i].server;
                server_steps(world, &table[i].step, 1);
                assert_string_equal(committed_text(world, "/2/0"),
                        table[i].step.code == CODE_DELETED ? "/2/0/0=1 /2/0/1=0 /2/0/2 /2/0/3=101"
                                                           : "/2/0/0=1 /2/0/1=0 /2/0/2/102=1 /2/0/3=101");
                assert_true(effects_have(&world->effects, EFFECT_STORE_CHANGED) ==
                            (table[i].step.code == CODE_DELETED));
                assert_false(effects_have(&world->effects, EFFECT_OBJECTS_CHANGED));
        }
}

static void test_bootstrap_writes(void **state)
{
        static const struct {
                Lwm2mVersion version;
                Step step;
        } table[] = {
                {LWM2M_1_0, {PUT, "/2/0", FORMAT_TLV, "/2/0/0=3 /2/0/1=0 /2/0/3=101", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/2", FORMAT_TLV, "/2/0/0=3 /2/0/1=0 /2/4/0=1", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/2/0/2", FORMAT_SENML_CBOR, "/2/0/2/0=1 /2/0/2/7=31", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/2/0/3", FORMAT_TEXT, "text:65535", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/2/0/1", FORMAT_TEXT, "text:65535", CODE_CHANGED}},
                /* range, type, level */
                {LWM2M_1_1, {PUT, "/2/0/0", FORMAT_TEXT, "text:0", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/2/0/0", FORMAT_TEXT, "text:65535", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/2/0/2", FORMAT_TLV, "hex:c10201", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/2/0/2/1", FORMAT_TEXT, "text:1", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/2/0/3", FORMAT_TEXT, "text:me", CODE_BAD_REQUEST}},
                {LWM2M_1_2, {PUT, "/2/0/2", FORMAT_TLV, "/2/0/2/0=32", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/2/0/2", FORMAT_TLV, "/2/0/2/0=32", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/21/0", FORMAT_TLV, "/21/0/0=a /21/0/1=b /21/0/2=c", CODE_CHANGED}},
                {LWM2M_1_2, {PUT, "/21", FORMAT_SENML_CBOR, "/21/0/0=a /21/0/3=10", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/21/0/0", FORMAT_OPAQUE, "text:secret", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/21/0/3", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST}},
                {LWM2M_1_0, {PUT, "/21/0", FORMAT_TLV, "/21/0/0=a", CODE_BAD_REQUEST}},
                /* Bootstrap-Read */
                {LWM2M_1_1, {GET, "/2", FORMAT_NONE, NULL, CODE_CONTENT}},
                {LWM2M_1_2, {GET, "/2/9", FORMAT_NONE, NULL, CODE_NOT_FOUND}},
                {LWM2M_1_1, {GET, "/2/0/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_0, {GET, "/2", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
                {LWM2M_1_1, {GET, "/2", FORMAT_TEXT, NULL, CODE_NOT_ACCEPTABLE}},
                {LWM2M_1_1, {GET, "/21", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);

                bootstrap_steps(world, &table[i].step, 1);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_codes),
                cmocka_unit_test(test_codes_during_a_bootstrap),
                cmocka_unit_test(test_object_level_read),
                cmocka_unit_test(test_empty_object),
                cmocka_unit_test(test_effects_are_of_the_server_concerned),
                cmocka_unit_test(test_owner_writes),
                cmocka_unit_test(test_writes_are_obeyed_at_once),
                cmocka_unit_test(test_writes_leave_room_for_another_half),
                cmocka_unit_test(test_create),
                cmocka_unit_test(test_create_where_an_entry_is_left),
                cmocka_unit_test(test_create_without_control),
                cmocka_unit_test(test_create_without_room),
                cmocka_unit_test(test_delete_of_an_entry),
                cmocka_unit_test(test_bootstrap_writes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
