/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware update as the daemon shows it. */
#pragma once

#include <systemd/sd-bus.h>

#include "ctl/format.h"

typedef struct FirmwareProperties {
        const char *state;
        uint8_t result;
        const char *result_name, *text, *name, *version, *uri;
        uint64_t received, total; /* bytes; total 0: not known */
        uint8_t progress;         /* per cent */
        Moment install;           /* of an installation that waits */
} FirmwareProperties;

/* Reads the a{sv} that the message stands before, and steps over it. Absent ones are "" or 0, unknown ones
 * are skipped. Strings are borrowed from the message. 0 or negative errno. */
int firmware_read(sd_bus_message *message, FirmwareProperties *ret);

/* Whether there is something to tell: an update that is on, or what became of the last one. */
bool firmware_has_news(const FirmwareProperties *properties);

Colour firmware_colour(const FirmwareProperties *properties);

/* Writes what it does, without a newline: "downloading gateway 2.1, 12.0 MiB of 200.0 MiB (6 %)". */
void firmware_write(FILE *file, const FirmwareProperties *properties, Moment now);

/* Per cent of the download, or the installation, that is under way; -1: none is, or nobody knows. */
int firmware_percent(const FirmwareProperties *properties);

/* Writes "[#####-----]", so many columns wide. */
void firmware_write_bar(FILE *file, int percent, unsigned columns);
