/* SPDX-License-Identifier: Apache-2.0 */
/* What lwm2mctl get makes of the daemon's replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ctl/values.h"

/* A message as it would come; a bus that is never started is enough for it. */
typedef struct World {
        sd_bus *bus;
        sd_bus_message *message;
        char *output;
        size_t output_size;
        FILE *file;
} World;

static int setup(void **state)
{
        static World world;

        world = (World){0};
        assert_true(sd_bus_new(&world.bus) >= 0);
        assert_true(sd_bus_set_address(world.bus, "unix:path=/dev/null") >= 0);
        (void)sd_bus_start(world.bus);
        assert_true(sd_bus_message_new(world.bus, &world.message, SD_BUS_MESSAGE_METHOD_CALL) >= 0);
        world.file = open_memstream(&world.output, &world.output_size);
        assert_non_null(world.file);
        *state = &world;
        return 0;
}

static int teardown(void **state)
{
        World *world = *state;

        free(world->output);
        sd_bus_message_unref(world->message);
        sd_bus_close_unref(world->bus);
        return 0;
}

static void seal(const World *world)
{
        assert_true(sd_bus_message_seal(world->message, 1, 0) >= 0);
}

static void assert_output(World *world, const char *expected)
{
        assert_int_equal(fclose(world->file), 0);
        assert_string_equal(world->output, expected);
}

static void lines_of_texts(void **state)
{
        World *world = *state;

        assert_true(sd_bus_message_append(world->message, "a(ss)", 3, "/3303/0/5700", "21.5", "/3303/0/5701",
                            "", "/3303/0/5750", "two\nlines \x1b[31m") >= 0);
        seal(world);
        assert_int_equal(values_to_lines(world->message, world->file), 0);
        assert_output(world, "/3303/0/5700 21.5\n"
                             "/3303/0/5701 \n"
                             "/3303/0/5750 two lines  [31m\n");
}

static void append_opaque(sd_bus_message *message)
{
        assert_true(sd_bus_message_open_container(message, 'r', "sv") >= 0);
        assert_true(sd_bus_message_append(message, "s", "/1/0/5") >= 0);
        assert_true(sd_bus_message_open_container(message, 'v', "ay") >= 0);
        assert_true(sd_bus_message_append_array(message, 'y', "\x00\x01\xff", 3) >= 0);
        assert_true(sd_bus_message_close_container(message) >= 0);
        assert_true(sd_bus_message_close_container(message) >= 0);
}

static void json_has_the_types(void **state)
{
        World *world = *state;
        JsonWriter writer = JSON_WRITER(world->file, JSON_SHORT);
        sd_bus_message *m = world->message;

        assert_true(sd_bus_message_open_container(m, 'a', "(sv)") >= 0);
        assert_true(sd_bus_message_append(m, "(sv)", "/1/0/0", "d", 21.5) >= 0);
        assert_true(sd_bus_message_append(m, "(sv)", "/1/0/1", "x", INT64_MIN) >= 0);
        assert_true(sd_bus_message_append(m, "(sv)", "/1/0/2", "t", UINT64_MAX) >= 0);
        assert_true(sd_bus_message_append(m, "(sv)", "/1/0/3", "b", 1) >= 0);
        assert_true(sd_bus_message_append(m, "(sv)", "/1/0/4", "s", "a \"word\"\n") >= 0);
        append_opaque(m);
        assert_true(sd_bus_message_append(m, "(sv)", "/1/0/6", "(qq)", 3, 65535) >= 0);
        assert_true(
                sd_bus_message_append(m, "(sv)", "/1/0/7", "a{qv}", 2, 0, "s", "a", 7, "(qq)", 1, 2) >= 0);
        assert_true(sd_bus_message_append(m, "(sv)", "/1/0/8", "a{qv}", 0) >= 0);
        assert_true(sd_bus_message_close_container(m) >= 0);
        seal(world);
        assert_int_equal(values_to_json(m, &writer), 0);
        assert_output(world, "[{\"Path\":\"/1/0/0\",\"Value\":21.5},"
                             "{\"Path\":\"/1/0/1\",\"Value\":-9223372036854775808},"
                             "{\"Path\":\"/1/0/2\",\"Value\":18446744073709551615},"
                             "{\"Path\":\"/1/0/3\",\"Value\":true},"
                             "{\"Path\":\"/1/0/4\",\"Value\":\"a \\\"word\\\"\\n\"},"
                             "{\"Path\":\"/1/0/5\",\"Value\":\"base64:AAH/\"},"
                             "{\"Path\":\"/1/0/6\",\"Value\":\"3:65535\"},"
                             "{\"Path\":\"/1/0/7\",\"Value\":{\"0\":\"a\",\"7\":\"1:2\"}},"
                             "{\"Path\":\"/1/0/8\",\"Value\":{}}]\n");
}

