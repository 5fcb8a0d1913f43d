/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor */
#pragma once

#include "ctl/call.h"

/* Writes a line for each change until it is interrupted or its output is closed, over restarts of the daemon
 * and of the bus. Returns an exit status. */
int verb_monitor(const Ctl *ctl);
