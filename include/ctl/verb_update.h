/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl update SSID, lwm2mctl disable SSID [TIME] */
#pragma once

#include "ctl/call.h"

/* Each asks the daemon for it, for the LwM2M Server with the Short Server ID ctl->words[0]; a Disable lasts
 * for the time ctl->words[1], without it for the account's Disable Timeout. Return an exit status. */
int verb_update(const Ctl *ctl);
int verb_disable(const Ctl *ctl);

/* Whether a word can be the time of a Disable: number and unit, 1 s to 2^32 - 1 s. */
bool disable_time_accepts(const char *word);
