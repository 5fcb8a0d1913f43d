/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of Firmware Update: whether there is an Object 5, and with which back end what
 * was under way goes on. */
#pragma once

#include "daemon/firmware_inside.h"

/* As firmware_configure(). */
int firmware_configuration_take(Firmware *firmware, const FirmwareSettings *settings);

/* Behind each step of the machine: once no installation is under way, the settings are in force that have
 * waited for its end. */
void firmware_configuration_next(Firmware *firmware);

/* Object 5 is there with a back end, but not before what was kept is known: nothing can be said of it.
 * -EEXIST: another program publishes one. 0 or negative errno. */
int firmware_configuration_set_object(Firmware *firmware);

/* As firmware_start(). */
void firmware_configuration_start(Firmware *firmware);

/* The clock or the window is another one. */
void firmware_configuration_look_at_window(Firmware *firmware);
