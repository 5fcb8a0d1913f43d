/* SPDX-License-Identifier: Apache-2.0 */
/* What the bus asks the daemon for, and tells it. */
#pragma once

/* Called from the loop; none may free the bus. */
typedef struct BusHandler {
        /* The name is owned (again). */
        void (*ready)(void *userdata);
        /* There is a bus, but it does not answer, let us in or own the name (reason: a sentence; it was
         * logged): go on without, the bus tries again by itself. May come several times; NULL: not called.
         */
        void (*refused)(void *userdata, const char *reason);
        /* The name belongs to somebody else at start: the daemon is to end with status 1. pid 0: unknown. */
        void (*name_taken)(void *userdata, unsigned pid);
        /* Reload(): 0, or CLIENT_E_INVALID_CONFIGURATION with *ret_message (the bus frees it), or negative
         * errno. */
        int (*reload)(void *userdata, char **ret_message);
} BusHandler;
