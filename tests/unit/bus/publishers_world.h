/* SPDX-License-Identifier: Apache-2.0 */
/* Two publishers on a private bus, and the bus layer over a model that a test looks into and turns by hand.
 */
#pragma once

#include "bus/bus.h"
#include "bus/names.h"
#include "bus/object_handler.h"
#include "fake_client.h"
#include "fake_published.h"
#include "private_bus.h"

#define TIMEOUT   (10 * USEC_PER_SEC)
#define ASKED_MAX 16

typedef struct World {
        PrivateBus place;
        sd_event *event;
        Client client;
        Published published;
        Bus *bus;
        sd_bus *one, *other; /* publishers */
        sd_bus_message *reply;
        unsigned n_ready, n_refused, n_replies, n_limited;
        void (*at_refusal)(struct World *world);
        /* Of handlers: what they are asked, without a reply yet. */
        sd_bus_message *asked[ASKED_MAX];
        size_t n_asked;
        char heard[1024]; /* ValuesChanged, one a line */
        unsigned n_heard;
} World;

static inline void on_ready(void *userdata)
{
        ((World *)userdata)->n_ready++;
}

/* A test may want to do something then. */
static inline void on_refused(void *userdata, const char *reason)
{
        World *world = userdata;

        world->n_refused++;
        if (world->at_refusal)
                world->at_refusal(world);
}

static inline void on_name_taken(void *userdata, unsigned pid)
{
        fail();
}

static inline int on_reload(void *userdata, char **ret_message)
{
        return 0;
}

static const BusHandler handler = {
        .ready = on_ready, .refused = on_refused, .name_taken = on_name_taken, .reload = on_reload};

static inline void run_until(World *world, bool (*reached)(const World *world))
{
        uint64_t now, end;

        assert_true(sd_event_now(world->event, CLOCK_MONOTONIC, &now) >= 0);
        for (end = now + TIMEOUT; !reached(world);) {
                assert_true(sd_event_run(world->event, TIMEOUT) >= 0);
                assert_true(sd_event_now(world->event, CLOCK_MONOTONIC, &now) >= 0);
                assert_true(now < end);
        }
}

static inline bool is_ready(const World *world)
{
        return world->n_ready > 0;
}

static inline bool has_reply(const World *world)
{
        return world->reply;
}

static inline int on_reply(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        ((World *)userdata)->reply = sd_bus_message_ref(message);
        return 0;
}

static inline sd_bus_message *make(sd_bus *connection, const char *member, const char *types, va_list ap)
{
        sd_bus_message *message = NULL;

        assert_true(sd_bus_message_new_method_call(
                            connection, &message, BUS_NAME, BUS_PATH, BUS_OBJECTS_INTERFACE, member) >= 0);
        assert_true(!types || sd_bus_message_appendv(message, types, ap) >= 0);
        return message;
}

/* Calls a method and runs the loop until the answer is there; it is valid until the next call. */
static inline sd_bus_message *call(
        World *world, sd_bus *connection, const char *member, const char *types, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        va_list ap;

        world->reply = sd_bus_message_unref(world->reply);
        va_start(ap, types);
        message = make(connection, member, types, ap);
        va_end(ap);
        assert_true(sd_bus_call_async(connection, NULL, message, on_reply, world, 0) >= 0);
        run_until(world, has_reply);
        return world->reply;
}

static inline void assert_done(sd_bus_message *reply)
{
        if (sd_bus_message_is_method_error(reply, NULL))
                fail_msg("%s", sd_bus_message_get_error(reply)->message);
}

static inline void assert_error(sd_bus_message *reply, const char *name, const char *text)
{
        assert_true(sd_bus_message_is_method_error(reply, NULL));
        assert_string_equal(sd_bus_message_get_error(reply)->name, name);
        if (text)
                assert_string_equal(sd_bus_message_get_error(reply)->message, text);
}

/* The model was called for exactly this since it was asked last. */
static inline void assert_log(World *world, const char *expected)
{
        assert_string_equal(world->published.log, expected);
        world->published.log[0] = '\0';
}

/* -- What publishers are: a handler that keeps its replies, and an ear -- */

static inline int on_asked(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        World *world = userdata;

        if (!sd_bus_message_is_method_call(message, BUS_HANDLER_INTERFACE, NULL))
                return 0;
        assert_true(world->n_asked < ASKED_MAX);
        world->asked[world->n_asked++] = sd_bus_message_ref(message);
        return 1;
}

static inline int on_values_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        World *world = userdata;
        const char *path;
        uint16_t server;

        world->n_heard++;
        assert_string_equal(sd_bus_message_get_signature(message, true), "a(sv)q");
        assert_true(sd_bus_message_enter_container(message, 'a', "(sv)") > 0);
        while (sd_bus_message_enter_container(message, 'r', "sv") > 0) {
                assert_true(sd_bus_message_read(message, "s", &path) > 0);
                strcat(strcat(world->heard, path), " ");
                assert_true(sd_bus_message_skip(message, "v") > 0);
                assert_true(sd_bus_message_exit_container(message) > 0);
        }
        assert_true(sd_bus_message_exit_container(message) > 0);
        assert_true(sd_bus_message_read(message, "q", &server) > 0);
        (void)snprintf(world->heard + strlen(world->heard), 16, "by %u\n", server);
        return 0;
}

static inline sd_bus *connect_publisher(World *world)
{
        sd_bus *connection = private_bus_connect(&world->place, world->event);

        /* No vtable: sd-bus would see to it that replies are right. */
        assert_true(sd_bus_add_object(connection, NULL, "/handler", on_asked, world) >= 0);
        assert_true(sd_bus_match_signal_async(connection, NULL, BUS_NAME, BUS_PATH, BUS_OBJECTS_INTERFACE,
                            "ValuesChanged", on_values_changed, NULL, world) >= 0);
        return connection;
}

/* own: whether the bus lets the daemon have its name. */
static inline World *make_world(const char *own)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        private_bus_place(&world->place);
        private_bus_start(&world->place, own);
        assert_true(sd_event_new(&world->event) >= 0);
        world->client = (Client){.state = {.endpoint = "urn:uuid:7"}};
        return world;
}

static inline void start_bus(World *world)
{
        bool present;

        assert_int_equal(bus_new(world->event, &world->client, &world->published, "/etc/client.yaml",
                                 &handler, world, &present, &world->bus),
                0);
}

static inline int set_up(void **state)
{
        World *world = make_world("allow");

        start_bus(world);
        run_until(world, is_ready);
        world->one = connect_publisher(world);
        world->other = connect_publisher(world);
        *state = world;
        return 0;
}

static inline void forget_asked(World *world)
{
        for (size_t i = 0; i < world->n_asked; i++)
                sd_bus_message_unref(world->asked[i]);
        world->n_asked = 0;
}

static inline int tear_down(void **state)
{
        World *world = *state;

        bus_free(world->bus);
        assert_null(world->published.asker);
        forget_asked(world);
        sd_bus_message_unref(world->reply);
        sd_bus_close_unref(world->one);
        sd_bus_close_unref(world->other);
        sd_event_unref(world->event);
        private_bus_remove(&world->place);
        free(world);
        return 0;
}
