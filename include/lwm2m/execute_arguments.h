/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of an Execute (Core TS 6.3.5). */
#pragma once

#include "util/macro.h"

#define EXECUTE_ARGUMENTS_MAX 10 /* arguments are named by one digit each */

typedef struct ExecuteArgument {
        bool given;
        const char *value; /* borrowed, NULL when there is none */
        size_t size;
} ExecuteArgument;

/* arglist = arg *("," arg), arg = DIGIT / DIGIT "='" *CHAR "'"; each digit once; an empty text has none.
 * False: it is not well-formed, and ret holds some of them. ret borrows from text, which may have no NUL. */
bool execute_arguments_parse(const char *text, size_t size, ExecuteArgument ret[EXECUTE_ARGUMENTS_MAX]);
