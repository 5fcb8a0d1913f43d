/* SPDX-License-Identifier: Apache-2.0 */
/* operation/write: Replace and Partial Update by servers, and the effects of what has changed. */
#include "tests/unit/operation/rack.h"

/* 102 at /1/1, with a Resource for the Bootstrap Server only. */
#define BEFORE "/1/1/0=102 /1/1/1=60 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true"

/* The effects' letters: S stored, L lifetime, B binding. */
static const char *effects_text(const World *world)
{
        static char text[EFFECTS_MAX + 1];
        size_t n = 0;

        for (size_t i = 0; i < world->effects.n; i++) {
                const Effect *effect = &world->effects.items[i];

                text[n++] = effect->type == EFFECT_STORE_CHANGED      ? 'S'
                            : effect->type == EFFECT_LIFETIME_CHANGED ? 'L'
                            : effect->type == EFFECT_BINDING_CHANGED  ? 'B'
                                                                      : '?';
                assert_int_equal(effect->short_server_id, 102);
        }
        text[n] = '\0';
        return text;
}

static void test_writes(void **state)
{
        static const struct {
                Step step;
                const char *effects, *after;
        } table[] = {
                /* one Resource */
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:61", CODE_CHANGED}, "SL",
                        "/1/1/0=102 /1/1/1=61 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1/1", FORMAT_CBOR, "hex:183d", CODE_CHANGED}, "SL",
                        "/1/1/0=102 /1/1/1=61 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1/1", FORMAT_TLV, "/1/1/1=61", CODE_CHANGED}, "SL",
                        "/1/1/0=102 /1/1/1=61 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1/1", FORMAT_SENML_CBOR, "/1/1/1=61", CODE_CHANGED}, "SL",
                        "/1/1/0=102 /1/1/1=61 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:60", CODE_CHANGED}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:2147483647", CODE_CHANGED}, "SL",
                        "/1/1/0=102 /1/1/1=2147483647 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1/3", FORMAT_TEXT, "text:9", CODE_CHANGED}, "S",
                        "/1/1/0=102 /1/1/1=60 /1/1/2=5 /1/1/3=9 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1/7", FORMAT_TEXT, "text:UQ", CODE_CHANGED}, "SB",
                        "/1/1/0=102 /1/1/1=60 /1/1/2=5 /1/1/6=true /1/1/7=UQ /1/1/16=true"},
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:-1", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:0", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:-0", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:2147483648", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_CBOR, "hex:f98000", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_CBOR, "hex:f97e00", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_TLV, "hex:c10100", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/7", FORMAT_TEXT, "text:US", CODE_CHANGED}, "S",
                        "/1/1/0=102 /1/1/1=60 /1/1/2=5 /1/1/6=true /1/1/7=US /1/1/16=true"},
                {{PUT, "/1/1/7", FORMAT_TEXT, "text:ZZ", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/7", FORMAT_TEXT, "text:invalid", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/7", FORMAT_TEXT, "text:uq", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/7", FORMAT_TEXT, "text:", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/2", FORMAT_TEXT, "text:-1", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/3", FORMAT_TEXT, "text:4294967296", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/5", FORMAT_TEXT, "text:-86400", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/6", FORMAT_TEXT, "text:2", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_TLV, "hex:", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1/1", FORMAT_OPAQUE, "hex:01", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1", FORMAT_TEXT, "text:61", CODE_UNSUPPORTED_FORMAT}, "", BEFORE},

                /* Partial Update */
                {{POST, "/1/1", FORMAT_TLV, "/1/1/1=61 /1/1/7=UQ", CODE_CHANGED}, "SLB",
                        "/1/1/0=102 /1/1/1=61 /1/1/2=5 /1/1/6=true /1/1/7=UQ /1/1/16=true"},
                {{POST, "/1/1", FORMAT_SENML_CBOR, "/1/1/3=7", CODE_CHANGED}, "S",
                        "/1/1/0=102 /1/1/1=60 /1/1/2=5 /1/1/3=7 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{POST, "/1/1", FORMAT_TLV, "hex:", CODE_CHANGED}, "", BEFORE},
                {{POST, "/1/1", FORMAT_TLV, "/1/1/1=60", CODE_CHANGED}, "", BEFORE},
                {{POST, "/1/1", FORMAT_TLV, "hex:c16305 c1013d", CODE_CHANGED}, "SL",
                        "/1/1/0=102 /1/1/1=61 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{POST, "/1/1", FORMAT_TLV, "/1/1/1=61 /1/1/2=-1", CODE_BAD_REQUEST}, "", BEFORE},
                {{POST, "/1/1", FORMAT_TLV, "/1/1/3=7 /1/1/1=0", CODE_BAD_REQUEST}, "", BEFORE},
                {{POST, "/1/1", FORMAT_SENML_CBOR, "/1/1/3=7 /1/1/7=uq", CODE_BAD_REQUEST}, "", BEFORE},
                {{POST, "/1/1", FORMAT_TLV, "/1/1/0=7 /1/1/1=61", CODE_METHOD_NOT_ALLOWED}, "", BEFORE},
                {{POST, "/1/1", FORMAT_TLV, "/1/1/1=61 /1/1/16=false", CODE_METHOD_NOT_ALLOWED}, "", BEFORE},
                {{POST, "/1/1", FORMAT_TLV, "/1/1/1=61 /1/1/11=0", CODE_METHOD_NOT_ALLOWED}, "", BEFORE},
                {{POST, "/1/1", FORMAT_TLV, "hex:c0 08 c1013d", CODE_METHOD_NOT_ALLOWED}, "", BEFORE},

                /* Replace: optional Resources that are not named are gone, unless servers cannot write them
                 */
                {{PUT, "/1/1", FORMAT_TLV, "/1/1/1=61 /1/1/6=false /1/1/7=U", CODE_CHANGED}, "SL",
                        "/1/1/0=102 /1/1/1=61 /1/1/6=false /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1", FORMAT_TLV, "/1/1/3=4", CODE_CHANGED}, "S",
                        "/1/1/0=102 /1/1/1=60 /1/1/3=4 /1/1/6=true /1/1/7=U /1/1/16=true"},
                {{PUT, "/1/1", FORMAT_TLV, BEFORE, CODE_CHANGED}, "", BEFORE},
                {{PUT, "/1/1", FORMAT_SENML_CBOR, BEFORE, CODE_CHANGED}, "", BEFORE},
                {{PUT, "/1/1", FORMAT_TLV, "/1/1/1=0 /1/1/6=false", CODE_BAD_REQUEST}, "", BEFORE},
                {{PUT, "/1/1", FORMAT_TLV, "/1/1/0=7 /1/1/1=61", CODE_METHOD_NOT_ALLOWED}, "", BEFORE},
                {{PUT, "/1/1", FORMAT_TLV, "/1/1/1=61 /1/1/13=1", CODE_METHOD_NOT_ALLOWED}, "", BEFORE},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 BEFORE);

                server_steps(world, &table[i].step, 1);
                assert_string_equal(effects_text(world), table[i].effects);
                assert_string_equal(committed_text(world, "/1/1"), table[i].after);
                assert_string_equal(committed_text(world, "/1/0"), "/1/0/0=101 /1/0/1=60");
                assert_null(store_candidate(world->store));
        }
}