static void json_of_nothing(void **state)
{
        World *world = *state;
        JsonWriter writer = JSON_WRITER(world->file, JSON_SHORT);

        assert_true(sd_bus_message_append(world->message, "a(sv)", 0) >= 0);
        seal(world);
        assert_int_equal(values_to_json(world->message, &writer), 0);
        assert_output(world, "[]\n");
}

static void a_value_stands_at_a_path_or_below(void **state)
{
        static const struct {
                const char *path;
                bool expected;
        } cases[] = {
                {"/3303/0/5700", true},
                {"/3303/0", true},
                {"/3303", true},
                {"/3340/2/5535/1", true},
                {"/33", false},
                {"/3303/0/57", false},
                {"/3303/0/5700/0", false},
                {"/3303/1", false},
                {"/3340/2/5535/10", false},
                {"/3341/0/5528", true},
                {"/3341/0/5528/0", true},
                {"/3341/0/5528/7", true},
                {"/3341/0/5528/1", false},
                {"/3341/0/5528/70", false},
        };
        World *world = *state;
        sd_bus_message *values = NULL;

        assert_true(sd_bus_message_append(world->message, "a(ss)", 4, "/3303/0/5700", "21.5",
                            "/3340/2/5535/1", "x", "/3341/0/5528/0", "1", "/3341/0/5528/7", "2") >= 0);
        seal(world);
        assert_true(sd_bus_message_new(world->bus, &values, SD_BUS_MESSAGE_METHOD_CALL) >= 0);
        assert_true(sd_bus_message_append(values, "a(sv)", 3, "/3303/0/5700", "d", 21.5, "/3340/2/5535/1",
                            "s", "x", "/3341/0/5528", "a{qv}", 2, 0, "s", "1", 7, "s", "2") >= 0);
        assert_true(sd_bus_message_seal(values, 1, 0) >= 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                assert_int_equal(values_have(world->message, cases[i].path), cases[i].expected);
                assert_int_equal(values_have(values, cases[i].path), cases[i].expected);
        }
        sd_bus_message_unref(values);
        assert_int_equal(fclose(world->file), 0);
}

static void another_reply_is_an_error(void **state)
{
        World *world = *state;
        JsonWriter writer = JSON_WRITER(world->file, JSON_SHORT);

        assert_true(sd_bus_message_append(world->message, "as", 1, "/3303/0/5700") >= 0);
        seal(world);
        assert_true(values_to_lines(world->message, world->file) < 0);
        assert_true(values_to_json(world->message, &writer) < 0);
        assert_true(values_have(world->message, "/3303") < 0);
        assert_output(world, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(lines_of_texts, setup, teardown),
                cmocka_unit_test_setup_teardown(json_has_the_types, setup, teardown),
                cmocka_unit_test_setup_teardown(json_of_nothing, setup, teardown),
                cmocka_unit_test_setup_teardown(a_value_stands_at_a_path_or_below, setup, teardown),
                cmocka_unit_test_setup_teardown(another_reply_is_an_error, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
