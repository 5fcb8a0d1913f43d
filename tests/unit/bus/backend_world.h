/* SPDX-License-Identifier: Apache-2.0 */
/* A back end of Firmware Update on a private bus, the questions to it, and a clock that jumps. */
#pragma once

#include "bus/bus.h"
#include "bus/firmware_backend.h"
#include "bus/names.h"
#include "client/timer.h"
#include "fake_client.h"
#include "fake_published.h"
#include "private_bus.h"

#define TIMEOUT (10 * USEC_PER_SEC)
#define MINUTE  (60 * USEC_PER_SEC)

typedef struct World {
        PrivateBus place;
        char package[sizeof(((PrivateBus *)NULL)->folder) + 16];
        sd_event *event;
        Client client;
        Published published;
        Bus *bus;
        FirmwareBackend *backend;
        sd_bus *service; /* the back end's; NULL: it is gone */
        const char *name;
        sd_bus_message *asked;                                      /* the last one, without a reply yet */
        void (*answer)(struct World *world, sd_bus_message *asked); /* NULL: the test does */
        void *answers;                                              /* of the answering */
        unsigned n_ready, n_asked;
        char log[8192]; /* what the handler was told, one a line */
        void (*at_end)(struct World *world);
} World;

/* -- The clock, and the timers on it, instead of client/timer.c -- */

static uint64_t skipped;
static struct {
        sd_event_source *source;
        uint64_t at;
} timers[4];
static size_t n_timers;

static uint64_t fake_boottime(void *userdata)
{
        return clock_system.boottime(NULL) + skipped;
}

static const Clock fake_clock = {.boottime = fake_boottime};

int timer_new(sd_event *event, sd_event_time_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret)
{
        assert_true(n_timers < ELEMENTSOF(timers));
        assert_true(sd_event_add_time(event, ret, CLOCK_BOOTTIME, 0, 1, handler, userdata) >= 0);
        assert_true(sd_event_source_set_enabled(*ret, SD_EVENT_OFF) >= 0);
        timers[n_timers++].source = *ret;
        return 0;
}

void timer_set(sd_event_source *timer, uint64_t at)
{
        size_t i = 0;

        while (timers[i].source != timer)
                i++;
        timers[i].at = at;
        assert_true(sd_event_source_set_time(timer, at > skipped ? at - skipped : 0) >= 0);
        assert_true(sd_event_source_set_enabled(timer, at > 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF) >= 0);
}

/* The time goes on. */
static inline void pass(uint64_t usec)
{
        int enabled;

        skipped += usec;
        for (size_t i = 0; i < n_timers; i++)
                if (sd_event_source_get_enabled(timers[i].source, &enabled) > 0)
                        timer_set(timers[i].source, timers[i].at);
}

/* -- The loop -- */

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

static inline bool is_asked(const World *world)
{
        return world->asked;
}

static inline bool is_told(const World *world)
{
        return world->log[0];
}

/* Until everybody has said what they have to say: a message to the bus and back over each connection, twice;
 * and until nothing is due. */
static int on_pong(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        (*(unsigned *)userdata)--;
        return 0;
}

static inline void settle(World *world)
{
        for (unsigned round = 0; round < 2; round++) {
                sd_bus *connections[] = {bus_heard(world->bus), world->service};
                unsigned n = 0;

                for (size_t i = 0; i < ELEMENTSOF(connections); i++)
                        if (connections[i]) {
                                n++;
                                assert_true(sd_bus_call_method_async(connections[i], NULL, BUS_DRIVER,
                                                    "GetId", on_pong, &n, NULL) >= 0);
                        }
                while (n > 0)
                        assert_true(sd_event_run(world->event, TIMEOUT) >= 0);
                while (sd_event_run(world->event, 0) > 0)
                        ;
        }
}

/* -- What is told -- */

static inline void note_told(World *world, const char *format, ...) _printf_(2, 3);

static inline void note_told(World *world, const char *format, ...)
{
        size_t n = strlen(world->log);
        va_list ap;

        va_start(ap, format);
        assert_true(vsnprintf(world->log + n, sizeof(world->log) - n, format, ap) <
                    (int)(sizeof(world->log) - n));
        va_end(ap);
}

static void note_verdict(World *world, const char *what, const FirmwareVerdict *verdict)
{
        note_told(world, "%s %u%s", what, verdict->result, verdict->reboot ? " reboot" : "");
        if (verdict->name[0] || verdict->version[0])
                note_told(world, " [%s %s]", verdict->name, verdict->version);
        if (verdict->mark[0])
                note_told(world, " mark %s", verdict->mark);
        if (verdict->text[0])
                note_told(world, " %s", verdict->text);
        note_told(world, "\n");
        if (world->at_end)
                world->at_end(world);
}

static void on_verified(void *userdata, const FirmwareVerdict *verdict)
{
        note_verdict(userdata, "verified", verdict);
}

