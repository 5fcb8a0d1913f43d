/* SPDX-License-Identifier: Apache-2.0 */
/* The line that "systemctl status" shows: a sentence about what the client does, why, and when it goes on.
 */
#pragma once

#include "client/client.h"
#include "client/firmware.h"

/* Writes the sentence for a state, for sd_notify's STATUS=: one line, NUL-terminated, cut where the buffer
 * ends. servers: the LwM2M Servers, n of them. The time of the next step is absolute and local: the line
 * stands until the next change. */
void status_line_format(
        const ClientState *state, const ClientServer *servers, size_t n, char *buffer, size_t size);

/* Adds a sentence about an update of the firmware that is under way; nothing where there is none, or no back
 * end (NULL). buffer: holds a line already. */
void status_line_add_firmware(const FirmwareShown *shown, char *buffer, size_t size);
