/* SPDX-License-Identifier: Apache-2.0 */
/* A dictionary as it comes over the bus. */
#include "ctl/dictionary.h"

int dictionary_next(sd_bus_message *message, const char *types, void *ret_key)
{
        int r;

        r = sd_bus_message_enter_container(message, 'e', types);
        return r <= 0 ? r : sd_bus_message_read_basic(message, types[0], ret_key);
}

int dictionary_skip(sd_bus_message *message, const char *type)
{
        int r;

        r = sd_bus_message_skip(message, type);
        return r < 0 ? r : sd_bus_message_exit_container(message);
}
