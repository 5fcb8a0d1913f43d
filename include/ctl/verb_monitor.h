/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor */
#pragma once

#include "ctl/call.h"

/* Writes a line for each change until it is interrupted. Returns an exit status when the bus goes away. */
int verb_monitor(const Ctl *ctl);
