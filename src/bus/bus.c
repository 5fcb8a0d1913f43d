/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to the system bus: never waited for, and made again when it breaks. */
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "bus/bus.h"
#include "bus/log_control.h"
#include "bus/manager_object.h"
#include "bus/names.h"
#include "bus/server_object.h"
#include "util/log.h"

#define DEFAULT_ADDRESS \
        "unix:path=/run/dbus/system_bus_socket" /* D-Bus specification, Well-known Message Bus Instances */

/* After a lost connection, doubled while it does not come to be ready: the socket of a bus that is starting
 * may be there before the bus answers. Where there is no socket sd-bus waits for it with inotify instead. */
#define RECONNECT_DELAY     (100 * USEC_PER_MSEC)
#define RECONNECT_DELAY_MAX (30 * USEC_PER_SEC)

/* A bus that lets us in and says nothing is given up: the unit's TimeoutStartSec= is 30 s, sd-bus's own
 * patience 90 s. */
#define ANSWER_WAIT (5 * USEC_PER_SEC)

/* Replies to RequestName (D-Bus specification, org.freedesktop.DBus.RequestName) */
#define REQUEST_NAME_PRIMARY_OWNER 1
#define REQUEST_NAME_ALREADY_OWNER 4

struct Bus {
        sd_event *event;
        const BusHandler *handler;
        void *userdata;
        ManagerObject *manager;
        ServerObjects *servers;
        sd_bus *connection; /* NULL only after a failed attempt */
        bool owned;         /* the name is ours: signals are heard */
        bool was_owned;     /* it has been, once */
        bool missed;        /* the log says that it is not there */
        uint64_t delay;
        sd_event_source *reconnect_source;
        sd_event_source *silence_source;
        sd_event_source *changed_source; /* deferred: one PropertiesChanged a loop turn */
};

static int bus_connect(Bus *bus);

/* A connection that is breaking is told by on_disconnected(). */
static void warn(int r, const char *what)
{
        if (r < 0 && r != -ENOTCONN && r != -ECONNRESET && r != -EPIPE)
                log_warning_errno(r, "Failed to send %s, ignoring: %m", what);
}

static sd_bus *heard(Bus *bus)
{
        return bus->owned ? bus->connection : NULL;
}

static void schedule_reconnect(Bus *bus)
{
        int r;

        bus->owned = false;
        bus->missed = true;
        (void)sd_event_source_set_enabled(bus->silence_source, SD_EVENT_OFF);
        r = sd_event_source_set_time_relative(bus->reconnect_source, bus->delay);
        if (r >= 0)
                r = sd_event_source_set_enabled(bus->reconnect_source, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error_errno(r, "Failed to arm the timer for the next connection to the bus: %m");
        bus->delay = MIN_OF(2 * bus->delay, RECONNECT_DELAY_MAX);
}

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata)
{
        Bus *bus = userdata;
        int r;

        bus->connection = sd_bus_close_unref(bus->connection);
        r = bus_connect(bus);
        if (r < 0) {
                log_debug("Failed to connect to the bus, trying again: %s", strerror(-r));
                schedule_reconnect(bus);
        }
        return 0;
}

/* Told loudly when it begins, not at every further attempt. */
static void refused(Bus *bus, const char *reason)
{
        log_full(bus->delay == RECONNECT_DELAY ? LOG_ERR : LOG_DEBUG, 0, NULL,
                "The system bus refuses us the name " BUS_NAME ", going on without: %s", reason);
        if (bus->handler->refused)
                bus->handler->refused(bus->userdata, reason);
        schedule_reconnect(bus);
}

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
        refused(userdata, "It does not answer.");
        return 0;
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Bus *bus = userdata;

        if (bus->owned) {
                log_notice("Lost the system bus, waiting for it.");
                schedule_reconnect(bus);
        } else
                refused(bus, "The connection was closed.");
        return 0;
}

static int on_owner_pid(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Bus *bus = userdata;
        uint32_t pid = 0;

        if (!sd_bus_is_open(bus->connection))
                return 0;
        if (sd_bus_message_is_method_error(message, NULL) || sd_bus_message_read(message, "u", &pid) < 0)
                pid = 0;
        if (!bus->was_owned) {
                bus->handler->name_taken(bus->userdata, pid);
                return 0;
        }

        log_error("The bus name " BUS_NAME " belongs to process %u now, trying again.", (unsigned)pid);
        schedule_reconnect(bus);
        return 0;
}

