/* SPDX-License-Identifier: Apache-2.0 */
/* What publishers are asked, and what becomes of their replies. */
#include "documented.h"
#include "publishers_world.h"

/* A publisher of this number, with a handler. */
static void publish(World *world, sd_bus *connection)
{
        assert_done(call(world, connection, "PublishObject", "qa{sv}", 3999, 1, "handler", "o", "/handler"));
        world->published.log[0] = '\0';
}

static int ask(World *world, const PublishedQuestion *question, char *text)
{
        return world->published.asker->ask(world->published.asker_userdata, question, text);
}

static bool is_asked(const World *world)
{
        return world->n_asked > 0;
}

/* What has been asked last, which is as documented. */
static sd_bus_message *wait_asked(World *world)
{
        sd_bus_message *asked;
        char documented[32];

        run_until(world, is_asked);
        asked = world->asked[world->n_asked - 1];
        read_documented(BUS_HANDLER_INTERFACE, "method", sd_bus_message_get_member(asked), "in", documented,
                sizeof(documented));
        assert_string_equal(sd_bus_message_get_signature(asked, true), documented);
        return asked;
}

static bool is_replied(const World *world)
{
        return world->published.n_replies > 0;
}

static void assert_replied(World *world, const char *expected)
{
        run_until(world, is_replied);
        assert_log(world, expected);
        world->published.n_replies = 0;
        forget_asked(world);
}

#define DELETE_QUESTION(who, number)                        \
        ((PublishedQuestion){.operation = OPERATION_DELETE, \
                .owner = (who),                             \
                .handler = "/handler",                      \
                .call = (number),                           \
                .path = PATH_INSTANCE(3999, 2),             \
                .requester = 101})

static void fill(RecordList *list)
{
        every_add(list, "/3999/2/4", (Value){.type = VALUE_FLOAT, .real = 21.5});
        every_add(list, "/3999/2/102/3", VALUE_INT(6));
        every_add(list, "/3999/2/104", (Value){.type = VALUE_NONE});
}

/* Reads what fill() has made. */
static void assert_values(sd_bus_message *message)
{
        uint16_t id, instance;
        int64_t integer;
        double real;

        assert_true(sd_bus_message_enter_container(message, 'a', "{qv}") > 0);
        assert_true(sd_bus_message_read(message, "{qv}", &id, "d", &real) > 0);
        assert_true(id == 4 && real == 21.5);
        assert_true(sd_bus_message_read(message, "{qv}", &id, "a{qv}", 1, &instance, "x", &integer) > 0);
        assert_true(id == 102 && instance == 3 && integer == 6);
        assert_true(sd_bus_message_read(message, "{qv}", &id, "a{qv}", 0) > 0);
        assert_int_equal(id, 104);
        assert_true(sd_bus_message_exit_container(message) > 0);
}

static void write_is_asked(void **state)
{
        _cleanup_(record_list_done) RecordList values = {0};
        World *world = *state;
        uint16_t object, instance, server;
        PublishedText text = "";
        sd_bus_message *asked;
        int replace;

        publish(world, world->one);
        fill(&values);
        assert_int_equal(ask(world,
                                 &(PublishedQuestion){.operation = OPERATION_WRITE,
                                         .owner = 1,
                                         .handler = "/handler",
                                         .call = 5,
                                         .path = PATH_INSTANCE(3999, 2),
                                         .values = &values,
                                         .replace = true,
                                         .requester = 101},
                                 text),
                0);
        asked = wait_asked(world);
        assert_string_equal(sd_bus_message_get_member(asked), "Write");
        assert_true(sd_bus_message_read(asked, "qq", &object, &instance) > 0);
        assert_values(asked);
        assert_true(sd_bus_message_read(asked, "bq", &replace, &server) > 0);
        assert_true(object == 3999 && instance == 2 && replace && server == 101);
        assert_true(sd_bus_reply_method_return(asked, NULL) >= 0);
        assert_replied(world, "reply 5 0.00\n");
}

static void execute_is_asked(void **state)
{
        World *world = *state;
        uint16_t object, instance, resource, server;
        PublishedText text = "";
        sd_bus_message *asked;
        const char *arguments;

        publish(world, world->one);
        assert_int_equal(ask(world,
                                 &(PublishedQuestion){.operation = OPERATION_EXECUTE,
                                         .owner = 1,
                                         .handler = "/handler",
                                         .call = 6,
                                         .path = PATH_RESOURCE(3999, 2, 12),
                                         .arguments = "0='a',1 and more",
                                         .arguments_size = 7,
                                         .requester = 1},
                                 text),
                0);
        asked = wait_asked(world);
        assert_string_equal(sd_bus_message_get_member(asked), "Execute");
        assert_true(
                sd_bus_message_read(asked, "qqqsq", &object, &instance, &resource, &arguments, &server) > 0);
        assert_true(object == 3999 && instance == 2 && resource == 12 && server == 1);
        assert_string_equal(arguments, "0='a',1");
        assert_true(sd_bus_reply_method_return(asked, NULL) >= 0);
        assert_replied(world, "reply 6 0.00\n");
}

