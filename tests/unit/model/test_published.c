/* SPDX-License-Identifier: Apache-2.0 */
/* What publishers may do, and what becomes of it. */
#include "tests/unit/model/published_world.h"

#define ANY ID_INVALID

static void test_publish(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        uint16_t instance = 7;

        assert_int_equal(
                publishers_add_with(world, 1, GAUGE, ANY, "/10000/0/0=21 /10000/0/1=Cel", NULL, &instance),
                0);
        assert_int_equal(instance, 0);
        assert_string_equal(publishers_text(world, "/"), "/10000/0/0=21 /10000/0/1=Cel");
        assert_string_equal(world->changed, "/10000/0");
        assert_int_equal(world->objects_changed, 1);
        assert_ptr_equal(registry_find(store_registry(world->store), GAUGE), &gauge);

        /* The paths may be of any Object Instance. */
        assert_int_equal(publishers_add_with(world, 2, GAUGE, ANY, "/10000/65534/0=4", NULL, &instance), 0);
        assert_int_equal(instance, 1);
        assert_int_equal(publishers_add(world, 1, GAUGE, 65534, "/10000/0/0=5"), 0);
        assert_string_equal(
                publishers_text(world, "/"), "/10000/0/0=21 /10000/0/1=Cel /10000/1/0=4 /10000/65534/0=5");
}

static void test_resource_of_any_type(void **state)
{
        static const char values[] =
                "/10000/0/0=1 /10000/0/1=Cel /10000/0/2=-0 /10000/0/3/0=a /10000/0/3/65534=b "
                "/10000/0/4=65535:65535 /10000/0/6=secret /10000/0/7=bytes /10000/0/8=true "
                "/10000/0/9=-1 /10000/0/10=7 /10000/0/11=</a> /10000/0/12/0=x";
        static const char expected[] =
                "/10000/0/0=1 /10000/0/1=Cel /10000/0/2=0 /10000/0/3/0=a /10000/0/3/65534=b "
                "/10000/0/4=65535:65535 /10000/0/6=secret /10000/0/7=bytes /10000/0/8=true "
                "/10000/0/9=-1 /10000/0/10=7 /10000/0/11=</a> /10000/0/12/0=x";
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(publishers_add(world, 1, GAUGE, 0, values), 0);
        assert_string_equal(publishers_text(world, "/"), expected);

        /* Each of them can be set, read-only ones, too. */
        assert_int_equal(publishers_add(world, 1, GAUGE, 1, "/10000/1/0=0 /10000/1/3"), 0);
        assert_string_equal(publishers_text(world, "/10000/1"), "/10000/1/0=0 /10000/1/3");
        assert_int_equal(publishers_set(world, 1, values), 0);
        assert_string_equal(publishers_text(world, "/10000/0"), expected);
}

/* Whatever is refused is refused by name, and nothing has changed. */
static void assert_refused(Publishers *world, int r, int error, const char *text)
{
        if (r != error || !strstr(world->text, text))
                fail_msg("%d (%s), not %d (%s)", r, world->text, error, text);
        assert_string_equal(world->changed, "");
        assert_int_equal(world->objects_changed, 0);
}

static void test_publish_is_refused(void **state)
{
        static const struct {
                uint16_t object, instance;
                const char *values;
                int error;
                const char *text;
        } table[] = {
                {30000, 0, "", PUBLISHED_E_UNKNOWN_OBJECT, "there is no definition of /30000"},
                {0, 0, "", PUBLISHED_E_INVALID_VALUE, "/0 is served by the client itself"},
                {1, 0, "", PUBLISHED_E_INVALID_VALUE, "/1 is served by the client itself"},
                {2, ANY, "", PUBLISHED_E_INVALID_VALUE, "/2 is served by the client itself"},
                {3, 1, "", PUBLISHED_E_INVALID_VALUE, "/3 is served by the client itself"},
                {21, 0, "", PUBLISHED_E_INVALID_VALUE, "/21 is served by the client itself"},
                {GAUGE, 0, "/10000/0/0=1", PUBLISHED_E_EXISTS,
                        "/10000/0 has been published already, by the caller"},
                {GAUGE, 5, "/10000/0/0=1", PUBLISHED_E_EXISTS,
                        "/10000/5 has been published already, by another program"},
                {GAUGE, 6, "/10000/0/0=1", PUBLISHED_E_EXISTS,
                        "/10000/6 stands under objects: in the configuration"},
                {HOUSE, 1, "/10001/0/0=1", PUBLISHED_E_INVALID_VALUE, "/10001/1: the Object has one"},
                {GAUGE, 1, "", PUBLISHED_E_INVALID_VALUE, "/10000/1/0 is mandatory and missing"},
                {GAUGE, ANY, "/10000/0/2=1", PUBLISHED_E_INVALID_VALUE, "/10000/1/0 is mandatory"},
                {GAUGE, 1, "/10001/0/0=1", PUBLISHED_E_INVALID_VALUE, "/10001/0/0 is not below /10000"},
                {GAUGE, 1, "/10000", PUBLISHED_E_INVALID_VALUE, "/10000 is not below /10000"},
                {GAUGE, 1, "/10000/0/0=1 /10000/0/2=101", PUBLISHED_E_INVALID_VALUE,
                        "/10000/1/2: the value is out of range"},
        };
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(publishers_add(world, 1, GAUGE, 0, "/10000/0/0=1"), 0);
        assert_int_equal(publishers_add(world, 2, GAUGE, 5, "/10000/0/0=1"), 0);
        assert_int_equal(publishers_add(world, PUBLISHED_CONFIGURATION, GAUGE, 6, "/10000/0/0=1"), 0);
        publishers_forget(world);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_refused(world,
                        publishers_add(world, 1, table[i].object, table[i].instance, table[i].values),
                        table[i].error, table[i].text);
                assert_string_equal(publishers_text(world, "/"), "/10000/0/0=1 /10000/5/0=1 /10000/6/0=1");
                assert_int_equal(world->defined - world->forgotten, 1);
        }

        /* One instance alone is at 0, and is there once. */
        assert_int_equal(publishers_add(world, 1, HOUSE, ANY, "/10001/9/0=1"), 0);
        publishers_forget(world);
        assert_refused(world, publishers_add(world, 1, HOUSE, ANY, "/10001/0/0=1"), PUBLISHED_E_EXISTS,
                "/10001/0 has been");
}

