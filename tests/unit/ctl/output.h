/* SPDX-License-Identifier: Apache-2.0 */
/* A file that a test lets be written, and what has to stand in it. */
#pragma once

#include <stdio.h>

static char *output;
static size_t output_size;

static FILE *open_output(void)
{
        FILE *file = open_memstream(&output, &output_size);

        assert_non_null(file);
        return file;
}

static void assert_output(FILE *file, const char *expected)
{
        assert_int_equal(fclose(file), 0);
        assert_string_equal(output, expected);
        free(output);
        output = NULL;
}
