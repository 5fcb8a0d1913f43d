/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a method, "a{sv}". */
#pragma once

#include <systemd/sd-bus.h>

/* Reads the value, a variant, of an option. 0, or a negative errno with the error set. */
typedef int (*OptionRead)(sd_bus_message *message, void *userdata, sd_bus_error *reterr);

/* An option that a method has. */
typedef struct Option {
        const char *name;
        OptionRead read;
        void *userdata;
} Option;

/* Reads the options that stand next in the message; one that is not among these is InvalidArgs. 0, or a
 * negative errno; reterr is set where it is the caller's fault. */
int options_read(sd_bus_message *message, const Option *options, size_t n, sd_bus_error *reterr);
