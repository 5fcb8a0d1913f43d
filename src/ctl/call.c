/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to the daemon. */
#include <stdarg.h>

#include "bus/names.h"
#include "ctl/call.h"
#include "ctl/format.h"
#include "util/clock.h"

#define DAEMON_NAME "lwm2m-clientd"

int ctl_broken(int error, const char *what)
{
        (void)fprintf(stderr, "Failed to %s: %s\n", what, strerror(abs(error)));
        return CTL_FAILED;
}

/* Whoever looks at the terminal is told after this long what it waits for; longer than that a hung daemon or
 * bus is not waited for. */
#define TELL_AFTER    (1 * USEC_PER_SEC)
#define GIVE_UP_AFTER (10 * USEC_PER_SEC)

static bool is_address(const char *text)
{
        static const char *const transports[] = {"unix:", "tcp:", "unixexec:", "x-machine-unix:"};

        for (; text; text = strchr(text, ';') ? strchr(text, ';') + 1 : NULL)
                for (size_t i = 0; i < ELEMENTSOF(transports); i++)
                        if (strncmp(text, transports[i], strlen(transports[i])) == 0)
                                return true;
        return false;
}

double ctl_timeout_seconds(const Ctl *ctl)
{
        return (double)ctl->timeout / USEC_PER_SEC;
}

/* What it means that somebody has not answered in time. */
static int too_late(const Ctl *ctl)
{
        return ctl->timeout > 0 ? CTL_FAILED : CTL_NO_DAEMON;
}

/* Handles what comes until is_done(userdata) says so. 0, -ETIMEDOUT (told), or negative errno of sd-bus. */
static int wait_until(const Ctl *ctl, sd_bus *bus, bool (*is_done)(void *userdata), void *userdata,
        const char *whom, uint64_t patience)
{
        uint64_t begin = clock_monotonic(&clock_system), now = begin, tell = begin + TELL_AFTER, end;
        int r;

        end = ctl->timeout > 0 ? ctl->deadline : patience == USEC_INFINITY ? patience : begin + patience;
        for (; !is_done(userdata); now = clock_monotonic(&clock_system)) {
                if (now >= end) {
                        (void)fprintf(stderr, "%s has not answered within %g s.\n", whom,
                                ctl->timeout > 0 ? ctl_timeout_seconds(ctl)
                                                 : (double)patience / USEC_PER_SEC);
                        return -ETIMEDOUT;
                }
                if (now >= tell) {
                        (void)fprintf(stderr, "Waiting for the answer of %s...\n", whom);
                        tell = USEC_INFINITY;
                }
                r = sd_bus_process(bus, NULL);
                if (r == 0) {
                        uint64_t next = MIN_OF(tell, end);

                        r = sd_bus_wait(bus, next == USEC_INFINITY ? next : next - now);
                }
                if (r < 0 && r != -EINTR)
                        return r;
        }
        return 0;
}

/* Everybody may send a signal to one connection, and then no match of ours is asked; those of the daemon and
 * of the bus go to all. */
static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        return sd_bus_message_is_signal(message, NULL, NULL) && sd_bus_message_get_destination(message);
}

int ctl_begin_connection(const Ctl *ctl, sd_bus **ret)
{
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        int r;

        if (ctl->address && !is_address(ctl->address))
                return -EINVAL;
        r = sd_bus_new(&bus);
        if (r < 0)
                return r;
        r = sd_bus_set_address(
                bus, ctl->address ?: secure_getenv("DBUS_SYSTEM_BUS_ADDRESS") ?: BUS_SYSTEM_ADDRESS);
        if (r < 0)
                return r;
        r = sd_bus_set_bus_client(bus, true);
        if (r < 0)
                return r;
        r = sd_bus_add_filter(bus, NULL, on_message, NULL);
        if (r < 0)
                return r;
        r = sd_bus_start(bus);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(bus);
        return 0;
}

static bool is_ready(void *userdata)
{
        return sd_bus_is_ready(userdata) != 0; /* negative: it never will be */
}

int ctl_wrong_address(const Ctl *ctl)
{
        (void)fprintf(stderr, "lwm2mctl: '%s' is not the address of a bus\n", ctl->address);
        return CTL_USAGE;
}

int ctl_connect(const Ctl *ctl, sd_bus **ret)
{
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        const char *name = ctl->address ?: "the system bus";
        int r;

        r = ctl_begin_connection(ctl, &bus);
        if (r == -EINVAL && ctl->address)
                return ctl_wrong_address(ctl);
        if (r >= 0)
                r = wait_until(ctl, bus, is_ready, bus, name, GIVE_UP_AFTER);
        if (r == -ETIMEDOUT)
                return too_late(ctl);
        if (r < 0) {
                (void)fprintf(stderr, "Failed to connect to %s: %s\n", name, strerror(-r));
                return CTL_NO_DAEMON;
        }

        *ret = TAKE_PTR(bus);
        return CTL_DONE;
}

/* A server that the daemon does not have, for sd-bus an object that is unknown. */
static bool is_unknown_server(sd_bus_message *call, const sd_bus_error *error)
{
        return sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT) &&
               strncmp(sd_bus_message_get_path(call), BUS_SERVER_PREFIX "/",
                       strlen(BUS_SERVER_PREFIX "/")) == 0;
}

int ctl_no_server(const char *path)
{
        (void)fprintf(stderr, "There is no LwM2M Server with the Short Server ID %s.\n",
                path + strlen(BUS_SERVER_PREFIX "/"));
        return CTL_FAILED;
}

