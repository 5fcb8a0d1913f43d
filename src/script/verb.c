/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the script. */
#include "script/verb.h"

static const char *const verb_table[] = {
        [VERB_VERIFY] = "verify",
        [VERB_INSTALL] = "install",
        [VERB_BOOTED] = "booted",
};

DEFINE_STRING_TABLE(verb, Verb)