static void delete_is_asked(void **state)
{
        World *world = *state;
        uint16_t object, instance, server;
        PublishedText text = "";
        sd_bus_message *asked;

        publish(world, world->one);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 7), text), 0);
        asked = wait_asked(world);
        assert_string_equal(sd_bus_message_get_member(asked), "Delete");
        assert_true(sd_bus_message_read(asked, "qqq", &object, &instance, &server) > 0);
        assert_true(object == 3999 && instance == 2 && server == 101);
        assert_true(sd_bus_reply_method_return(asked, NULL) >= 0);
        assert_replied(world, "reply 7 0.00\n");
}

static sd_bus_message *ask_create(World *world)
{
        _cleanup_(record_list_done) RecordList values = {0};
        uint16_t object, instance, server;
        PublishedText text = "";
        sd_bus_message *asked;

        fill(&values);
        assert_int_equal(ask(world,
                                 &(PublishedQuestion){.operation = OPERATION_CREATE,
                                         .owner = 1,
                                         .handler = "/handler",
                                         .call = 8,
                                         .path = PATH_INSTANCE(3999, 2),
                                         .values = &values,
                                         .requester = 101},
                                 text),
                0);
        asked = wait_asked(world);
        assert_string_equal(sd_bus_message_get_member(asked), "Create");
        assert_true(sd_bus_message_read(asked, "qq", &object, &instance) > 0);
        assert_values(asked);
        assert_true(sd_bus_message_read(asked, "q", &server) > 0);
        assert_true(object == 3999 && instance == 2 && server == 101);
        return asked;
}

static void reply_of_a_create(void **state)
{
        World *world = *state;

        publish(world, world->one);
        assert_true(sd_bus_reply_method_return(ask_create(world), "a{qv}", 2, VALUE_STRING, "s", "Cel",
                            EVERY_TWIN(VALUE_BOOLEAN), "a{qv}", 1, 0, "b", 1) >= 0);
        assert_replied(world, "reply 8 0.00 /3999/2/1=Cel /3999/2/105 /3999/2/105/0=true\n");
        assert_true(sd_bus_reply_method_return(ask_create(world), "a{qv}", 0) >= 0);
        assert_replied(world, "reply 8 0.00\n");
        assert_true(sd_bus_reply_method_return(ask_create(world), "a{qv}", 1, VALUE_STRING, "i", 5) >= 0);
        assert_replied(world, "reply 8 5.00 /3999/2/1: a String is given as s, not as \"i\"\n");
}

/* sd-bus itself would not send such a reply from a vtable. */
static void reply_of_a_create_that_is_none(void **state)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        World *world = *state;

        publish(world, world->one);
        assert_true(sd_bus_message_new_method_return(ask_create(world), &reply) >= 0);
        assert_true(sd_bus_message_append(reply, "s", "done") >= 0);
        assert_true(sd_bus_send(NULL, reply, NULL) >= 0);
        assert_replied(world, "reply 8 5.00 /3999/2: the reply is no a{qv}\n");
}

static void errors_become_codes(void **state)
{
        static const struct {
                const char *name, *message, *replied;
        } table[] = {
                {BUS_ERROR_PREFIX "BadRequest", "Never.", "reply 7 4.00 Never.\n"},
                {BUS_ERROR_PREFIX "Unauthorized", "Never.", "reply 7 4.01 Never.\n"},
                {BUS_ERROR_PREFIX "MethodNotAllowed", "Never.", "reply 7 4.05 Never.\n"},
                {BUS_ERROR_PREFIX "NotAcceptable", "Never.", "reply 7 4.06 Never.\n"},
                {BUS_ERROR_PREFIX "InvalidValue", "Never.", "reply 7 5.00 Never.\n"},
                {"com.example.Broken", "Two\nlines.", "reply 7 5.00 Two lines.\n"},
                {SD_BUS_ERROR_UNKNOWN_METHOD, "No Delete.", "reply 7 5.00 No Delete.\n"},
                /* Of somebody whom the publisher has asked. */
                {SD_BUS_ERROR_NO_REPLY, "The valve is silent.", "reply 7 5.00 The valve is silent.\n"},
                {SD_BUS_ERROR_SERVICE_UNKNOWN, "No valve.", "reply 7 5.00 No valve.\n"},
        };
        World *world = *state;
        PublishedText text = "";
        char message[600], expected[600];

        publish(world, world->one);
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                assert_int_equal(ask(world, &DELETE_QUESTION(1, 7), text), 0);
                assert_true(sd_bus_reply_method_errorf(
                                    wait_asked(world), table[i].name, "%s", table[i].message) >= 0);
                assert_replied(world, table[i].replied);
        }

        /* Cut before a character. */
        memset(message, 'x', LIMIT_DIAGNOSTIC_SIZE - 1);
        strcpy(message + LIMIT_DIAGNOSTIC_SIZE - 1, "\xc3\xa4 and more");
        (void)snprintf(
                expected, sizeof(expected), "reply 7 5.00 %.*s\n", LIMIT_DIAGNOSTIC_SIZE - 1, message);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 7), text), 0);
        assert_true(sd_bus_reply_method_errorf(wait_asked(world), "a.b", "%s", message) >= 0);
        assert_replied(world, expected);
}

