/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus face on a private bus, over a client that the test turns by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <sys/socket.h>

#include "bus/bus.h"
#include "bus/backlog.h"
#include "bus/names.h"
#include "bus/property.h"
#include "fake_client.h"
#include "fake_published.h"
#include "private_bus.h"
#include "util/log.h"

#define TIMEOUT     (10 * USEC_PER_SEC)
#define SIGNALS_MAX 32

/* The world of one test */

typedef struct World {
        PrivateBus place;
        sd_event *event;
        Client client;
        Published published;
        Bus *bus;
        bool present;
        sd_bus *observer;
        unsigned n_ready, n_refused, n_taken, taken_pid;
        bool reload_fails;
        char *signals[SIGNALS_MAX];
        size_t n_signals;
        sd_bus_message *reply;
} World;

static void on_ready(void *userdata)
{
        ((World *)userdata)->n_ready++;
}

static void on_refused(void *userdata, const char *reason)
{
        assert_non_null(reason);
        ((World *)userdata)->n_refused++;
}

static void on_name_taken(void *userdata, unsigned pid)
{
        World *world = userdata;

        world->n_taken++;
        world->taken_pid = pid;
}

static int on_reload(void *userdata, char **ret_message)
{
        World *world = userdata;

        (void)request(&world->client, "reload");
        if (!world->reload_fails)
                return 0;
        *ret_message = strdup("client.yaml:3:5: Unknown key \"ur\".");
        return CLIENT_E_INVALID_CONFIGURATION;
}

static const BusHandler handler = {on_ready, on_refused, on_name_taken, on_reload};

static void run_until(World *world, bool (*reached)(const World *world))
{
        uint64_t now, end;

        assert_true(sd_event_now(world->event, CLOCK_MONOTONIC, &now) >= 0);
        for (end = now + TIMEOUT; !reached(world);) {
                assert_true(sd_event_run(world->event, TIMEOUT) >= 0);
                assert_true(sd_event_now(world->event, CLOCK_MONOTONIC, &now) >= 0);
                assert_true(now < end);
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

static int on_reply(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ((World *)userdata)->reply = sd_bus_message_ref(message);
        return 0;
}

/* Calls a method and runs the loop until the answer is there; it is valid until the next call. */
static sd_bus_message *call(
        World *world, const char *path, const char *interface, const char *member, const char *types, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        va_list ap;

        world->reply = sd_bus_message_unref(world->reply);
        assert_true(sd_bus_message_new_method_call(
                            world->observer, &message, BUS_NAME, path, interface, member) >= 0);
        va_start(ap, types);
        assert_true(!types || sd_bus_message_appendv(message, types, ap) >= 0);
        va_end(ap);
        assert_true(sd_bus_call_async(world->observer, NULL, message, on_reply, world, 0) >= 0);
        run_until(world, has_reply);
        return world->reply;
}

static void assert_error(sd_bus_message *message, const char *name)
{
        assert_true(sd_bus_message_is_method_error(message, NULL));
        assert_string_equal(sd_bus_message_get_error(message)->name, name);
}

/* The names in a{sv}, in the order that they came, joined by blanks. */
static void read_names(sd_bus_message *message, char *names, size_t size)
{
        const char *name;

        assert_true(sd_bus_message_enter_container(message, 'a', "{sv}") >= 0);
        names[0] = '\0';
        while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
                assert_true(sd_bus_message_read(message, "s", &name) >= 0);
                (void)snprintf(names + strlen(names), size - strlen(names), " %s", name);
                assert_true(sd_bus_message_skip(message, "v") >= 0);
                assert_true(sd_bus_message_exit_container(message) >= 0);
        }
        assert_true(sd_bus_message_exit_container(message) >= 0);
}

/* Writes a signal down as one line: its member and what it is about. */
static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        World *world = userdata;
        const char *member = sd_bus_message_get_member(message), *a, *b, *c;
        char names[512] = "", *line = NULL;

        if (strcmp(member, "StatusChanged") == 0) {
                assert_true(sd_bus_message_read(message, "sss", &a, &b, &c) >= 0);
                assert_true(asprintf(&line, "%s %s %s \"%s\"", member, a, b, c) > 0);
        } else if (strcmp(member, "PropertiesChanged") == 0) {
                assert_true(sd_bus_message_read(message, "s", &a) >= 0);
                read_names(message, names, sizeof(names));
                assert_true(asprintf(&line, "%s %s%s", member,
                                    strrchr(sd_bus_message_get_path(message), '/') + 1, names) > 0);
        } else if (strcmp(member, "InterfacesAdded") == 0) {
                assert_true(sd_bus_message_read(message, "o", &a) >= 0);
                assert_true(sd_bus_message_enter_container(message, 'a', "{sa{sv}}") >= 0);
                while (sd_bus_message_enter_container(message, 'e', "sa{sv}") > 0) {
                        assert_true(sd_bus_message_read(message, "s", &b) >= 0);
                        if (strcmp(b, BUS_SERVER_INTERFACE) == 0)
                                read_names(message, names, sizeof(names));
                        else
                                assert_true(sd_bus_message_skip(message, "a{sv}") >= 0);
                        assert_true(sd_bus_message_exit_container(message) >= 0);
                }
                assert_true(asprintf(&line, "%s %s%s", member, a, names) > 0);
        } else if (strcmp(member, "InterfacesRemoved") == 0) {
                bool named = false;

                assert_true(sd_bus_message_read(message, "o", &a) >= 0);
                assert_true(sd_bus_message_enter_container(message, 'a', "s") >= 0);
                while (sd_bus_message_read(message, "s", &b) > 0)
                        named = named || strcmp(b, BUS_SERVER_INTERFACE) == 0;
                assert_true(
                        asprintf(&line, "%s %s%s", member, a, named ? " " BUS_SERVER_INTERFACE : "") > 0);
        } else
                return 0;
        assert_true(world->n_signals < SIGNALS_MAX);
        world->signals[world->n_signals++] = line;
        return 0;
}

