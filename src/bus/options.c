/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a method. */
#include "bus/options.h"

#include "util/macro.h"

static const Option *find(const Option *options, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(options[i].name, name) == 0)
                        return &options[i];
        return NULL;
}

static int read_option(sd_bus_message *message, const Option *options, size_t n, sd_bus_error *reterr)
{
        const Option *option;
        const char *name;
        int r;

        r = sd_bus_message_read(message, "s", &name);
        if (r < 0)
                return r;
        option = find(options, n, name);
        if (!option)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS, "Unknown option \"%s\".", name);
        r = option->read(message, option->userdata, reterr);
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

int options_read(sd_bus_message *message, const Option *options, size_t n, sd_bus_error *reterr)
{
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_option(message, options, n, reterr);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : MIN_OF(sd_bus_message_exit_container(message), 0);
}
