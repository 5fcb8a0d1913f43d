/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for what may hang, so that the loop does not. */
#pragma once

#include <stddef.h>

/* Runs run(userdata) in a detached thread with a stack of so many bytes, or of the least that there is where
 * that is more. No signal is delivered to it: signals are the loop's. 0 or negative errno. */
int thread_start(void *(*run)(void *userdata), void *userdata, size_t stack_size);