static void test_value_is_refused(void **state)
{
        static const struct {
                Record record;
                const char *text;
        } table[] = {
                {{{{GAUGE, 0}, 2}, {0}}, "/10000/0: is not the path of a Resource"},
                {{{{GAUGE, 0, 99}, 3}, {0}}, "/10000/0/99: the Object has no such Resource"},
                {{{{GAUGE, 0, 99}, 3}, {VALUE_INTEGER}}, "/10000/0/99: the Object has no such Resource"},
                {{{{GAUGE, 0, 5}, 3}, {0}}, "/10000/0/5: the Resource has no value"},
                {{{{GAUGE, 0, 5}, 3}, {VALUE_BOOLEAN}}, "/10000/0/5: the Resource has no value"},
                {{{{GAUGE, 0, 2}, 3}, {0}}, "/10000/0/2: the value is missing"},
                {{{{GAUGE, 0, 3, 0}, 4}, {0}}, "/10000/0/3/0: the value is missing"},
                {{{{GAUGE, 0, 3}, 3}, {VALUE_INTEGER}}, "/10000/0/3: the Resource has Resource Instances"},
                {{{{GAUGE, 0, 2, 0}, 4}, {VALUE_INTEGER}}, "/10000/0/2/0: the Resource has no Resource"},
                {{{{GAUGE, 0, 3, ANY}, 4}, {VALUE_INTEGER}}, "65535 is no Resource Instance ID"},
                {{{{GAUGE, 0, 2}, 3}, {VALUE_UNSIGNED}}, "/10000/0/2: the value is not of its Resource's"},
                {{{{GAUGE, 0, 0}, 3}, {VALUE_INTEGER}}, "/10000/0/0: the value is not of its Resource's"},
                {{{{GAUGE, 0, 2}, 3}, {VALUE_INTEGER, .integer = 101}}, "/10000/0/2: the value is out of"},
                {{{{GAUGE, 0, 2}, 3}, {VALUE_INTEGER, .integer = -1}}, "/10000/0/2: the value is out of"},
        };
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(publishers_add(world, 1, GAUGE, 0, "/10000/0/0=1"), 0);
        publishers_forget(world);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                Record record = table[i].record;
                const RecordList list = {.items = &record, .n = 1};

                assert_refused(world, published_set(world->published, 1, &list, world->text),
                        PUBLISHED_E_INVALID_VALUE, table[i].text);
        }
        assert_refused(world, publishers_set(world, 1, "/10000/0/1=123456789"), PUBLISHED_E_INVALID_VALUE,
                "/10000/0/1: the value is out of range");
        assert_string_equal(publishers_text(world, "/"), "/10000/0/0=1");
        assert_int_equal(publishers_set(world, 1, "/10000/0/1=12345678"), 0);
}

/* -- SetValues -- */

static void test_set(void **state)
{
        static const struct {
                const char *values, *changed, *after; /* of /10000/0 */
        } table[] = {
                {"", "", "/10000/0/0=1"},
                {"/10000/0/0=2", "/10000/0/0", "/10000/0/0=2"},
                {"/10000/0/0=2", "", "/10000/0/0=2"},
                {"/10000/0/2=5", "/10000/0/2", "/10000/0/0=2 /10000/0/2=5"},
                {"/10000/1/0=9 /10000/0/0=3 /10000/0/2=5", "/10000/1/0 /10000/0/0",
                        "/10000/0/0=3 /10000/0/2=5"},
                {"/10000/0/0=4 /10000/0/0=5 /10000/0/0=3", "", "/10000/0/0=3 /10000/0/2=5"},
                /* A multiple-instance Resource as a whole, by one of its instances, and without any */
                {"/10000/0/3/0=a /10000/0/3/4=b", "/10000/0/3/0 /10000/0/3/4",
                        "/10000/0/0=3 /10000/0/2=5 /10000/0/3/0=a /10000/0/3/4=b"},
                {"/10000/0/3/4=c", "/10000/0/3/4",
                        "/10000/0/0=3 /10000/0/2=5 /10000/0/3/0=a /10000/0/3/4=c"},
                {"/10000/0/3 /10000/0/3/4=c", "/10000/0/3/0", "/10000/0/0=3 /10000/0/2=5 /10000/0/3/4=c"},
                {"/10000/0/3", "/10000/0/3 /10000/0/3/4", "/10000/0/0=3 /10000/0/2=5 /10000/0/3"},
                {"/10000/0/3", "", "/10000/0/0=3 /10000/0/2=5 /10000/0/3"},
                {"/10000/0/3/1=d", "/10000/0/3 /10000/0/3/1", "/10000/0/0=3 /10000/0/2=5 /10000/0/3/1=d"},
        };
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(publishers_add(world, 1, GAUGE, 0, "/10000/0/0=1"), 0);
        assert_int_equal(publishers_add(world, 1, GAUGE, 1, "/10000/0/0=1"), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                publishers_forget(world);
                assert_int_equal(publishers_set(world, 1, table[i].values), 0);
                assert_string_equal(world->changed, table[i].changed);
                assert_string_equal(publishers_text(world, "/10000/0"), table[i].after);
        }
        assert_int_equal(world->objects_changed, 0);
}

