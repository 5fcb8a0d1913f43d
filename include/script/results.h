/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each id, kept on the disk: nothing is installed twice. */
#pragma once

#include "script/verb.h"

#define RESULT_ID_MAX   255 /* bytes of an id */
#define RESULT_TEXT_MAX 255 /* bytes: as much as the texts of Object 5 may have (OMA registry, /5/0/6) */
#define RESULTS_MAX     64  /* the oldest is forgotten; the client remembers 20 updates of two verbs each */

typedef struct Result {
        Verb verb;      /* VERB_INSTALL or VERB_BOOTED */
        uint8_t result; /* an Update Result (/5/0/5), 0: nothing wrong */
        bool reboot;    /* what is installed counts after a reboot */
        char id[RESULT_ID_MAX + 1];
        char text[RESULT_TEXT_MAX + 1]; /* printable */
} Result;

/* Of zeroes at first; the oldest one first. */
typedef struct Results {
        Result results[RESULTS_MAX];
        size_t n;
} Results;

/* Whether it can be kept: 1 .. RESULT_ID_MAX visible characters of ASCII. It is never a word of a command,
 * nor a file's name. */
bool result_id_is_valid(const char *id);

/* Reads the file of the directory. A line that is none is passed over, with a line in the log. 0 also where
 * there is no file; negative errno: nobody knows what was done before. */
int results_load(Results *results, const char *directory);

/* What is known of an id, or NULL; lives until results_keep(). */
const Result *results_find(const Results *results, Verb verb, const char *id);

/* Keeps it in the place of what was known of its verb and id. 0: a power cut leaves it there; negative
 * errno: it is kept until the end of this process alone. */
int results_keep(Results *results, const char *directory, const Result *result);
