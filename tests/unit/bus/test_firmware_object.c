/* SPDX-License-Identifier: Apache-2.0 */
/* org.lwm2m.Client1.Firmware on a private bus, over a face that the test turns by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "bus/bus.h"
#include "bus/firmware_object.h"
#include "bus/names.h"
#include "fake_client.h"
#include "fake_published.h"
#include "private_bus.h"
#include "util/clock.h"
#include "util/log.h"

#define TIMEOUT     (10 * USEC_PER_SEC)
#define SIGNALS_MAX 16

typedef struct World {
        PrivateBus place;
        sd_event *event;
        Client client;
        Published published;
        Bus *bus;
        sd_bus *observer;
        sd_bus_message *reply;
        unsigned n_ready;
        char *signals[SIGNALS_MAX]; /* "MEMBER NAME..." */
        size_t n_signals;
        uint64_t signalled; /* CLOCK_BOOTTIME: the last one */
        /* The face */
        bool back_end;
        FirmwareShown now;
        FirmwareHistory history;
        int result; /* of every order */
        const char *order, *why;
} World;

static const FirmwareShown *shown(void *userdata)
{
        World *world = userdata;

        return world->back_end ? &world->now : NULL;
}

static int give_order(World *world, const char *order, const char **ret_text)
{
        world->order = order;
        if (world->result != 0)
                *ret_text = world->why;
        return world->result;
}

static int cancel(void *userdata, const char **ret_text)
{
        return give_order(userdata, "cancel", ret_text);
}

static int install(void *userdata, const char **ret_text)
{
        return give_order(userdata, "install", ret_text);
}

static const FirmwareHistory *history(void *userdata)
{
        return &((World *)userdata)->history;
}

static const FirmwareFace face = {shown, cancel, install, history};

static void on_ready(void *userdata)
{
        ((World *)userdata)->n_ready++;
}

static void on_name_taken(void *userdata, unsigned pid)
{
        fail();
}

static int on_reload(void *userdata, char **ret_message)
{
        return 0;
}

static const BusHandler handler = {.ready = on_ready, .name_taken = on_name_taken, .reload = on_reload};

static void run_until(World *world, bool (*reached)(const World *world))
{
        uint64_t end = clock_boottime(&clock_system) + TIMEOUT;

        while (!reached(world)) {
                assert_true(sd_event_run(world->event, TIMEOUT) >= 0);
                assert_true(clock_boottime(&clock_system) < end);
        }
}

static bool is_ready(const World *world)
{
        return world->n_ready > 0;
}

static bool has_reply(const World *world)
{
        return world->reply;
}

static bool has_signal(const World *world)
{
        return world->n_signals > 0;
}

static int on_reply(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ((World *)userdata)->reply = sd_bus_message_ref(message);
        return 0;
}

/* Runs the loop until the answer is there; it is valid until the next call. */
static sd_bus_message *call(World *world, const char *interface, const char *member, const char *types, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        va_list ap;

        world->reply = sd_bus_message_unref(world->reply);
        assert_true(sd_bus_message_new_method_call(
                            world->observer, &message, BUS_NAME, BUS_PATH, interface, member) >= 0);
        va_start(ap, types);
        assert_true(!types || sd_bus_message_appendv(message, types, ap) >= 0);
        va_end(ap);
        assert_true(sd_bus_call_async(world->observer, NULL, message, on_reply, world, 0) >= 0);
        run_until(world, has_reply);
        return world->reply;
}

static void assert_error(sd_bus_message *message, const char *name, const char *text)
{
        assert_true(sd_bus_message_is_method_error(message, NULL));
        assert_string_equal(sd_bus_message_get_error(message)->name, name);
        if (text)
                assert_string_equal(sd_bus_message_get_error(message)->message, text);
}