static void test_set_is_all_or_nothing(void **state)
{
        static const struct {
                const char *values;
                int error;
                const char *text;
        } table[] = {
                {"/10000/0/0=5 /10000/0/2=101", PUBLISHED_E_INVALID_VALUE, "/10000/0/2: the value is out"},
                {"/10000/1/0=5 /10000/0/0", PUBLISHED_E_INVALID_VALUE, "/10000/0/0: the value is missing"},
                {"/10000/0/0=5 /10000/9/0=5", PUBLISHED_E_NOT_PUBLISHER,
                        "/10000/9/0 is in no Object Instance that is published, nor under objects:"},
                {"/10000/0/0=5 /10001/0/0=5", PUBLISHED_E_NOT_PUBLISHER,
                        "/10001/0/0 is in no Object Instance that is published, nor under objects:"},
                {"/10000/0/0=5 /3/0/0=5", PUBLISHED_E_NOT_PUBLISHER,
                        "/3/0/0 is in no Object Instance that is published, nor under objects:"},
                {"/10000/0/0=5 /10000", PUBLISHED_E_NOT_PUBLISHER,
                        "/10000 is in no Object Instance that is published, nor under objects:"},
                {"/10000/0/0=5 /10000/2/0=5", PUBLISHED_E_NOT_PUBLISHER,
                        "/10000/2 has been published by another program"},
        };
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(publishers_add(world, 1, GAUGE, 0, "/10000/0/0=1"), 0);
        assert_int_equal(publishers_add(world, 1, GAUGE, 1, "/10000/0/0=1"), 0);
        assert_int_equal(publishers_add(world, 2, GAUGE, 2, "/10000/0/0=1"), 0);
        publishers_forget(world);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_refused(
                        world, publishers_set(world, 1, table[i].values), table[i].error, table[i].text);
                assert_string_equal(publishers_text(world, "/"), "/10000/0/0=1 /10000/1/0=1 /10000/2/0=1");
        }
}

/* Others set what is the configuration's, but nobody what is another's. */
static void test_whose_values_are_set(void **state)
{
        static const struct {
                uint64_t owner;
                const char *values;
                int result;
        } table[] = {
                {1, "/10000/1/0=7", 0},
                {1, "/10000/0/0=7", 0},
                {1, "/10000/0/0=8 /10000/1/0=8", 0},
                {1, "/10000/2/0=7", PUBLISHED_E_NOT_PUBLISHER},
                {2, "/10000/1/0=7", PUBLISHED_E_NOT_PUBLISHER},
                {3, "/10000/0/0=9", 0},
                {3, "/10000/1/0=9", PUBLISHED_E_NOT_PUBLISHER},
                {PUBLISHED_CONFIGURATION, "/10000/0/0=6", 0},
                {PUBLISHED_CONFIGURATION, "/10000/1/0=6", PUBLISHED_E_NOT_PUBLISHER},
        };
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        for (uint16_t i = 0; i < 3; i++)
                assert_int_equal(publishers_add(world, i, GAUGE, i, "/10000/0/0=1"), 0);
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_int_equal(publishers_set(world, table[i].owner, table[i].values), table[i].result);
        assert_string_equal(publishers_text(world, "/"), "/10000/0/0=6 /10000/1/0=8 /10000/2/0=1");
}

/* -- Objects that come and go -- */

static bool is_known(const Publishers *world, uint16_t object)
{
        assert_int_equal(registry_find(store_registry(world->store), object) != NULL,
                store_source(world->store, object).source != NULL);
        return registry_find(store_registry(world->store), object);
}

static void test_object_goes_with_the_last_of_it(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(published_add_object(world->published, 1, GAUGE, NULL, world->text), 0);
        assert_int_equal(world->objects_changed, 1);
        assert_true(is_known(world, GAUGE));
        assert_string_equal(publishers_text(world, "/"), "");
        assert_int_equal(
                published_add_object(world->published, 1, GAUGE, NULL, world->text), PUBLISHED_E_EXISTS);
        assert_int_equal(
                published_add_object(world->published, 2, GAUGE, NULL, world->text), PUBLISHED_E_EXISTS);
        assert_non_null(strstr(world->text, "/10000 has been published already, by another program"));

        /* Others may have Object Instances of it. */
        assert_int_equal(publishers_add(world, 1, GAUGE, 0, "/10000/0/0=1"), 0);
        assert_int_equal(publishers_add(world, 2, GAUGE, 1, "/10000/0/0=1"), 0);
        publishers_forget(world);
        assert_int_equal(published_withdraw(world->published, 1, GAUGE, ANY, world->text), 0);
        assert_string_equal(world->changed, "/10000/0");
        assert_int_equal(world->objects_changed, 1);
        assert_true(is_known(world, GAUGE));
        assert_int_equal(world->forgotten, 0);

        assert_int_equal(published_withdraw(world->published, 2, GAUGE, 1, world->text), 0);
        assert_false(is_known(world, GAUGE));
        assert_int_equal(world->forgotten, 1);

        /* Without an Object of its own it goes with the last Object Instance, and is read anew. */
        assert_int_equal(publishers_add(world, 1, GAUGE, 3, "/10000/0/0=1"), 0);
        assert_int_equal(world->defined, 2);
        assert_int_equal(publishers_add(world, 1, GAUGE, 4, "/10000/0/0=1"), 0);
        assert_int_equal(world->defined, 2);
        assert_int_equal(published_withdraw(world->published, 1, GAUGE, 3, world->text), 0);
        assert_true(is_known(world, GAUGE));
        assert_int_equal(published_withdraw(world->published, 1, GAUGE, 4, world->text), 0);
        assert_false(is_known(world, GAUGE));

        /* And stays while it has been published itself. */
        assert_int_equal(published_add_object(world->published, 1, GAUGE, NULL, world->text), 0);
        assert_int_equal(publishers_add(world, 1, GAUGE, 3, "/10000/0/0=1"), 0);
        assert_int_equal(published_withdraw(world->published, 1, GAUGE, 3, world->text), 0);
        assert_true(is_known(world, GAUGE));
}

