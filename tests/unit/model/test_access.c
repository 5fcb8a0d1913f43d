/* SPDX-License-Identifier: Apache-2.0 */
/* model/access: every row of lwm2m-facts.md 4.9. */
#include "tests/unit/model/fixture.h"

#include "model/access.h"

#define BOTH SERVER_101 SERVER_102

/* /2/0 is for /3/0. */
#define DEVICE_OF(owner) "/2/0/0=3 /2/0/1=0 /2/0/3=" #owner " "

/* "RWED", letters in this order; "" for none. */
static const char *rights_text(unsigned rights)
{
        static const char letters[] = "RWED";
        static char text[sizeof(letters)];
        size_t n = 0;

        for (size_t i = 0; i < strlen(letters); i++)
                if (rights & 1U << i)
                        text[n++] = letters[i];
        text[n] = '\0';
        return text;
}

static void test_rights(void **state)
{
        static const struct {
                const char *dataset;
                uint16_t server, object, instance;
                const char *rights;
        } table[] = {
                /* (1) one account, or no instance of /2: full rights */
                {BS SERVER_101 DEVICE_OF(65535), 101, 3, 0, "RWED"},
                {BS SERVER_101 DEVICE_OF(102) "/2/0/2/102=1 ", 101, 2, 0, "RWED"},
                {BS BOTH, 101, 3, 0, "RWED"},
                {BS BOTH, 102, 1, 0, "RWED"},
                /* one that this client cannot use is an account, too */
                {BS BOTH DEVICE_OF(102) "/0/2/2=2 ", 101, 3, 0, ""},
                /* half an account is none */
                {BS SERVER_101 "/1/1/0=102 /1/1/1=60 " DEVICE_OF(102), 101, 3, 0, "RWED"},
                /* (3a) the owner, without an entry of its own */
                {BS BOTH DEVICE_OF(101), 101, 3, 0, "RWED"},
                {BS BOTH DEVICE_OF(101) "/2/0/2/0=1 /2/0/2/102=2 ", 101, 3, 0, "RWED"},
                /* (3b) an entry of its own, the owner's too */
                {BS BOTH DEVICE_OF(101) "/2/0/2/101=1 ", 101, 3, 0, "R"},
                {BS BOTH DEVICE_OF(101) "/2/0/2/102=5 ", 102, 3, 0, "RE"},
                {BS BOTH DEVICE_OF(101) "/2/0/2/102=0 /2/0/2/0=31 ", 102, 3, 0, ""},
                {BS BOTH DEVICE_OF(101) "/2/0/2/102=31 ", 102, 3, 0, "RWED"},
                /* bits that mean nothing give nothing */
                {BS BOTH DEVICE_OF(101) "/2/0/2/102=65506 ", 102, 3, 0, "W"},
                /* (3c) neither: the default entry */
                {BS BOTH DEVICE_OF(101) "/2/0/2/0=2 ", 102, 3, 0, "W"},
                {BS BOTH DEVICE_OF(65535) "/2/0/2/0=9 /2/0/2/102=1 ", 101, 3, 0, "RD"},
                /* (3d) else none */
                {BS BOTH DEVICE_OF(101), 102, 3, 0, ""},
                {BS BOTH DEVICE_OF(65535), 101, 3, 0, ""},
                {BS BOTH DEVICE_OF(65535) "/2/0/2/102=31 ", 101, 3, 0, ""},
                /* no instance of /2 for it; one for the whole Object is not for its instances */
                {BS BOTH DEVICE_OF(101), 101, 1, 0, ""},
                {BS BOTH "/2/0/0=1 /2/0/1=65535 /2/0/3=101 /2/0/2/101=31 ", 101, 1, 0, ""},
                /* of two for the same the lower one counts */
                {BS BOTH DEVICE_OF(101) "/2/1/0=3 /2/1/1=0 /2/1/3=102 ", 102, 3, 0, ""},
                /* (6) /2 itself: the owner alone, whatever its ACL says */
                {BS BOTH DEVICE_OF(101) "/2/0/2/101=0 /2/0/2/102=31 /2/0/2/0=31 ", 101, 2, 0, "RWED"},
                {BS BOTH DEVICE_OF(101) "/2/0/2/101=0 /2/0/2/102=31 /2/0/2/0=31 ", 102, 2, 0, ""},
                {BS BOTH DEVICE_OF(65535) "/2/0/2/0=31 ", 101, 2, 0, ""},
                {BS BOTH DEVICE_OF(101) "/2/1/0=2 /2/1/1=0 /2/1/3=102 /2/1/2/102=31 ", 102, 2, 0, ""},
                /* (7) never, alone or not */
                {BS SERVER_101, 101, 0, 1, ""},
                {BS SERVER_101 "/21/0/0=s ", 101, 21, 0, ""},
                {BS BOTH "/2/0/0=21 /2/0/1=0 /2/0/3=101 /21/0/0=s ", 101, 21, 0, ""},
                /* the client itself */
                {BS BOTH DEVICE_OF(101) "/2/0/2/0=0 ", 0, 3, 0, "RWED"},
                {BS BOTH, 0, 21, 0, ""},
                /* Objects of other services */
                {BS BOTH "/2/0/0=3303 /2/0/1=7 /2/0/3=101 /2/0/2/102=1 ", 102, 3303, 7, "R"},
                {BS BOTH "/2/0/0=3303 /2/0/1=7 /2/0/3=101 /2/0/2/102=1 ", 102, 3303, 8, ""},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(table[i].dataset);
                unsigned rights = access_rights(
                        store, store_committed(store), table[i].server, table[i].object, table[i].instance);

                if (strcmp(rights_text(rights), table[i].rights) != 0)
                        fail_msg("row %zu: \"%s\", not \"%s\"", i, rights_text(rights), table[i].rights);
        }
}

