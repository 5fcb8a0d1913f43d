/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl firmware [cancel|install] */
#pragma once

#include "ctl/call.h"

/* Shows the firmware update; with ctl->words[0] asks the daemon for that. Returns an exit status. */
int verb_firmware(const Ctl *ctl);

/* Whether a word is what can be asked for. */
bool firmware_order_accepts(const char *word);