static void test_object_is_refused(void **state)
{
        static const struct {
                uint16_t object;
                int error;
                const char *text;
        } table[] = {
                {30000, PUBLISHED_E_UNKNOWN_OBJECT, "there is no definition of /30000"},
                {0, PUBLISHED_E_INVALID_VALUE, "/0 is served by the client itself"},
                {1, PUBLISHED_E_INVALID_VALUE, "/1 is served by the client itself"},
                {2, PUBLISHED_E_INVALID_VALUE, "/2 is served by the client itself"},
                {3, PUBLISHED_E_INVALID_VALUE, "/3 is served by the client itself"},
                {21, PUBLISHED_E_INVALID_VALUE, "/21 is served by the client itself"},
        };
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_refused(world,
                        published_add_object(world->published, 1, table[i].object, "/h", world->text),
                        table[i].error, table[i].text);
}

static void test_withdraw_is_refused(void **state)
{
        static const struct {
                uint64_t owner;
                uint16_t object, instance;
                const char *text;
        } table[] = {
                {1, GAUGE, 2, "/10000/2 is not the caller's"},
                {1, GAUGE, 0, "/10000/0 is not the caller's"},
                {1, GAUGE, 9, "/10000/9 is not the caller's"},
                {2, GAUGE, 1, "/10000/1 is not the caller's"},
                {3, GAUGE, ANY, "/10000 is not the caller's"},
                {1, HOUSE, ANY, "/10001 is not the caller's"},
                {1, 3, 0, "/3/0 is not the caller's"},
                {1, 3, ANY, "/3 is not the caller's"},
        };
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        for (uint16_t i = 0; i < 3; i++)
                assert_int_equal(publishers_add(world, i, GAUGE, i, "/10000/0/0=1"), 0);
        publishers_forget(world);
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                assert_refused(world,
                        published_withdraw(world->published, table[i].owner, table[i].object,
                                table[i].instance, world->text),
                        PUBLISHED_E_NOT_PUBLISHER, table[i].text);
        assert_string_equal(publishers_text(world, "/"), "/10000/0/0=1 /10000/1/0=1 /10000/2/0=1");
}

static void test_owner_gone(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(published_add_object(world->published, 1, HOUSE, "/h", world->text), 0);
        assert_int_equal(publishers_add(world, 1, GAUGE, 0, "/10000/0/0=1"), 0);
        assert_int_equal(publishers_add(world, 2, GAUGE, 1, "/10000/0/0=2"), 0);
        assert_int_equal(publishers_add(world, 1, GAUGE, 2, "/10000/0/0=3"), 0);
        assert_int_equal(publishers_add(world, 1, PLAIN, 0, "/20000/0/0=4"), 0);
        assert_int_equal(publishers_add(world, 0, PLAIN + 1, 0, "/20001/0/0=5"), 0);
        publishers_forget(world);

        published_owner_gone(world->published, 1);
        assert_string_equal(world->changed, "/20000/0 /10000/2 /10000/0");
        assert_int_equal(world->objects_changed, 1);
        assert_string_equal(publishers_text(world, "/"), "/10000/1/0=2 /20001/0/0=5");
        assert_false(is_known(world, HOUSE));
        assert_false(is_known(world, PLAIN));
        assert_int_equal(world->forgotten, 2);
        assert_string_equal(world->withdrawn, "");

        /* Whoever has nothing goes unnoticed. */
        publishers_forget(world);
        published_owner_gone(world->published, 1);
        published_owner_gone(world->published, 77);
        assert_int_equal(world->objects_changed, 0);
}

