/* SPDX-License-Identifier: Apache-2.0 */
/* operation/bootstrap_write: levels, replace, skipped Resources, provided Objects, all or nothing. */
#include "tests/unit/operation/fixture.h"

static void test_levels(void **state)
{
        static const struct {
                Step step;
                const char *servers; /* what stands in /1 afterwards */
        } table[] = {
                {{PUT, "/1/0", FORMAT_TLV, "/1/0/0=7 /1/0/1=61", CODE_CHANGED}, "/1/0/0=7 /1/0/1=61"},
                {{PUT, "/1/0", FORMAT_TLV_OLD, "/1/0/0=7 /1/0/1=61", CODE_CHANGED}, "/1/0/0=7 /1/0/1=61"},
                {{PUT, "/1/0", FORMAT_SENML_CBOR, "/1/0/0=7 /1/0/1=61", CODE_CHANGED}, "/1/0/0=7 /1/0/1=61"},
                {{PUT, "/1/0", FORMAT_TLV, "/1/0/5=3", CODE_CHANGED}, "/1/0/5=3"},
                {{PUT, "/1/0", FORMAT_TLV, "hex:", CODE_CHANGED}, "/1/0"},
                {{PUT, "/1/4", FORMAT_TLV, "/1/4/0=7 /1/4/1=61", CODE_CHANGED},
                        "/1/0/0=101 /1/0/1=60 /1/0/7=U /1/4/0=7 /1/4/1=61"},
                {{PUT, "/1", FORMAT_TLV, "/1/4/0=7 /1/5/1=61", CODE_CHANGED},
                        "/1/0/0=101 /1/0/1=60 /1/0/7=U /1/4/0=7 /1/5/1=61"},
                {{PUT, "/1", FORMAT_SENML_CBOR, "/1/4/0=7 /1/5/1=61", CODE_CHANGED},
                        "/1/0/0=101 /1/0/1=60 /1/0/7=U /1/4/0=7 /1/5/1=61"},
                {{PUT, "/1", FORMAT_TLV, "/1/0/0=7", CODE_CHANGED}, "/1/0/0=7"},
                {{PUT, "/1", FORMAT_TLV, "/1/0 /1/3", CODE_CHANGED}, "/1/0 /1/3"},
                {{PUT, "/1", FORMAT_TLV, "hex:", CODE_BAD_REQUEST}, "/1/0/0=101 /1/0/1=60 /1/0/7=U"},
                {{PUT, "/1/0/1", FORMAT_TEXT, "text:61", CODE_CHANGED}, "/1/0/0=101 /1/0/1=61 /1/0/7=U"},
                {{PUT, "/1/0/1", FORMAT_TLV, "/1/0/1=61", CODE_CHANGED}, "/1/0/0=101 /1/0/1=61 /1/0/7=U"},
                {{PUT, "/1/0/1", FORMAT_CBOR, "hex:183d", CODE_CHANGED}, "/1/0/0=101 /1/0/1=61 /1/0/7=U"},
                {{PUT, "/1/0/1", FORMAT_SENML_CBOR, "/1/0/1=61", CODE_CHANGED},
                        "/1/0/0=101 /1/0/1=61 /1/0/7=U"},
                {{PUT, "/1/0/16", FORMAT_TEXT, "text:1", CODE_CHANGED},
                        "/1/0/0=101 /1/0/1=60 /1/0/7=U /1/0/16=true"},
                {{PUT, "/1/6/1", FORMAT_TEXT, "text:61", CODE_CHANGED},
                        "/1/0/0=101 /1/0/1=60 /1/0/7=U /1/6/1=61"},
                {{PUT, "/1/0/1", FORMAT_TLV, "hex:", CODE_BAD_REQUEST}, "/1/0/0=101 /1/0/1=60 /1/0/7=U"},
                {{PUT, "/1/0/1", FORMAT_TLV, "/1/0/5=3", CODE_BAD_REQUEST}, "/1/0/0=101 /1/0/1=60 /1/0/7=U"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 "/1/0/7=U");

                BOOTSTRAP(world, {PUT, "/0/5", FORMAT_TLV, "/0/5/10=9", CODE_CHANGED});
                bootstrap_steps(world, &table[i].step, 1);
                assert_string_equal(candidate_text(world, "/1"), table[i].servers);
                assert_string_equal(committed_text(world, "/1"), "/1/0/0=101 /1/0/1=60 /1/0/7=U");
                assert_string_equal(candidate_text(world, "/0/5"), "/0/5/10=9");
                assert_int_equal(world->effects.n, 0);
        }
}

