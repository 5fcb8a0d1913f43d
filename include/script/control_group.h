/* SPDX-License-Identifier: Apache-2.0 */
/* A control group below our own, for the script and all that it starts: whatever it does, it can be ended.
 * systemd gives it to us: Delegate= of the unit, https://systemd.io/CGROUP_DELEGATION. */
#pragma once

#include <sys/types.h>

#include "util/macro.h"

#define CONTROL_GROUP_PATH_MAX \
        512 /* bytes, with the NUL: the kernel's is a page, systemd's are far shorter */

typedef struct ControlGroup {
        char path[CONTROL_GROUP_PATH_MAX]; /* "": none is ours to use */
} ControlGroup;

/* Finds and makes it. Where our own group was not delegated to us there is none, and the end of a process
 * group has to do. */
void control_group_make(ControlGroup *group);

/* Moves the calling process there, in a child before exec(). 0 or negative errno. */
int control_group_enter(const ControlGroup *group);

/* Kills all that is in it, and the process group of a child (0: there is none); returns at once. */
void control_group_kill(const ControlGroup *group, pid_t child);

/* Waits until nothing is left of it, at most a second. 0, or -EBUSY: something survives SIGKILL still, as a
 * process does that waits for a disk. */
int control_group_wait_empty(const ControlGroup *group);
