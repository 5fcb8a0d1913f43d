/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of methods: what client_*() functions return -> names of D-Bus errors (interface.md section 3). */
#pragma once

#include <systemd/sd-bus.h>

/* Sets the error of a method call. code: a ClientError, -ENOENT (the server is gone) or another negative
 * errno. message: a sentence instead of the usual one, or NULL. Returns the negative errno that the handler
 * is to return. */
int bus_error_set(sd_bus_error *error, int code, const char *message);