static void test_opaque_key(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);
        const Value *value;

        BOOTSTRAP(world, {PUT, "/0/1/5", FORMAT_OPAQUE, "hex:00ff10", CODE_CHANGED});
        value = dataset_get(store_candidate(world->store), &PATH_RESOURCE(0, 1, 5));
        assert_int_equal(value->bytes.size, 3);
        assert_memory_equal(value->bytes.data, "\x00\xff\x10", 3);
}

/* Resources that the client does not know, executables and those of a later version are left out. */
static void test_skipped(void **state)
{
        static const struct {
                Lwm2mVersion version;
                Step step;
                const char *servers;
        } table[] = {
                {LWM2M_1_1, {PUT, "/1/0", FORMAT_TLV, "hex:c1630541 c1013d", CODE_BAD_REQUEST}, NULL},
                {LWM2M_1_1, {PUT, "/1/0", FORMAT_TLV, "hex:c16305 c1013d", CODE_CHANGED}, "/1/0/1=61"},
                {LWM2M_1_1, {PUT, "/1/0", FORMAT_TLV, "hex:c0 08 c1013d", CODE_CHANGED}, "/1/0/1=61"},
                {LWM2M_1_1, {PUT, "/1/0", FORMAT_TLV, "hex:c16305", CODE_CHANGED}, "/1/0"},
                {LWM2M_1_1, {PUT, "/1/0", FORMAT_TLV, "hex:c1160a c1013d", CODE_CHANGED}, "/1/0/1=61"},
                {LWM2M_1_1, {PUT, "/1/0", FORMAT_TLV, "/1/0/1=61 /1/0/16=true", CODE_CHANGED},
                        "/1/0/1=61 /1/0/16=true"},
                {LWM2M_1_0, {PUT, "/1/0", FORMAT_TLV, "/1/0/1=61 /1/0/16=true", CODE_CHANGED}, "/1/0/1=61"},
                {LWM2M_1_1, {PUT, "/1/0/99", FORMAT_TEXT, "text:5", CODE_CHANGED}, "/1/0/0=101 /1/0/1=60"},
                {LWM2M_1_1, {PUT, "/1/0/8", FORMAT_TEXT, "text:5", CODE_CHANGED}, "/1/0/0=101 /1/0/1=60"},
                {LWM2M_1_0, {PUT, "/1/0/16", FORMAT_TEXT, "text:1", CODE_CHANGED}, "/1/0/0=101 /1/0/1=60"},
                {LWM2M_1_1, {PUT, "/1/7/99", FORMAT_TEXT, "text:5", CODE_CHANGED}, "/1/0/0=101 /1/0/1=60"},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(table[i].version, BS SERVER_101);

                bootstrap_steps(world, &table[i].step, 1);
                if (table[i].servers)
                        assert_string_equal(candidate_text(world, "/1"), table[i].servers);
        }
}

static void test_note_names_what_was_skipped(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        BOOTSTRAP(world, {PUT, "/1/0", FORMAT_TLV, "hex:c16305", CODE_CHANGED});
        assert_non_null(strstr(world->context.note, "/1/0/99, which"));
        BOOTSTRAP(world, {PUT, "/1/0", FORMAT_TLV, "hex:c16305 c16205 c16105", CODE_CHANGED});
        assert_non_null(strstr(world->context.note, "/1/0/99 and 2 more, which"));
        BOOTSTRAP(world, {PUT, "/1/0", FORMAT_TLV, "/1/0/1=5", CODE_CHANGED});
        assert_string_equal(world->context.note, "");
}

static void test_provided_object_is_not_written(void **state)
{
        static const Step table[] = {
                {PUT, "/3", FORMAT_TLV, "/3/0/0=Other", CODE_CHANGED},
                {PUT, "/3/0", FORMAT_TLV, "/3/0/0=Other", CODE_CHANGED},
                {PUT, "/3/0/13", FORMAT_TEXT, "text:5", CODE_CHANGED},
                {PUT, "/3", FORMAT_TLV, "/3/1/0=Other", CODE_BAD_REQUEST},
                {PUT, "/3/0/13", FORMAT_TEXT, "text:x", CODE_BAD_REQUEST},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

                bootstrap_steps(world, &table[i], 1);
                if (table[i].code != CODE_CHANGED)
                        continue;
                assert_non_null(strstr(world->context.note, table[i].path));
                assert_string_equal(candidate_text(world, "/3"), "");
                SERVER(world, {GET, "/3/0/0", FORMAT_TEXT, NULL, CODE_CONTENT});
                assert_string_equal(answer_text(world), "Maker");
        }
}