/* One is kept for what comes next, and while it is used. */
static void test_definitions(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        const ObjectDef *def = NULL;

        assert_int_equal(
                published_define(world->published, 30000, &def, world->text), PUBLISHED_E_UNKNOWN_OBJECT);
        assert_string_equal(world->text, "there is no definition of /30000");
        assert_int_equal(published_define(world->published, GAUGE, &def, world->text), 0);
        assert_ptr_equal(def, &gauge);
        assert_false(is_known(world, GAUGE));
        assert_int_equal(publishers_add(world, 1, GAUGE, 0, "/10000/0/0=1"), 0);
        assert_int_equal(world->defined, 1);
        assert_int_equal(published_define(world->published, GAUGE, &def, world->text), 0);
        assert_int_equal(world->defined, 1);

        /* Not used: it may be another one next time. */
        assert_int_equal(published_define(world->published, HOUSE, &def, world->text), 0);
        assert_int_equal(published_define(world->published, HOUSE, &def, world->text), 0);
        assert_int_equal(world->defined, 3);
        assert_int_equal(world->forgotten, 1);
        assert_int_equal(publishers_add(world, 1, HOUSE, 0, ""), PUBLISHED_E_INVALID_VALUE);
        assert_int_equal(world->forgotten, 2);
        assert_int_equal(publishers_add(world, 1, HOUSE, 0, "/10001/0/0=1"), 0);
        assert_int_equal(world->defined, 4);

        /* Values are set of what is published: of what is not, a definition is not looked for twice. */
        assert_int_equal(published_definition(world->published, &PATH_OBJECT(GAUGE), &def, world->text), 0);
        assert_int_equal(def->id, GAUGE);
        assert_int_equal(
                published_definition(world->published, &PATH_RESOURCE(PLAIN, 0, 1), &def, world->text),
                PUBLISHED_E_NOT_PUBLISHER);
        assert_string_equal(
                world->text, "/20000/0/1 is in no Object Instance that is published, nor under objects:");
        assert_int_equal(published_definition(world->published, &PATH_OBJECT(3), &def, world->text),
                PUBLISHED_E_NOT_PUBLISHER);
        assert_int_equal(published_definition(world->published, &PATH_OBJECT(30000), &def, world->text),
                PUBLISHED_E_UNKNOWN_OBJECT);

        /* Those of the client are for nobody: what is wrong is the Object, not its values. */
        assert_int_equal(
                published_define(world->published, 3, &def, world->text), PUBLISHED_E_INVALID_VALUE);
        assert_string_equal(world->text, "/3 is served by the client itself");
        assert_int_equal(world->defined, 5);
}

/* -- Limits -- */

/* Resource Instances of Images, n of size bytes and one of rest, beside the 8 bytes of Value. */
static void add_images(RecordList *list, uint16_t object, size_t n, size_t rest)
{
        static const uint8_t bytes[LIMIT_VALUE_SIZE + 1];
        Value real = {.type = VALUE_FLOAT};

        *list = (RecordList){.maximum = LIMIT_STORE_VALUES};
        assert_int_equal(record_list_add(list, &PATH_RESOURCE(object, 0, 0), &real), 0);
        for (uint16_t i = 0; i <= n; i++) {
                Value value;

                if (i == n && rest == 0)
                        break;
                assert_int_equal(
                        value_make_bytes(VALUE_OPAQUE, bytes, i < n ? LIMIT_VALUE_SIZE : rest, &value), 0);
                assert_int_equal(
                        record_list_add(list, &PATH_RESOURCE_INSTANCE(object, 0, 12, i), &value), 0);
        }
}

static int publish_images(Publishers *world, uint64_t owner, uint16_t object, size_t n, size_t rest)
{
        _cleanup_(record_list_done) RecordList list;

        add_images(&list, object, n, rest);
        return published_add(world->published, owner, object, ANY, &list, NULL, NULL, world->text);
}

static void test_limit_of_objects(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        uint16_t next = PLAIN;

        /* One publisher has 16, be it published or one with Object Instances. */
        for (uint64_t owner = 1; owner <= LIMIT_PUBLISHED_OBJECTS / LIMIT_PUBLISHER_OBJECTS; owner++) {
                for (unsigned i = 0; i < LIMIT_PUBLISHER_OBJECTS / 2; i++) {
                        assert_int_equal(
                                published_add_object(world->published, owner, next++, NULL, world->text), 0);
                        assert_int_equal(publishers_add(world, owner, next++, 0, "/20000/0/0=1"), 0);
                }
                publishers_forget(world);
                assert_refused(world, published_add_object(world->published, owner, next, NULL, world->text),
                        PUBLISHED_E_LIMIT, "a publisher has 16 Objects at most");
                assert_refused(world, publishers_add(world, owner, next, 0, "/20000/0/0=1"),
                        PUBLISHED_E_LIMIT, "a publisher has 16 Objects at most");
                assert_int_equal(publishers_add(world, owner, PLAIN, ANY, "/20000/0/0=1"),
                        owner == 1 ? 0 : PUBLISHED_E_LIMIT);
        }

        /* All together have 64. */
        publishers_forget(world);
        assert_refused(world, published_add_object(world->published, 9, next, NULL, world->text),
                PUBLISHED_E_LIMIT, "as many Objects as the client can hold");
        assert_refused(world, publishers_add(world, PUBLISHED_CONFIGURATION, next, 0, "/20000/0/0=1"),
                PUBLISHED_E_LIMIT, "as many Objects as the client can hold");
        assert_int_equal(world->defined - world->forgotten, LIMIT_PUBLISHED_OBJECTS);
        assert_int_equal(publishers_add(world, 9, PLAIN, ANY, "/20000/0/0=1"), 0);
        published_owner_gone(world->published, 1);
        assert_int_equal(published_add_object(world->published, 9, next, NULL, world->text), 0);
}

/* The configuration has as many as there can be. */
static void test_limit_is_not_for_the_configuration(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        for (uint16_t i = 0; i < LIMIT_PUBLISHED_OBJECTS; i++)
                assert_int_equal(
                        publishers_add(world, PUBLISHED_CONFIGURATION, PLAIN + i, 0, "/20000/0/0=1"), 0);
        assert_int_equal(publish_images(world, PUBLISHED_CONFIGURATION, PLAIN, 5, 0), 0);
}

