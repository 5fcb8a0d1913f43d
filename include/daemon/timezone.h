/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones by their names in the IANA database, and offsets to UTC (/3/0/14 and /3/0/15: Core TS, Appendix
 * E.4). */
#pragma once

#include <time.h>

#include "util/macro.h"

#define TIMEZONE_SIZE   128 /* with the NUL; the longest name of the IANA database has 32 bytes */
#define UTC_OFFSET_SIZE sizeof("+00:00")

/* Minutes east of UTC of what ISO 8601 writes "Z", "+hh", "+hhmm" or "+hh:mm", with either sign, to 23:59.
 * 0, or -EINVAL. */
int utc_offset_parse(const char *text, int *ret_minutes);

/* "+01:00": the offset of the machine's zone at that moment. False: it cannot be said. */
bool utc_offset_at(time_t moment, char ret[static UTC_OFFSET_SIZE]);

/* The name of the machine's zone, out of TZ or localtime(5). False: it has none, as a rule like
 * "CET-1CEST". */
bool timezone_read(char ret[static TIMEZONE_SIZE]);

/* Whether the text has the form of a name: "Europe/Paris", "UTC". Whether there is one of that name is
 * another question. */
bool timezone_is_name(const char *text);

/* The name of the zone with this offset and no summer time: "Etc/GMT-2" is two hours east, by the sign of
 * POSIX. 0, or -ERANGE: there is none, which goes for all but whole hours from -12 to +14. */
int timezone_of_offset(int minutes, char ret[static TIMEZONE_SIZE]);