#define RACK_WITH(labels) "/1000/0/0=a /1000/0/1=S /1000/0/2=5 " labels "/1000/0/6=pw"
#define RACK_BEFORE       RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=Green ")

/* Every level of a source that is not the accounts' (lwm2m-facts.md 4.3) */
static void test_levels(void **state)
{
        static const char labels[] = "/1000/0/3/1=Yellow /1000/0/3/3=Blue";
        static const struct {
                Step step;
                const char *after;
        } table[] = {
                /* a multiple-instance Resource: Replace and Partial Update */
                {{PUT, "/1000/0/3", FORMAT_TLV, labels, CODE_CHANGED},
                        RACK_WITH("/1000/0/3/1=Yellow /1000/0/3/3=Blue ")},
                {{PUT, "/1000/0/3", FORMAT_SENML_JSON, labels, CODE_CHANGED},
                        RACK_WITH("/1000/0/3/1=Yellow /1000/0/3/3=Blue ")},
                {{POST, "/1000/0/3", FORMAT_TLV, labels, CODE_CHANGED},
                        RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=Yellow /1000/0/3/3=Blue ")},
                {{POST, "/1000/0/3", FORMAT_SENML_CBOR, labels, CODE_CHANGED},
                        RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=Yellow /1000/0/3/3=Blue ")},
                {{POST, "/1000/0/3", FORMAT_LWM2M_CBOR, labels, CODE_CHANGED},
                        RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=Yellow /1000/0/3/3=Blue ")},
                {{PUT, "/1000/0/3", FORMAT_TLV, "hex:80 03", CODE_CHANGED}, RACK_WITH("/1000/0/3 ")},
                {{POST, "/1000/0/3", FORMAT_TLV, "hex:80 03", CODE_CHANGED}, RACK_BEFORE},
                {{PUT, "/1000/0/3", FORMAT_TEXT, "text:Red", CODE_UNSUPPORTED_FORMAT}, RACK_BEFORE},
                {{PUT, "/1000/0/3", FORMAT_TLV, "hex:c1 03 61", CODE_BAD_REQUEST}, RACK_BEFORE},
                /* a Resource Instance, which has to be there */
                {{PUT, "/1000/0/3/1", FORMAT_TEXT, "text:x", CODE_CHANGED},
                        RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=x ")},
                {{PUT, "/1000/0/3/1", FORMAT_TLV, "hex:41 01 78", CODE_CHANGED},
                        RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=x ")},
                {{PUT, "/1000/0/3/1", FORMAT_CBOR, "hex:61 78", CODE_CHANGED},
                        RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=x ")},
                {{POST, "/1000/0/3/1", FORMAT_TEXT, "text:x", CODE_CHANGED},
                        RACK_WITH("/1000/0/3/0=Red /1000/0/3/1=x ")},
                {{PUT, "/1000/0/3/7", FORMAT_TEXT, "text:x", CODE_NOT_FOUND}, RACK_BEFORE},
                {{POST, "/1000/0/3/7", FORMAT_TEXT, "text:x", CODE_NOT_FOUND}, RACK_BEFORE},
                {{PUT, "/1000/0/2/0", FORMAT_TEXT, "text:6", CODE_METHOD_NOT_ALLOWED}, RACK_BEFORE},
                {{PUT, "/1000/0/7/0", FORMAT_TEXT, "text:6", CODE_METHOD_NOT_ALLOWED}, RACK_BEFORE},
                {{PUT, "/1000/0/3/1", FORMAT_SENML_JSON, "text:[{\"n\":\"/1000/0/3/0\",\"vs\":\"x\"}]",
                         CODE_BAD_REQUEST},
                        RACK_BEFORE},
                /* a single-instance Resource */
                {{PUT, "/1000/0/2", FORMAT_TEXT, "text:6", CODE_CHANGED},
                        "/1000/0/0=a /1000/0/1=S /1000/0/2=6 /1000/0/3/0=Red /1000/0/3/1=Green "
                        "/1000/0/6=pw"},
                {{PUT, "/1000/0/6", FORMAT_TEXT, "text:new", CODE_CHANGED},
                        "/1000/0/0=a /1000/0/1=S /1000/0/2=5 /1000/0/3/0=Red /1000/0/3/1=Green "
                        "/1000/0/6=new"},
                {{PUT, "/1000/0/1", FORMAT_TEXT, "text:S", CODE_METHOD_NOT_ALLOWED}, RACK_BEFORE},
                {{PUT, "/1000/0/5", FORMAT_TEXT, "text:1", CODE_METHOD_NOT_ALLOWED}, RACK_BEFORE},
                {{PUT, "/1000/0/2", FORMAT_TEXT, "text:101", CODE_BAD_REQUEST}, RACK_BEFORE},
                {{POST, "/1000/0/2", FORMAT_TEXT, "text:6", CODE_METHOD_NOT_ALLOWED}, RACK_BEFORE},
                /* an Object Instance: what servers cannot write stays, and so does what is mandatory */
                {{PUT, "/1000/0", FORMAT_TLV, "hex:c1 00 7a", CODE_CHANGED}, "/1000/0/0=z /1000/0/1=S"},
                {{PUT, "/1000/0", FORMAT_TLV, "hex:c1 02 07", CODE_CHANGED},
                        "/1000/0/0=a /1000/0/1=S /1000/0/2=7"},
                {{PUT, "/1000/0", FORMAT_TLV, "hex:08 00 03 c1 02 07", CODE_CHANGED},
                        "/1000/0/0=a /1000/0/1=S /1000/0/2=7"},
                {{POST, "/1000/0", FORMAT_TLV, "hex:c1 02 07 86 03 41 01 78 41 09 79", CODE_CHANGED},
                        "/1000/0/0=a /1000/0/1=S /1000/0/2=7 /1000/0/3/0=Red /1000/0/3/1=x /1000/0/3/9=y "
                        "/1000/0/6=pw"},
                {{POST, "/1000/0", FORMAT_TLV, "hex:c1 02 07 c1 01 53", CODE_CHANGED},
                        "/1000/0/0=a /1000/0/1=S /1000/0/2=7 /1000/0/3/0=Red /1000/0/3/1=Green "
                        "/1000/0/6=pw"},
                {{POST, "/1000/0", FORMAT_TLV, "hex:c1 02 07 c1 01 54", CODE_METHOD_NOT_ALLOWED},
                        RACK_BEFORE},
                {{POST, "/1000/0", FORMAT_TLV, "hex:c1 02 07 c1 08 01", CODE_METHOD_NOT_ALLOWED},
                        RACK_BEFORE},
                {{POST, "/1000/0", FORMAT_TLV, "hex:c1 02 07 c0 05", CODE_METHOD_NOT_ALLOWED}, RACK_BEFORE},
                {{POST, "/1000/0", FORMAT_TLV, "hex:c1 02 65", CODE_BAD_REQUEST}, RACK_BEFORE},
                {{POST, "/1000/0", FORMAT_TLV, "hex:c1 63 65", CODE_CHANGED}, RACK_BEFORE},
                {{POST, "/1000/0", FORMAT_TEXT, "text:7", CODE_UNSUPPORTED_FORMAT}, RACK_BEFORE},
                {{POST, "/1000/0", FORMAT_SENML_ETCH_JSON, "text:[]", CODE_UNSUPPORTED_FORMAT}, RACK_BEFORE},
                {{POST, "/1000/0", FORMAT_NONE, "hex:c1 02 07", CODE_BAD_REQUEST}, RACK_BEFORE},
                {{PUT, "/1000", FORMAT_TLV, "hex:08 00 03 c1 02 07", CODE_METHOD_NOT_ALLOWED}, RACK_BEFORE},
                {{PUT, "/1000/1", FORMAT_TLV, "hex:c1 00 7a", CODE_NOT_FOUND}, RACK_BEFORE},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, RACK_BEFORE);

                server_steps(world, &table[i].step, 1);
                assert_string_equal(rack_text(rack), table[i].after);
                assert_int_equal(world->effects.n, 0);
                if (table[i].step.code != CODE_CHANGED) {
                        assert_int_equal(rack->done, 0);
                        continue;
                }
                assert_int_equal(rack->replace, table[i].step.method == PUT);
                assert_int_equal(rack->call.requester, 101);
        }
}

/* An Object Link leads to what servers can see, to an Object, or nowhere. */
static void test_links(void **state)
{
        static const struct {
                const char *value;
                int code;
        } table[] = {
                {"text:1000:0", CODE_CHANGED},
                {"text:3:0", CODE_CHANGED},
                {"text:1:0", CODE_CHANGED},
                {"text:1000:65535", CODE_CHANGED},
                {"text:2:65535", CODE_CHANGED},
                {"text:65535:65535", CODE_CHANGED},
                {"text:1000:1", CODE_BAD_REQUEST},
                {"text:3:1", CODE_BAD_REQUEST},
                {"text:999:0", CODE_BAD_REQUEST},
                {"text:999:65535", CODE_BAD_REQUEST},
                {"text:65535:0", CODE_BAD_REQUEST},
                /* whether there is an account is no server's to know */
                {"text:0:0", CODE_BAD_REQUEST},
                {"text:0:9", CODE_BAD_REQUEST},
                {"text:21:65535", CODE_BAD_REQUEST},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);
                _cleanup_(rack_freep) Rack *rack = rack_new(world, RACK_BEFORE);

                SERVER(world, {PUT, "/1000/0/4", FORMAT_TEXT, table[i].value, table[i].code});
                assert_int_equal(rack->done, table[i].code == CODE_CHANGED);
        }
}

/* Resources that open to servers with a version. */
static void test_versions(void **state)
{
        static const struct {
                Lwm2mVersion version;
                int code_17, code_16;
        } table[] = {
                {LWM2M_1_0, CODE_NOT_FOUND, CODE_NOT_FOUND},
                {LWM2M_1_1, CODE_METHOD_NOT_ALLOWED, CODE_METHOD_NOT_ALLOWED},
                {LWM2M_1_2, CODE_CHANGED, CODE_METHOD_NOT_ALLOWED},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);

                SERVER(world, {PUT, "/1/0/17", FORMAT_TEXT, "text:3", table[i].code_17},
                        {PUT, "/1/0/16", FORMAT_TEXT, "text:1", table[i].code_16});
        }
}

/* An infinite lifetime and the bindings of a version */
static void test_values_of_a_version(void **state)
{
        static const struct {
                Lwm2mVersion version;
                Step step;
        } table[] = {
                {LWM2M_1_0, {PUT, "/1/0/1", FORMAT_TEXT, "text:0", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1/0/1", FORMAT_TEXT, "text:0", CODE_BAD_REQUEST}},
                {LWM2M_1_2, {PUT, "/1/0/1", FORMAT_TEXT, "text:0", CODE_CHANGED}},
                {LWM2M_1_0, {PUT, "/1/0/7", FORMAT_TEXT, "text:T", CODE_BAD_REQUEST}},
                {LWM2M_1_1, {PUT, "/1/0/7", FORMAT_TEXT, "text:T", CODE_CHANGED}},
                {LWM2M_1_1, {PUT, "/1/0/7", FORMAT_TEXT, "text:M", CODE_BAD_REQUEST}},
                {LWM2M_1_2, {PUT, "/1/0/7", FORMAT_TEXT, "text:M", CODE_CHANGED}},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);

                server_steps(world, &table[i].step, 1);
        }
}

/* A SenML payload that names no path with a value says nothing: the optional Resources stay. Nor does a
 * Replace by an empty TLV. */
static void test_no_value(void **state)
{
        static const char *const packs[] = {
                "hex:80", "hex:9fff", "hex:81a0", "hex:82a0a0", "hex:81a10601", "hex:81a12201",
                "hex:81a2613363686868622d326b2f333434322f302f313130",
                "hex:81a121652f312f312f",                    /* a base name alone */
                "hex:81a121642f312f31",                      /* a name without a value */
                "hex:81a100642f312f31",                      /* likewise */
                "hex:81a100672f312f312f3939",                /* of an unknown Resource */
                "hex:81a200662f312f312f31613218 3d",         /* {n: "/1/1/1", "2": 61} */
                "hex:81a300662f312f312f3102183d 622d32613f", /* and {"-2": "?"} beside a value */
        };

        for (size_t i = 0; i < ELEMENTSOF(packs); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 BEFORE);

                SERVER(world, {PUT, "/1/1", FORMAT_SENML_CBOR, packs[i], CODE_BAD_REQUEST},
                        {POST, "/1/1", FORMAT_SENML_CBOR, packs[i], CODE_BAD_REQUEST},
                        {PUT, "/1/1", FORMAT_TLV, "hex:", CODE_BAD_REQUEST},
                        {PUT, "/1/1", FORMAT_TLV, "hex:0001", CODE_BAD_REQUEST});
                assert_string_equal(committed_text(world, "/1/1"), BEFORE);
        }
}

/* A leading record of base fields, and a value before its base name */
static void test_unusual_packs(void **state)
{
        static const char *const packs[] = {
                "hex:82 a121652f312f312f a200613102183d",
                "hex:82 a12201 a200662f312f312f3102183d",
                "hex:82 a0 a200662f312f312f3102183d",
                "hex:81 a302183d 006131 21652f312f312f",
        };

        for (size_t i = 0; i < ELEMENTSOF(packs); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 BEFORE);

                SERVER(world, {POST, "/1/1", FORMAT_SENML_CBOR, packs[i], CODE_CHANGED});
                assert_string_equal(committed_text(world, "/1/1"),
                        "/1/1/0=102 /1/1/1=61 /1/1/2=5 /1/1/6=true /1/1/7=U /1/1/16=true");
        }
}

/* "U" written where none was says nothing new. */
static void test_binding_default(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS "/1/1/0=102 /1/1/1=60");

        SERVER(world, {PUT, "/1/1/7", FORMAT_TEXT, "text:U", CODE_CHANGED});
        assert_string_equal(effects_text(world), "S");
}

/* A write that does not fit leaves everything as it was; one that replaces fits. */
static void test_full_store(void **state)
{
        static char payload[5 + LIMIT_VALUE_SIZE + 1] = "text:";
        _cleanup_(world_freep) World *world = NULL;
        _cleanup_(dataset_freep) Dataset *full = fixture_dataset(BS BEFORE);
        Dataset *copy = NULL;

        memset(payload + 5, 'k', LIMIT_VALUE_SIZE);
        for (uint16_t i = 1; i <= 15; i++)
                assert_int_equal(dataset_set_bytes(full, &PATH_RESOURCE(0, i, 5), VALUE_OPAQUE, payload + 5,
                                         LIMIT_VALUE_SIZE),
                        0);
        for (uint16_t i = 0; i < 1024 * 63; i += 1024)
                assert_int_equal(
                        dataset_set_bytes(full, &PATH_RESOURCE(0, 20, i), VALUE_OPAQUE, payload, 1024), 0);
        for (uint16_t i = 1; dataset_set_integer(full, &PATH_RESOURCE(0, 21, i), VALUE_INTEGER, 0) == 0; i++)
                assert_true(i < 1000);
        assert_int_equal(dataset_copy(full, &copy), 0);
        world = world_new(LWM2M_1_1, "");
        store_replace(world->store, copy);

        SERVER(world, {PUT, "/1/1/1", FORMAT_TEXT, "text:61", CODE_CHANGED},
                {PUT, "/1/1/3", FORMAT_TEXT, "text:61", CODE_BAD_REQUEST},
                {POST, "/1/1", FORMAT_TLV, "/1/1/1=99 /1/1/3=1", CODE_BAD_REQUEST});
        assert_int_equal(dataset_get_integer(store_committed(world->store), 1, 1, 1, 0), 61);
}

/* Writes to the Server Object and back */
static void oma_1_1_int_215(void **state)
{
        static const char saved[] =
                "/1/0/0=1 /1/0/1=86400 /1/0/2=1 /1/0/3=60 /1/0/5=86400 /1/0/6=false /1/0/7=U";
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, saved);

        SERVER(world, {POST, "/1/0", FORMAT_TLV, "hex:C10265 C20303F2 C20507D0 C10601 C10755", CODE_CHANGED},
                {GET, "/1/0", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(world, "/1/0"),
                "/1/0/0=1 /1/0/1=86400 /1/0/2=101 /1/0/3=1010 /1/0/5=2000 /1/0/6=true /1/0/7=U");
        SERVER(world, {PUT, "/1/0", FORMAT_TLV, saved, CODE_CHANGED},
                {GET, "/1/0", FORMAT_TLV, NULL, CODE_CONTENT});
        assert_string_equal(answer_values(world, "/1/0"), saved);
}

/* Lifetime and storing in one message */
static void oma_1_1_int_226(void **state)
{
        _cleanup_(world_freep) World *world =
                world_new(LWM2M_1_1, "/1/1/0=102 /1/1/1=86400 /1/1/6=false /1/1/7=U");

        SERVER(world, {POST, "/1/1", FORMAT_TLV, "/1/1/1=61 /1/1/6=true", CODE_CHANGED});
        assert_string_equal(effects_text(world), "SL");
        assert_string_equal(committed_text(world, "/1"), "/1/1/0=102 /1/1/1=61 /1/1/6=true /1/1/7=U");
}

/* Lifetime alone */
static void oma_1_1_int_227(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, "/1/1/0=102 /1/1/1=86400");

        SERVER(world, {PUT, "/1/1/1", FORMAT_TEXT, "text:63", CODE_CHANGED});
        assert_string_equal(effects_text(world), "SL");
        SERVER(world, {GET, "/1/1/1", FORMAT_TEXT, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "63");
}

/* The Short Server ID is read-only */
static void oma_1_1_int_256(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, "/1/0/0=1 /1/0/1=86400");

        SERVER(world, {PUT, "/1/0/0", FORMAT_TEXT, "text:123", CODE_METHOD_NOT_ALLOWED},
                {GET, "/1/0/0", FORMAT_TEXT, NULL, CODE_CONTENT});
        assert_string_equal(answer_text(world), "1");
}

/* The Device Object can be neither created (1.1-int-680) nor deleted (1.1-int-685) */
static void oma_1_1_int_680_685(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        SERVER(world, {POST, "/3", FORMAT_TLV, "hex:", CODE_METHOD_NOT_ALLOWED},
                {DELETE, "/3/0", FORMAT_NONE, NULL, CODE_METHOD_NOT_ALLOWED},
                {GET, "/3/0", FORMAT_TLV, NULL, CODE_CONTENT});
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_writes),
                cmocka_unit_test(test_levels),
                cmocka_unit_test(test_links),
                cmocka_unit_test(test_versions),
                cmocka_unit_test(test_values_of_a_version),
                cmocka_unit_test(test_no_value),
                cmocka_unit_test(test_unusual_packs),
                cmocka_unit_test(test_binding_default),
                cmocka_unit_test(test_full_store),
                cmocka_unit_test(oma_1_1_int_215),
                cmocka_unit_test(oma_1_1_int_226),
                cmocka_unit_test(oma_1_1_int_227),
                cmocka_unit_test(oma_1_1_int_256),
                cmocka_unit_test(oma_1_1_int_680_685),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
