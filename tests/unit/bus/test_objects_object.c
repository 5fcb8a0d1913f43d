/* SPDX-License-Identifier: Apache-2.0 */
/* What publishers call, and what they are told. */
#include "publishers_world.h"

/* -- Methods -- */

static void methods(void **state)
{
        World *world = *state;
        uint16_t instance;

        assert_done(call(world, world->one, "PublishObject", "qa{sv}", 3999, 0));
        assert_done(call(world, world->one, "PublishObject", "qa{sv}", 3999, 1, "handler", "o", "/handler"));
        assert_log(world, "1 object /3999\n1 object /3999 handler /handler\n");

        assert_done(call(world, world->one, "Publish", "qqa{qv}a{sv}", 3999, UINT16_MAX, 2, VALUE_FLOAT, "d",
                21.5, EVERY_TWIN(VALUE_STRING), "a{qv}", 1, 4, "s", "a", 0));
        assert_true(sd_bus_message_read(world->reply, "q", &instance) > 0);
        assert_int_equal(instance, 7);
        assert_log(world, "1 publish /3999/65535 /3999/65535/4=21.5 /3999/65535/101 /3999/65535/101/4=a\n");
        assert_done(call(world, world->one, "Publish", "qqa{qv}a{sv}", 3999, 2, 0, 2, "handler", "o",
                "/handler", "acl", "a{qq}", 2, 0, 1, 101, 31));
        assert_log(world, "1 publish /3999/2 handler /handler acl 0=1 acl 101=31\n");
        assert_done(call(world, world->one, "Publish", "qqa{qv}a{sv}", 3999, 2, 0, 1, "acl", "a{qq}", 0));
        assert_log(world, "1 publish /3999/2 acl nobody\n");

        assert_done(call(world, world->one, "SetValues", "a(sv)", 3, "/3999/2/4", "i", 5, "/3999/2/102/9",
                "q", 6, "/3999/3/1", "s", "Cel"));
        assert_log(world, "1 set /3999/2/4=5 /3999/2/102/9=6 /3999/3/1=Cel\n");
        assert_done(call(world, world->one, "SetValues", "a(sv)", 0));
        assert_log(world, "1 set\n");
        assert_done(call(world, world->one, "Withdraw", "qq", 3999, UINT16_MAX));
        assert_log(world, "1 withdraw /3999/65535\n");
}

static void errors_of_the_model(void **state)
{
        static const struct {
                int result;
                const char *name, *text;
        } table[] = {
                {PUBLISHED_E_UNKNOWN_OBJECT, BUS_ERROR_PREFIX "UnknownObject", "/3999: no."},
                {PUBLISHED_E_EXISTS, BUS_ERROR_PREFIX "InstanceExists", "/3999: no."},
                {PUBLISHED_E_NOT_PUBLISHER, BUS_ERROR_PREFIX "NotPublisher", "/3999: no."},
                {PUBLISHED_E_INVALID_VALUE, BUS_ERROR_PREFIX "InvalidValue", "/3999: no."},
                {PUBLISHED_E_LIMIT, BUS_ERROR_PREFIX "LimitExceeded", "/3999: no."},
                {-ENOMEM, SD_BUS_ERROR_NO_MEMORY, NULL},
        };
        World *world = *state;

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                world->published.result = table[i].result;
                assert_error(call(world, world->one, "PublishObject", "qa{sv}", 3999, 0), table[i].name,
                        table[i].text);
                assert_error(call(world, world->one, "Publish", "qqa{qv}a{sv}", 3999, 0, 0, 0),
                        table[i].name, table[i].text);
                assert_error(call(world, world->one, "SetValues", "a(sv)", 0), table[i].name, table[i].text);
                assert_error(
                        call(world, world->one, "Withdraw", "qq", 3999, 0), table[i].name, table[i].text);
        }
}

#define OF_63_BYTES "a path that is as long as no path can be, and that ends so, oh!"

