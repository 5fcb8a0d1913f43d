/* SPDX-License-Identifier: 0BSD */
/* Publishes two Object Instances through lwm2m-clientd, as lwm2m-objects(7) explains:
 *
 *     /3320/0  Percentage: how busy the processors are, measured every few seconds
 *     /3306/0  Actuation: a relay that LwM2M Servers switch
 *
 *     cc -o publish publish.c $(pkg-config --cflags --libs libsystemd)
 *     ./publish [SECONDS]       between two measurements; 5 by default
 *
 * Needs a user in group lwm2m-publish. It waits for the daemon, and publishes again whenever that was
 * restarted. When the bus goes it ends; systemd starts it again. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <time.h>

#define NAME         "org.lwm2m.Client1"
#define PATH         "/org/lwm2m/Client1"
#define OBJECTS      "org.lwm2m.Client1.Objects"
#define HANDLER      "org.lwm2m.Client1.ObjectHandler"
#define RELAY        "/relay"
#define REPLY_WITHIN 10000000ULL /* microseconds */

enum { SENSOR_VALUE = 5700, SENSOR_UNITS = 5701, TIMESTAMP = 5518, APPLICATION_TYPE = 5750, ON_OFF = 5850 };

typedef struct Publisher {
        sd_bus *bus;
        sd_event *event;
        char daemon[64]; /* its unique name on the bus, while it knows our instances */
        uint64_t interval;
        uint64_t spent, idle; /* of the processors, at the last look */
        int relay_on;
        char relay_purpose[64];
} Publisher;

/* How busy the processors were since the last look, in percent. */
static double load(Publisher *publisher)
{
        uint64_t times[8] = {0}, spent = 0, idle;
        double busy;
        FILE *file = fopen("/proc/stat", "re");

        if (file && fscanf(file, "cpu ") == 0)
                for (size_t i = 0; i < 8 && fscanf(file, "%" SCNu64, &times[i]) == 1; i++)
                        spent += times[i];
        if (file)
                (void)fclose(file);
        idle = times[3] + times[4];
        busy = spent > publisher->spent
                       ? 100 * (1 - (double)(idle - publisher->idle) / (double)(spent - publisher->spent))
                       : 0;
        publisher->spent = spent;
        publisher->idle = idle;
        return busy;
}

/* A call of ours has ended; the daemon may have gone in the middle of it. 0, or negative: it was refused. */
static int look_at(Publisher *publisher, int r, sd_bus_error *error)
{
        if (r < 0 && (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
                             sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
                             sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))) {
                publisher->daemon[0] = '\0'; /* NameOwnerChanged tells when it is there again */
                r = 0;
        }
        if (r < 0)
                (void)fprintf(stderr, "%s: %s\n", error->name ? error->name : "error",
                        error->message ? error->message : strerror(-r));
        sd_bus_error_free(error);
        return r < 0 ? r : 0;
}

/* -- What there is -- */

/* Once for each start of the daemon: it forgets us when it ends, as it does when we end. */
static int publish(Publisher *publisher)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(publisher->bus, publisher->daemon, PATH, OBJECTS, "Publish", &error, NULL,
                "qqa{qv}a{sv}", 3320, 0, 3, SENSOR_UNITS, "s", "%", SENSOR_VALUE, "d", load(publisher),
                TIMESTAMP, "x", (int64_t)time(NULL), 0);
        r = look_at(publisher, r, &error);
        if (r < 0 || !publisher->daemon[0])
                return r;
        r = sd_bus_call_method(publisher->bus, publisher->daemon, PATH, OBJECTS, "Publish", &error, NULL,
                "qqa{qv}a{sv}", 3306, 0, 2, ON_OFF, "b", publisher->relay_on, APPLICATION_TYPE, "s",
                publisher->relay_purpose, 1, "handler", "o", RELAY);
        return look_at(publisher, r, &error);
}

/* Both in one call: no server sees the one without the other. */
static int measure(Publisher *publisher)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        if (!publisher->daemon[0])
                return 0;
        r = sd_bus_call_method(publisher->bus, publisher->daemon, PATH, OBJECTS, "SetValues", &error, NULL,
                "a(sv)", 2, "/3320/0/5700", "d", load(publisher), "/3320/0/5518", "x", (int64_t)time(NULL));
        return look_at(publisher, r, &error);
}

static int on_timer(sd_event_source *timer, uint64_t usec, void *userdata)
{
        Publisher *publisher = userdata;
        int r = measure(publisher);

        if (r >= 0)
                r = sd_event_source_set_time_relative(timer, publisher->interval);
        if (r >= 0)
                r = sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
        return r < 0 ? sd_event_exit(publisher->event, EXIT_FAILURE) : 0;
}