static void connect_observer(World *world)
{
        world->observer = private_bus_connect(&world->place, world->event);
        assert_true(sd_bus_add_match_async(world->observer, NULL,
                            "type='signal',path_namespace='" BUS_PATH "'", on_signal, NULL, world) >= 0);
        /* The bus has the match when this is answered. */
        (void)call(world, BUS_PATH, "org.freedesktop.DBus.Peer", "Ping", NULL);
}

static void forget_signals(World *world)
{
        for (size_t i = 0; i < world->n_signals; i++)
                free(world->signals[i]);
        world->n_signals = 0;
}

/* Exactly these signals came. The Ping's answer comes behind every signal that was sent before. */
static void assert_signals(World *world, const char *const *expected, size_t n)
{
        (void)call(world, BUS_PATH, "org.freedesktop.DBus.Peer", "Ping", NULL);
        for (size_t i = 0; i < MIN_OF(n, world->n_signals); i++)
                assert_string_equal(world->signals[i], expected[i]);
        assert_int_equal(world->n_signals, n);
        forget_signals(world);
}
#define ASSERT_SIGNALS(world, ...)                                \
        assert_signals(world, (const char *const[]){__VA_ARGS__}, \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static const ClientServer example_server = {
        .short_server_id = 101,
        .uri = "coaps://server.example.org:5684",
        .security_mode = "psk",
        .peer_address = "192.0.2.7:5684",
        .cipher = "TLS_PSK_WITH_AES_128_CCM_8",
        .lifetime = 86400,
        .binding = "U",
        .state = SERVER_REGISTERED,
        .last_registration_timestamp = 1700000000000000,
};

static int set_up_without_bus(void **state)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        private_bus_place(&world->place);
        assert_true(sd_event_new(&world->event) >= 0);
        world->client = (Client){
                .state = {.status = STATUS_INITIAL,
                        .sub_status = SUB_STATUS_LOADING,
                        .retry_count = 5,
                        .endpoint = "urn:uuid:7",
                        .bootstrap_server_uri = "coaps://bs.example.org:5684",
                        .bootstrap_security_mode = "psk"},
                .servers = {example_server},
                .n_servers = 1,
        };
        *state = world;
        return 0;
}

static void start_bus(World *world)
{
        assert_int_equal(bus_new(world->event, &world->client, &world->published, "/etc/client.yaml",
                                 &handler, world, &world->present, &world->bus),
                0);
}

static int set_up(void **state)
{
        World *world;

        (void)set_up_without_bus(state);
        world = *state;
        private_bus_start(&world->place, "allow");
        start_bus(world);
        assert_true(world->present);
        run_until(world, is_ready);
        connect_observer(world);
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

static void introspection(void **state)
{
        static const char *const manager[] = {"<method name=\"Restart\">", "<method name=\"Reload\">",
                "<method name=\"Reset\">", "<arg type=\"a{sv}\" name=\"options\" direction=\"in\"/>",
                "<signal name=\"StatusChanged\">", "<arg type=\"s\" name=\"reason\"/>",
                "<property name=\"NextRetryTimestampMonotonic\" type=\"t\" access=\"read\">",
                "<property name=\"LastError\" type=\"(ss)\" access=\"read\">",
                "<property name=\"Bootstrapped\" type=\"b\" access=\"read\">", "<node name=\"server\"/>"};
        static const char *const server[] = {"<property name=\"ShortServerID\" type=\"q\" access=\"read\">",
                "<property name=\"Lifetime\" type=\"x\" access=\"read\">", "<method name=\"Update\">",
                "<arg type=\"u\" name=\"seconds\" direction=\"in\"/>"};
        World *world = *state;
        const char *text;

        assert_true(sd_bus_message_read(
                            call(world, BUS_PATH, "org.freedesktop.DBus.Introspectable", "Introspect", NULL),
                            "s", &text) >= 0);
        for (size_t i = 0; i < ELEMENTSOF(manager); i++)
                assert_non_null(strstr(text, manager[i]));
        assert_true(sd_bus_message_read(call(world, BUS_SERVER_PREFIX "/101",
                                                "org.freedesktop.DBus.Introspectable", "Introspect", NULL),
                            "s", &text) >= 0);
        for (size_t i = 0; i < ELEMENTSOF(server); i++)
                assert_non_null(strstr(text, server[i]));
}

/* Reads one property; the text lives until the next call. */
static void get(
        World *world, const char *path, const char *interface, const char *name, const char *type, void *ret)
{
        sd_bus_message *reply;

        reply = call(world, path, "org.freedesktop.DBus.Properties", "Get", "ss", interface, name);
        assert_false(sd_bus_message_is_method_error(reply, NULL));
        assert_true(sd_bus_message_read(reply, "v", type, ret) >= 0);
}

static void text_of_a_property(void **state)
{
        static const struct {
                const char *text, *shown;
        } table[] = {
                {NULL, ""}, {"abc", "abc"}, {"abcd", "abc"}, {"ab\xc3\xa4", "ab"},
                {"a\xc3\xa4", "a\xc3\xa4"}, {"a\xff\n", "a? "},
                {"\xef\xbf\xbf", "???"}, /* sd-bus sends no noncharacter */
        };
        char field[4];

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                property_set_text(field, sizeof(field), table[i].text);
                assert_string_equal(field, table[i].shown);
        }
}