/* The model is not asked at all. */
static void wrong_arguments(void **state)
{
        World *world = *state;
        sd_bus *one = world->one;

        assert_error(call(world, one, "SetValues", "a(sv)", 2, "/3999/2/4", "i", 5, "/3999/2/5", "i", 5),
                BUS_ERROR_PREFIX "InvalidValue", "/3999/2/5: a Boolean is given as b or s, not as \"i\".");
        assert_error(call(world, one, "SetValues", "a(sv)", 1, "3999/2/4", "i", 5),
                BUS_ERROR_PREFIX "InvalidValue", "\"3999/2/4\" is not a path.");
        assert_error(call(world, one, "SetValues", "a(sv)", 1, "/", "i", 5), BUS_ERROR_PREFIX "InvalidValue",
                "\"/\" is not a path.");
        assert_error(call(world, one, "SetValues", "a(sv)", 1, OF_63_BYTES "\u00e9", "i", 5),
                BUS_ERROR_PREFIX "InvalidValue", "\"" OF_63_BYTES "\" is not a path.");
        assert_error(call(world, one, "SetValues", "a(sv)", 2, "/3998/0/1", "i", 5, "/5/0/1", "i", 5),
                BUS_ERROR_PREFIX "NotPublisher", "/3998/0/1: not published.");
        assert_error(call(world, one, "SetValues", "a(sv)", 1, "/3999/2", "i", 5),
                BUS_ERROR_PREFIX "InvalidValue",
                "/3999/2: it is the path of neither a Resource nor a Resource Instance.");
        assert_error(call(world, one, "SetValues", "a(sv)", 1, "/5/0/1", "i", 5),
                BUS_ERROR_PREFIX "UnknownObject", "/5: no definition.");
        assert_error(call(world, one, "Publish", "qqa{qv}a{sv}", 5, 0, 0, 0),
                BUS_ERROR_PREFIX "UnknownObject", "/5: no definition.");
        assert_error(call(world, one, "Publish", "qqa{qv}a{sv}", 3999, 1, 1, 65535, "i", 1, 0),
                BUS_ERROR_PREFIX "InvalidValue", "/3999/1: below it there is no ID 65535.");
        assert_error(call(world, one, "Publish", "qqa{qv}a{sv}", 3999, 0, 0, 1, "owner", "q", 1),
                SD_BUS_ERROR_INVALID_ARGS, "Unknown option \"owner\".");
        assert_error(call(world, one, "PublishObject", "qa{sv}", 3999, 1, "acl", "a{qq}", 0),
                SD_BUS_ERROR_INVALID_ARGS, "Unknown option \"acl\".");
        assert_error(call(world, one, "Publish", "qqa{qv}a{sv}", 3999, 0, 0, 1, "handler", "s", "/a"),
                SD_BUS_ERROR_INVALID_ARGS, "The option \"handler\" is an object path, o.");
        assert_error(call(world, one, "Publish", "qqa{qv}a{sv}", 3999, 0, 0, 1, "acl", "a{qu}", 0),
                SD_BUS_ERROR_INVALID_ARGS,
                "The option \"acl\" is a dictionary of Short Server IDs and rights, a{qq}.");
        assert_error(call(world, one, "SetValues", "a{sv}", 0), SD_BUS_ERROR_INVALID_ARGS, NULL);
        assert_log(world, "");
}

/* -- Owners -- */

static void each_name_is_an_owner(void **state)
{
        World *world = *state;

        assert_done(call(world, world->one, "SetValues", "a(sv)", 0));
        assert_done(call(world, world->other, "SetValues", "a(sv)", 0));
        assert_done(call(world, world->one, "SetValues", "a(sv)", 0));
        assert_done(call(world, world->other, "SetValues", "a(sv)", 0));
        assert_log(world, "1 set\n2 set\n1 set\n2 set\n");
}

static bool one_is_gone(const World *world)
{
        return world->published.n_gone == 1;
}

/* Only the bus says who is gone; to one connection anybody may send its signal. */
static void spoofed_end(void **state)
{
        World *world = *state;
        sd_bus_message *signal = NULL;
        const char *name;

        assert_done(call(world, world->one, "PublishObject", "qa{sv}", 3999, 0));
        assert_true(sd_bus_get_unique_name(world->one, &name) >= 0);
        assert_true(sd_bus_message_new_signal(world->other, &signal, "/org/freedesktop/DBus",
                            "org.freedesktop.DBus", "NameOwnerChanged") >= 0);
        assert_true(sd_bus_message_append(signal, "sss", name, name, "") >= 0);
        assert_true(sd_bus_send_to(world->other, signal, BUS_NAME, NULL) >= 0);
        sd_bus_message_unref(signal);
        assert_done(call(world, world->other, "SetValues", "a(sv)", 0));
        assert_log(world, "1 object /3999\n2 set\n");
}

