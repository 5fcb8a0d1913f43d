/* SPDX-License-Identifier: Apache-2.0 */
/* A queue, and threads that take from it until it is empty. */
#include "util/workers.h"

#include <pthread.h>
#include <sys/eventfd.h>

#include "util/thread.h"

enum {
        JOB_QUEUED,
        JOB_RUNNING,
        JOB_ABANDONED, /* cancelled while it runs: its thread frees it */
        JOB_DONE,
};

typedef TAILQ_HEAD(, Job) JobList;

/* What the loop and the threads have in common; a thread that hangs keeps it beyond workers_free(). */
struct Workers {
        pthread_mutex_t mutex;
        unsigned n_ref;
        size_t stack_size;
        unsigned threads, threads_max;
        JobList queued;
        JobList done;
        int event_fd; /* -1: the owner is gone */
};

static void job_free(Job *job)
{
        if (job->done)
                job->done(job);
        free(job);
}

static void job_list_free(JobList *list)
{
        Job *job;

        while ((job = TAILQ_FIRST(list))) {
                TAILQ_REMOVE(list, job, jobs);
                job_free(job);
        }
}

/* With the mutex held, which is given back. */
static void unref(Workers *workers)
{
        bool last = --workers->n_ref == 0;

        (void)pthread_mutex_unlock(&workers->mutex);
        if (!last)
                return;
        job_list_free(&workers->done); /* of threads that ended after the owner */
        (void)pthread_mutex_destroy(&workers->mutex);
        free(workers);
}

/* With the mutex held. */
static void hand_over(Workers *workers, Job *job)
{
        job->state = JOB_DONE;
        TAILQ_INSERT_TAIL(&workers->done, job, jobs);
        (void)eventfd_write(workers->event_fd, 1);
}

/* With the mutex held. */
static void take_over(Workers *workers, Job *job)
{
        eventfd_t ignored;

        TAILQ_REMOVE(&workers->done, job, jobs);
        if (TAILQ_EMPTY(&workers->done))
                (void)eventfd_read(workers->event_fd, &ignored);
}

/* Ends as soon as nothing is left to do: no thread sleeps while the daemon is idle. */
static void *work(void *userdata)
{
        Workers *workers = userdata;
        Job *job;

        (void)pthread_mutex_lock(&workers->mutex);
        while ((job = TAILQ_FIRST(&workers->queued))) {
                TAILQ_REMOVE(&workers->queued, job, jobs);
                job->state = JOB_RUNNING;
                (void)pthread_mutex_unlock(&workers->mutex);
                job->run(job);
                (void)pthread_mutex_lock(&workers->mutex);
                if (job->state == JOB_ABANDONED)
                        job_free(job);
                else
                        hand_over(workers, job);
        }
        workers->threads--;
        unref(workers);
        return NULL;
}

/* With the mutex held. 0 or negative errno. */
static int start_thread(Workers *workers)
{
        int r;

        if (workers->threads >= workers->threads_max)
                return 0;
        r = thread_start(work, workers, workers->stack_size);
        if (r < 0)
                return r;
        workers->threads++;
        workers->n_ref++;
        return 0;
}

int workers_new(unsigned threads_max, size_t stack_size, Workers **ret)
{
        Workers *workers = calloc(1, sizeof(*workers));
        int fd;

        if (!workers)
                return -ENOMEM;
        fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0) {
                free(workers);
                return -errno;
        }
        *workers = (Workers){
                .n_ref = 1,
                .stack_size = stack_size,
                .threads_max = threads_max,
                .event_fd = fd,
        };
        (void)pthread_mutex_init(&workers->mutex, NULL);
        TAILQ_INIT(&workers->queued);
        TAILQ_INIT(&workers->done);
        *ret = workers;
        return 0;
}

Workers *workers_free(Workers *workers)
{
        if (!workers)
                return NULL;
        (void)pthread_mutex_lock(&workers->mutex);
        closep(&workers->event_fd);
        workers->event_fd = -1;
        job_list_free(&workers->queued);
        job_list_free(&workers->done);
        unref(workers);
        return NULL;
}

int workers_fd(const Workers *workers)
{
        return workers->event_fd;
}

int workers_add(Workers *workers, Job *job)
{
        int r;

        (void)pthread_mutex_lock(&workers->mutex);
        job->workers = workers;
        job->state = JOB_QUEUED;
        TAILQ_INSERT_TAIL(&workers->queued, job, jobs);
        r = start_thread(workers);
        if (r < 0)
                TAILQ_REMOVE(&workers->queued, job, jobs);
        (void)pthread_mutex_unlock(&workers->mutex);
        return r;
}

void workers_add_done(Workers *workers, Job *job)
{
        (void)pthread_mutex_lock(&workers->mutex);
        job->workers = workers;
        hand_over(workers, job);
        (void)pthread_mutex_unlock(&workers->mutex);
}

Job *workers_take(Workers *workers)
{
        Job *job;

        (void)pthread_mutex_lock(&workers->mutex);
        job = TAILQ_FIRST(&workers->done);
        if (job)
                take_over(workers, job);
        (void)pthread_mutex_unlock(&workers->mutex);
        return job;
}

void workers_cancel(Job *job)
{
        Workers *workers;

        if (!job)
                return;
        workers = job->workers;
        (void)pthread_mutex_lock(&workers->mutex);
        switch (job->state) {
        case JOB_QUEUED:
                TAILQ_REMOVE(&workers->queued, job, jobs);
                job_free(job);
                break;
        case JOB_RUNNING:
                job->state = JOB_ABANDONED;
                break;
        case JOB_DONE:
                take_over(workers, job);
                job_free(job);
                break;
        default:
                break;
        }
        (void)pthread_mutex_unlock(&workers->mutex);
}
