/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to the system bus: never waited for, and made again when it breaks. */
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bus/backlog.h"
#include "bus/bus_connection.h"
#include "bus/names.h"
#include "util/log.h"
#include "util/message_ids.h"

/* After a lost connection, doubled while it does not come to be ready: the socket of a bus that is starting
 * may be there before the bus answers. Where there is no socket sd-bus waits for it with inotify instead. */
#define RECONNECT_DELAY     (100 * USEC_PER_MSEC)
#define RECONNECT_DELAY_MAX (30 * USEC_PER_SEC)

/* A bus that lets us in and says nothing is given up: the unit's TimeoutStartSec= is 30 s, sd-bus's own
 * patience 90 s. */
#define ANSWER_WAIT (5 * USEC_PER_SEC)

/* As after an installation without "systemctl reload dbus", or with a User= of its own in the unit. */
#define POLICY_ADVICE                                                            \
        "Its policy does not let this user have it. See that " BUS_NAME ".conf " \
        "is in /usr/share/dbus-1/system.d and names the user, and \"systemctl reload dbus\"."

/* Replies to RequestName (D-Bus specification, org.freedesktop.DBus.RequestName) */
#define REQUEST_NAME_PRIMARY_OWNER 1
#define REQUEST_NAME_ALREADY_OWNER 4

struct BusConnection {
        sd_event *event;
        const BusConnectionHandler *handler;
        void *userdata;
        sd_bus *connection; /* NULL only after a failed attempt */
        bool owned;         /* the name is ours: signals are heard */
        bool was_owned;     /* it has been, once */
        bool missed;        /* the log says that it is not there */
        uint64_t delay;
        sd_event_source *reconnect_source;
        sd_event_source *silence_source;
        sd_event_source *queue_source; /* behind whatever the loop has done */
};

static int bus_connect(BusConnection *bus);

static void schedule_reconnect(BusConnection *bus)
{
        int r;

        bus->owned = false;
        bus->missed = true;
        bus->handler->lost(bus->userdata);
        (void)sd_event_source_set_enabled(bus->silence_source, SD_EVENT_OFF);
        r = sd_event_source_set_time_relative(bus->reconnect_source, bus->delay);
        if (r >= 0)
                r = sd_event_source_set_enabled(bus->reconnect_source, SD_EVENT_ONESHOT);
        if (r < 0)
                log_event_errno(LOG_ERR, r, MESSAGE_ID_INTERNAL_ERROR,
                        "Failed to arm the timer for the next connection to the bus: %m");
        bus->delay = MIN_OF(2 * bus->delay, RECONNECT_DELAY_MAX);
}

static int on_reconnect(sd_event_source *source, uint64_t usec, void *userdata)
{
        BusConnection *bus = userdata;
        int r;

        /* Without the name it may have been called by its unique name meanwhile. */
        bus->handler->lost(bus->userdata);
        bus->connection = sd_bus_close_unref(bus->connection);
        r = bus_connect(bus);
        if (r < 0) {
                log_debug("Failed to connect to the bus, trying again: %s", strerror(-r));
                schedule_reconnect(bus);
        }
        return 0;
}

/* Told loudly when it begins, not at every further attempt. */
static void refused(BusConnection *bus, const char *reason)
{
        log_event(bus->delay == RECONNECT_DELAY ? LOG_ERR : LOG_DEBUG, MESSAGE_ID_BUS_NAME_REFUSED,
                "The system bus refuses us the name " BUS_NAME ", going on without: %s", reason);
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
        BusConnection *bus = userdata;

        if (bus->owned) {
                log_event(LOG_NOTICE, MESSAGE_ID_BUS_LOST, "Lost the system bus, waiting for it.");
                schedule_reconnect(bus);
        } else
                refused(bus, "The connection was closed.");
        return 0;
}

static int on_queue(sd_event_source *source, void *userdata)
{
        BusConnection *bus = userdata;
        uint64_t n = bus->owned ? backlog_length(bus->connection) : 0;

        if (n <= BACKLOG_HANGS)
                return 0;
        log_event(LOG_WARNING, MESSAGE_ID_BUS_LOST,
                "The system bus takes nothing any more, %llu messages wait for it: they are dropped, and "
                "the connection is made anew. Look at the bus.",
                (unsigned long long)n);
        schedule_reconnect(bus);
        return 0;
}