static void test_out_of_range(void **state)
{
        static const Step table[] = {
                {PUT, "/1/0", FORMAT_TLV, "/1/0/0=7 /1/0/1=-1", CODE_BAD_REQUEST},
                {PUT, "/1", FORMAT_SENML_CBOR, "/1/0/0=7 /1/4/1=-1", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:-1", CODE_BAD_REQUEST},
                {PUT, "/0/1/2", FORMAT_TEXT, "text:5", CODE_BAD_REQUEST},
                {PUT, "/0/1/10", FORMAT_TEXT, "text:65536", CODE_BAD_REQUEST},
                {PUT, "/1/0/7", FORMAT_TEXT, "text:UUUUUUUUUUUUUUUUUUUU", CODE_BAD_REQUEST},
                {PUT, "/1/0/7", FORMAT_TEXT, "text:uq", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_TLV, "/1/0/0=7 /1/0/1=60 /1/0/7=ZZ", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_TLV, "hex:c10100", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_TEXT, "text:2147483648", CODE_BAD_REQUEST},
                {PUT, "/1/0/14", FORMAT_TEXT, "text:-1", CODE_BAD_REQUEST},
                {PUT, "/1/0/17", FORMAT_TEXT, "text:-1", CODE_BAD_REQUEST},
                {PUT, "/1/0/18", FORMAT_CBOR, "hex:20", CODE_BAD_REQUEST},
                {PUT, "/1/0/19", FORMAT_TEXT, "text:4294967296", CODE_BAD_REQUEST},
                {PUT, "/1/0/20", FORMAT_TLV, "hex:c814080000000100000000", CODE_BAD_REQUEST},
                {PUT, "/1/0/15", FORMAT_TEXT, "text:yes", CODE_BAD_REQUEST},
                {PUT, "/1/0/16", FORMAT_TLV, "hex:c11002", CODE_BAD_REQUEST},
                {PUT, "/0/1/11", FORMAT_TEXT, "text:-1", CODE_BAD_REQUEST},
                {PUT, "/0/1/12", FORMAT_TEXT, "text:4294967296", CODE_BAD_REQUEST},
                {PUT, "/0/1/1", FORMAT_TLV, "hex:c10102", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_SENML_CBOR, "hex:80", CODE_BAD_REQUEST},
                {PUT, "/1", FORMAT_SENML_CBOR, "hex:80", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_SENML_CBOR, "hex:81a0", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_SENML_CBOR, "hex:81a10601", CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_SENML_CBOR, "hex:81a2613363686868622d326b2f333434322f302f313130",
                        CODE_BAD_REQUEST},
                {PUT, "/1/0", FORMAT_SENML_CBOR, "hex:81a121642f312f30", CODE_BAD_REQUEST},
                {PUT, "/1", FORMAT_SENML_CBOR, "hex:81a100642f312f35", CODE_BAD_REQUEST},
                {PUT, "/1/0/1", FORMAT_SENML_CBOR, "hex:81a10601", CODE_BAD_REQUEST},
        };
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101);

        bootstrap_steps(world, table, ELEMENTSOF(table));
        if (store_candidate(world->store))
                assert_true(dataset_equal(store_candidate(world->store), store_committed(world->store)));
}

