/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a configuration file, and where: FILE:LINE:COLUMN: sentence (interface.md section 2).
 */
#pragma once

#include <stdio.h>

#include "util/macro.h"

/* Of each list; whoever reads them mends the first ones and runs the check again. */
#define CONFIG_PROBLEMS_MAX 100

typedef struct ConfigProblem {
        unsigned line;   /* 1-based */
        unsigned column; /* 1-based, in characters */
        char *sentence;  /* owned; never holds a secret */
        bool deviation;  /* a warning that says what of the file is not in force, and why */
} ConfigProblem;

typedef struct ConfigProblemList {
        ConfigProblem *items; /* owned, CONFIG_PROBLEMS_MAX at most */
        size_t n;
        size_t n_dropped; /* past the maximum */
} ConfigProblemList;

/* Errors make the configuration invalid, warnings do not. */
typedef struct ConfigProblems {
        ConfigProblemList errors;
        ConfigProblemList warnings;
        bool out_of_memory; /* a problem could not be recorded: sticky, asked once at the end */
} ConfigProblems;

/* Records one problem at a 1-based place. Past the maximum it is only counted. */
void config_error(ConfigProblems *problems, unsigned line, unsigned column, const char *format, ...)
        _printf_(4, 5);
void config_warning(ConfigProblems *problems, unsigned line, unsigned column, const char *format, ...)
        _printf_(4, 5);
void config_deviation(ConfigProblems *problems, unsigned line, unsigned column, const char *format, ...)
        _printf_(4, 5);

/* Why the file is not, or not wholly, what is in force: its first error, else its first deviation, as
 * "FILE:LINE:COLUMN: sentence"; "" without either. *ret is the caller's. 0 or -ENOMEM. */
int config_problems_summary(const ConfigProblems *problems, const char *file, char **ret);

/* Puts both lists into the order of the file; equal places keep their order. */
void config_problems_sort(ConfigProblems *problems);

/* Writes every problem as "FILE:LINE:COLUMN: sentence", a warning as "FILE:LINE:COLUMN: warning: sentence",
 * errors first, one a line. file: as the user gave it. */
void config_problems_print(const ConfigProblems *problems, const char *file, FILE *stream);

/* The same lines into the log, with the fields CONFIG_FILE, CONFIG_LINE and CONFIG_COLUMN. */
void config_problems_log(const ConfigProblems *problems, const char *file);

/* Frees all; both lists are empty and reusable afterwards. */
void config_problems_done(ConfigProblems *problems);
