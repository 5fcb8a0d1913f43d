/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to the daemon. */
#include <stdarg.h>

#include "bus/names.h"
#include "ctl/call.h"

int ctl_broken(int error, const char *what)
{
        (void)fprintf(stderr, "Failed to %s: %s\n", what, strerror(abs(error)));
        return CTL_FAILED;
}

int ctl_connect(const char *address, sd_bus **ret)
{
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int r;

        if (address) {
                r = sd_bus_new(&bus);
                if (r >= 0)
                        r = sd_bus_set_address(bus, address);
                if (r >= 0)
                        r = sd_bus_set_bus_client(bus, true);
                if (r >= 0)
                        r = sd_bus_start(bus);
        } else
                r = sd_bus_open_system(&bus);
        if (r == -EINVAL && address) {
                (void)fprintf(stderr, "\"%s\" is not the address of a bus.\n", address);
                return CTL_USAGE;
        }
        if (r < 0) {
                (void)fprintf(
                        stderr, "Failed to connect to %s: %s\n", address ?: "the system bus", strerror(-r));
                return CTL_NO_DAEMON;
        }

        *ret = TAKE_PTR(bus);
        return CTL_DONE;
}

static int tell_error(const sd_bus_error *error, int r)
{
        static const char *const absent[] = {SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                SD_BUS_ERROR_NO_SERVER, SD_BUS_ERROR_DISCONNECTED};

        for (size_t i = 0; i < ELEMENTSOF(absent); i++)
                if (sd_bus_error_has_name(error, absent[i])) {
                        (void)fprintf(stderr,
                                "lwm2m-clientd is not running (" BUS_NAME " is not on the bus); "
                                "\"systemctl status lwm2m-client\" may say why.\n");
                        return CTL_NO_DAEMON;
                }
        if (r == -ENOTCONN || r == -ECONNRESET) {
                (void)fprintf(stderr, "The bus has closed the connection.\n");
                return CTL_NO_DAEMON;
        }
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
                (void)fprintf(stderr,
                        "Access denied. As installed, bootstrap, restart and reload are for root and "
                        "members of group lwm2m, reset is for root.\n");
        else {
                format_text(stderr, error->message ?: strerror(-r));
                (void)fputc('\n', stderr);
        }
        return CTL_FAILED;
}

static int new_call(
        sd_bus *bus, const char *path, const char *interface, const char *member, sd_bus_message **ret)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus, &message, BUS_NAME, path, interface, member);
        if (r < 0)
                return r;
        /* Looking must not start the daemon. */
        r = sd_bus_message_set_auto_start(message, false);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(message);
        return 0;
}

int ctl_call(sd_bus *bus, const char *path, const char *interface, const char *member,
        sd_bus_message **ret_reply, const char *types, ...)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        va_list ap;
        int r;

        r = new_call(bus, path, interface, member, &message);
        if (r < 0)
                return ctl_broken(r, "make a call");
        if (types) {
                va_start(ap, types);
                r = sd_bus_message_appendv(message, types, ap);
                va_end(ap);
                if (r < 0)
                        return ctl_broken(r, "make a call");
        }
        r = sd_bus_call(bus, message, 0, &error, ret_reply);
        return r < 0 ? tell_error(&error, r) : CTL_DONE;
}

int ctl_get_all(sd_bus *bus, const char *path, const char *interface, sd_bus_message **ret_reply)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = new_call(bus, path, "org.freedesktop.DBus.Properties", "GetAll", &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "s", interface);
        if (r < 0)
                return ctl_broken(r, "make a call");
        r = sd_bus_call(bus, message, 0, &error, ret_reply);
        if (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT) ||
                sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_INTERFACE))
                return -ENOENT;
        return r < 0 ? tell_error(&error, r) : CTL_DONE;
}

int ctl_process(sd_bus *bus)
{
        int r;

        r = sd_bus_process(bus, NULL);
        if (r == 0)
                r = sd_bus_wait(bus, UINT64_MAX);
        /* A signal, for example a terminal that was resized. */
        if (r >= 0 || r == -EINTR)
                return CTL_DONE;
        return tell_error(NULL, -ENOTCONN);
}
