/* SPDX-License-Identifier: Apache-2.0 */
/* The line that "systemctl status" shows: a sentence about what the client does, why, and when it goes on.
 */
#pragma once

#include "client/client.h"

/* Writes the sentence for a state, for sd_notify's STATUS=: one line, NUL-terminated, cut where the buffer
 * ends. n_registered of n_servers LwM2M Servers are registered; now_realtime: CLOCK_REALTIME in usec. */
void status_line_format(const ClientState *state, size_t n_registered, size_t n_servers,
        uint64_t now_realtime, char *buffer, size_t size);