static void properties(void **state)
{
        static const struct {
                const char *path, *interface, *name, *value;
        } texts[] = {
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Status", "bootstrapping"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "SubStatus", "retry-wait"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "EndpointName", "urn:uuid:7"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "BootstrapServerURI", "coaps://bs.example.org:5684"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "BootstrapSecurityMode", "psk"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "ConfigFile", "/etc/client.yaml"},
                {BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "ServerURI",
                        "coaps://server.example.org:5684"},
                {BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "State", "registered"},
                {BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Cipher", "TLS_PSK_WITH_AES_128_CCM_8"},
        };
        World *world = *state;
        sd_bus_message *reply;
        const char *text, *sentence;
        uint64_t stamp;
        int64_t lifetime;
        uint32_t attempt;
        uint16_t id;
        int yes;

        world->client.state.status = STATUS_BOOTSTRAPPING;
        world->client.state.sub_status = SUB_STATUS_RETRY_WAIT;
        world->client.state.next_retry_timestamp = 1234567;
        world->client.state.attempt = 3;
        world->client.state.bootstrapped = true;
        failure_set(&world->client.state.last_error, FAILURE_TIMEOUT, "No answer.");
        world->client.listener->state_changed(world->client.listener_userdata);

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                get(world, texts[i].path, texts[i].interface, texts[i].name, "s", &text);
                assert_string_equal(text, texts[i].value);
        }
        get(world, BUS_PATH, BUS_MANAGER_INTERFACE, "NextRetryTimestamp", "t", &stamp);
        assert_int_equal(stamp, 1234567);
        get(world, BUS_PATH, BUS_MANAGER_INTERFACE, "Attempt", "u", &attempt);
        assert_int_equal(attempt, 3);
        get(world, BUS_PATH, BUS_MANAGER_INTERFACE, "Bootstrapped", "b", &yes);
        assert_true(yes);
        get(world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Lifetime", "x", &lifetime);
        assert_int_equal(lifetime, 86400);
        get(world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "ShortServerID", "q", &id);
        assert_int_equal(id, 101);
        reply = call(world, BUS_PATH, "org.freedesktop.DBus.Properties", "Get", "ss", BUS_MANAGER_INTERFACE,
                "LastError");
        assert_true(sd_bus_message_read(reply, "v", "(ss)", &text, &sentence) >= 0);
        assert_string_equal(text, "Timeout");
        assert_string_equal(sentence, "No answer.");
}

static void set_status(World *world, Status status, SubStatus sub_status, uint64_t now)
{
        Client *client = &world->client;
        Status old = client->state.status;

        client->state.status = status;
        client->state.sub_status = sub_status;
        client->state.status_timestamp = now;
        client->listener->status_changed(client->listener_userdata, old, status,
                failure_name_to_string(client->state.last_error.name));
        client->listener->state_changed(client->listener_userdata);
}

/* All of the client, the first ones of a server. */
static void counters(void **state)
{
        World *world = *state;
        ClientCounters *counters = &world->client.counters;
        const char *name;
        uint64_t value;
        sd_bus_message *reply;
        size_t n = 0;

        for (size_t i = 0; i < _CLIENT_COUNTER_MAX; i++)
                counters->values[i] = 100 + i;
        reply = call(world, BUS_PATH, "org.freedesktop.DBus.Properties", "Get", "ss", BUS_MANAGER_INTERFACE,
                "Counters");
        assert_true(sd_bus_message_enter_container(reply, 'v', "a{st}") > 0);
        assert_true(sd_bus_message_enter_container(reply, 'a', "{st}") > 0);
        for (; sd_bus_message_read(reply, "{st}", &name, &value) > 0; n++) {
                assert_string_equal(name, client_counter_to_string((ClientCounter)n));
                assert_int_equal(value, 100 + n);
        }
        assert_int_equal(n, _CLIENT_COUNTER_MAX);
        reply = call(world, BUS_SERVER_PREFIX "/101", "org.freedesktop.DBus.Properties", "Get", "ss",
                BUS_SERVER_INTERFACE, "Counters");
        assert_true(sd_bus_message_enter_container(reply, 'v', "a{st}") > 0);
        assert_true(sd_bus_message_enter_container(reply, 'a', "{st}") > 0);
        for (n = 0; sd_bus_message_read(reply, "{st}", &name, &value) > 0;)
                n++;
        assert_int_equal(n, _CLIENT_COUNTER_OF_SERVER_MAX);
        assert_string_equal(name, "BytesSent");
}

static void transitions_are_never_merged(void **state)
{
        World *world = *state;

        set_status(world, STATUS_BOOTSTRAPPING, SUB_STATUS_RESOLVING, 1);
        set_status(world, STATUS_BOOTSTRAPPED, SUB_STATUS_COMMITTED, 2);
        set_status(world, STATUS_REGISTERING, SUB_STATUS_RESOLVING, 3);
        failure_set(&world->client.state.last_error, FAILURE_TIMEOUT, "No answer.");
        set_status(world, STATUS_FAILURE, SUB_STATUS_STOPPED, 4);
        ASSERT_SIGNALS(world, "StatusChanged initial bootstrapping \"\"",
                "StatusChanged bootstrapping bootstrapped \"\"",
                "StatusChanged bootstrapped registering \"\"",
                "StatusChanged registering failure \"Timeout\"",
                "PropertiesChanged Client1 Status SubStatus StatusTimestamp LastError");
}

static void only_real_changes_are_sent(void **state)
{
        World *world = *state;
        Client *client = &world->client;

        client->listener->state_changed(client->listener_userdata);
        client->listener->server_changed(client->listener_userdata, 101);
        assert_signals(world, NULL, 0);
        client->state.attempt = 1;
        client->listener->state_changed(client->listener_userdata);
        ASSERT_SIGNALS(world, "PropertiesChanged Client1 Attempt");
}

static void server_objects(void **state)
{
        World *world = *state;
        Client *client = &world->client;
        sd_bus_message *reply;

        client->servers[1] = example_server;
        client->servers[1].short_server_id = 7;
        client->n_servers = 2;
        client->listener->server_added(client->listener_userdata, 7);
        client->servers[0].state = SERVER_UPDATING;
        client->servers[0].next_update_timestamp = 5;
        client->listener->server_changed(client->listener_userdata, 101);
        client->listener->server_changed(client->listener_userdata, 101);
        ASSERT_SIGNALS(world,
                "InterfacesAdded " BUS_SERVER_PREFIX
                "/7 ShortServerID ServerURI SecurityMode PeerAddress Cipher"
                " Lifetime Binding State LastRegistrationTimestamp LastRegistrationTimestampMonotonic"
                " NextUpdateTimestamp NextUpdateTimestampMonotonic NextRetryTimestamp"
                " NextRetryTimestampMonotonic LastError Observations Counters",
                "PropertiesChanged 101 State NextUpdateTimestamp");

        /* The client has forgotten it already when it says so. */
        client->n_servers = 1;
        client->listener->server_removed(client->listener_userdata, 7);
        ASSERT_SIGNALS(world, "InterfacesRemoved " BUS_SERVER_PREFIX "/7 " BUS_SERVER_INTERFACE);
        reply = call(world, BUS_SERVER_PREFIX "/7", BUS_SERVER_INTERFACE, "Update", NULL);
        assert_error(reply, SD_BUS_ERROR_UNKNOWN_OBJECT);
        reply = call(world, BUS_SERVER_PREFIX "/0101", BUS_SERVER_INTERFACE, "Update", NULL);
        assert_error(reply, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

static void managed_objects(void **state)
{
        World *world = *state;
        sd_bus_message *reply;
        const char *path;

        reply = call(world, BUS_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL);
        assert_true(sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") > 0);
        assert_true(sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0);
        assert_true(sd_bus_message_read(reply, "o", &path) > 0);
        assert_string_equal(path, BUS_SERVER_PREFIX "/101");
}

static void methods(void **state)
{
        static const struct {
                const char *path, *interface, *member, *types;
                unsigned argument;
                int result;
                const char *request, *error;
        } cases[] = {
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Restart", NULL, 0, 0, "restart", NULL},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Reset", NULL, 0, 0, "reset", NULL},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Reset", NULL, 0, CLIENT_E_STORAGE_FAILED, "reset",
                        BUS_ERROR_PREFIX "StorageFailed"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Reload", NULL, 0, 0, "reload", NULL},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Bootstrap", "a{sv}", 0, 0, "bootstrap", NULL},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Bootstrap", "a{sv}", 0, CLIENT_E_BOOTSTRAP_IN_PROGRESS,
                        "bootstrap", BUS_ERROR_PREFIX "BootstrapInProgress"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Bootstrap", "a{sv}", 0,
                        CLIENT_E_NO_BOOTSTRAP_SERVER_ACCOUNT, "bootstrap",
                        BUS_ERROR_PREFIX "NoBootstrapServerAccount"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "Restart", NULL, 0, -ENOMEM, "restart",
                        SD_BUS_ERROR_NO_MEMORY},
                {BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Update", NULL, 0, 0, "update 101", NULL},
                {BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Update", NULL, 0, -ENOENT, "update 101",
                        SD_BUS_ERROR_UNKNOWN_OBJECT},
                {BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Disable", "u", 60, 0, "disable 101 60",
                        NULL},
                {BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Disable", "u", 0, CLIENT_E_NOT_REGISTERED,
                        "disable 101 0", BUS_ERROR_PREFIX "NotRegistered"},
                {BUS_PATH, BUS_MANAGER_INTERFACE, "GetFuture", NULL, 0, 0, "", SD_BUS_ERROR_UNKNOWN_METHOD},
        };
        World *world = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                sd_bus_message *reply;

                world->client.result = cases[i].result;
                world->client.request[0] = '\0';
                reply = call(world, cases[i].path, cases[i].interface, cases[i].member, cases[i].types,
                        cases[i].argument);
                assert_string_equal(world->client.request, cases[i].request);
                if (cases[i].error)
                        assert_error(reply, cases[i].error);
                else
                        assert_false(sd_bus_message_is_method_error(reply, NULL));
        }
}

static void fill_history(History *kept)
{
        Request request = {.method = METHOD_PUT, .path = {.items = {(char *)"0"}, .n = 1}};
        Failure failure;

        for (uint64_t i = 0; i < HISTORY_SERIES_MAX; i++) {
                history_begin(kept, TRIGGER_METHOD, "coap://\xff", 1000 + i);
                history_attempt(kept, true);
                for (size_t j = 0; j < HISTORY_OPERATIONS_MAX; j++)
                        history_operation(kept, &request, &(Response){.code = CODE_CREATED}, 2000, 2500);
                history_ask(kept, &request, 3000);
                failure_set(&failure, FAILURE_TIMEOUT, "Nobody answers.");
                history_failed(kept, &failure);
                history_end(kept, HISTORY_FAILED, NULL, 4000);
        }
}

/* All 20 with all 64 operations fit; what a peer has said is text that D-Bus takes. */
static void history(void **state)
{
        World *world = *state;
        History *kept = &world->client.history;
        const char *method, *path, *code, *key, *text;
        uint64_t start, duration;
        sd_bus_message *reply;
        uint32_t bytes;

        fill_history(kept);
        reply = call(world, BUS_PATH, BUS_MANAGER_INTERFACE, "GetHistory", NULL);
        assert_string_equal(sd_bus_message_get_signature(reply, true), "aa{sv}");
        assert_true(sd_bus_message_enter_container(reply, 'a', "a{sv}") > 0);
        assert_true(sd_bus_message_enter_container(reply, 'a', "{sv}") > 0);
        assert_true(sd_bus_message_read(reply, "{sv}", &key, "t", &start) > 0);
        assert_true(start == 1000 + HISTORY_SERIES_MAX - 1);
        assert_true(sd_bus_message_skip(reply, "{sv}{sv}{sv}") > 0);
        assert_true(sd_bus_message_read(reply, "{sv}", &key, "s", &text) > 0);
        assert_string_equal(text, "coap://?");
        assert_true(sd_bus_message_read(reply, "{sv}", &key, "s", &text) > 0);
        assert_string_equal(text, "Timeout");
        assert_true(sd_bus_message_read(reply, "{sv}", &key, "s", &text) > 0);
        assert_string_equal(text, "Nobody answers.");
        assert_true(sd_bus_message_enter_container(reply, 'e', "sv") > 0);
        assert_true(sd_bus_message_read(reply, "s", &key) > 0);
        assert_true(sd_bus_message_enter_container(reply, 'v', "a(sssutt)") > 0);
        assert_true(sd_bus_message_enter_container(reply, 'a', "(sssutt)") > 0);
        for (size_t j = 0; j < HISTORY_OPERATIONS_MAX; j++) {
                assert_true(sd_bus_message_read(reply, "(sssutt)", &method, &path, &code, &bytes, &start,
                                    &duration) > 0);
                assert_string_equal(method, "PUT");
                assert_string_equal(path, "/0");
                assert_string_equal(code, j < HISTORY_OPERATIONS_MAX - 1 ? "2.01" : "");
                assert_true(duration == (j < HISTORY_OPERATIONS_MAX - 1 ? 500 : 1000));
        }
        assert_true(sd_bus_message_at_end(reply, false) > 0);
        history_done(kept);
}

#define FLOOD 100 /* calls; dbus-daemon lets 128 wait */

typedef struct Flood {
        unsigned answered, refused;
} Flood;

static int on_flooded(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Flood *flood = userdata;

        if (sd_bus_message_is_method_error(message, SD_BUS_ERROR_LIMITS_EXCEEDED))
                flood->refused++;
        else if (!sd_bus_message_is_method_error(message, NULL))
                flood->answered++;
        return 0;
}

/* Everybody may ask for some 100 KiB as often as they like, and the bus takes them at its leisure. */
static void large_answers_do_not_pile_up(void **state)
{
        World *world = *state;
        Flood flood = {0};
        int small = 64 * 1024; /* bytes; sd-bus takes 8 MiB where it may */
        uint64_t n;

        fill_history(&world->client.history);
        assert_int_equal(setsockopt(sd_bus_get_fd(bus_heard(world->bus)), SOL_SOCKET, SO_SNDBUF, &small,
                                 sizeof(small)),
                0);
        for (size_t i = 0; i < FLOOD; i++) {
                assert_true(sd_bus_call_method_async(world->observer, NULL, BUS_NAME, BUS_PATH,
                                    BUS_MANAGER_INTERFACE, "GetHistory", on_flooded, &flood, NULL) >= 0);
                /* When the bus has answered, what came before lies in our socket. */
                assert_true(
                        sd_bus_call_method(world->observer, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                "org.freedesktop.DBus", "GetId", NULL, NULL, NULL) >= 0);
        }
        assert_int_equal(kill(world->place.daemon, SIGSTOP), 0);
        while (sd_event_run(world->event, 0) > 0)
                continue;
        assert_true(sd_bus_get_n_queued_write(bus_heard(world->bus), &n) >= 0);
        assert_true(n > BACKLOG_LARGE_MAX);
        assert_int_equal(kill(world->place.daemon, SIGCONT), 0);
        while (flood.answered + flood.refused < FLOOD)
                assert_true(sd_event_run(world->event, TIMEOUT) > 0);
        /* Some had gone into the socket. */
        assert_in_range(flood.answered, BACKLOG_LARGE_MAX, BACKLOG_LARGE_MAX + 16);
        assert_false(sd_bus_message_is_method_error(
                call(world, BUS_PATH, BUS_MANAGER_INTERFACE, "GetHistory", NULL), NULL));
        history_done(&world->client.history);
}

/* The bus is busy, not hung: with a new connection each publisher would lose what it has published. */
static void flood_is_no_bus_that_hangs(void **state)
{
        World *world = *state;
        uint64_t before, after;
        const char *text;
        Flood flood = {0};

        /* One that hears no signals. */
        world->observer = sd_bus_close_unref(world->observer);
        world->observer = private_bus_connect(&world->place, world->event);
        for (size_t i = 0; i < FLOOD; i++) {
                assert_true(
                        sd_bus_call_method_async(world->observer, NULL, BUS_NAME, BUS_PATH,
                                "org.freedesktop.DBus.Properties", i % 2 == 0 ? "Get" : "GetAll", on_flooded,
                                &flood, i % 2 == 0 ? "ss" : "s", BUS_MANAGER_INTERFACE, "Status") >= 0);
                assert_true(
                        sd_bus_call_method(world->observer, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                "org.freedesktop.DBus", "GetId", NULL, NULL, NULL) >= 0);
        }
        assert_int_equal(kill(world->place.daemon, SIGSTOP), 0);
        for (before = 0; before <= BACKLOG_MAX;) {
                set_status(world, STATUS_REGISTERING, SUB_STATUS_IDLE, 1);
                set_status(world, STATUS_REGISTERED, SUB_STATUS_IDLE, 2);
                assert_true(sd_bus_get_n_queued_write(bus_heard(world->bus), &before) >= 0);
        }
        while (sd_event_run(world->event, 0) > 0)
                continue;
        assert_true(sd_bus_get_n_queued_write(bus_heard(world->bus), &after) >= 0);
        assert_in_range(after - before, 0, 8); /* signals */
        assert_int_equal(kill(world->place.daemon, SIGCONT), 0);
        get(world, BUS_PATH, BUS_MANAGER_INTERFACE, "Status", "s", &text);
        assert_string_equal(text, "registered");
        assert_in_range(flood.answered, 0, FLOOD / 10); /* those that came late */
}

static void bootstrap_takes_no_options(void **state)
{
        World *world = *state;
        sd_bus_message *reply;

        reply = call(world, BUS_PATH, BUS_MANAGER_INTERFACE, "Bootstrap", "a{sv}", 1, "force", "b", 1);
        assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
        assert_string_equal(world->client.request, "");
}

static void send_returns_with_the_answer(void **state)
{
        static const struct {
                int result, outcome;
                const char *sentence, *error, *message;
        } cases[] = {
                {0, 0, "", NULL, NULL},
                {0, CLIENT_E_REJECTED, "It said 4.04.", BUS_ERROR_PREFIX "Rejected", "It said 4.04."},
                {0, CLIENT_E_NOT_ANSWERED, "It is silent.", BUS_ERROR_PREFIX "NotAnswered", "It is silent."},
                {0, CLIENT_E_NOT_REGISTERED, "It has ended.", BUS_ERROR_PREFIX "NotRegistered",
                        "It has ended."},
                {CLIENT_E_NOT_REGISTERED, 0, NULL, BUS_ERROR_PREFIX "NotRegistered",
                        "There is no registration with this LwM2M Server."},
                {CLIENT_E_SEND_MUTED, 0, NULL, BUS_ERROR_PREFIX "SendMuted",
                        "No Send before the LwM2M Server has written false to its Mute Send, /1/x/23."},
                {CLIENT_E_NO_SEND, 0, NULL, SD_BUS_ERROR_NOT_SUPPORTED, NULL},
                {CLIENT_E_SEND_FORMAT, 0, NULL, SD_BUS_ERROR_INVALID_ARGS, NULL},
                {CLIENT_E_NOTHING_TO_SEND, 0, NULL, SD_BUS_ERROR_INVALID_ARGS, NULL},
                {CLIENT_E_TOO_LARGE, 0, NULL, SD_BUS_ERROR_LIMITS_EXCEEDED, NULL},
                {CLIENT_E_TOO_MANY_SENDS, 0, NULL, SD_BUS_ERROR_LIMITS_EXCEEDED, NULL},
                {-ENOENT, 0, NULL, SD_BUS_ERROR_UNKNOWN_OBJECT, NULL},
        };
        World *world = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                sd_bus_message *reply;

                world->client.result = cases[i].result;
                world->client.outcome = cases[i].outcome;
                world->client.sentence = cases[i].sentence;
                reply = call(world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Send", "asa{sv}", 2,
                        "/3/0/0", "/1", 0);
                assert_string_equal(world->client.request, "send 101 112 /3/0/0 /1");
                if (!cases[i].error) {
                        assert_false(sd_bus_message_is_method_error(reply, NULL));
                        continue;
                }
                assert_error(reply, cases[i].error);
                if (cases[i].message)
                        assert_string_equal(sd_bus_message_get_error(reply)->message, cases[i].message);
        }
}

