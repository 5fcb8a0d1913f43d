/* SPDX-License-Identifier: Apache-2.0 */
/* A package is fetched from the Package URI, /5/0/1. */
#pragma once

#include "daemon/firmware_inside.h"

/* Begins, or goes on where the record says that it has stopped. What is wrong comes as an event. */
void firmware_pull_begin(Firmware *firmware);

/* No further byte of it is wanted. */
void firmware_pull_stop(Firmware *firmware);

/* The network has changed. */
void firmware_pull_network_changed(Firmware *firmware);

/* What is wrong with a Package URI; FIRMWARE_RESULT_INITIAL: nothing. text: a sentence, or "". */
FirmwareResult firmware_pull_check(const char *uri, char text[FIRMWARE_TEXT_SIZE]);
