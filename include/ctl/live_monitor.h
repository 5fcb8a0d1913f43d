/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor on a terminal. */
#pragma once

#include "ctl/call.h"

/* Shows what is on the whole terminal, anew with each change and each second, over restarts of the daemon
 * and of the bus, until it is interrupted or q is typed. The terminal is left as it was found. Returns an
 * exit status. */
int live_monitor(const Ctl *ctl);