static void send_takes_a_format(void **state)
{
        static const struct {
                const char *name, *request;
        } cases[] = {
                {"senml-cbor", "send 101 112 /3"},
                {"senml-json", "send 101 110 /3"},
                {"lwm2m-cbor", "send 101 11544 /3"},
                {"tlv", ""},
                {"", ""},
        };
        World *world = *state;
        sd_bus_message *reply;

        world->client.sentence = "";
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                world->client.request[0] = '\0';
                reply = call(world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Send", "asa{sv}", 1,
                        "/3", 1, "format", "s", cases[i].name);
                assert_string_equal(world->client.request, cases[i].request);
                assert_int_equal(sd_bus_message_is_method_error(reply, NULL), !cases[i].request[0]);
        }
        reply = call(world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Send", "asa{sv}", 1, "/3", 1,
                "format", "b", 1);
        assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
        reply = call(world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Send", "asa{sv}", 1, "/3", 1,
                "confirm", "b", 1);
        assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
        reply = call(world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Send", "asa{sv}", 0, 0);
        assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
        reply = call(
                world, BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Send", "asa{sv}", 2, "/3", "/", 0);
        assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
}

static bool is_sending(const World *world)
{
        return world->client.sent;
}

/* The answer comes when there is nobody any more who waits for it. */
static void send_outlives_its_caller(void **state)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        World *world = *state;

        world->client.silent = true;
        assert_true(sd_bus_message_new_method_call(world->observer, &message, BUS_NAME,
                            BUS_SERVER_PREFIX "/101", BUS_SERVER_INTERFACE, "Send") >= 0);
        assert_true(sd_bus_message_append(message, "asa{sv}", 1, "/3", 0) >= 0);
        assert_true(sd_bus_send(world->observer, message, NULL) >= 0);
        run_until(world, is_sending);
        private_bus_stop(&world->place);
        world->bus = bus_free(world->bus);
        world->client.sent(world->client.sent_userdata, 0, "");
}

