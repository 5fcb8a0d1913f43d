/* SPDX-License-Identifier: Apache-2.0 */
/* What may hang, done by threads, so that the loop goes on. No thread is there while nothing is to be done.
 */
#pragma once

#include <sys/queue.h>

#include "util/macro.h"

typedef struct Workers Workers;

/* The first member of what is to be done, which is one block of malloc()'s. run is called in a thread, to
 * which the block belongs meanwhile; done, in any thread, before a block is freed that nobody takes: NULL,
 * it owns nothing else. The rest is for workers.c. */
typedef struct Job {
        void (*run)(struct Job *job);
        void (*done)(struct Job *job);
        Workers *workers;
        int state;
        TAILQ_ENTRY(Job) jobs;
} Job;

/* At most so many threads at once, those included that hang with a job that has been cancelled. stack_size:
 * bytes of each. 0 or negative errno; no thread yet. */
int workers_new(unsigned threads_max, size_t stack_size, Workers **ret);

/* Frees all jobs, too, and waits for no thread: what runs is freed when it has ended. */
Workers *workers_free(Workers *workers);
DEFINE_CLEANUP(Workers *, workers_free)

/* Readable while a job has been done and not been taken. Borrowed. */
int workers_fd(const Workers *workers);

/* Has the job done, in its own thread as long as there may be one more, so that it waits for none that
 * hangs. 0, and the job is the workers'; or negative errno. */
int workers_add(Workers *workers, Job *job);

/* The same for a job that needs no thread: it has been done. */
void workers_add_done(Workers *workers, Job *job);

/* The next job that has been done, which is the caller's now, or NULL. */
Job *workers_take(Workers *workers);

/* Frees a job that has not been taken; one that runs as soon as it has ended. NULL is fine. */
void workers_cancel(Job *job);
