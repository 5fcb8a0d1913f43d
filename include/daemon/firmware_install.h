/* SPDX-License-Identifier: Apache-2.0 */
/* The back end verifies and installs, and the machine is rebooted where that is needed (design.md 14.4). */
#pragma once

#include "daemon/firmware_inside.h"

/* Has those of FIRMWARE_ACTION_VERIFY .. FIRMWARE_ACTION_CONFIRM done that are set. What is wrong comes as
 * an event. */
void firmware_install_do(Firmware *firmware, unsigned actions);

/* Leaves a mark that a reboot removes, and no restart. 0 or negative errno. */
int firmware_install_mark(void);

/* Whether that is gone: the machine has been rebooted since. */
bool firmware_install_was_rebooted(void);

/* Tells the journal where nobody has the back end's bus name, and nobody starts it. */
void firmware_install_look_for_backend(const Firmware *firmware);

/* What there is to tell while the installation waits for the machine's reboot, a sentence. Static. */
const char *firmware_install_waits_for_reboot(const Firmware *firmware);

/* What is under way is not waited for any more. */
void firmware_install_stop(Firmware *firmware);

/* The back end is another one, or there is no bus: it is made anew when it is asked. */
void firmware_install_forget(Firmware *firmware);