static void test_limit_of_instances(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        uint16_t instance;

        for (uint16_t i = 0; i < LIMIT_INSTANCES; i++) {
                assert_int_equal(
                        publishers_add_with(world, i % 3, GAUGE, ANY, "/10000/0/0=1", NULL, &instance), 0);
                assert_int_equal(instance, i);
        }
        publishers_forget(world);
        assert_refused(world, publishers_add(world, 1, GAUGE, ANY, "/10000/0/0=1"), PUBLISHED_E_LIMIT,
                "/10000/64: an Object has 64 Object Instances at most");
        assert_refused(world, publishers_add(world, 1, GAUGE, 1000, "/10000/0/0=1"), PUBLISHED_E_LIMIT,
                "/10000/1000: an Object has 64 Object Instances at most");
        assert_int_equal(published_withdraw(world->published, 1, GAUGE, 1, world->text), 0);
        assert_int_equal(publishers_add(world, 2, GAUGE, 1000, "/10000/0/0=1"), 0);
}

static void test_limit_of_a_publisher(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        const size_t rest = LIMIT_PUBLISHER_SIZE - 3 * LIMIT_VALUE_SIZE - 2 * 8;

        assert_int_equal(publishers_add(world, 1, HOUSE, 0, "/10001/0/0=1"), 0);
        publishers_forget(world);
        assert_refused(world, publish_images(world, 1, GAUGE, 3, rest + 1), PUBLISHED_E_LIMIT,
                "/10000/0: a publisher has 256 KiB of values at most");
        assert_false(is_known(world, GAUGE));
        assert_int_equal(publish_images(world, 1, GAUGE, 3, rest), 0);
        publishers_forget(world);
        assert_refused(world, publishers_set(world, 1, "/10001/0/0=2 /10001/0/2=1"), PUBLISHED_E_LIMIT,
                "/10001/0: a publisher has 256 KiB of values at most");
        assert_int_equal(publishers_set(world, 1, "/10001/0/0=2"), 0);
        assert_int_equal(publishers_add(world, 2, GAUGE, ANY, "/10000/0/0=1"), 0);

        /* What goes makes room. */
        assert_int_equal(publishers_set(world, 1, "/10000/0/12 /10001/0/2=1"), 0);
        assert_int_equal(publish_images(world, 1, GAUGE, 3, 0), 0);
}

static void test_limit_of_all_bytes(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        for (uint64_t owner = 1; owner <= 3; owner++)
                assert_int_equal(publish_images(world, owner, GAUGE, 3, LIMIT_VALUE_SIZE - 8), 0);
        publishers_forget(world);
        assert_refused(world, publish_images(world, 0, GAUGE, 3, LIMIT_VALUE_SIZE - 7), PUBLISHED_E_LIMIT,
                "all published values have 1 MiB at most");
        assert_int_equal(publish_images(world, 0, GAUGE, 3, LIMIT_VALUE_SIZE - 8), 0);
        publishers_forget(world);
        assert_refused(world, publishers_add(world, 4, HOUSE, 0, "/10001/0/0=1"), PUBLISHED_E_LIMIT,
                "/10001/0: all published values have 1 MiB at most");
        assert_refused(world, publishers_set(world, 4, "/10000/3/2=1"), PUBLISHED_E_LIMIT,
                "/10000/3: all published values have 1 MiB at most");
}

/* How many small values there are is bound by what each counts alone: interface.md, section 6. */
static void test_many_small_values(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        _cleanup_(freep) char *labels = malloc(65536);
        size_t n = (size_t)sprintf(labels, "/10000/0/0=1");

        /* 256 values each */
        for (unsigned i = 0; i < 255; i++)
                n += (size_t)sprintf(labels + n, " /10000/0/3/%u=a", i);
        for (unsigned i = 0; i < LIMIT_INSTANCES - 1; i++)
                assert_int_equal(publishers_add(world, 1, GAUGE, ANY, labels), 0);
        (void)sprintf(labels + n, " /10000/0/3/255=a /10000/0/3/256=a");
        publishers_forget(world);
        assert_refused(world, publishers_add(world, 1, GAUGE, ANY, labels), PUBLISHED_E_LIMIT,
                "/10000/63/3/256: more than a Resource can hold");
        labels[n] = '\0';
        assert_int_equal(publishers_add(world, 1, GAUGE, ANY, labels), 0);
        assert_int_equal(publishers_set(world, 1, "/10000/0/2=1 /10000/1/2=1"), 0);
        assert_int_equal(publishers_add(world, 5, HOUSE, 0, "/10001/0/0=1"), 0);
}

static void test_limit_of_a_value(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        assert_int_equal(publish_images(world, 1, GAUGE, 0, LIMIT_VALUE_SIZE), 0);
        publishers_forget(world);
        assert_refused(world, publish_images(world, 1, GAUGE, 0, LIMIT_VALUE_SIZE + 1), PUBLISHED_E_LIMIT,
                "/10000/1/12/0: more than a Resource can hold");
}

static void test_limit_of_options(void **state)
{
        static PublishedRights acl[LIMIT_PUBLISHED_RIGHTS + 1];
        char handler[LIMIT_PUBLISHED_HANDLER + 2];
        PublishedOptions options = {.handler = handler, .acl = acl, .n_acl = LIMIT_PUBLISHED_RIGHTS};
        _cleanup_(publishers_freep) Publishers *world = publishers_new();

        memset(handler, 'h', sizeof(handler));
        handler[LIMIT_PUBLISHED_HANDLER] = '\0';
        assert_int_equal(publishers_add_with(world, 1, GAUGE, ANY, "/10000/0/0=1", &options, NULL), 0);
        assert_int_equal(published_add_object(world->published, 1, GAUGE, handler, world->text), 0);
        publishers_forget(world);

        options.n_acl++;
        assert_refused(world, publishers_add_with(world, 1, GAUGE, ANY, "/10000/0/0=1", &options, NULL),
                PUBLISHED_E_LIMIT, "the ACL has more than 64 entries");
        options.n_acl--;
        handler[LIMIT_PUBLISHED_HANDLER] = 'h';
        handler[LIMIT_PUBLISHED_HANDLER + 1] = '\0';
        assert_refused(world, publishers_add_with(world, 1, GAUGE, ANY, "/10000/0/0=1", &options, NULL),
                PUBLISHED_E_LIMIT, "the handler's path is longer than 255 bytes");
        assert_refused(world, published_add_object(world->published, 1, HOUSE, handler, world->text),
                PUBLISHED_E_LIMIT, "the handler's path is longer than 255 bytes");
}

