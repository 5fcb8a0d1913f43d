/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the script, from its start until nothing of it is left. */
#pragma once

#include <systemd/sd-event.h>

#include "script/control_group.h"
#include "script/results.h"
#include "script/verb.h"

/* Update Results (OMA registry, /5/0/5) that are said here; the script says any of 2 to 9 and 11. */
#define UPDATE_RESULT_NONE   0
#define UPDATE_RESULT_FAILED 8

/* What a run has led to. */
typedef struct RunEnd {
        uint8_t result; /* an Update Result, 0: nothing wrong */
        bool reboot;    /* what is installed counts after a reboot */
        char name[RESULT_TEXT_MAX + 1], version[RESULT_TEXT_MAX + 1],
                text[RESULT_TEXT_MAX + 1]; /* printable */
} RunEnd;

typedef struct RunHandler {
        /* It says how far it has come: 0..100 %, more each time. text: printable, "" for none. */
        void (*progress)(void *userdata, unsigned percent, const char *text);
        /* It is over, and the Run is to be freed. */
        void (*ended)(void *userdata, const RunEnd *end);
} RunHandler;

typedef struct Run Run;

/* Starts `script VERB /proc/PID/fd/FD`, with nothing of our environment and none of our descriptors, in the
 * control group. package: stays the caller's, and open until the end; -1: there is none, the script gets
 * /dev/null. limit: usec of CLOCK_BOOTTIME, after which it is killed. script, group, handler: outlive the
 * Run. 0, or negative errno: nothing was started. */
int run_start(sd_event *event, const char *script, Verb verb, int package, uint64_t limit,
        const ControlGroup *group, const RunHandler *handler, void *userdata, Run **ret);

/* Kills it. Its end is told as any other: UPDATE_RESULT_FAILED with this sentence, of static storage. */
void run_cancel(Run *run, const char *why);

/* NULL */
Run *run_free(Run *run);
