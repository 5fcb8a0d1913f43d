/* SPDX-License-Identifier: Apache-2.0 */
/* A dictionary as it comes over the bus, entry by entry. */
#pragma once

#include <systemd/sd-bus.h>

/* Inside of the dictionary: enters the next entry, of this type ("sv"), and reads its key (of a basic type;
 * a string is borrowed from the message). 1, 0: there is none, or negative errno. */
int dictionary_next(sd_bus_message *message, const char *types, void *ret_key);

/* Leaves such an entry without a look at its value, of this type ("v"). 0 or negative errno. */
int dictionary_skip(sd_bus_message *message, const char *type);