/* -- What comes -- */

/* A server writes to the relay. To return 0 after a reply is to accept it, an error refuses it. Nobody but
 * the daemon may call us, as the policy of the system bus says. */
static int on_write(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        Publisher *publisher = userdata;
        int on = publisher->relay_on, r;
        const char *purpose = publisher->relay_purpose;
        uint16_t resource;

        r = sd_bus_message_skip(message, "qq"); /* Object, Object Instance */
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "{qv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "qv")) > 0) {
                r = sd_bus_message_read(message, "q", &resource);
                if (r >= 0 && resource == ON_OFF)
                        r = sd_bus_message_read(message, "v", "b", &on);
                else if (r >= 0 && resource == APPLICATION_TYPE)
                        r = sd_bus_message_read(message, "v", "s", &purpose);
                else if (r >= 0)
                        return sd_bus_error_setf(error, "org.lwm2m.Client1.Error.BadRequest",
                                "this relay has no Resource %u", (unsigned)resource);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        if (r < 0)
                return r;
        if (strlen(purpose) >= sizeof(publisher->relay_purpose))
                return sd_bus_error_setf(error, "org.lwm2m.Client1.Error.BadRequest", "too long a text");
        if (purpose != publisher->relay_purpose)
                strcpy(publisher->relay_purpose, purpose);
        if (on != publisher->relay_on)
                (void)printf("relay %s\n", on ? "on" : "off"); /* yours is a pin of the processor */
        publisher->relay_on = on;
        return sd_bus_reply_method_return(message, NULL);
}

static const sd_bus_vtable relay_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Write", "qqa{qv}bq", "", on_write, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        Publisher *publisher = userdata;
        const char *now;

        if (sd_bus_message_read(message, "sss", NULL, NULL, &now) < 0 || strcmp(now, publisher->daemon) == 0)
                return 0;
        (void)snprintf(publisher->daemon, sizeof(publisher->daemon), "%s", now);
        if (now[0] && publish(publisher) < 0)
                (void)sd_event_exit(publisher->event, EXIT_FAILURE);
        return 0;
}

/* -- Start -- */

static int connect_to_bus(Publisher *publisher)
{
        int r = sd_bus_open_system(&publisher->bus);

        if (r >= 0)
                r = sd_bus_set_method_call_timeout(publisher->bus, REPLY_WITHIN);
        if (r >= 0)
                r = sd_bus_set_exit_on_disconnect(publisher->bus, true);
        if (r >= 0)
                r = sd_bus_attach_event(publisher->bus, publisher->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_add_object_vtable(publisher->bus, NULL, RELAY, HANDLER, relay_vtable, publisher);
        if (r >= 0)
                r = sd_bus_add_match(publisher->bus, NULL,
                        "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" NAME
                        "'",
                        on_owner_changed, publisher);
        return r;
}

/* The daemon that is there already, if it is. */
static int find_daemon(Publisher *publisher)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message *reply = NULL;
        const char *owner;
        int r;

        r = sd_bus_call_method(publisher->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                "org.freedesktop.DBus", "GetNameOwner", &error, &reply, "s", NAME);
        r = look_at(publisher, r, &error);
        if (r < 0)
                return r;
        if (reply && sd_bus_message_read(reply, "s", &owner) > 0) {
                (void)snprintf(publisher->daemon, sizeof(publisher->daemon), "%s", owner);
                r = publish(publisher);
        } else
                (void)printf("waiting for lwm2m-clientd\n");
        sd_bus_message_unref(reply);
        return r;
}

int main(int argc, char *argv[])
{
        Publisher publisher = {.relay_purpose = "demonstration"};
        int r;

        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        publisher.interval = (uint64_t)((argc > 1 ? strtod(argv[1], NULL) : 5) * 1000000);
        (void)load(&publisher);
        r = sd_event_default(&publisher.event);
        if (r >= 0)
                r = connect_to_bus(&publisher);
        if (r >= 0)
                r = find_daemon(&publisher);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        publisher.event, NULL, CLOCK_MONOTONIC, publisher.interval, 0, on_timer, &publisher);
        if (r < 0)
                (void)fprintf(stderr, "cannot start: %s\n", strerror(-r));
        else
                r = sd_event_loop(publisher.event);
        sd_bus_flush_close_unref(publisher.bus);
        sd_event_unref(publisher.event);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