static void reload_tells_the_problem(void **state)
{
        World *world = *state;
        sd_bus_message *reply;

        world->reload_fails = true;
        reply = call(world, BUS_PATH, BUS_MANAGER_INTERFACE, "Reload", NULL);
        assert_error(reply, BUS_ERROR_PREFIX "InvalidConfiguration");
        assert_string_equal(
                sd_bus_message_get_error(reply)->message, "client.yaml:3:5: Unknown key \"ur\".");
}

static void log_control(void **state)
{
        World *world = *state;
        sd_bus_message *reply;
        const char *text;

        log_set_level(LOG_WARNING);
        reply = call(world, BUS_LOG_CONTROL_PATH, "org.freedesktop.DBus.Properties", "Set", "ssv",
                BUS_LOG_CONTROL_INTERFACE, "LogLevel", "s", "err");
        assert_false(sd_bus_message_is_method_error(reply, NULL));
        assert_int_equal(log_get_level(), LOG_ERR);
        get(world, BUS_LOG_CONTROL_PATH, BUS_LOG_CONTROL_INTERFACE, "LogLevel", "s", &text);
        assert_string_equal(text, "err");
        reply = call(world, BUS_LOG_CONTROL_PATH, "org.freedesktop.DBus.Properties", "Set", "ssv",
                BUS_LOG_CONTROL_INTERFACE, "LogLevel", "s", "loud");
        assert_error(reply, SD_BUS_ERROR_INVALID_ARGS);
        assert_int_equal(log_get_level(), LOG_ERR);
        get(world, BUS_LOG_CONTROL_PATH, BUS_LOG_CONTROL_INTERFACE, "LogTarget", "s", &text);
        assert_string_equal(text, "console");
        get(world, BUS_LOG_CONTROL_PATH, BUS_LOG_CONTROL_INTERFACE, "SyslogIdentifier", "s", &text);
        assert_string_equal(text, "lwm2m-clientd");
        log_set_level(LOG_INFO);
}

