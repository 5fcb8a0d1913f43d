/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences and places of problems, as an operator gets them. */
#pragma once

#include <stdio.h>

#include "daemon/config_problem.h"

/* What config_problems_print() writes, of a file of that name; the caller frees. */
static inline char *print_problems(const ConfigProblems *problems, const char *file)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        config_problems_print(problems, file, stream);
        assert_int_equal(fclose(stream), 0);
        return text;
}
