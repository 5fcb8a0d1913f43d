/* SPDX-License-Identifier: Apache-2.0 */
/* A package that somebody else has handed over, and may want to change behind our back. */
#pragma once

#include <sys/types.h>

#include "util/macro.h"

#define PACKAGE_REASON_SIZE 160 /* with the NUL: our own sentences, and strerror() */

/* Makes the file behind the descriptor ours alone to write: owner is our effective user, group is group,
 * mode is 0440, so that its former owner can read it still; and nobody has it open for writing any more.
 * What is behind the descriptor is anything: only a regular file with a name, opened for reading alone, not
 * empty, which belongs to owner or which was claimed before, is touched at all.
 *
 * 0: its content cannot change any more but by us, under this name or any other. -EPERM: refused, and
 * ret_reason has the sentence. */
int package_claim(int fd, uid_t owner, gid_t group, char ret_reason[PACKAGE_REASON_SIZE]);
