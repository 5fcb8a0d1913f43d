/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody may ask for must not pile up in the daemon while the bus takes it at its leisure: sd-bus
 * keeps what the bus has not taken yet, and dbus-daemon lets one user have 256 * 128 calls under way. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* All of these count messages behind what the socket has taken. More than this, and the bus takes nothing
 * any more: sd-bus itself would keep a hundred times as many. Far above the replies to many clients at once,
 * of each of which dbus-daemon lets 128 calls wait. */
#define BACKLOG_HANGS 4096

/* More, and calls that everybody may make are left without an answer, lest they make a busy bus look like
 * one that hangs, which would cost each publisher its Object Instances. */
#define BACKLOG_MAX (BACKLOG_HANGS / 2)

/* More, and nobody gets an answer of many KiB: a GetHistory() has 0.1 MiB, GetValues() the store's 1 MiB at
 * most; MemoryMax= of the unit is 128 MiB. */
#define BACKLOG_LARGE_MAX 32
#define BACKLOG_ERROR     "Too many answers wait for the bus already, try again."

/* How many messages wait. */
uint64_t backlog_length(sd_bus *connection);

/* Whether there is no room for a large answer on this connection. */
bool backlog_is_long(sd_bus *connection);

/* Looks at the backlog before each call. 0 or negative errno. */
int backlog_attach(sd_bus *connection);
