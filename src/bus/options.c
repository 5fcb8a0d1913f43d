/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a method. */
#include "bus/options.h"

#include "util/macro.h"

static int read_option(
        sd_bus_message *message, const char *name, OptionRead read, void *userdata, sd_bus_error *reterr)
{
        const char *option;
        int r;

        r = sd_bus_message_read(message, "s", &option);
        if (r < 0)
                return r;
        if (!name || strcmp(option, name) != 0)
                return sd_bus_error_setf(
                        reterr, SD_BUS_ERROR_INVALID_ARGS, "Unknown option \"%s\".", option);
        r = read(message, userdata, reterr);
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

int options_read(
        sd_bus_message *message, const char *name, OptionRead read, void *userdata, sd_bus_error *reterr)
{
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_option(message, name, read, userdata, reterr);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}