/* -- Who may what, without /2 -- */

static unsigned rights_of(const Publishers *world, uint16_t instance, uint16_t server)
{
        const SourceRef ref = store_source(world->store, GAUGE);

        return ref.source->rights(ref.userdata, &PATH_INSTANCE(GAUGE, instance), server);
}

static void test_rights(void **state)
{
        static const PublishedRights acl[] = {{101, 1}, {0, 2}, {102, 0}, {101, 31}, {0, 31}},
                                     no_default[] = {{101, 31}}, wrong[][1] = {{{101, 32}}, {{65535, 1}}};
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        const PublishedOptions options[] = {{.acl = acl, .n_acl = 5}, {.acl = no_default, .n_acl = 1},
                {.acl = acl, .n_acl = 0}, {.handler = "/h"}};

        for (size_t i = 0; i < ELEMENTSOF(options); i++)
                assert_int_equal(
                        publishers_add_with(world, 1, GAUGE, ANY, "/10000/0/0=1", &options[i], NULL), 0);
        assert_int_equal(rights_of(world, 0, 101), ACCESS_READ);
        assert_int_equal(rights_of(world, 0, 102), ACCESS_NONE);
        assert_int_equal(rights_of(world, 0, 103), ACCESS_WRITE);
        assert_int_equal(rights_of(world, 1, 101), ACCESS_ALL);
        assert_int_equal(rights_of(world, 1, 102), ACCESS_NONE);
        assert_int_equal(rights_of(world, 2, 101), ACCESS_NONE);
        assert_int_equal(rights_of(world, 3, 101), ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE);
        assert_int_equal(rights_of(world, 9, 101), ACCESS_NONE);

        /* Create is for those that somebody can be asked for. */
        assert_int_equal(rights_of(world, ANY, 101), ACCESS_NONE);
        assert_int_equal(published_add_object(world->published, 1, GAUGE, "/h", world->text), 0);
        assert_int_equal(rights_of(world, ANY, 101), ACCESS_CREATE);

        publishers_forget(world);
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_refused(world,
                        publishers_add_with(world, 1, GAUGE, ANY, "/10000/0/0=1",
                                &(PublishedOptions){.acl = wrong[i], .n_acl = 1}, NULL),
                        PUBLISHED_E_INVALID_VALUE, "the ACL has an entry");
}

/* -- Feed -- */

typedef struct Feed {
        int result; /* of refresh */
        unsigned looks;
        char path[PATH_TEXT_MAX];
        uint64_t call;
} Feed;

static int feed_refresh(void *userdata, SourceCall *call, const Path *path)
{
        Feed *feed = userdata;

        feed->looks++;
        feed->call = call->id;
        (void)snprintf(feed->path, sizeof(feed->path), "%s", PATH_TEXT(path));
        return feed->result;
}

static uint64_t feed_interval(void *userdata, const Path *path)
{
        return path->id[2] == 0 ? 5 * USEC_PER_SEC : 0;
}

/* Value and Labels of every Object Instance. */
static bool feed_feeds(void *userdata, const Path *resource)
{
        assert_int_equal(resource->length, 3);
        return resource->id[2] == 0 || resource->id[2] == 3;
}

static const PublishedFeed feed_of_files = {feed_refresh, feed_interval, feed_feeds};

static Value real(double number)
{
        return (Value){.type = VALUE_FLOAT, .real = number};
}

