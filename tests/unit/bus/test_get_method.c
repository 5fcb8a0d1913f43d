/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody may read. */
#include "publishers_world.h"

static void fill(RecordList *list)
{
        every_add(list, "/3999/2/4", (Value){.type = VALUE_FLOAT, .real = 21.5});
        every_add(list, "/3999/2/102/3", VALUE_INT(6));
}

static void values(void **state)
{
        _cleanup_(record_list_done) RecordList list = {0};
        World *world = *state;
        const char *first, *second;
        uint16_t instance;
        int64_t integer;
        double real;

        fill(&list);
        world->client.values = &list;
        assert_done(call(world, world->one, "GetValues", "as", 2, "/3999/2", "/1"));
        assert_string_equal(world->client.request, "read /3999/2 /1");
        assert_true(sd_bus_message_read(world->reply, "a(sv)", 2, &first, "d", &real, &second, "a{qv}", 1,
                            &instance, "x", &integer) > 0);
        assert_string_equal(first, "/3999/2/4");
        assert_string_equal(second, "/3999/2/102");
        assert_true(real == 21.5 && instance == 3 && integer == 6);

        /* The instance by itself, where it was asked for so. */
        assert_done(call(world, world->one, "GetValues", "as", 2, "/3999/2/4", "/3999/2/102/3"));
        assert_true(sd_bus_message_read(
                            world->reply, "a(sv)", 2, &first, "d", &real, &second, "x", &integer) > 0);
        assert_string_equal(second, "/3999/2/102/3");
}

static void texts(void **state)
{
        _cleanup_(record_list_done) RecordList list = {0};
        World *world = *state;
        const char *paths[2], *text[2];

        fill(&list);
        world->client.values = &list;
        assert_done(call(world, world->one, "GetTexts", "as", 1, "/3999"));
        assert_true(
                sd_bus_message_read(world->reply, "a(ss)", 2, &paths[0], &text[0], &paths[1], &text[1]) > 0);
        assert_string_equal(paths[0], "/3999/2/4");
        assert_string_equal(text[0], "21.5");
        assert_string_equal(paths[1], "/3999/2/102/3");
        assert_string_equal(text[1], "6");
}

static void errors(void **state)
{
        static const struct {
                int result, outcome;
                const char *name;
        } table[] = {
                {CLIENT_E_TOO_MANY_READINGS, 0, SD_BUS_ERROR_LIMITS_EXCEEDED},
                {-ENOMEM, 0, SD_BUS_ERROR_NO_MEMORY},
                {0, CLIENT_E_NOT_READ, SD_BUS_ERROR_TIMEOUT},
                {0, -ENOMEM, SD_BUS_ERROR_NO_MEMORY},
        };
        World *world = *state;

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                world->client.result = table[i].result;
                world->client.outcome = table[i].outcome;
                assert_error(call(world, world->one, "GetValues", "as", 1, "/3"), table[i].name, NULL);
        }
        assert_error(call(world, world->one, "GetValues", "as", 0), SD_BUS_ERROR_INVALID_ARGS,
                "There is no path.");
        assert_error(call(world, world->one, "GetTexts", "as", 1, "3"), SD_BUS_ERROR_INVALID_ARGS, NULL);
}

static bool is_read(const World *world)
{
        return world->client.read;
}

/* Values that take time come when there is nobody any more who waits for them. */
static void outlives_its_caller(void **state)
{
        RecordList list = {0};
        World *world = *state;

        world->client.silent = true;
        assert_true(sd_bus_call_method_async(world->one, NULL, BUS_NAME, BUS_PATH, BUS_OBJECTS_INTERFACE,
                            "GetValues", NULL, NULL, "as", 1, "/3") >= 0);
        run_until(world, is_read);
        private_bus_stop(&world->place);
        world->bus = bus_free(world->bus);
        world->client.read(world->client.read_userdata, 0, &list);
}

static void objects(void **state)
{
        World *world = *state;
        uint16_t ids[2], instances[2];
        const char *versions[2];

        assert_done(call(world, world->one, "GetObjects", NULL));
        assert_true(sd_bus_message_read(world->reply, "a(qsaq)", 2, &ids[0], &versions[0], 2, &instances[0],
                            &instances[1], &ids[1], &versions[1], 0) > 0);
        assert_true(ids[0] == 1 && instances[0] == 0 && instances[1] == 7 && ids[1] == 3303);
        assert_string_equal(versions[0], "1.1");
        assert_string_equal(versions[1], "1.0");
}

/* Whoever reads is no publisher: nothing is kept of it. */
static void readers_are_not_watched(void **state)
{
        World *world = *state;

        assert_done(call(world, world->one, "GetObjects", NULL));
        assert_done(call(world, world->other, "PublishObject", "qa{sv}", 3999, 0));
        assert_log(world, "1 object /3999\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(values, set_up, tear_down),
                cmocka_unit_test_setup_teardown(texts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(errors, set_up, tear_down),
                cmocka_unit_test_setup_teardown(outlives_its_caller, set_up, tear_down),
                cmocka_unit_test_setup_teardown(objects, set_up, tear_down),
                cmocka_unit_test_setup_teardown(readers_are_not_watched, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