static int tell_error(const sd_bus_error *error, int r)
{
        static const char *const absent[] = {SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                SD_BUS_ERROR_NO_SERVER, SD_BUS_ERROR_DISCONNECTED};

        for (size_t i = 0; i < ELEMENTSOF(absent); i++)
                if (sd_bus_error_has_name(error, absent[i])) {
                        (void)fprintf(stderr,
                                "lwm2m-clientd is not running, or without this bus (" BUS_NAME
                                " is not on it); \"systemctl status lwm2m-client\" says which, and why.\n");
                        return CTL_NO_DAEMON;
                }
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
                sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT)) {
                (void)fprintf(stderr, "lwm2m-clientd has not answered.\n");
                return CTL_NO_DAEMON;
        }
        if (r == -ENOTCONN || r == -ECONNRESET) {
                (void)fprintf(stderr, "The bus has closed the connection.\n");
                return CTL_NO_DAEMON;
        }
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
                (void)fprintf(stderr,
                        "Access denied. As installed, bootstrap, restart, reload, update, disable, send, "
                        "firmware cancel and firmware install are for root and members of group lwm2m, "
                        "set also for members of group lwm2m-publish, reset is for root.\n");
        else {
                format_text(stderr, error->message ?: strerror(-r));
                (void)fputc('\n', stderr);
        }
        return CTL_FAILED;
}

int ctl_new_call(
        sd_bus *bus, const char *path, const char *interface, const char *member, sd_bus_message **ret)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus, &message, BUS_NAME, path, interface, member);
        if (r < 0)
                return r;
        /* Looking must not start the daemon, whatever files the bus finds. */
        r = sd_bus_message_set_auto_start(message, false);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(message);
        return 0;
}

static int on_reply(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        *(sd_bus_message **)userdata = sd_bus_message_ref(message);
        return 0;
}

static bool is_replied(void *userdata)
{
        return *(sd_bus_message **)userdata;
}

/* Sends a call and waits for its answer, which may be an error. As ctl_exchange(). */
static int ask(const Ctl *ctl, sd_bus_message *message, uint64_t patience, sd_bus_message **ret_reply)
{
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        int r;

        r = sd_bus_call_async(ctl->bus, &slot, message, on_reply, ret_reply, USEC_INFINITY);
        if (r >= 0)
                r = wait_until(ctl, ctl->bus, is_replied, ret_reply, DAEMON_NAME, patience);
        if (r == -ETIMEDOUT)
                return too_late(ctl);
        return r < 0 ? tell_error(NULL, r) : CTL_DONE;
}

int ctl_exchange(const Ctl *ctl, sd_bus_message *message, uint64_t patience, sd_bus_message **ret_reply)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const sd_bus_error *error;
        int r;

        r = ask(ctl, message, patience, &reply);
        if (r != CTL_DONE)
                return r;
        error = sd_bus_message_get_error(reply);
        if (error && is_unknown_server(message, error))
                return ctl_no_server(sd_bus_message_get_path(message));
        if (error)
                return tell_error(error, -sd_bus_message_get_errno(reply));
        if (ret_reply)
                *ret_reply = TAKE_PTR(reply);
        return CTL_DONE;
}

int ctl_call(const Ctl *ctl, const char *path, const char *interface, const char *member,
        sd_bus_message **ret_reply, const char *types, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        va_list ap;
        int r;

        r = ctl_new_call(ctl->bus, path, interface, member, &message);
        if (r < 0)
                return ctl_broken(r, "make a call");
        if (types) {
                va_start(ap, types);
                r = sd_bus_message_appendv(message, types, ap);
                va_end(ap);
                if (r < 0)
                        return ctl_broken(r, "make a call");
        }
        return ctl_exchange(ctl, message, GIVE_UP_AFTER, ret_reply);
}

/* An older daemon has none either. */
static bool is_unknown_interface(const sd_bus_error *error)
{
        return sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_INTERFACE) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD);
}

int ctl_call_firmware(const Ctl *ctl, const char *member, sd_bus_message **ret_reply)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
        const sd_bus_error *error;
        int r;

        r = ctl_new_call(ctl->bus, BUS_PATH, member ? BUS_FIRMWARE_INTERFACE : BUS_PROPERTIES_INTERFACE,
                member ?: "GetAll", &message);
        if (r >= 0 && !member)
                r = sd_bus_message_append(message, "s", BUS_FIRMWARE_INTERFACE);
        if (r < 0)
                return ctl_broken(r, "make a call");
        r = ask(ctl, message, GIVE_UP_AFTER, &reply);
        if (r != CTL_DONE)
                return r;
        error = sd_bus_message_get_error(reply);
        if (error && !is_unknown_interface(error))
                return tell_error(error, -sd_bus_message_get_errno(reply));
        *ret_reply = error ? NULL : TAKE_PTR(reply);
        return CTL_DONE;
}

int ctl_no_firmware(void)
{
        (void)fprintf(stderr,
                "This client updates no firmware: firmware_update.backend of lwm2m-client.yaml(5) "
                "is none.\n");
        return CTL_FAILED;
}

int ctl_get_manager(const Ctl *ctl, sd_bus_message **ret_reply)
{
        return ctl_call(
                ctl, BUS_PATH, BUS_PROPERTIES_INTERFACE, "GetAll", ret_reply, "s", BUS_MANAGER_INTERFACE);
}

int ctl_process(const Ctl *ctl)
{
        uint64_t now = clock_monotonic(&clock_system);
        int r;

        if (now >= ctl->deadline)
                return CTL_FAILED;
        r = sd_bus_process(ctl->bus, NULL);
        if (r == 0)
                r = sd_bus_wait(
                        ctl->bus, ctl->deadline == USEC_INFINITY ? USEC_INFINITY : ctl->deadline - now);
        /* A signal, for example a terminal that was resized. */
        if (r >= 0 || r == -EINTR)
                return CTL_DONE;
        return tell_error(NULL, -ENOTCONN);
}
