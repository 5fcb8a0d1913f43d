/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl status */
#pragma once

#include "ctl/call.h"

/* Shows the client as a whole. Returns an exit status. */
int verb_status(const Ctl *ctl);
