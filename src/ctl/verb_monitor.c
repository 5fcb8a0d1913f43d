/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor: follows the daemon over restarts of its own and of the bus, as long as somebody reads.
 */
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "bus/names.h"
#include "ctl/monitor_line.h"
#include "ctl/verb_monitor.h"
#include "util/clock.h"

#define RECONNECT_WAIT USEC_PER_SEC /* where there is no socket to wait for, or nobody behind it yet */

typedef struct Monitor {
        const Ctl *ctl;
        sd_bus *bus;  /* NULL: to be connected to */
        bool follows; /* what is has been shown: changes count from then on */
} Monitor;

static int on_present(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Monitor *monitor = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(message);

        if (!error) {
                monitor->follows = true;
                return monitor_line_present(message, monitor->ctl->json);
        }
        if (!monitor->follows && (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
                                         sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))) {
                monitor->follows = true;
                monitor_line_daemon(false, monitor->ctl->json);
        }
        return 0;
}

/* Changes that come before the answer are in it. */
static int ask_what_is(Monitor *monitor)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = ctl_new_call(monitor->bus, BUS_PATH, "org.freedesktop.DBus.Properties", "GetAll", &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "s", BUS_MANAGER_INTERFACE);
        if (r >= 0)
                r = sd_bus_call_async(monitor->bus, NULL, message, on_present, monitor, UINT64_MAX);
        return r;
}

static int on_status_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Monitor *monitor = userdata;

        return monitor->follows ? monitor_line_status(message, monitor->ctl->json) : 0;
}

static int on_properties_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Monitor *monitor = userdata;

        return monitor->follows ? monitor_line_properties(message, monitor->ctl->json) : 0;
}

static int on_object(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Monitor *monitor = userdata;

        return monitor->follows ? monitor_line_object(message, monitor->ctl->json) : 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const char *name, *old_owner, *new_owner;
        Monitor *monitor = userdata;
        int r;

        r = sd_bus_message_read(message, "sss", &name, &old_owner, &new_owner);
        if (r < 0)
                return r;
        monitor_line_daemon(new_owner[0] != '\0', monitor->ctl->json);
        return new_owner[0] ? ask_what_is(monitor) : 0;
}

/* The bus has the matches before it gets a call that follows. */
static int watch(Monitor *monitor)
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
                r = sd_bus_add_match_async(monitor->bus, NULL, match, matches[i].handler, NULL, monitor);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* At the beginning the daemon must be there; whoever starts this waits for a first line. */
static int begin(Monitor *monitor)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = watch(monitor);
        if (r < 0)
                return ctl_broken(r, "watch the daemon");
        r = ctl_get_manager(monitor->bus, &reply);
        if (r != CTL_DONE)
                return r;
        r = monitor_line_present(reply, monitor->ctl->json);
        if (r < 0)
                return ctl_broken(r, "read the daemon's properties");
        monitor->follows = true;
        return CTL_DONE;
}

/* Whoever reads the output has gone. A terminal, a file and /dev/null never say so. */
static bool output_is_closed(void)
{
        struct pollfd output = {.fd = STDOUT_FILENO};

        return poll(&output, 1, 0) > 0;
}

/* Until something comes from the bus, or the output is closed, or timeout (usec) has passed. */
static int wait_for_input(sd_bus *bus, uint64_t timeout)
{
        struct pollfd fds[] = {{.fd = STDOUT_FILENO}, {.fd = -1}};
        struct timespec ts;
        uint64_t until;
        int events, r;

        if (bus) {
                fds[1].fd = sd_bus_get_fd(bus);
                events = sd_bus_get_events(bus);
                if (fds[1].fd < 0 || events < 0)
                        return -ENOTCONN;
                fds[1].events = (short)events;
                r = sd_bus_get_timeout(bus, &until);
                if (r < 0)
                        return r;
                if (until != UINT64_MAX) {
                        uint64_t now = clock_monotonic(&clock_system);

                        timeout = MIN_OF(timeout, until > now ? until - now : 0);
                }
        }
        ts = (struct timespec){
                .tv_sec = (time_t)(timeout / USEC_PER_SEC),
                .tv_nsec = (long)(timeout % USEC_PER_SEC) * 1000,
        };
        r = ppoll(fds, ELEMENTSOF(fds), timeout == USEC_INFINITY ? NULL : &ts, NULL);
        return r < 0 && errno != EINTR ? -errno : 0;
}

/* One turn on the bus. Negative errno: it is gone. */
static int follow(Monitor *monitor)
{
        int r;

        r = sd_bus_process(monitor->bus, NULL);
        return r == 0 ? wait_for_input(monitor->bus, USEC_INFINITY) : r;
}

/* One attempt; the connection comes to be ready, or breaks, while it is followed. */
static void connect_again(Monitor *monitor)
{
        int r;

        monitor->follows = false;
        r = ctl_begin_connection(monitor->ctl->address, &monitor->bus);
        if (r >= 0)
                r = watch(monitor);
        if (r >= 0)
                r = ask_what_is(monitor);
        if (r < 0) {
                monitor->bus = sd_bus_close_unref(monitor->bus);
                (void)wait_for_input(NULL, RECONNECT_WAIT);
        }
}

/* Its other end: nothing has failed. */
static void on_interrupt(int number)
{
        _exit(CTL_DONE);
}

int verb_monitor(const Ctl *ctl)
{
        Monitor monitor = {.ctl = ctl, .bus = sd_bus_ref(ctl->bus)};
        int r;

        (void)signal(SIGINT, on_interrupt);
        (void)signal(SIGPIPE, SIG_IGN);
        /* Into a pipe too: each line when it happens. */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        r = begin(&monitor);
        while (r == CTL_DONE && !output_is_closed() && !ferror(stdout)) {
                if (!monitor.bus)
                        connect_again(&monitor);
                else if (follow(&monitor) < 0) {
                        if (monitor.follows)
                                monitor_line_bus_lost(ctl->json);
                        monitor.bus = sd_bus_close_unref(monitor.bus);
                        (void)wait_for_input(NULL, RECONNECT_WAIT);
                }
        }
        if (r == CTL_DONE && ferror(stdout) && !output_is_closed())
                r = ctl_broken(EIO, "write the output");
        sd_bus_close_unref(monitor.bus);
        return r;
}