static void publisher_that_goes(void **state)
{
        World *world = *state;

        assert_done(call(world, world->one, "PublishObject", "qa{sv}", 3999, 0));
        assert_done(call(world, world->other, "PublishObject", "qa{sv}", 3999, 0));
        world->one = sd_bus_close_unref(world->one);
        run_until(world, one_is_gone);
        assert_log(world, "1 object /3999\n2 object /3999\n1 gone\n");

        /* Whoever comes next is somebody else, whatever it is called. */
        world->one = connect_publisher(world);
        assert_done(call(world, world->one, "PublishObject", "qa{sv}", 3999, 0));
        assert_done(call(world, world->other, "PublishObject", "qa{sv}", 3999, 0));
        assert_log(world, "3 object /3999\n2 object /3999\n");
}

/* Sends calls that nobody waits for, and returns when the bus has passed them on. */
static void send_many(World *world, sd_bus *connection, unsigned n, sd_bus_message_handler_t on_answer)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *pong = NULL;

        for (unsigned i = 0; i < n; i++)
                assert_true(
                        sd_bus_call_method_async(connection, NULL, BUS_NAME, BUS_PATH, BUS_OBJECTS_INTERFACE,
                                "Withdraw", on_answer, world, "qq", 3999, i) >= 0);
        assert_true(sd_bus_call_method(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                            "org.freedesktop.DBus", "GetId", NULL, &pong, NULL) >= 0);
}

/* Gone before its first call was carried out: nothing may be left of it. */
static void publisher_that_goes_at_once(void **state)
{
        World *world = *state;

        send_many(world, world->one, 1, NULL);
        world->one = sd_bus_close_unref(world->one);
        run_until(world, one_is_gone);
        assert_log(world, "1 gone\n");
}

static int on_one_of_many(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        World *world = userdata;

        world->n_replies++;
        if (sd_bus_message_is_method_error(message, NULL)) {
                assert_error(message, BUS_ERROR_PREFIX "LimitExceeded",
                        "too many calls wait for an answer already.");
                world->n_limited++;
        }
        return 0;
}

static bool three_hundred_are_answered(const World *world)
{
        return world->n_replies == 300;
}

/* While the bus is asked whose the first call is, 256 calls wait, in their order. */
static void flood(void **state)
{
        World *world = *state;
        char expected[sizeof(world->published.log)] = "", *end = expected;

        send_many(world, world->one, 300, on_one_of_many);
        run_until(world, three_hundred_are_answered);
        assert_int_equal(world->n_limited, 300 - 256);
        for (unsigned i = 0; i < 256; i++)
                end += sprintf(end, "1 withdraw /3999/%u\n", i);
        assert_log(world, expected);

        /* Known by now, and answered one after the other. */
        world->n_replies = world->n_limited = 0;
        send_many(world, world->one, 300, on_one_of_many);
        run_until(world, three_hundred_are_answered);
        assert_int_equal(world->n_limited, 0);
}

/* A connection that has called counts until it goes, even where it owns nothing. */
static void two_hundred_fifty_six_connections(void **state)
{
        World *world = *state;
        sd_bus *crowd[PUBLISHERS_MAX];

        for (size_t i = 0; i < ELEMENTSOF(crowd); i++) {
                crowd[i] = private_bus_connect(&world->place, world->event);
                assert_done(call(world, crowd[i], "SetValues", "a(sv)", 0));
        }
        assert_error(call(world, world->one, "SetValues", "a(sv)", 0), BUS_ERROR_PREFIX "LimitExceeded",
                "too many connections publish already.");
        assert_done(call(world, crowd[100], "SetValues", "a(sv)", 0));

        crowd[100] = sd_bus_close_unref(crowd[100]);
        run_until(world, one_is_gone);
        assert_done(call(world, world->one, "SetValues", "a(sv)", 0));
        for (size_t i = 0; i < ELEMENTSOF(crowd); i++)
                sd_bus_close_unref(crowd[i]);
}

static bool bus_is_ready_again(const World *world)
{
        return world->n_ready == 2;
}

static bool both_are_gone(const World *world)
{
        return world->published.n_gone == 2;
}

static void bus_that_breaks(void **state)
{
        World *world = *state;

        assert_done(call(world, world->one, "PublishObject", "qa{sv}", 3999, 0));
        assert_done(call(world, world->other, "PublishObject", "qa{sv}", 3999, 0));
        private_bus_stop(&world->place);
        run_until(world, both_are_gone);
        /* Which of them goes first is the bus's business: it may tell of one before it ends. */
        if (strstr(world->published.log, "1 gone\n2 gone\n"))
                assert_log(world, "1 object /3999\n2 object /3999\n1 gone\n2 gone\n");
        else
                assert_log(world, "1 object /3999\n2 object /3999\n2 gone\n1 gone\n");

        world->one = sd_bus_close_unref(world->one);
        private_bus_start(&world->place, "allow");
        run_until(world, bus_is_ready_again);
        world->one = connect_publisher(world);
        assert_done(call(world, world->one, "PublishObject", "qa{sv}", 3999, 0));
        assert_log(world, "3 object /3999\n");
}

