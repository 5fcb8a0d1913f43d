/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl check FILE */
#pragma once

#include "ctl/call.h"

/* Has lwm2m-clientd check the configuration ctl->word. CTL_DONE: valid; CTL_FAILED: wrong, or there is no
 * daemon. */
int verb_check(const Ctl *ctl);
