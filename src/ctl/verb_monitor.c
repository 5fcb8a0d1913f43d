/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor: a line for each change. */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "bus/names.h"
#include "ctl/properties.h"
#include "ctl/verb_monitor.h"
#include "util/clock.h"

/* What the line is about: "" for the client as a whole, "Server 101 " for a server. */
static const char *subject(const char *path, char *buffer, size_t size)
{
        buffer[0] = '\0';
        if (strncmp(path, BUS_SERVER_PREFIX "/", strlen(BUS_SERVER_PREFIX "/")) == 0)
                (void)snprintf(buffer, size, "Server %s ", path + strlen(BUS_SERVER_PREFIX "/"));
        return buffer;
}

static void begin_line(const char *about)
{
        time_t now = (time_t)(clock_realtime(&clock_system) / USEC_PER_SEC);
        char stamp[16] = "";
        struct tm tm;

        if (localtime_r(&now, &tm))
                (void)strftime(stamp, sizeof(stamp), "%H:%M:%S", &tm);
        (void)printf("%s %s", stamp, about);
}

static void begin_json(JsonWriter *writer, const char *path, const char *signal)
{
        json_begin(writer, '{');
        json_key(writer, "Timestamp");
        json_unsigned(writer, clock_realtime(&clock_system));
        json_key(writer, "Path");
        json_string(writer, path);
        json_key(writer, "Signal");
        json_string(writer, signal);
}

static int on_status_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *old_status, *new_status, *reason;
        const Ctl *ctl = userdata;
        int r;

        r = sd_bus_message_read(message, "sss", &old_status, &new_status, &reason);
        if (r < 0)
                return r;
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                begin_json(&writer, BUS_PATH, "StatusChanged");
                json_key(&writer, "Old");
                json_string(&writer, old_status);
                json_key(&writer, "New");
                json_string(&writer, new_status);
                json_key(&writer, "Reason");
                json_string(&writer, reason);
                json_end(&writer, '{');
                return 0;
        }
        begin_line("");
        (void)printf("Status: %s -> %s%s%s%s\n", old_status, new_status, reason[0] ? " (" : "", reason,
                reason[0] ? ")" : "");
        return 0;
}

/* Writes the variant that the message stands before as a person wants it. */
static int show_value(sd_bus_message *message)
{
        JsonWriter writer = JSON_WRITER(stdout, JSON_SHORT);
        const char *contents, *name, *sentence;
        char time[FORMAT_TIME_SIZE];
        uint64_t usec;
        int r;

        r = sd_bus_message_peek_type(message, NULL, &contents);
        if (r < 0)
                return r;
        if (strcmp(contents, "s") == 0) {
                r = sd_bus_message_read(message, "v", "s", &sentence);
                if (r >= 0)
                        format_text(stdout, sentence);
                return r;
        }
        if (strcmp(contents, "(ss)") == 0) {
                r = sd_bus_message_read(message, "v", "(ss)", &name, &sentence);
                if (r < 0)
                        return r;
                (void)printf("%s%s", name[0] ? name : "none", name[0] ? ": " : "");
                format_text(stdout, sentence);
                return 0;
        }
        if (strcmp(contents, "t") == 0) {
                r = sd_bus_message_read(message, "v", "t", &usec);
                if (r < 0)
                        return r;
                format_time(usec, clock_realtime(&clock_system), time);
                (void)fputs(usec == 0 ? "none" : time, stdout);
                return 0;
        }
        return properties_to_json(message, &writer);
}

/* Status has a signal of its own, and its stamp is the line's. */
static bool is_shown(const char *name)
{
        return strcmp(name, "Status") != 0 && strcmp(name, "StatusTimestamp") != 0 &&
               !strstr(name, "Monotonic");
}

static int show_properties(sd_bus_message *message, const char *about)
{
        const char *name;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = sd_bus_message_read(message, "s", &name);
                if (r < 0)
                        return r;
                if (is_shown(name)) {
                        begin_line(about);
                        (void)printf("%s: ", name);
                        r = show_value(message);
                        (void)fputc('\n', stdout);
                } else
                        r = sd_bus_message_skip(message, "v");
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        return r;
}

