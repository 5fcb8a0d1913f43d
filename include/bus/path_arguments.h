/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that a method is given, "as". */
#pragma once

#include <systemd/sd-bus.h>

#include "lwm2m/path.h"

/* Reads the paths that stand next in the message, of an Object or longer, at least one. 0; or a negative
 * errno, and reterr is set where it is the caller's fault (InvalidArgs, LimitsExceeded). */
int path_arguments_read(sd_bus_message *message, PathList *ret, sd_bus_error *reterr);
