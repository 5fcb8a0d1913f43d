/* SPDX-License-Identifier: Apache-2.0 */
/* org.freedesktop.LogControl1(5). The level is for the running daemon only; --log-level= is where it starts.
 */
#include "bus/log_control.h"
#include "bus/caller.h"
#include "bus/names.h"
#include "util/log.h"

#define SYSLOG_IDENTIFIER "lwm2m-clientd"

static int get_level(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        return sd_bus_message_append(reply, "s", log_level_to_string(log_get_level()));
}

static int set_level(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *value, void *userdata, sd_bus_error *reterr)
{
        const char *text;
        int level, r;

        r = sd_bus_message_read(value, "s", &text);
        if (r < 0)
                return r;
        level = log_level_from_string(text);
        if (level < 0)
                return sd_bus_error_setf(
                        reterr, SD_BUS_ERROR_INVALID_ARGS, "Unknown log level \"%s\".", text);

        log_info("The log level becomes %s.", log_level_to_string(level));
        caller_tell(sd_bus_get_current_message(connection), LOG_INFO, "Another log level");
        log_set_level(level);
        return 0;
}

static int get_target(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        return sd_bus_message_append(reply, "s", log_target());
}

static int get_identifier(sd_bus *connection, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        return sd_bus_message_append(reply, "s", SYSLOG_IDENTIFIER);
}

static const sd_bus_vtable log_control_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", get_level, set_level, 0, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("LogTarget", "s", get_target, 0, 0),
        SD_BUS_PROPERTY("SyslogIdentifier", "s", get_identifier, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

int log_control_attach(sd_bus *connection)
{
        return sd_bus_add_object_vtable(
                connection, NULL, BUS_LOG_CONTROL_PATH, BUS_LOG_CONTROL_INTERFACE, log_control_vtable, NULL);
}