static bool is_ready_again(const World *world)
{
        return world->n_ready > 1;
}

static bool observer_is_gone(const World *world)
{
        return !sd_bus_is_open(world->observer);
}

static void restart_of_the_bus_is_survived(void **state)
{
        World *world = *state;
        Client *client = &world->client;
        const char *text;

        private_bus_stop(&world->place);
        run_until(world, observer_is_gone);
        world->observer = sd_bus_close_unref(world->observer);
        /* Life goes on meanwhile. */
        set_status(world, STATUS_REGISTERED, SUB_STATUS_IDLE, 1);
        client->servers[1] = example_server;
        client->servers[1].short_server_id = 7;
        client->n_servers = 2;
        client->listener->server_added(client->listener_userdata, 7);

        private_bus_start(&world->place, "allow");
        run_until(world, is_ready_again);
        connect_observer(world);
        get(world, BUS_PATH, BUS_MANAGER_INTERFACE, "Status", "s", &text);
        assert_string_equal(text, "registered");
        get(world, BUS_SERVER_PREFIX "/7", BUS_SERVER_INTERFACE, "State", "s", &text);
        assert_string_equal(text, "registered");
        set_status(world, STATUS_SUSPENDED, SUB_STATUS_DISABLED, 2);
        ASSERT_SIGNALS(world, "StatusChanged registered suspended \"\"",
                "PropertiesChanged Client1 Status SubStatus StatusTimestamp");
}

