/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that a method is given. */
#include "bus/path_arguments.h"

static int read_path(const char *text, PathList *paths, sd_bus_error *reterr)
{
        Path path;

        if (path_parse(text, &path) < 0 || path.length == 0)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS,
                        "\"%s\" is not the path of an Object, Object Instance, Resource or "
                        "Resource Instance.",
                        text);
        if (path_list_add(paths, &path) < 0)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_LIMITS_EXCEEDED,
                        "There are more than %d paths.", LIMIT_COMPOSITE_PATHS);
        return 0;
}

int path_arguments_read(sd_bus_message *message, PathList *paths, sd_bus_error *reterr)
{
        const char *text;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "s");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(message, "s", &text)) > 0) {
                r = read_path(text, paths, reterr);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        if (paths->n == 0)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_INVALID_ARGS, "There is no path.");
        return MIN_OF(sd_bus_message_exit_container(message), 0);
}