/* Joins what a{sv} has: names with their basic values, blanks between. */
static void read_values(sd_bus_message *message, char *text, size_t size)
{
        assert_true(sd_bus_message_enter_container(message, 'a', "{sv}") >= 0);
        while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
                const char *name, *contents, *s;
                uint64_t t;
                uint8_t y;
                int b;
                size_t n = strlen(text);

                assert_true(sd_bus_message_read(message, "s", &name) > 0);
                assert_true(sd_bus_message_peek_type(message, NULL, &contents) > 0);
                if (contents[0] == 's') {
                        assert_true(sd_bus_message_read(message, "v", contents, &s) > 0);
                        (void)snprintf(text + n, size - n, " %s=%s", name, s);
                } else {
                        assert_true(sd_bus_message_read(message, "v", contents,
                                            contents[0] == 't'   ? (void *)&t
                                            : contents[0] == 'y' ? (void *)&y
                                                                 : (void *)&b) > 0);
                        (void)snprintf(text + n, size - n, " %s=%llu", name,
                                contents[0] == 't'   ? (unsigned long long)t
                                : contents[0] == 'y' ? (unsigned long long)y
                                                     : (unsigned long long)b);
                }
                assert_true(sd_bus_message_exit_container(message) >= 0);
        }
        assert_true(sd_bus_message_exit_container(message) >= 0);
}

/* Of the firmware's interface, one line each. */
static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *member = sd_bus_message_get_member(message), *path = BUS_PATH, *interface = "";
        char text[2048] = "";
        World *world = userdata;
        int r = 1;

        if (strcmp(member, "PropertiesChanged") == 0) {
                assert_true(sd_bus_message_read(message, "s", &interface) > 0);
                read_values(message, text, sizeof(text));
        } else if (strcmp(member, "InterfacesAdded") == 0) {
                assert_true(sd_bus_message_read(message, "o", &path) > 0);
                assert_true(sd_bus_message_enter_container(message, 'a', "{sa{sv}}") > 0);
                assert_true(sd_bus_message_enter_container(message, 'e', "sa{sv}") > 0);
                assert_true(sd_bus_message_read(message, "s", &interface) > 0);
                read_values(message, text, sizeof(text));
        } else if (strcmp(member, "InterfacesRemoved") == 0)
                r = sd_bus_message_read(message, "oas", &path, 1, &interface);
        assert_true(r > 0);
        if (strcmp(interface, BUS_FIRMWARE_INTERFACE) != 0)
                return 0;
        assert_string_equal(path, BUS_PATH);
        assert_true(world->n_signals < SIGNALS_MAX);
        assert_true(asprintf(&world->signals[world->n_signals++], "%s%s", member, text) > 0);
        world->signalled = clock_boottime(&clock_system);
        return 0;
}

static void forget_signals(World *world)
{
        for (size_t i = 0; i < world->n_signals; i++)
                free(world->signals[i]);
        world->n_signals = 0;
}

/* Behind every signal that was sent before. */
static void ping(World *world)
{
        (void)call(world, "org.freedesktop.DBus.Peer", "Ping", NULL);
}

static int set_up(void **state)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        *state = world;
        world->now = (FirmwareShown){.text = "", .name = "", .version = "", .uri = ""};
        world->back_end = true;
        private_bus_place(&world->place);
        assert_true(sd_event_new(&world->event) >= 0);
        private_bus_start(&world->place, "allow");
        assert_int_equal(bus_new(world->event, &world->client, &world->published, "/etc/client.yaml",
                                 &handler, world, NULL, &world->bus),
                0);
        bus_set_firmware(world->bus, &face, world);
        run_until(world, is_ready);
        world->observer = private_bus_connect(&world->place, world->event);
        assert_true(sd_bus_add_match_async(world->observer, NULL,
                            "type='signal',path_namespace='" BUS_PATH "'", on_signal, NULL, world) >= 0);
        ping(world);
        return 0;
}

static int tear_down(void **state)
{
        World *world = *state;

        bus_free(world->bus);
        sd_bus_message_unref(world->reply);
        sd_bus_close_unref(world->observer);
        sd_event_unref(world->event);
        private_bus_remove(&world->place);
        forget_signals(world);
        free(world);
        return 0;
}

static const char *get_all(World *world)
{
        static char text[2048];
        sd_bus_message *reply = call(world, BUS_PROPERTIES_INTERFACE, "GetAll", "s", BUS_FIRMWARE_INTERFACE);

        assert_false(sd_bus_message_is_method_error(reply, NULL));
        text[0] = '\0';
        read_values(reply, text, sizeof(text));
        return text;
}

