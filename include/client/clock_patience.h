/* SPDX-License-Identifier: Apache-2.0 */
/* How long a clock that has not been set excuses failed attempts: ClockNotSet, design.md section 12. */
#pragma once

#include "util/macro.h"

#define CLOCK_PATIENCE_USEC (3600 * USEC_PER_SEC) /* design.md section 12 */

/* An attempt has failed, unset: by ClockNotSet. True: it is not counted. *since is the machine's,
 * CLOCK_BOOTTIME usec of the first one in a row; 0: the last attempt had another end. */
static inline bool clock_patience(uint64_t *since, bool unset, uint64_t now)
{
        if (!unset)
                *since = 0;
        else if (*since == 0)
                *since = now;
        return unset && now - *since < CLOCK_PATIENCE_USEC;
}
