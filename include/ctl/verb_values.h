/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl objects, lwm2mctl get PATH..., lwm2mctl set PATH VALUE [PATH VALUE]... */
#pragma once

#include "ctl/call.h"

/* Each returns an exit status. */

/* Shows the Objects that servers see. */
int verb_objects(const Ctl *ctl);

/* Shows what a server would read at or below ctl->words; CTL_FAILED, too, where a path has no value, which
 * is told. */
int verb_get(const Ctl *ctl);

/* Sets the paths ctl->words[0], [2]... to the values behind each: all of them or none. */
int verb_set(const Ctl *ctl);

/* Whether a word can be a path, a value; the daemon knows better. */
bool path_accepts(const char *word);
bool value_accepts(const char *word);