static const FirmwareShown example = {
        .state = FIRMWARE_UPDATING,
        .result = FIRMWARE_RESULT_DEFERRED,
        .text = "It waits for the night.",
        .name = "gateway",
        .version = "2.1\x80\n",
        .uri = "https://example.org/gateway",
        .received = 5000000000,
        .total = 5000000001,
        .progress = 250,
        .install_at = 1700000000000000,
        .can_cancel = true,
};

static void properties(void **state)
{
        World *world = *state;

        assert_string_equal(get_all(world),
                " State=idle UpdateResult=0 ResultName=initial ResultText= PackageName= PackageVersion="
                " PackageURI= ReceivedBytes=0 TotalBytes=0 Progress=0 InstallTimestamp=0 CanCancel=0"
                " CanInstall=0");
        world->now = example;
        bus_firmware_changed(world->bus);
        assert_string_equal(get_all(world),
                " State=updating UpdateResult=11 ResultName=deferred ResultText=It waits for the night."
                " PackageName=gateway PackageVersion=2.1?  PackageURI=https://example.org/gateway"
                " ReceivedBytes=5000000000 TotalBytes=5000000001 Progress=100"
                " InstallTimestamp=1700000000000000 CanCancel=1 CanInstall=0");
}

/* What has changed, together and once. */
static void changes_are_told(void **state)
{
        World *world = *state;

        world->now.state = FIRMWARE_DOWNLOADING;
        bus_firmware_changed(world->bus);
        world->now.total = 7;
        bus_firmware_changed(world->bus);
        bus_firmware_changed(world->bus);
        ping(world);
        assert_int_equal(world->n_signals, 1);
        assert_string_equal(world->signals[0], "PropertiesChanged State=downloading TotalBytes=7");
        bus_firmware_changed(world->bus);
        ping(world);
        assert_int_equal(world->n_signals, 1);
}

/* Bytes and progress; a new State goes at once, and takes them with it. */
static void what_moves_is_told_once_a_second(void **state)
{
        World *world = *state;
        uint64_t before;

        world->now.state = FIRMWARE_DOWNLOADING;
        bus_firmware_changed(world->bus);
        run_until(world, has_signal);
        before = world->signalled;
        forget_signals(world);
        for (unsigned i = 1; i <= 100; i++) {
                world->now.received = i;
                bus_firmware_changed(world->bus);
                ping(world);
        }
        run_until(world, has_signal);
        assert_true(world->signalled >= before + FIRMWARE_BYTES_INTERVAL / 2);
        assert_int_equal(world->n_signals, 1);
        assert_string_equal(world->signals[0], "PropertiesChanged ReceivedBytes=100");
        forget_signals(world);

        world->now.received = 200;
        bus_firmware_changed(world->bus);
        ping(world);
        assert_int_equal(world->n_signals, 0);
        world->now.state = FIRMWARE_DOWNLOADED;
        bus_firmware_changed(world->bus);
        ping(world);
        assert_int_equal(world->n_signals, 1);
        assert_string_equal(world->signals[0], "PropertiesChanged State=downloaded ReceivedBytes=200");
}

/* Without a back end there is no Object 5, and no interface. */
static void interface_comes_and_goes(void **state)
{
        World *world = *state;

        world->back_end = false;
        bus_firmware_changed(world->bus);
        ping(world);
        assert_int_equal(world->n_signals, 1);
        assert_string_equal(world->signals[0], "InterfacesRemoved");
        forget_signals(world);
        assert_error(call(world, BUS_PROPERTIES_INTERFACE, "GetAll", "s", BUS_FIRMWARE_INTERFACE),
                SD_BUS_ERROR_UNKNOWN_INTERFACE, NULL);
        assert_true(
                sd_bus_message_is_method_error(call(world, BUS_FIRMWARE_INTERFACE, "Cancel", NULL), NULL));
        assert_null(world->order);

        world->now.state = FIRMWARE_DOWNLOADED;
        world->back_end = true;
        bus_firmware_changed(world->bus);
        ping(world);
        assert_int_equal(world->n_signals, 1);
        assert_non_null(strstr(world->signals[0], "InterfacesAdded State=downloaded "));
        assert_non_null(strstr(get_all(world), " State=downloaded "));
}

