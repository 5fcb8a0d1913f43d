/* SPDX-License-Identifier: Apache-2.0 */
/* The line that "systemctl status" shows: a sentence about what the client does, why, and when it goes on.
 */
#pragma once

#include "client/client.h"

/* Writes the sentence for a state, for sd_notify's STATUS=: one line, NUL-terminated, cut where the buffer
 * ends. servers: the LwM2M Servers, n of them. The time of the next step is absolute and local: the line
 * stands until the next change. */
void status_line_format(
        const ClientState *state, const ClientServer *servers, size_t n, char *buffer, size_t size);