static bool eight_are_asked(const World *world)
{
        return world->n_asked == OBJECT_HANDLER_CALLS_MAX;
}

/* Of each name by itself; one that is answered makes room. */
static void eight_under_way(void **state)
{
        World *world = *state;
        PublishedText text = "";

        publish(world, world->one);
        publish(world, world->other);
        for (unsigned i = 0; i < OBJECT_HANDLER_CALLS_MAX; i++)
                assert_int_equal(ask(world, &DELETE_QUESTION(1, 10 + i), text), 0);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 99), text), CODE_UNAVAILABLE);
        assert_string_equal(text, "whoever has published it has too much to answer already");
        run_until(world, eight_are_asked);
        assert_true(sd_bus_reply_method_return(world->asked[0], NULL) >= 0);
        assert_replied(world, "reply 10 0.00\n");
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 99), text), 0);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 100), text), CODE_UNAVAILABLE);
        assert_int_equal(ask(world, &DELETE_QUESTION(2, 101), text), 0);
}

static bool one_is_gone(const World *world)
{
        return world->published.n_gone == 1;
}

/* The model answers them when it hears that the owner is gone. */
static void publisher_that_dies_with_questions(void **state)
{
        World *world = *state;
        PublishedText text = "";

        publish(world, world->one);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 7), text), 0);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 8), text), 0);
        (void)wait_asked(world);
        forget_asked(world);
        world->one = sd_bus_close_unref(world->one);
        run_until(world, one_is_gone);
        assert_log(world, "1 gone\n");
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 9), text), CODE_UNAVAILABLE);
        assert_string_equal(text, "whoever has published it is gone");
}

/* Questions are over before the owners are gone, or with them; nobody is answered twice. */
static void bus_that_breaks_with_questions(void **state)
{
        World *world = *state;
        PublishedText text = "";

        publish(world, world->one);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 7), text), 0);
        (void)wait_asked(world);
        private_bus_stop(&world->place);
        run_until(world, one_is_gone);
        assert_log(world, "reply 7 5.03 the publisher has not replied\n1 gone\n");
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 9), text), CODE_UNAVAILABLE);
}

static void freed_with_questions(void **state)
{
        World *world = *state;
        PublishedText text = "";

        publish(world, world->one);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 7), text), 0);
        world->bus = bus_free(world->bus);
        assert_log(world, "");
}

static void set_values_before_the_reply(void **state)
{
        World *world = *state;
        PublishedText text = "";

        publish(world, world->one);
        assert_int_equal(ask(world, &DELETE_QUESTION(1, 7), text), 0);
        (void)wait_asked(world);
        assert_done(call(world, world->one, "SetValues", "a(sv)", 1, "/3999/2/4", "d", 1.5));
        assert_log(world, "1 set /3999/2/4=1.5\n");
        assert_true(sd_bus_reply_method_return(world->asked[0], NULL) >= 0);
        assert_replied(world, "reply 7 0.00\n");
}

/* Whoever would act upon it gets what the server has written, or is not asked. */
static void text_that_d_bus_does_not_carry(void **state)
{
        _cleanup_(record_list_done) RecordList values = {0};
        World *world = *state;
        PublishedText text = "";
        Value value;

        publish(world, world->one);
        assert_int_equal(value_make_string("\xef\xbf\xbf", &value), 0);
        every_add(&values, "/3999/2/1", value);
        assert_int_equal(ask(world,
                                 &(PublishedQuestion){.operation = OPERATION_WRITE,
                                         .owner = 1,
                                         .handler = "/handler",
                                         .call = 5,
                                         .path = PATH_INSTANCE(3999, 2),
                                         .values = &values,
                                         .requester = 101},
                                 text),
                CODE_BAD_REQUEST);
        assert_string_equal(text, "a text has a noncharacter of Unicode, which D-Bus does not carry");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(write_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(execute_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(delete_is_asked, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reply_of_a_create, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reply_of_a_create_that_is_none, set_up, tear_down),
                cmocka_unit_test_setup_teardown(errors_become_codes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(eight_under_way, set_up, tear_down),
                cmocka_unit_test_setup_teardown(publisher_that_dies_with_questions, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bus_that_breaks_with_questions, set_up, tear_down),
                cmocka_unit_test_setup_teardown(freed_with_questions, set_up, tear_down),
                cmocka_unit_test_setup_teardown(set_values_before_the_reply, set_up, tear_down),
                cmocka_unit_test_setup_teardown(text_that_d_bus_does_not_carry, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
