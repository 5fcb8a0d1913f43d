/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of many KiB, for which everybody may ask, must not pile up in the daemon: sd-bus keeps what the
 * bus has not taken yet, and counts only messages. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define LARGE_ANSWERS_ERROR "Too many answers wait for the bus already, try again."

/* Messages that wait for the bus behind what its socket has taken; more, and nobody gets a large answer. A
 * GetHistory() has 0.1 MiB, GetValues() the store's 1 MiB at most; MemoryMax= of the unit is 128 MiB. */
#define LARGE_ANSWERS_QUEUE_MAX 32

/* Whether there is no room for one on this connection. */
bool large_answers_wait(sd_bus *connection);

/* Refuses, with LimitsExceeded, calls of the methods with large answers while there is no room for one. 0 or
 * negative errno. */
int large_answers_attach(sd_bus *connection);
