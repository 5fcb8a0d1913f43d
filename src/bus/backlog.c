/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for the bus. */
#include "bus/backlog.h"

#include "util/macro.h"

uint64_t backlog_length(sd_bus *connection)
{
        uint64_t n = 0;

        return sd_bus_get_n_queued_write(connection, &n) < 0 ? 0 : n;
}

bool backlog_is_long(sd_bus *connection)
{
        return backlog_length(connection) > BACKLOG_LARGE_MAX;
}

/* Those of our own interfaces, and what sd-bus answers itself. */
static bool is_large(sd_bus_message *message)
{
        static const char *const members[] = {
                "GetHistory", "GetValues", "GetTexts", "GetObjects", "GetManagedObjects", "Introspect"};

        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                if (sd_bus_message_is_method_call(message, NULL, members[i]))
                        return true;
        return false;
}

/* As dbus/org.lwm2m.Client1.conf says. */
static bool is_for_everybody(sd_bus_message *message)
{
        static const char *const members[] = {"Get", "GetAll", "GetMachineId", "Ping"};

        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                if (sd_bus_message_is_method_call(message, NULL, members[i]))
                        return true;
        return is_large(message);
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        uint64_t n = backlog_length(sd_bus_message_get_bus(message));

        if (n > BACKLOG_MAX && is_for_everybody(message))
                return 1;
        if (n > BACKLOG_LARGE_MAX && is_large(message))
                return sd_bus_error_set(reterr, SD_BUS_ERROR_LIMITS_EXCEEDED, BACKLOG_ERROR);
        return 0;
}

int backlog_attach(sd_bus *connection)
{
        return sd_bus_add_filter(connection, NULL, on_message, NULL);
}
