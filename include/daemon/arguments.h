/* SPDX-License-Identifier: Apache-2.0 */
/* The words of lwm2m-clientd's command line (interface.md section 1). */
#pragma once

#include <stdio.h>

#include "daemon/object_directories.h"

typedef enum ArgumentsAction {
        ARGUMENTS_RUN,
        ARGUMENTS_CHECK_CONFIG,
        ARGUMENTS_PRINT_ENDPOINT,
        ARGUMENTS_HELP,
        ARGUMENTS_VERSION,
} ArgumentsAction;

typedef struct Arguments {
        ArgumentsAction action;
        const char *config;    /* FILE as given, or the default; borrowed from argv */
        char *state_directory; /* --state-directory, else $STATE_DIRECTORY, else the default; owned */
        bool no_bus;
        int log_level;                  /* LOG_EMERG..LOG_DEBUG, LOG_INFO where not given */
        ObjectDirectories *definitions; /* --object-directory, else the defaults; owned */
} Arguments;

/* Reads "--name=value" and "--name value". *ret is the caller's, freed by arguments_done().
 * 0; -EINVAL: wrong words, one line says on stderr which; -ENOMEM. */
int arguments_parse(int argc, char *argv[], Arguments *ret);

/* Frees what the arguments own. NULL is fine. */
void arguments_done(Arguments *arguments);

/* Does everything but ARGUMENTS_RUN, which is not for here: needs no state directory, bus or network. Data
 * go to stdout, problems of the configuration to stderr. Returns the exit code: 0, 78 (EX_CONFIG), 1. */
int arguments_act(const Arguments *arguments);
