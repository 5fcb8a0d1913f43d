/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for what may hang. */
#include "util/thread.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>

#include "util/macro.h"

int thread_start(void *(*run)(void *userdata), void *userdata, size_t stack_size)
{
        pthread_attr_t attributes;
        sigset_t all, before;
        pthread_t thread;
        int r;

        r = pthread_attr_init(&attributes);
        if (r != 0)
                return -r;
        (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        (void)pthread_attr_setstacksize(&attributes, MAX_OF(stack_size, (size_t)PTHREAD_STACK_MIN));
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, &attributes, run, userdata);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attributes);
        return -r;
}