/* The socket takes some thousands of signals, then they would pile up in the daemon for as long as it hangs.
 */
static void bus_that_hangs_is_given_up(void **state)
{
        World *world = *state;
        const char *text;
        unsigned i;

        world->observer = sd_bus_close_unref(world->observer);
        assert_int_equal(kill(world->place.daemon, SIGSTOP), 0);
        for (i = 0; i < 40000 && bus_heard(world->bus); i++) {
                set_status(world, i % 2 == 0 ? STATUS_REGISTERING : STATUS_REGISTERED, SUB_STATUS_IDLE, i);
                assert_true(sd_event_run(world->event, 0) >= 0);
                assert_true(sd_event_run(world->event, 0) >= 0);
        }
        assert_null(bus_heard(world->bus));
        assert_int_equal(kill(world->place.daemon, SIGCONT), 0);
        run_until(world, is_ready_again);
        connect_observer(world);
        set_status(world, STATUS_SUSPENDED, SUB_STATUS_DISABLED, 2);
        get(world, BUS_PATH, BUS_MANAGER_INTERFACE, "Status", "s", &text);
        assert_string_equal(text, "suspended");
}

static void bus_may_come_later(void **state)
{
        World *world = *state;

        start_bus(world);
        assert_false(world->present);
        set_status(world, STATUS_BOOTSTRAPPING, SUB_STATUS_RESOLVING, 1);
        private_bus_start(&world->place, "allow");
        run_until(world, is_ready);
        connect_observer(world);
        assert_signals(world, NULL, 0);
}

