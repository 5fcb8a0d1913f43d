/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl history [NUMBER] */
#pragma once

#include "ctl/call.h"

/* Shows the last series of bootstrap attempts, newest first; with ctl->words[0] that one, counted from 1,
 * and the operations of its last attempt. Returns an exit status. */
int verb_history(const Ctl *ctl);

/* Whether a word can be the number of a series. */
bool series_accepts(const char *word);