static void on_prepared(void *userdata, const FirmwareVerdict *verdict)
{
        note_verdict(userdata, "prepared", verdict);
}

static void on_installed(void *userdata, const FirmwareVerdict *verdict)
{
        note_verdict(userdata, "installed", verdict);
}

static void on_booted(void *userdata, const FirmwareVerdict *verdict)
{
        note_verdict(userdata, "booted", verdict);
}

static void on_progress(void *userdata, unsigned percent, const char *text)
{
        note_told(userdata, "%u%% %s\n", percent, text);
}

static const FirmwareBackendHandler backend_handler = {
        .verified = on_verified,
        .prepared = on_prepared,
        .installed = on_installed,
        .booted = on_booted,
        .progress = on_progress,
};

/* The handler was told exactly this since it was asked last. */
static inline void assert_told(World *world, const char *expected)
{
        run_until(world, is_told);
        assert_string_equal(world->log, expected);
        world->log[0] = '\0';
}

static inline void assert_untold(World *world)
{
        settle(world);
        assert_string_equal(world->log, "");
}

/* -- The back end -- */

static int on_asked(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        World *world = userdata;

        if (!sd_bus_message_is_method_call(message, NULL, NULL))
                return 0;
        world->n_asked++;
        if (world->answer) {
                world->answer(world, message);
                return 1;
        }
        sd_bus_message_unref(world->asked);
        world->asked = sd_bus_message_ref(message);
        return 1;
}

/* Takes the name; returns when the bus has given it. */
static inline void come(World *world)
{
        world->service = private_bus_connect(&world->place, world->event);
        assert_true(sd_bus_add_fallback(world->service, NULL, "/", on_asked, world) >= 0);
        assert_true(sd_bus_request_name_async(world->service, NULL, world->name, 0, NULL, NULL) >= 0);
        settle(world);
}

static inline void leave(World *world)
{
        world->asked = sd_bus_message_unref(world->asked);
        world->service = sd_bus_flush_close_unref(world->service);
}

/* What the back end is asked next. */
static inline sd_bus_message *wait_asked(World *world, const char *member)
{
        run_until(world, is_asked);
        assert_string_equal(sd_bus_message_get_member(world->asked), member);
        return world->asked;
}

static inline void answer(World *world, const char *types, ...)
{
        sd_bus_message *asked = TAKE_PTR(world->asked), *reply = NULL;
        va_list ap;

        assert_true(sd_bus_message_new_method_return(asked, &reply) >= 0);
        va_start(ap, types);
        assert_true(sd_bus_message_appendv(reply, types, ap) >= 0);
        va_end(ap);
        assert_true(sd_bus_send(world->service, reply, NULL) >= 0);
        sd_bus_message_unref(reply);
        sd_bus_message_unref(asked);
}

/* -- The world -- */

static void on_ready(void *userdata)
{
        ((World *)userdata)->n_ready++;
}

static void on_refused(void *userdata, const char *reason)
{
        ((World *)userdata)->n_ready = 0;
}

static void on_name_taken(void *userdata, unsigned pid)
{
        fail();
}

static int on_reload(void *userdata, char **ret_message)
{
        return 0;
}

static const BusHandler bus_handler = {
        .ready = on_ready, .refused = on_refused, .name_taken = on_name_taken, .reload = on_reload};

static inline void write_package(World *world)
{
        FILE *file;

        (void)snprintf(world->package, sizeof(world->package), "%s/package", world->place.folder);
        file = fopen(world->package, "we");
        assert_non_null(file);
        assert_true(fputs("firmware", file) >= 0);
        assert_int_equal(fclose(file), 0);
}

static inline void start_bus(World *world)
{
        bool present;

        assert_int_equal(bus_new(world->event, &world->client, &world->published, "/etc/client.yaml",
                                 &bus_handler, world, &present, &world->bus),
                0);
}

/* configured: as in the configuration; name: on the bus. Nobody has it yet. */
static inline World *make_world(const char *configured, const char *name)
{
        World *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        skipped = n_timers = 0;
        world->name = name;
        private_bus_place(&world->place);
        write_package(world);
        private_bus_start(&world->place, "allow");
        assert_true(sd_event_new(&world->event) >= 0);
        world->client = (Client){.state = {.endpoint = "urn:uuid:7"}};
        start_bus(world);
        run_until(world, is_ready);
        assert_int_equal(firmware_backend_new(world->event, &fake_clock, world->bus, configured,
                                 &backend_handler, world, &world->backend),
                0);
        return world;
}

static inline int tear_down(void **state)
{
        World *world = *state;

        firmware_backend_free(world->backend);
        bus_free(world->bus);
        sd_bus_message_unref(world->asked);
        sd_bus_close_unref(world->service);
        sd_event_unref(world->event);
        (void)unlink(world->package);
        private_bus_remove(&world->place);
        free(world);
        return 0;
}