/* (2) */
static void test_create(void **state)
{
        static const struct {
                const char *dataset;
                uint16_t server, object;
                bool may;
        } table[] = {
                {BS SERVER_101, 101, 3303, true},
                {BS BOTH, 101, 3303, true},
                {BS BOTH DEVICE_OF(101), 101, 3303, false},
                {BS BOTH "/2/0/0=3303 /2/0/1=65535 /2/0/3=65535 /2/0/2/101=16 ", 101, 3303, true},
                {BS BOTH "/2/0/0=3303 /2/0/1=65535 /2/0/3=65535 /2/0/2/101=15 ", 101, 3303, false},
                {BS BOTH "/2/0/0=3303 /2/0/1=65535 /2/0/3=65535 /2/0/2/101=16 ", 102, 3303, false},
                {BS BOTH "/2/0/0=3303 /2/0/1=65535 /2/0/3=65535 /2/0/2/101=16 ", 101, 3304, false},
                /* neither the default entry nor the owner, nor an entry for an instance */
                {BS BOTH "/2/0/0=3303 /2/0/1=65535 /2/0/3=65535 /2/0/2/0=31 ", 101, 3303, false},
                {BS BOTH "/2/0/0=3303 /2/0/1=65535 /2/0/3=101 ", 101, 3303, false},
                {BS BOTH "/2/0/0=3303 /2/0/1=0 /2/0/3=101 /2/0/2/101=16 ", 101, 3303, false},
                {BS SERVER_101, 101, 0, false},
                {BS SERVER_101, 101, 2, false},
                {BS SERVER_101, 101, 21, false},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(table[i].dataset);

                if (access_may_create(store, store_committed(store), table[i].server, table[i].object) !=
                        table[i].may)
                        fail_msg("row %zu: not %d", i, table[i].may);
        }
}

/* -- A source that has something to say: Object Instance 0 is for 101, Create for 102 -- */

static size_t no_instances(void *userdata, uint16_t object, uint16_t ret[LIMIT_INSTANCES])
{
        return 0;
}

static unsigned rights_of_source(void *userdata, const Path *instance, uint16_t short_server_id)
{
        if (instance->id[1] == ID_INVALID)
                return short_server_id == 102 ? ACCESS_CREATE : ACCESS_ALL & ~ACCESS_CREATE;
        return instance->id[1] == 0 && short_server_id == 101 ? ACCESS_READ | ACCESS_WRITE : ACCESS_NONE;
}

static const Source source_with_rights = {.instances = no_instances, .rights = rights_of_source};

#define OF_SERVICE(instance) "/2/0/0=3303 /2/0/1=" #instance " /2/0/3=65535 /2/0/2/102=17 "

/* It counts where /2 has nothing to say of that Object Instance, whether or not it has of others. */
static void test_source_with_rights(void **state)
{
        static const struct {
                const char *dataset;
                uint16_t server, instance;
                const char *rights;
                bool may_create;
        } table[] = {
                {BS SERVER_101, 101, 0, "RWED", true},
                {BS SERVER_101, 101, 1, "RWED", true},
                {BS SERVER_101 DEVICE_OF(65535), 101, 1, "RWED", true},
                {BS BOTH, 101, 0, "RW", false},
                {BS BOTH, 101, 1, "", false},
                {BS BOTH, 102, 0, "", true},
                {BS BOTH, 0, 1, "RWED", false},
                {BS BOTH DEVICE_OF(101), 101, 0, "RW", false},
                {BS BOTH DEVICE_OF(101), 102, 0, "", true},
                {BS BOTH OF_SERVICE(0), 101, 0, "", false},
                {BS BOTH OF_SERVICE(0), 102, 0, "R", true},
                {BS BOTH OF_SERVICE(1), 101, 0, "RW", false},
                {BS BOTH OF_SERVICE(65535), 101, 0, "RW", false},
                {BS BOTH OF_SERVICE(65535), 102, 0, "", true},
                {BS BOTH "/2/0/0=3303 /2/0/1=65535 /2/0/3=65535 /2/0/2/101=16 ", 102, 0, "", false},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                _cleanup_(store_freep) Store *store = fixture_store(table[i].dataset);
                const Dataset *committed = store_committed(store);
                unsigned rights;

                assert_int_equal(store_set_source(store, 3303, &source_with_rights, NULL), 0);
                rights = access_rights(store, committed, table[i].server, 3303, table[i].instance);
                if (strcmp(rights_text(rights), table[i].rights) != 0)
                        fail_msg("row %zu: \"%s\", not \"%s\"", i, rights_text(rights), table[i].rights);
                if (access_may_create(store, committed, table[i].server, 3303) != table[i].may_create)
                        fail_msg("row %zu: not %d", i, table[i].may_create);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rights),
                cmocka_unit_test(test_create),
                cmocka_unit_test(test_source_with_rights),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
