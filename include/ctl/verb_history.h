/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl history [NUMBER], lwm2mctl history firmware [NUMBER] */
#pragma once

#include "ctl/call.h"

/* Shows the last series of bootstrap attempts, newest first, and the last firmware updates; with a number,
 * counted from 1, that series alone, and the operations of its last attempt; with ctl->words[0] "firmware"
 * the updates alone, or that one. Returns an exit status. */
int verb_history(const Ctl *ctl);

/* Whether the first word, the second one, can be one. */
bool history_accepts(const char *word);
bool history_number_accepts(const char *word);
