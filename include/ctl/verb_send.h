/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl send SSID PATH... */
#pragma once

#include "ctl/call.h"

/* Sends what is at ctl->words[1] and the following to the LwM2M Server with the Short Server ID
 * ctl->words[0], and waits for its answer, however long. Returns an exit status. */
int verb_send(const Ctl *ctl);
