/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl is-registered, lwm2mctl wait-online */
#pragma once

#include "ctl/call.h"

/* Prints Status. CTL_DONE: it is registered, queue-mode or suspended; CTL_FAILED: another one; or as
 * ctl_call(). */
int verb_is_registered(const Ctl *ctl);

/* Waits until it is, for a bus and a daemon that are not there yet, too; with its own connection. CTL_DONE;
 * CTL_FAILED: not before the deadline; CTL_USAGE. */
int verb_wait_online(const Ctl *ctl);
