/* SPDX-License-Identifier: Apache-2.0 */
/* The small program of the demonstration: a temperature, /3303/0, of which each line of its input is the
 * next reading, and whose Application Type servers may write. Ends with its input. data/examples/publish.c
 * is one to copy. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CLIENT "org.lwm2m.Client1", "/org/lwm2m/Client1", "org.lwm2m.Client1.Objects"

static int tell(int r, const sd_bus_error *error)
{
        if (r < 0)
                (void)fprintf(stderr, "thermometer: %s\n", error->message ?: strerror(-r));
        return r;
}

static int publish(sd_bus *bus)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = sd_bus_call_method(bus, CLIENT, "Publish", &error, NULL, "qqa{qv}a{sv}", 3303, 0, 3, 5700,
                "d", 21.5, 5701, "s", "Cel", 5750, "s", "somewhere", 1, "handler", "o", "/thermometer");

        r = tell(r, &error);
        sd_bus_error_free(&error);
        return r;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char line[64];
        ssize_t n = read(fd, line, sizeof(line) - 1);
        int r;

        if (n <= 0)
                return sd_event_exit(sd_event_source_get_event(source), EXIT_SUCCESS);
        line[n] = '\0';
        r = sd_bus_call_method(userdata, CLIENT, "SetValues", &error, NULL, "a(sv)", 1, "/3303/0/5700", "d",
                strtod(line, NULL));
        r = tell(r, &error);
        sd_bus_error_free(&error);
        return r;
}

static int on_write(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        uint16_t resource;
        const char *text;
        int r;

        r = sd_bus_message_skip(message, "qq");
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "{qv}");
        if (r >= 0)
                r = sd_bus_message_read(message, "{qv}", &resource, "s", &text);
        if (r <= 0)
                return -EINVAL;
        (void)printf("%u %s\n", (unsigned)resource, text);
        (void)fflush(stdout);
        return sd_bus_reply_method_return(message, NULL);
}

static const sd_bus_vtable handler[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Write", "qqa{qv}bq", "", on_write, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

int main(void)
{
        sd_event *event = NULL;
        sd_bus *bus = NULL;
        int r;

        r = sd_event_default(&event);
        if (r >= 0)
                r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_add_object_vtable(
                        bus, NULL, "/thermometer", "org.lwm2m.Client1.ObjectHandler", handler, NULL);
        if (r >= 0)
                r = sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, bus);
        if (r >= 0)
                r = publish(bus);
        if (r >= 0) {
                (void)puts("published");
                (void)fflush(stdout);
                r = sd_event_loop(event);
        }
        sd_bus_flush_close_unref(bus);
        sd_event_unref(event);
        return r < 0 ? EXIT_FAILURE : r;
}
