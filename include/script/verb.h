/* SPDX-License-Identifier: Apache-2.0 */
/* What the script is asked to do: its first word. */
#pragma once

#include "util/string_table.h"

typedef enum Verb {
        VERB_VERIFY,  /* look at a package, and change nothing */
        VERB_INSTALL, /* install it */
        VERB_BOOTED,  /* after a reboot: say whether what was installed is what runs */
} Verb;

DECLARE_STRING_TABLE(verb, Verb);
