/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of lwm2mctl: verbs as data, and the reading of the words. */
#pragma once

#include "ctl/call.h"

#define VERB_WORDS_MAX 2 /* kinds of words behind one verb */

/* What a word behind a verb can be. */
typedef struct WordKind {
        const char *what;                  /* "a Short Server ID" */
        bool (*accepts)(const char *word); /* NULL: any word */
} WordKind;

/* What --wait and --format mean to some verbs only. */
typedef enum VerbOptions {
        VERB_TAKES_WAIT = 1 << 0,
        VERB_TAKES_FORMAT = 1 << 1,
} VerbOptions;

typedef struct Verb {
        const char *name;
        const char *usage; /* in the help: its words, or NULL */
        const char *text;  /* in the help: what it does */
        int (*run)(const Ctl *ctl);
        const WordKind *words[VERB_WORDS_MAX + 1]; /* in their order, NULL at the end */
        unsigned optional;                         /* so many of the last may be left out */
        unsigned repeated;                         /* so many of the last may come again, together */
        VerbOptions options;
        bool offline; /* it needs no connection, or makes its own */
} Verb;

/* Reads the command line; the first of the verbs is the default. Help and version are printed, what is wrong
 * is told on stderr. An exit status, or -1: *ret_ctl (strings borrowed from argv) and *ret_verb (one of
 * verbs) are what to run. */
int command_line_parse(
        int argc, char *argv[], const Verb *verbs, size_t n_verbs, Ctl *ret_ctl, const Verb **ret_verb);
