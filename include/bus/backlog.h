/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody may ask for must not pile up in the daemon while the bus takes it at its leisure: sd-bus
 * keeps what the bus has not taken yet, and dbus-daemon lets one user have 256 * 128 calls under way. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define BACKLOG_ERROR "Too many answers wait for the bus already, try again."

/* Messages that wait for the bus behind what its socket has taken. More, and nobody gets an answer of many
 * KiB: a GetHistory() has 0.1 MiB, GetValues() the store's 1 MiB at most; MemoryMax= of the unit is 128 MiB.
 */
#define BACKLOG_LARGE_MAX 32

/* More, and calls that everybody may make are left without an answer: half of what makes bus_connection.c
 * take the bus for one that hangs, which would cost each publisher its Object Instances. */
#define BACKLOG_MAX 2048

/* Whether there is no room for a large answer on this connection. */
bool backlog_is_long(sd_bus *connection);

/* Looks at the backlog before each call. 0 or negative errno. */
int backlog_attach(sd_bus *connection);