static int set_up_without_name(void **state)
{
        World *world = make_world("deny");

        world->one = connect_publisher(world);
        assert_true(sd_bus_call_method(world->one, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                            "org.freedesktop.DBus", "GetId", NULL, NULL, NULL) >= 0);
        *state = world;
        return 0;
}

/* The publisher is the first connection; behind it come the daemon's, one for each refusal. */
static void publish_by_unique_name(World *world)
{
        char name[16];

        (void)snprintf(name, sizeof(name), ":1.%u", world->n_refused);
        assert_true(sd_bus_call_method_async(world->one, NULL, name, BUS_PATH, BUS_OBJECTS_INTERFACE,
                            "PublishObject", NULL, NULL, "qa{sv}", 3999, 0) >= 0);
}

static bool has_published(const World *world)
{
        return world->published.n_calls > 0;
}

/* A connection without the name is made again: who was there is gone with it. */
static void publisher_on_a_connection_without_the_name(void **state)
{
        World *world = *state;
        unsigned n_refused;

        world->at_refusal = publish_by_unique_name;
        start_bus(world);
        run_until(world, has_published);
        n_refused = world->n_refused;
        run_until(world, one_is_gone);
        assert_int_equal(world->n_refused, n_refused); /* not only when the next one is lost */
        assert_log(world, "1 object /3999\n1 gone\n");
}

/* -- ValuesChanged -- */

static void written(World *world, uint64_t owner, const RecordList *values)
{
        world->published.asker->written(world->published.asker_userdata, owner, values, 101);
}

/* What was sent before is there once a call is answered. */
static void assert_heard(World *world, const char *expected)
{
        assert_done(call(world, world->one, "SetValues", "a(sv)", 0));
        assert_done(call(world, world->other, "SetValues", "a(sv)", 0));
        assert_string_equal(world->heard, expected);
        world->heard[0] = '\0';
}

static void values_changed(void **state)
{
        _cleanup_(record_list_done) RecordList values = {0}, secret = {0};
        World *world = *state;

        assert_heard(world, "");
        every_add(&values, "/3999/0/2", VALUE_INT(5));
        every_add(&values, "/3999/0/102/1", VALUE_INT(6));
        every_add(&values, "/3999/0/102/2", VALUE_INT(7));
        every_add(&values, "/3999/0/200", VALUE_INT(8));

        /* The publisher alone, with everything. */
        written(world, 2, &values);
        assert_heard(world, "/3999/0/2 /3999/0/102 /3999/0/200 by 101\n");
        assert_int_equal(world->n_heard, 1);
        /* The configuration's: both, without what servers may not read. */
        written(world, PUBLISHED_CONFIGURATION, &values);
        assert_heard(world, "/3999/0/2 /3999/0/102 by 101\n/3999/0/2 /3999/0/102 by 101\n");
        every_add(&secret, "/3999/0/200", VALUE_INT(8));
        written(world, PUBLISHED_CONFIGURATION, &secret);
        written(world, 99, &values);
        assert_heard(world, "");
        assert_int_equal(world->n_heard, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(methods, set_up, tear_down),
                cmocka_unit_test_setup_teardown(errors_of_the_model, set_up, tear_down),
                cmocka_unit_test_setup_teardown(wrong_arguments, set_up, tear_down),
                cmocka_unit_test_setup_teardown(each_name_is_an_owner, set_up, tear_down),
                cmocka_unit_test_setup_teardown(spoofed_end, set_up, tear_down),
                cmocka_unit_test_setup_teardown(publisher_that_goes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(publisher_that_goes_at_once, set_up, tear_down),
                cmocka_unit_test_setup_teardown(flood, set_up, tear_down),
                cmocka_unit_test_setup_teardown(two_hundred_fifty_six_connections, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bus_that_breaks, set_up, tear_down),
                cmocka_unit_test_setup_teardown(
                        publisher_on_a_connection_without_the_name, set_up_without_name, tear_down),
                cmocka_unit_test_setup_teardown(values_changed, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
