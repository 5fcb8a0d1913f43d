/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl bootstrap, restart, reload, reset */
#pragma once

#include "ctl/call.h"

/* Each asks the daemon for it; the first two wait for the outcome with ctl->wait. Return an exit status. */
int verb_bootstrap(const Ctl *ctl);
int verb_restart(const Ctl *ctl);
int verb_reload(const Ctl *ctl);
int verb_reset(const Ctl *ctl);