static void test_feed(void **state)
{
        const Path value = PATH_RESOURCE(GAUGE, 0, 0), level = PATH_RESOURCE(GAUGE, 0, 2),
                   label = PATH_RESOURCE_INSTANCE(GAUGE, 0, 3, 0), foreign = PATH_RESOURCE(GAUGE, 1, 0),
                   nowhere = PATH_RESOURCE(GAUGE, 9, 0);
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        _cleanup_(value_done) Value text = {.type = VALUE_NONE};
        Value number = real(1);
        Feed feed = {.result = 0};

        published_set_feed(world->published, &feed_of_files, &feed);
        /* What is fed may be absent, of the configuration alone. */
        assert_int_equal(publishers_add(world, PUBLISHED_CONFIGURATION, GAUGE, 0, "/10000/0/1=Cel"), 0);
        assert_int_equal(publishers_add(world, 1, GAUGE, 1, "/10000/0/1=Cel"), PUBLISHED_E_INVALID_VALUE);
        assert_int_equal(publishers_add(world, 1, GAUGE, 1, "/10000/0/0=1"), 0);

        /* It comes, changes, stays and goes. */
        publishers_forget(world);
        assert_int_equal(published_feed(world->published, &value, &number), 0);
        assert_string_equal(world->changed, "/10000/0/0");
        assert_int_equal(published_feed(world->published, &value, &number), 0);
        assert_string_equal(world->changed, "/10000/0/0");
        assert_string_equal(publishers_text(world, "/10000/0"), "/10000/0/0=1 /10000/0/1=Cel");
        number = real(2);
        assert_int_equal(published_feed(world->published, &value, &number), 0);
        assert_string_equal(world->changed, "/10000/0/0 /10000/0/0");
        publishers_forget(world);
        assert_int_equal(published_feed(world->published, &value, NULL), 0);
        assert_int_equal(published_feed(world->published, &value, NULL), 0);
        assert_string_equal(world->changed, "/10000/0/0");
        assert_int_equal(value_make_string("a", &text), 0);
        assert_int_equal(published_feed(world->published, &label, &text), 0);
        assert_int_equal(published_feed(world->published, &level, &VALUE_INT(3)), 0);
        assert_string_equal(
                publishers_text(world, "/10000/0"), "/10000/0/1=Cel /10000/0/2=3 /10000/0/3/0=a");
        assert_int_equal(world->objects_changed, 0);

        /* Nobody else sets it. */
        publishers_forget(world);
        assert_refused(world, publishers_set(world, 1, "/10000/0/0=9"), PUBLISHED_E_INVALID_VALUE,
                "/10000/0/0 is read from a file");
        assert_refused(world, publishers_set(world, 0, "/10000/0/3/1=b"), PUBLISHED_E_INVALID_VALUE,
                "/10000/0/3/1 is read from a file");
        assert_int_equal(publishers_set(world, 1, "/10000/0/2=9 /10000/1/0=9"), 0);

        /* Nor does the feed set what is not the configuration's, or cannot be. */
        publishers_forget(world);
        assert_int_equal(published_feed(world->published, &foreign, &number), PUBLISHED_E_NOT_PUBLISHER);
        assert_int_equal(published_feed(world->published, &nowhere, &number), PUBLISHED_E_NOT_PUBLISHER);
        assert_int_equal(published_feed(world->published, &foreign, NULL), PUBLISHED_E_NOT_PUBLISHER);
        assert_int_equal(
                published_feed(world->published, &level, &VALUE_INT(101)), PUBLISHED_E_INVALID_VALUE);
        assert_int_equal(published_feed(world->published, &level, &number), PUBLISHED_E_INVALID_VALUE);
        assert_string_equal(world->changed, "");
}

static void test_feed_is_asked(void **state)
{
        _cleanup_(publishers_freep) Publishers *world = publishers_new();
        _cleanup_(record_list_done) RecordList list = {.n = 0};
        SourceCall call = {.id = 7};
        Feed feed = {.result = 0};
        SourceRef ref;

        published_set_feed(world->published, &feed_of_files, &feed);
        assert_int_equal(publishers_add(world, PUBLISHED_CONFIGURATION, GAUGE, 0, ""), 0);
        assert_int_equal(publishers_add(world, 1, GAUGE, 1, "/10000/0/0=1"), 0);
        ref = store_source(world->store, GAUGE);

        assert_int_equal(ref.source->read(ref.userdata, &call, &PATH_RESOURCE(GAUGE, 1, 0), &list), 0);
        assert_int_equal(ref.source->read(ref.userdata, &call, &PATH_INSTANCE(GAUGE, 9), &list), 0);
        assert_int_equal(feed.looks, 0);
        assert_int_equal(list.n, 1);
        assert_int_equal(ref.source->read(ref.userdata, &call, &PATH_RESOURCE(GAUGE, 0, 0), &list), 0);
        assert_string_equal(feed.path, "/10000/0/0");
        assert_int_equal(feed.call, 7);
        feed.result = SOURCE_LATER;
        assert_int_equal(
                ref.source->read(ref.userdata, &call, &PATH_INSTANCE(GAUGE, 0), &list), SOURCE_LATER);
        assert_string_equal(feed.path, "/10000/0");
        assert_int_equal(list.n, 1);

        assert_int_equal(ref.source->interval(ref.userdata, &PATH_RESOURCE(GAUGE, 0, 0)), 5000000);
        assert_int_equal(ref.source->interval(ref.userdata, &PATH_RESOURCE(GAUGE, 0, 2)), 0);
        assert_int_equal(ref.source->interval(ref.userdata, &PATH_RESOURCE(GAUGE, 1, 0)), 0);
        assert_int_equal(ref.source->interval(ref.userdata, &PATH_RESOURCE(GAUGE, 9, 0)), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_publish),
                cmocka_unit_test(test_resource_of_any_type),
                cmocka_unit_test(test_publish_is_refused),
                cmocka_unit_test(test_value_is_refused),
                cmocka_unit_test(test_set),
                cmocka_unit_test(test_set_is_all_or_nothing),
                cmocka_unit_test(test_whose_values_are_set),
                cmocka_unit_test(test_object_goes_with_the_last_of_it),
                cmocka_unit_test(test_object_is_refused),
                cmocka_unit_test(test_withdraw_is_refused),
                cmocka_unit_test(test_owner_gone),
                cmocka_unit_test(test_definitions),
                cmocka_unit_test(test_limit_of_objects),
                cmocka_unit_test(test_limit_is_not_for_the_configuration),
                cmocka_unit_test(test_limit_of_instances),
                cmocka_unit_test(test_limit_of_a_publisher),
                cmocka_unit_test(test_limit_of_all_bytes),
                cmocka_unit_test(test_many_small_values),
                cmocka_unit_test(test_limit_of_a_value),
                cmocka_unit_test(test_limit_of_options),
                cmocka_unit_test(test_rights),
                cmocka_unit_test(test_feed),
                cmocka_unit_test(test_feed_is_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