static int on_properties_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *path = sd_bus_message_get_path(message), *interface;
        const Ctl *ctl = userdata;
        char about[32];
        int r;

        r = sd_bus_message_read(message, "s", &interface);
        if (r < 0)
                return r;
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                begin_json(&writer, path, "PropertiesChanged");
                json_key(&writer, "Properties");
                r = properties_to_json(message, &writer);
                json_end(&writer, '{');
                return r;
        }
        return show_properties(message, subject(path, about, sizeof(about)));
}

static int on_object(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *member = sd_bus_message_get_member(message), *path;
        const Ctl *ctl = userdata;
        char about[32];
        int r;

        r = sd_bus_message_read(message, "o", &path);
        if (r < 0)
                return r;
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                begin_json(&writer, path, member);
                json_key(&writer, "Interfaces");
                r = properties_to_json(message, &writer);
                json_end(&writer, '{');
                return r;
        }
        begin_line(subject(path, about, sizeof(about)));
        (void)printf("%s\n", strcmp(member, "InterfacesAdded") == 0 ? "added" : "removed");
        return 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *name, *old_owner, *new_owner;
        const Ctl *ctl = userdata;
        int r;

        r = sd_bus_message_read(message, "sss", &name, &old_owner, &new_owner);
        if (r < 0)
                return r;
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                begin_json(&writer, BUS_PATH, "NameOwnerChanged");
                json_key(&writer, "Running");
                json_boolean(&writer, new_owner[0] != '\0');
                json_end(&writer, '{');
                return 0;
        }
        begin_line("");
        (void)printf("lwm2m-clientd has %s the bus\n", new_owner[0] ? "come to" : "left");
        return 0;
}

static int watch(const Ctl *ctl)
{
        static const struct {
                const char *match;
                sd_bus_message_handler_t handler;
        } matches[] = {
                {"sender='" BUS_NAME "',path='" BUS_PATH "',interface='" BUS_MANAGER_INTERFACE
                 "',member='StatusChanged'",
                        on_status_changed},
                {"sender='" BUS_NAME "',path_namespace='" BUS_PATH
                 "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
                        on_properties_changed},
                {"sender='" BUS_NAME "',path='" BUS_PATH "',interface='org.freedesktop.DBus.ObjectManager'",
                        on_object},
                {"sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                 "arg0='" BUS_NAME "'",
                        on_owner_changed},
        };

        for (size_t i = 0; i < ELEMENTSOF(matches); i++) {
                char match[512];
                int r;

                (void)snprintf(match, sizeof(match), "type='signal',%s", matches[i].match);
                r = sd_bus_add_match(ctl->bus, NULL, match, matches[i].handler, (void *)ctl);
                if (r < 0)
                        return ctl_broken(r, "watch the daemon");
        }
        return CTL_DONE;
}

/* The first line is what is: from then on each change follows. */
static int show_present(const Ctl *ctl)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        ManagerProperties manager = {0};
        int r;

        r = ctl_get_all(ctl->bus, BUS_PATH, BUS_MANAGER_INTERFACE, &reply);
        if (r != CTL_DONE)
                return r;
        r = properties_read_manager(reply, &manager);
        if (r < 0)
                return ctl_broken(r, "read the daemon's properties");
        if (ctl->json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, ctl->json);

                begin_json(&writer, BUS_PATH, "");
                json_key(&writer, "Status");
                json_string(&writer, manager.status);
                json_key(&writer, "SubStatus");
                json_string(&writer, manager.sub_status);
                json_end(&writer, '{');
                return CTL_DONE;
        }
        begin_line("");
        (void)printf("Status: %s (%s)\n", manager.status, manager.sub_status);
        return CTL_DONE;
}

/* Its only end: nothing has failed. */
static void on_interrupt(int number)
{
        _exit(CTL_DONE);
}

int verb_monitor(const Ctl *ctl)
{
        int r;

        (void)signal(SIGINT, on_interrupt);

        /* Into a pipe too: each line when it happens. */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        r = watch(ctl);
        if (r != CTL_DONE)
                return r;
        r = show_present(ctl);
        while (r == CTL_DONE)
                r = ctl_process(ctl->bus);
        return r;
}