static int on_owner_pid(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        BusConnection *bus = userdata;
        uint32_t pid = 0;

        if (!sd_bus_is_open(bus->connection))
                return 0;
        if (sd_bus_message_is_method_error(message, NULL) || sd_bus_message_read(message, "u", &pid) < 0)
                pid = 0;
        if (!bus->was_owned) {
                bus->handler->name_taken(bus->userdata, pid);
                return 0;
        }

        /* Our own connection of before, which the bus has not seen end yet: it hung. */
        log_event(pid == (uint32_t)getpid() ? LOG_DEBUG : LOG_ERR, MESSAGE_ID_BUS_NAME_REFUSED,
                "The bus name " BUS_NAME " belongs to process %u now, trying again.", (unsigned)pid);
        schedule_reconnect(bus);
        return 0;
}

static int on_name_requested(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        BusConnection *bus = userdata;
        uint32_t answer = 0;
        int r;

        if (sd_bus_message_is_method_error(message, NULL)) {
                const sd_bus_error *error = sd_bus_message_get_error(message);

                /* When the connection broke, on_disconnected() follows. */
                if (sd_bus_is_open(bus->connection))
                        refused(bus, sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED)
                                        ? POLICY_ADVICE
                                        : error->message ?: error->name);
                return 0;
        }
        r = sd_bus_message_read(message, "u", &answer);
        if (r < 0)
                return r;
        if (answer != REQUEST_NAME_PRIMARY_OWNER && answer != REQUEST_NAME_ALREADY_OWNER)
                return sd_bus_call_method_async(bus->connection, NULL, BUS_DRIVER,
                        "GetConnectionUnixProcessID", on_owner_pid, bus, "s", BUS_NAME);

        (void)sd_event_source_set_enabled(bus->silence_source, SD_EVENT_OFF);
        bus->delay = RECONNECT_DELAY;
        bus->owned = bus->was_owned = true;
        log_event(bus->missed ? LOG_NOTICE : LOG_DEBUG, MESSAGE_ID_BUS_FOUND,
                "The system bus is there, and " BUS_NAME " on it.");
        bus->missed = false;
        bus->handler->owned(bus->userdata);
        return 0;
}

/* As sd_bus_open_system(), which has no way to wait for the socket. */
static int start_connection(sd_bus *connection)
{
        const char *address = secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
        int r;

        r = sd_bus_set_address(connection, address ?: BUS_SYSTEM_ADDRESS);
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

static int bus_connect(BusConnection *bus)
{
        _cleanup_(sd_bus_close_unrefp) sd_bus *connection = NULL;
        int r;

        r = sd_bus_new(&connection);
        if (r < 0)
                return r;
        r = start_connection(connection);
        if (r < 0)
                return r;
        r = bus->handler->attach(bus->userdata, connection);
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

static int add_timer(
        BusConnection *bus, const char *name, sd_event_time_handler_t handler, sd_event_source **ret)
{
        int r;

        r = sd_event_add_time(bus->event, ret, CLOCK_BOOTTIME, 0, 0, handler, bus);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(*ret, name);
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int bus_connection_new(
        sd_event *event, const BusConnectionHandler *handler, void *userdata, BusConnection **ret)
{
        _cleanup_(bus_connection_freep) BusConnection *bus = NULL;
        int r;

        assert(event && handler && ret);

        bus = calloc(1, sizeof(*bus));
        if (!bus)
                return -ENOMEM;
        *bus = (BusConnection){
                .event = sd_event_ref(event),
                .handler = handler,
                .userdata = userdata,
                .delay = RECONNECT_DELAY,
        };
        r = add_timer(bus, "bus-reconnect", on_reconnect, &bus->reconnect_source);
        if (r < 0)
                return r;
        r = add_timer(bus, "bus-silence", on_silence, &bus->silence_source);
        if (r < 0)
                return r;
        r = sd_event_add_post(event, &bus->queue_source, on_queue, bus);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(bus->queue_source, "bus-queue");
        r = bus_connect(bus);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_BUS_LOST,
                        "Failed to connect to the system bus, trying again: %m");
                schedule_reconnect(bus);
        }
        bus->missed = !bus_connection_is_present(bus);

        *ret = TAKE_PTR(bus);
        return 0;
}

BusConnection *bus_connection_free(BusConnection *bus)
{
        if (!bus)
                return NULL;
        sd_bus_close_unref(bus->connection);
        sd_event_source_disable_unref(bus->reconnect_source);
        sd_event_source_disable_unref(bus->silence_source);
        sd_event_source_disable_unref(bus->queue_source);
        sd_event_unref(bus->event);
        free(bus);
        return NULL;
}

bool bus_connection_is_present(const BusConnection *bus)
{
        return is_present(bus->connection);
}

sd_bus *bus_connection_heard(const BusConnection *bus)
{
        return bus->owned ? bus->connection : NULL;
}
