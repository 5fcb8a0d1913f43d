/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of lwm2mctl monitor. */
#include "bus/names.h"
#include "ctl/dictionary.h"
#include "ctl/monitor_line.h"
#include "ctl/properties.h"
#include "util/clock.h"

/* What the line is about: "" for the client as a whole, "Firmware " for its firmware, "Server 101 " for a
 * server. */
static const char *subject(const char *path, const char *interface, char *buffer, size_t size)
{
        buffer[0] = '\0';
        if (strcmp(interface, BUS_FIRMWARE_INTERFACE) == 0)
                return "Firmware ";
        if (strncmp(path, BUS_SERVER_PREFIX "/", strlen(BUS_SERVER_PREFIX "/")) == 0)
                (void)snprintf(buffer, size, "Server %s ", path + strlen(BUS_SERVER_PREFIX "/"));
        return buffer;
}

static void begin_line(const char *about)
{
        char clock[FORMAT_TIME_SIZE];

        format_clock(clock_realtime(&clock_system), clock);
        (void)printf("%s %s", clock, about);
}

static void begin_json(JsonWriter *writer, const char *path, const char *signal)
{
        json_begin(writer, '{');
        json_member_unsigned(writer, "Timestamp", clock_realtime(&clock_system));
        json_member_string(writer, "Path", path);
        json_member_string(writer, "Signal", signal);
}

int monitor_line_status(sd_bus_message *message, JsonMode json)
{
        const char *old_status, *new_status, *reason;
        int r;

        r = sd_bus_message_read(message, "sss", &old_status, &new_status, &reason);
        if (r < 0)
                return r;
        if (json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, json);

                begin_json(&writer, BUS_PATH, "StatusChanged");
                json_member_string(&writer, "Old", old_status);
                json_member_string(&writer, "New", new_status);
                json_member_string(&writer, "Reason", reason);
                json_end(&writer, '{');
                return 0;
        }
        begin_line("");
        (void)printf("Status: %s -> %s%s%s%s\n", old_status, new_status, reason[0] ? " (" : "", reason,
                reason[0] ? ")" : "");
        return 0;
}

/* The other ones are bytes. */
static bool is_time(const char *property)
{
        return strstr(property, "Timestamp");
}

/* Writes the variant that the message stands before, the value of a property, as a person wants it. */
static int show_value(sd_bus_message *message, const char *property)
{
        JsonWriter writer = JSON_WRITER(stdout, JSON_SHORT);
        const char *contents, *name, *sentence;
        char time[FORMAT_TIME_SIZE], size[FORMAT_SIZE_SIZE];
        uint64_t value;
        int r;

        r = sd_bus_message_peek_type(message, NULL, &contents);
        if (r < 0)
                return r;
        if (strcmp(contents, "s") == 0) {
                r = sd_bus_message_read(message, "v", "s", &sentence);
                if (r >= 0)
                        format_text(stdout, sentence[0] ? sentence : "none");
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
                r = sd_bus_message_read(message, "v", "t", &value);
                if (r < 0)
                        return r;
                format_time((Moment){.realtime = value}, moment_now(), time);
                format_size(value, size);
                (void)fputs(!is_time(property) ? size : value == 0 ? "none" : time, stdout);
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
        while ((r = dictionary_next(message, "sv", &name)) > 0) {
                if (is_shown(name)) {
                        begin_line(about);
                        (void)printf("%s: ", name);
                        r = show_value(message, name);
                        (void)fputc('\n', stdout);
                        if (r >= 0)
                                r = sd_bus_message_exit_container(message);
                } else
                        r = dictionary_skip(message, "v");
                if (r < 0)
                        return r;
        }
        return r;
}

int monitor_line_properties(sd_bus_message *message, JsonMode json)
{
        const char *path = sd_bus_message_get_path(message), *interface;
        char about[32];
        int r;

        r = sd_bus_message_read(message, "s", &interface);
        if (r < 0)
                return r;
        if (json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, json);

                begin_json(&writer, path, "PropertiesChanged");
                json_member_string(&writer, "Interface", interface);
                json_key(&writer, "Properties");
                r = properties_to_json(message, &writer);
                json_end(&writer, '{');
                return r;
        }
        return show_properties(message, subject(path, interface, about, sizeof(about)));
}

int monitor_line_object(sd_bus_message *message, JsonMode json)
{
        const char *member = sd_bus_message_get_member(message), *path, *interface;
        char about[32];
        int r;

        r = sd_bus_message_read(message, "o", &path);
        if (r < 0)
                return r;
        if (json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, json);

                begin_json(&writer, path, member);
                json_key(&writer, "Interfaces");
                r = properties_to_json(message, &writer);
                json_end(&writer, '{');
                return r;
        }
        /* Of the client as a whole nothing else comes and goes. */
        interface = strcmp(path, BUS_PATH) == 0 ? BUS_FIRMWARE_INTERFACE : BUS_SERVER_INTERFACE;
        begin_line(subject(path, interface, about, sizeof(about)));
        (void)printf("%s\n", strcmp(member, "InterfacesAdded") == 0 ? "added" : "removed");
        return 0;
}

void monitor_line_daemon(bool present, JsonMode json)
{
        if (json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, json);

                begin_json(&writer, BUS_PATH, "NameOwnerChanged");
                json_member_boolean(&writer, "Running", present);
                json_end(&writer, '{');
                return;
        }
        begin_line("");
        (void)printf("lwm2m-clientd %s the bus\n", present ? "has come to" : "has left");
}

void monitor_line_bus_lost(JsonMode json)
{
        if (json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, json);

                begin_json(&writer, BUS_PATH, "Disconnected");
                json_end(&writer, '{');
                return;
        }
        begin_line("");
        (void)printf("The bus has gone, waiting for it\n");
}

int monitor_line_present(sd_bus_message *properties, JsonMode json)
{
        ManagerProperties manager;
        int r;

        r = properties_read_manager(properties, &manager);
        if (r < 0)
                return r;
        if (json != JSON_OFF) {
                JsonWriter writer = JSON_WRITER(stdout, json);

                begin_json(&writer, BUS_PATH, "");
                json_member_string(&writer, "Status", manager.status);
                json_member_string(&writer, "SubStatus", manager.sub_status);
                json_end(&writer, '{');
                return 0;
        }
        begin_line("");
        (void)printf("Status: %s (%s)\n", manager.status, manager.sub_status);
        return 0;
}
