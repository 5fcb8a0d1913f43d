/* SPDX-License-Identifier: Apache-2.0 */
/* The last updates, and what the journal says of each. */
#pragma once

#include "daemon/firmware_inside.h"

/* One begins, by the machine as it is now; the oldest goes where there is no room. */
void firmware_updates_begin(Firmware *firmware);
/* The newest one gets the id of an installation, by which the back end knows it: a new one. */
void firmware_updates_install(Firmware *firmware);
/* What is known by now of the newest one, where it is on. */
void firmware_updates_follow(Firmware *firmware);
void firmware_updates_end(Firmware *firmware);

/* What the machine runs after the newest one is known by now. False: as it was. */
bool firmware_updates_version(Firmware *firmware);

/* 128 bits at random: another one each time. */
void firmware_updates_new_id(char ret[FIRMWARE_ID_SIZE]);

/* A URI, of less than FIRMWARE_URI_SIZE bytes, without userinfo, query and fragment, printable. */
void firmware_updates_shown_uri(const char *uri, char ret[FIRMWARE_URI_SIZE]);

/* One line of the journal where the State, which was before, or the Update Result is another one. */
void firmware_updates_tell(const Firmware *firmware, FirmwareState before);