/* Over a maximum: 4.00, and nothing of the write is there. */
static void test_over_the_limits(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);
        _cleanup_(dataset_freep) Dataset *before = NULL;
        static char text[LIMIT_INSTANCES * 2 * 20];
        size_t n = 0;

        for (unsigned i = 0; i < LIMIT_INSTANCES - 1; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n, "/1/%u/1=5 ", i);
        BOOTSTRAP(world, {PUT, "/1", FORMAT_TLV, text, CODE_CHANGED});
        assert_int_equal(dataset_copy(store_candidate(world->store), &before), 0);

        BOOTSTRAP(world, {PUT, "/1", FORMAT_TLV, "/1/0/1=7 /1/80/1=6 /1/81/1=6", CODE_BAD_REQUEST});
        assert_true(dataset_equal(store_candidate(world->store), before));
        BOOTSTRAP(world, {PUT, "/1/80", FORMAT_TLV, "/1/80/1=6", CODE_CHANGED},
                {PUT, "/1/81", FORMAT_TLV, "/1/81/1=6", CODE_BAD_REQUEST},
                {PUT, "/1/81/1", FORMAT_TEXT, "text:5", CODE_BAD_REQUEST});
        assert_false(dataset_has(store_candidate(world->store), &PATH_INSTANCE(1, 81)));
}

static void test_store_is_full(void **state)
{
        _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS);
        static char payload[5 + LIMIT_CERTIFICATE_SIZE + 2];
        _cleanup_(dataset_freep) Dataset *before = NULL;
        char path[20];

        memcpy(payload, "text:", 5);
        memset(payload + 5, 'k', LIMIT_CERTIFICATE_SIZE);
        for (unsigned i = 0; i < 63; i++) {
                (void)snprintf(path, sizeof(path), "/0/%u/%u", 1 + i / 3, SECURITY_IDENTITY + i % 3);
                BOOTSTRAP(world, {PUT, path, FORMAT_OPAQUE, payload, CODE_CHANGED});
        }
        assert_int_equal(dataset_copy(store_candidate(world->store), &before), 0);
        BOOTSTRAP(world, {PUT, "/0/22/3", FORMAT_OPAQUE, payload, CODE_BAD_REQUEST});
        assert_true(dataset_equal(store_candidate(world->store), before));

        payload[5 + LIMIT_CERTIFICATE_SIZE] = 'k';
        BOOTSTRAP(world, {PUT, "/0/1/5", FORMAT_OPAQUE, payload, CODE_BAD_REQUEST});
        assert_true(dataset_equal(store_candidate(world->store), before));

        /* Full, the accounts can still be corrected and taken away. */
        payload[5 + LIMIT_CERTIFICATE_SIZE - 1] = '\0';
        BOOTSTRAP(world, {PUT, "/0/1/5", FORMAT_OPAQUE, payload, CODE_CHANGED},
                {DELETE, "/0/21", FORMAT_NONE, NULL, CODE_DELETED},
                {PUT, "/0/22/3", FORMAT_OPAQUE, payload, CODE_CHANGED});
}

static void test_touches_what_it_names(void **state)
{
        static const struct {
                Step step;
                bool server_0, server_1, security_1;
        } table[] = {
                {{PUT, "/1/0", FORMAT_TLV, "/1/0/0=101 /1/0/1=60", CODE_CHANGED}, true, false, false},
                {{PUT, "/1/1/5", FORMAT_TEXT, "text:5", CODE_CHANGED}, false, true, false},
                {{PUT, "/1", FORMAT_TLV, "/1/1/0=102", CODE_CHANGED}, false, true, false},
                {{PUT, "/1", FORMAT_TLV, "/1/0/0=101 /1/1/0=102", CODE_CHANGED}, true, true, false},
                {{PUT, "/0/1/2", FORMAT_TEXT, "text:3", CODE_CHANGED}, false, false, true},
                {{PUT, "/1/0", FORMAT_TLV, "/1/0/1=-1", CODE_BAD_REQUEST}, false, false, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(world_freep) World *world = world_new(LWM2M_1_1, BS SERVER_101 SERVER_102);

                bootstrap_steps(world, &table[i].step, 1);
                assert_int_equal(store_was_touched(world->store, 1, 0), table[i].server_0);
                assert_int_equal(store_was_touched(world->store, 1, 1), table[i].server_1);
                assert_int_equal(store_was_touched(world->store, 0, 1), table[i].security_1);
                assert_false(store_was_touched(world->store, 0, 2));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_levels),
                cmocka_unit_test(test_opaque_key),
                cmocka_unit_test(test_skipped),
                cmocka_unit_test(test_note_names_what_was_skipped),
                cmocka_unit_test(test_provided_object_is_not_written),
                cmocka_unit_test(test_out_of_range),
                cmocka_unit_test(test_over_the_limits),
                cmocka_unit_test(test_store_is_full),
                cmocka_unit_test(test_touches_what_it_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
