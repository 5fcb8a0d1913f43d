/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs in threads: their number, those that hang, those that nobody wants any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <semaphore.h>

#include "util/workers.h"

#define THREADS     3
#define STACK_SIZE  (64 * 1024)
#define PATIENCE_MS 10000

typedef struct TestJob {
        Job job;
        int id;
} TestJob;

static sem_t hanging;  /* raised when a thread has begun to hang */
static sem_t release;  /* each ends one of them */
static sem_t released; /* raised when one has ended */

static void return_at_once(Job *job)
{
}

static void hang(Job *job)
{
        (void)sem_post(&hanging);
        (void)sem_wait(&release);
        (void)sem_post(&released);
}

static _Atomic unsigned n_done;

static void note_done(Job *job)
{
        n_done++;
}

static Job *add(Workers *workers, void (*run)(Job *job), int id)
{
        TestJob *job = calloc(1, sizeof(*job));

        assert_non_null(job);
        job->job.run = run;
        job->job.done = note_done;
        job->id = id;
        assert_int_equal(workers_add(workers, &job->job), 0);
        return &job->job;
}

static void release_hanging(unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                (void)sem_post(&release);
        for (unsigned i = 0; i < n; i++)
                (void)sem_wait(&released);
}

static bool is_readable(const Workers *workers, int timeout)
{
        struct pollfd fd = {.fd = workers_fd(workers), .events = POLLIN};

        return poll(&fd, 1, timeout) == 1;
}

/* Waits for the next one that has been done; its id. */
static int take(Workers *workers)
{
        _cleanup_(freep) TestJob *job = NULL;

        assert_true(is_readable(workers, PATIENCE_MS));
        job = (TestJob *)workers_take(workers);
        assert_non_null(job);
        return job->id;
}

static void test_done(void **state)
{
        _cleanup_(workers_freep) Workers *workers = NULL;
        TestJob *done = calloc(1, sizeof(*done));
        unsigned seen = 0;

        assert_int_equal(workers_new(THREADS, STACK_SIZE, &workers), 0);
        assert_null(workers_take(workers));
        for (int i = 0; i < 10; i++)
                (void)add(workers, return_at_once, i);
        for (int i = 0; i < 10; i++)
                seen |= 1U << take(workers);
        assert_int_equal(seen, (1U << 10) - 1);
        assert_false(is_readable(workers, 0));
        assert_null(workers_take(workers));

        assert_non_null(done);
        done->id = 42;
        workers_add_done(workers, &done->job);
        assert_int_equal(take(workers), 42);
}

/* The number of threads is bounded, and until then nothing waits for what hangs. */
static void test_hanging(void **state)
{
        _cleanup_(workers_freep) Workers *workers = NULL;
        Job *jobs[THREADS];

        assert_int_equal(workers_new(THREADS, STACK_SIZE, &workers), 0);
        for (int i = 0; i < THREADS; i++) {
                jobs[i] = add(workers, hang, i);
                (void)sem_wait(&hanging);
                if (i < THREADS - 1) {
                        (void)add(workers, return_at_once, 100);
                        assert_int_equal(take(workers), 100);
                }
        }
        (void)add(workers, return_at_once, 101);
        assert_false(is_readable(workers, 50));
        workers_cancel(jobs[0]);
        assert_false(is_readable(workers, 50)); /* its thread is still one of them */
        release_hanging(THREADS);
        assert_int_not_equal(take(workers), 0);
        assert_int_not_equal(take(workers), 0);
        assert_int_not_equal(take(workers), 0);
        assert_false(is_readable(workers, 0));
}

static void test_cancelled(void **state)
{
        _cleanup_(workers_freep) Workers *workers = NULL;
        Job *running, *queued, *done;

        assert_int_equal(workers_new(1, STACK_SIZE, &workers), 0);
        done = add(workers, return_at_once, 1);
        assert_true(is_readable(workers, PATIENCE_MS));
        workers_cancel(done);
        assert_false(is_readable(workers, 0));
        assert_null(workers_take(workers));
        running = add(workers, hang, 2);
        (void)sem_wait(&hanging);
        queued = add(workers, return_at_once, 3);
        workers_cancel(queued);
        workers_cancel(running);
        workers_cancel(NULL);
        (void)add(workers, return_at_once, 4);
        release_hanging(1);
        assert_int_equal(take(workers), 4);
        assert_false(is_readable(workers, 0));
}

/* Whatever becomes of it: what a job owns is freed with it, but for one that is taken. */
static void test_what_a_job_owns(void **state)
{
        Workers *workers;
        Job *done, *running;

        assert_int_equal(workers_new(1, STACK_SIZE, &workers), 0);
        n_done = 0;
        (void)add(workers, return_at_once, 1);
        assert_int_equal(take(workers), 1);
        assert_int_equal(n_done, 0);
        running = add(workers, hang, 2);
        (void)sem_wait(&hanging);
        workers_cancel(add(workers, return_at_once, 3));
        assert_int_equal(n_done, 1);
        workers_cancel(running);
        done = add(workers, return_at_once, 3);
        release_hanging(1);
        assert_true(is_readable(workers, PATIENCE_MS));
        assert_int_equal(n_done, 2);
        workers_cancel(done);
        assert_int_equal(n_done, 3);
        (void)add(workers, return_at_once, 3);
        assert_true(is_readable(workers, PATIENCE_MS));
        (void)add(workers, hang, 2);
        (void)sem_wait(&hanging);
        (void)add(workers, return_at_once, 3);
        (void)workers_free(workers);
        assert_int_equal(n_done, 5);
        release_hanging(1);
}

/* Waits for no thread; the sanitizer sees whether anything is left behind. */
static void test_freed(void **state)
{
        Workers *workers;

        assert_int_equal(workers_new(1, STACK_SIZE, &workers), 0);
        (void)add(workers, return_at_once, 1);
        assert_true(is_readable(workers, PATIENCE_MS));
        (void)add(workers, hang, 2);
        (void)sem_wait(&hanging);
        (void)add(workers, return_at_once, 3);
        (void)workers_free(workers);
        release_hanging(1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_done),
                cmocka_unit_test(test_hanging),
                cmocka_unit_test(test_cancelled),
                cmocka_unit_test(test_what_a_job_owns),
                cmocka_unit_test(test_freed),
        };

        (void)sem_init(&hanging, 0, 0);
        (void)sem_init(&release, 0, 0);
        (void)sem_init(&released, 0, 0);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