static void methods(void **state)
{
        static const char *const members[] = {"Cancel", "Install"}, *const orders[] = {"cancel", "install"};
        World *world = *state;

        for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                world->result = 0;
                world->order = NULL;
                assert_false(sd_bus_message_is_method_error(
                        call(world, BUS_FIRMWARE_INTERFACE, members[i], NULL), NULL));
                assert_string_equal(world->order, orders[i]);
                world->result = CLIENT_E_WRONG_STATE;
                world->why = "it is too late";
                assert_error(call(world, BUS_FIRMWARE_INTERFACE, members[i], NULL),
                        BUS_ERROR_PREFIX "WrongState", "It is too late.");
                world->why = NULL;
                assert_error(call(world, BUS_FIRMWARE_INTERFACE, members[i], NULL),
                        BUS_ERROR_PREFIX "WrongState", "The firmware update is in no State for this.");
                world->result = -ENOMEM;
                assert_error(
                        call(world, BUS_FIRMWARE_INTERFACE, members[i], NULL), SD_BUS_ERROR_NO_MEMORY, NULL);
        }
}

/* Whatever a package calls itself is text that D-Bus takes. */
static void history_of_updates(void **state)
{
        World *world = *state;
        char text[2048] = "";
        sd_bus_message *reply;

        reply = call(world, BUS_FIRMWARE_INTERFACE, "GetHistory", NULL);
        assert_string_equal(sd_bus_message_get_signature(reply, true), "aa{sv}");
        assert_true(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
        assert_true(sd_bus_message_at_end(reply, false) > 0);

        world->history.n = FIRMWARE_HISTORY_MAX;
        world->history.updates[0] = (FirmwareUpdate){
                .id = "0123",
                .start = 1000,
                .delivery = FIRMWARE_PUSH,
                .name = "a\xff",
                .size = 7,
                .version_before = "1",
        };
        world->history.updates[FIRMWARE_HISTORY_MAX - 1] = (FirmwareUpdate){
                .id = "4567",
                .start = 2000,
                .end = 3000,
                .delivery = FIRMWARE_PULL,
                .uri = "coap://example.org",
                .version = "2",
                .result = FIRMWARE_RESULT_FAILED,
                .text = "No.",
                .version_after = "3",
        };
        reply = call(world, BUS_FIRMWARE_INTERFACE, "GetHistory", NULL);
        assert_true(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
        read_values(reply, text, sizeof(text));
        assert_string_equal(text,
                " ID=0123 Start=1000 End=0 Delivery=push PackageURI= PackageName=a?"
                " PackageVersion= Size=7 UpdateResult=0 ResultName=initial ResultText= VersionBefore=1"
                " VersionAfter=");
        for (size_t i = 2; i < FIRMWARE_HISTORY_MAX; i++)
                assert_true(sd_bus_message_skip(reply, "a{sv}") > 0);
        text[0] = '\0';
        read_values(reply, text, sizeof(text));
        assert_string_equal(text,
                " ID=4567 Start=2000 End=3000 Delivery=pull PackageURI=coap://example.org"
                " PackageName= PackageVersion=2 Size=0 UpdateResult=8 ResultName=failed ResultText=No."
                " VersionBefore= VersionAfter=3");
        assert_true(sd_bus_message_at_end(reply, false) > 0);
}

static void restart_of_the_bus_is_survived(void **state)
{
        World *world = *state;

        private_bus_stop(&world->place);
        world->observer = sd_bus_close_unref(world->observer);
        world->n_ready = 0;
        world->now = example;
        bus_firmware_changed(world->bus);
        private_bus_start(&world->place, "allow");
        run_until(world, is_ready);
        world->observer = private_bus_connect(&world->place, world->event);
        assert_non_null(strstr(get_all(world), " State=updating "));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(properties, set_up, tear_down),
                cmocka_unit_test_setup_teardown(changes_are_told, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_moves_is_told_once_a_second, set_up, tear_down),
                cmocka_unit_test_setup_teardown(interface_comes_and_goes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(methods, set_up, tear_down),
                cmocka_unit_test_setup_teardown(history_of_updates, set_up, tear_down),
                cmocka_unit_test_setup_teardown(restart_of_the_bus_is_survived, set_up, tear_down),
        };

        log_set_level(LOG_CRIT);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