static int on_name_requested(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Bus *bus = userdata;
        uint32_t answer = 0;
        int r;

        if (sd_bus_message_is_method_error(message, NULL)) {
                const sd_bus_error *error = sd_bus_message_get_error(message);

                /* When the connection broke, on_disconnected() follows. */
                if (sd_bus_is_open(bus->connection))
                        refused(bus, error->message ?: error->name);
                return 0;
        }
        r = sd_bus_message_read(message, "u", &answer);
        if (r < 0)
                return r;
        if (answer != REQUEST_NAME_PRIMARY_OWNER && answer != REQUEST_NAME_ALREADY_OWNER)
                return sd_bus_call_method_async(bus->connection, NULL, "org.freedesktop.DBus",
                        "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                        on_owner_pid, bus, "s", BUS_NAME);

        manager_object_settle(bus->manager);
        server_objects_settle(bus->servers);
        (void)sd_event_source_set_enabled(bus->silence_source, SD_EVENT_OFF);
        bus->delay = RECONNECT_DELAY;
        bus->owned = bus->was_owned = true;
        log_full(bus->missed ? LOG_NOTICE : LOG_DEBUG, 0, NULL,
                "The system bus is there, and " BUS_NAME " on it.");
        bus->missed = false;
        bus->handler->ready(bus->userdata);
        return 0;
}

static int attach_objects(Bus *bus, sd_bus *connection)
{
        int r;

        r = sd_bus_add_object_manager(connection, NULL, BUS_PATH);
        if (r < 0)
                return r;
        r = manager_object_attach(bus->manager, connection);
        if (r < 0)
                return r;
        r = server_objects_attach(bus->servers, connection);
        if (r < 0)
                return r;
        return log_control_attach(connection);
}

/* As sd_bus_open_system(), which has no way to wait for the socket. */
static int start_connection(sd_bus *connection)
{
        const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        int r;

        r = sd_bus_set_address(connection, address ?: DEFAULT_ADDRESS);
        if (r < 0)
                return r;
        r = sd_bus_set_bus_client(connection, true);
        if (r < 0)
                return r;
        r = sd_bus_set_watch_bind(connection, true);
        if (r < 0)
                return r;
        return sd_bus_start(connection);
}

/* While sd-bus waits for the socket its descriptor is an inotify one. */
static bool is_present(sd_bus *connection)
{
        struct stat st;
        int fd;

        fd = connection ? sd_bus_get_fd(connection) : -1;
        return fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int bus_connect(Bus *bus)
{
        _cleanup_(sd_bus_close_unrefp) sd_bus *connection = NULL;
        int r;

        r = sd_bus_new(&connection);
        if (r < 0)
                return r;
        r = start_connection(connection);
        if (r < 0)
                return r;
        r = attach_objects(bus, connection);
        if (r < 0)
                return r;
        r = sd_bus_match_signal_async(connection, NULL, "org.freedesktop.DBus.Local",
                "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected", on_disconnected,
                NULL, bus);
        if (r < 0)
                return r;
        r = sd_bus_request_name_async(connection, NULL, BUS_NAME, 0, on_name_requested, bus);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(connection, bus->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        /* sd-bus would flush when the loop ends, and wait for a bus that has not said hello. */
        r = sd_bus_set_close_on_exit(connection, false);
        if (r < 0)
                return r;

        if (is_present(connection)) {
                r = sd_event_source_set_time_relative(bus->silence_source, ANSWER_WAIT);
                if (r < 0)
                        return r;
                r = sd_event_source_set_enabled(bus->silence_source, SD_EVENT_ONESHOT);
                if (r < 0)
                        return r;
        }

        bus->connection = TAKE_PTR(connection);
        return 0;
}

static int on_changed(sd_event_source *source, void *userdata)
{
        Bus *bus = userdata;

        if (bus->owned) {
                warn(manager_object_emit_changed(bus->manager, bus->connection), "PropertiesChanged");
                warn(server_objects_emit_changed(bus->servers, bus->connection), "PropertiesChanged");
        }
        return 0;
}

static void schedule_changed(Bus *bus)
{
        int r;

        r = sd_event_source_set_enabled(bus->changed_source, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "Failed to schedule PropertiesChanged, ignoring: %m");
}

static void on_status_changed(void *userdata, Status old_status, Status new_status, const char *reason)
{
        Bus *bus = userdata;

        manager_object_refresh(bus->manager);
        if (heard(bus))
                warn(manager_object_emit_status_changed(bus->connection, old_status, new_status, reason),
                        "StatusChanged");
        schedule_changed(bus);
}

static void on_state_changed(void *userdata)
{
        Bus *bus = userdata;

        manager_object_refresh(bus->manager);
        schedule_changed(bus);
}

static void on_server_added(void *userdata, uint16_t short_server_id)
{
        Bus *bus = userdata;

        warn(server_objects_add(bus->servers, heard(bus), short_server_id), "InterfacesAdded");
        schedule_changed(bus);
}

static void on_server_changed(void *userdata, uint16_t short_server_id)
{
        Bus *bus = userdata;

        server_objects_refresh(bus->servers, short_server_id);
        schedule_changed(bus);
}

static void on_server_removed(void *userdata, uint16_t short_server_id)
{
        Bus *bus = userdata;

        warn(server_objects_remove(bus->servers, heard(bus), short_server_id), "InterfacesRemoved");
}

static const ClientListener bus_listener = {
        .status_changed = on_status_changed,
        .state_changed = on_state_changed,
        .server_added = on_server_added,
        .server_changed = on_server_changed,
        .server_removed = on_server_removed,
};

static int add_timer(Bus *bus, const char *name, sd_event_time_handler_t handler, sd_event_source **ret)
{
        int r;

        r = sd_event_add_time(bus->event, ret, CLOCK_BOOTTIME, 0, 0, handler, bus);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(*ret, name);
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int add_sources(Bus *bus)
{
        int r;

        r = add_timer(bus, "bus-reconnect", on_reconnect, &bus->reconnect_source);
        if (r < 0)
                return r;
        r = add_timer(bus, "bus-silence", on_silence, &bus->silence_source);
        if (r < 0)
                return r;
        r = sd_event_add_defer(bus->event, &bus->changed_source, on_changed, bus);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(bus->changed_source, "bus-properties-changed");
        return sd_event_source_set_enabled(bus->changed_source, SD_EVENT_OFF);
}

int bus_new(sd_event *event, Client *client, const char *config_file, const BusHandler *handler,
        void *userdata, bool *ret_present, Bus **ret)
{
        _cleanup_(bus_freep) Bus *bus = NULL;
        bool present;
        int r;

        assert(event && client && config_file && handler && handler->ready && handler->name_taken && ret);

        bus = calloc(1, sizeof(*bus));
        if (!bus)
                return -ENOMEM;
        *bus = (Bus){
                .event = sd_event_ref(event),
                .handler = handler,
                .userdata = userdata,
                .delay = RECONNECT_DELAY,
        };
        r = add_sources(bus);
        if (r < 0)
                return r;
        r = manager_object_new(client, config_file, handler, userdata, &bus->manager);
        if (r < 0)
                return r;
        r = server_objects_new(client, &bus->servers);
        if (r < 0)
                return r;
        r = bus_connect(bus);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                log_warning_errno(r, "Failed to connect to the system bus, trying again: %m");
                schedule_reconnect(bus);
        }
        r = client_add_listener(client, &bus_listener, bus);
        if (r < 0)
                return r;

        present = is_present(bus->connection);
        bus->missed = !present;
        if (ret_present)
                *ret_present = present;
        *ret = TAKE_PTR(bus);
        return 0;
}

Bus *bus_free(Bus *bus)
{
        if (!bus)
                return NULL;
        sd_bus_close_unref(bus->connection);
        sd_event_source_disable_unref(bus->reconnect_source);
        sd_event_source_disable_unref(bus->silence_source);
        sd_event_source_disable_unref(bus->changed_source);
        manager_object_free(bus->manager);
        server_objects_free(bus->servers);
        sd_event_unref(bus->event);
        free(bus);
        return NULL;
}
