/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of methods: what client_*() functions return -> names of D-Bus errors (interface.md sections 3 and
 * 6). */
#pragma once

#include <systemd/sd-bus.h>

#include "bus/names.h"
#include "model/published_types.h"

/* Sets the error of a method call. code: a ClientError, -ENOENT (the server is gone) or another negative
 * errno. message: a sentence instead of the usual one, or NULL. Returns the negative errno that the handler
 * is to return. */
int bus_error_set(sd_bus_error *error, int code, const char *message);

/* The same for a PublishedError or a negative errno of model/published; text: path and reason, without a
 * full stop. */
int bus_error_set_published(sd_bus_error *error, int code, const char *text);