static bool is_taken(const World *world)
{
        return world->n_taken > 0;
}

static void taken_name_is_told_with_its_owner(void **state)
{
        World *world = *state;

        private_bus_start(&world->place, "allow");
        world->observer = private_bus_connect(&world->place, world->event);
        assert_true(sd_bus_request_name(world->observer, BUS_NAME, 0) >= 0);
        start_bus(world);
        run_until(world, is_taken);
        assert_int_equal(world->taken_pid, getpid());
        assert_int_equal(world->n_ready, 0);
}

static bool is_refused(const World *world)
{
        return world->n_refused > 0;
}

static void refused_name_is_told(void **state)
{
        World *world = *state;

        private_bus_start(&world->place, "deny");
        start_bus(world);
        run_until(world, is_refused);
        assert_int_equal(world->n_ready, 0);
        assert_int_equal(world->n_taken, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(introspection, set_up, tear_down),
                cmocka_unit_test(text_of_a_property),
                cmocka_unit_test_setup_teardown(properties, set_up, tear_down),
                cmocka_unit_test_setup_teardown(counters, set_up, tear_down),
                cmocka_unit_test_setup_teardown(transitions_are_never_merged, set_up, tear_down),
                cmocka_unit_test_setup_teardown(only_real_changes_are_sent, set_up, tear_down),
                cmocka_unit_test_setup_teardown(server_objects, set_up, tear_down),
                cmocka_unit_test_setup_teardown(managed_objects, set_up, tear_down),
                cmocka_unit_test_setup_teardown(methods, set_up, tear_down),
                cmocka_unit_test_setup_teardown(history, set_up, tear_down),
                cmocka_unit_test_setup_teardown(large_answers_do_not_pile_up, set_up, tear_down),
                cmocka_unit_test_setup_teardown(flood_is_no_bus_that_hangs, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bootstrap_takes_no_options, set_up, tear_down),
                cmocka_unit_test_setup_teardown(send_returns_with_the_answer, set_up, tear_down),
                cmocka_unit_test_setup_teardown(send_takes_a_format, set_up, tear_down),
                cmocka_unit_test_setup_teardown(send_outlives_its_caller, set_up, tear_down),
                cmocka_unit_test_setup_teardown(reload_tells_the_problem, set_up, tear_down),
                cmocka_unit_test_setup_teardown(log_control, set_up, tear_down),
                cmocka_unit_test_setup_teardown(restart_of_the_bus_is_survived, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bus_that_hangs_is_given_up, set_up, tear_down),
                cmocka_unit_test_setup_teardown(bus_may_come_later, set_up_without_bus, tear_down),
                cmocka_unit_test_setup_teardown(
                        taken_name_is_told_with_its_owner, set_up_without_bus, tear_down),
                cmocka_unit_test_setup_teardown(refused_name_is_told, set_up_without_bus, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
