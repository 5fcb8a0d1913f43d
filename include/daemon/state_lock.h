/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on the state directory: two daemons in one would destroy each other's accounts. */
#pragma once

#include "util/macro.h"

#define STATE_LOCK \
        "lock" /* file in the state directory; holds the PID of who has it, for the one who does not */

#define STATE_LOCK_E_HELD 1 /* another process has it */

/* Takes the lock, which lasts until the descriptor is closed, at the latest by the end of the process: what
 * a dead process left behind is no lock. *ret_pid: the holder's with STATE_LOCK_E_HELD, 0 where it is not
 * known. 0, STATE_LOCK_E_HELD, -ENOENT (no such directory) or another errno. */
int state_lock_take(const char *directory, int *ret_fd, unsigned *ret_pid);
