/* SPDX-License-Identifier: Apache-2.0 */
/* The package's file: what it is asked for becomes jobs of one thread, in the order of the calls. What comes
 * in small blocks is put together first, so that there is no job for each of them. */
#include "daemon/package_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "client/timer.h"
#include "daemon/package_job.h"
#include "lwm2m/message.h"

#define CHUNK_SIZE (128 * 1024) /* bytes of one job: as fast as larger ones */

struct PackageFile {
        const PackageFileHandler *handler;
        void *userdata;
        PackageDisk *disk;
        Workers *workers; /* one thread: each step waits for the one before */
        TAILQ_HEAD(, PackageJob) pending;
        PackageJob *chunk; /* PACKAGE_WRITE that is being filled, or NULL */
        size_t room;       /* bytes that it takes in all */
        size_t queued;     /* bytes that are not written yet */
        bool waiting;      /* BODY_WAIT has been said */
        uint64_t size, maximum;
        uint64_t recorded;
        FirmwareResult fault; /* FIRMWARE_RESULT_INITIAL: there is none */
        char text[PACKAGE_FILE_TEXT_SIZE];
        sd_event_source *source;
        sd_event_source *tell; /* failed() */
};

/* The job is the workers', or gone. */
static int submit(PackageFile *file, PackageJob *job)
{
        int r;

        if (!job)
                return -ENOMEM;
        r = workers_add(file->workers, &job->job);
        if (r < 0) {
                package_job_free(job);
                return r;
        }
        TAILQ_INSERT_TAIL(&file->pending, job, pending);
        return 0;
}

static void drop_chunk(PackageFile *file)
{
        file->chunk = package_job_free(file->chunk);
}

/* Whatever is asked for and not done. */
static void drop_pending(PackageFile *file)
{
        PackageJob *job;

        drop_chunk(file);
        while ((job = TAILQ_FIRST(&file->pending))) {
                TAILQ_REMOVE(&file->pending, job, pending);
                workers_cancel(&job->job);
        }
        file->queued = 0;
        file->waiting = false;
        file->fault = FIRMWARE_RESULT_INITIAL;
        task_set(file->tell, false);
}

/* Once: the first fault is the cause of those that follow. It is told from the loop. */
_printf_(3, 4) static void set_fault(PackageFile *file, FirmwareResult result, const char *format, ...)
{
        va_list arguments;

        if (file->fault != FIRMWARE_RESULT_INITIAL)
                return;
        va_start(arguments, format);
        (void)vsnprintf(file->text, sizeof(file->text), format, arguments);
        va_end(arguments);
        file->fault = result;
        drop_chunk(file);
        task_set(file->tell, true);
}

static void set_too_large(PackageFile *file, uint64_t announced)
{
        if (announced > 0)
                set_fault(file, FIRMWARE_RESULT_NO_SPACE,
                        "The package has %llu bytes, more than firmware_update.max_size, which is %llu.",
                        (unsigned long long)announced, (unsigned long long)file->maximum);
        else
                set_fault(file, FIRMWARE_RESULT_NO_SPACE,
                        "The package has more bytes than firmware_update.max_size, which is %llu.",
                        (unsigned long long)file->maximum);
}

static void set_disk_fault(PackageFile *file, int error)
{
        if (error == -ENOMEM)
                set_fault(file, FIRMWARE_RESULT_NO_MEMORY, "There is no memory for the package.");
        else if (error == PACKAGE_DISK_E_FULL)
                set_fault(file, FIRMWARE_RESULT_NO_SPACE,
                        "The file system of %s has no room for the package: %llu MiB of it have to stay "
                        "free.",
                        file->disk->directory, PACKAGE_FILE_FREE_MIN >> 20);
        else
                set_fault(file, FIRMWARE_RESULT_NO_SPACE, "The package cannot be written to %s/%s: %s.",
                        file->disk->directory, PACKAGE_FILE_NAME, strerrordesc_np(-error));
}

static int on_tell(sd_event_source *source, void *userdata)
{
        PackageFile *file = userdata;

        file->handler->failed(file->userdata, file->fault, file->text);
        return 0;
}

static void on_written(PackageFile *file, const PackageJob *job)
{
        bool is_new = job->synced > file->recorded;

        file->queued -= job->n;
        file->recorded = job->synced;
        if (is_new)
                file->handler->recorded(file->userdata, job->synced);
}

/* Its last call may be the end of what is pending, not of the file. */
static void on_drained(PackageFile *file)
{
        if (!file->waiting || file->fault != FIRMWARE_RESULT_INITIAL ||
                file->queued > PACKAGE_FILE_QUEUE_MAX / 2)
                return;
        file->waiting = false;
        file->handler->drained(file->userdata);
}

static void tell(PackageFile *file, const PackageJob *job)
{
        const PackageFileHandler *handler = file->handler;

        switch (job->step) {
        case PACKAGE_BEGIN:
                file->size += job->at;
                file->recorded = job->at;
                handler->begun(file->userdata, job->at);
                break;
        case PACKAGE_WRITE:
                on_written(file, job);
                on_drained(file);
                break;
        case PACKAGE_FINISH:
                handler->finished(file->userdata, job->size);
                break;
        case PACKAGE_REMOVE:
                handler->removed(file->userdata, job->result);
                break;
        }
}

/* What a fault ends. */
static bool is_writing(const PackageJob *job)
{
        return job->step == PACKAGE_BEGIN || job->step == PACKAGE_WRITE || job->step == PACKAGE_FINISH;
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        PackageFile *file = userdata;
        PackageJob *taken;

        while ((taken = (PackageJob *)workers_take(file->workers))) {
                _cleanup_(package_job_freep) PackageJob *job = taken;

                TAILQ_REMOVE(&file->pending, job, pending);
                if (is_writing(job) && job->result != 0)
                        set_disk_fault(file, job->result);
                else if (!is_writing(job) || file->fault == FIRMWARE_RESULT_INITIAL)
                        tell(file, job);
        }
        return 0;
}

int package_file_new(sd_event *event, const char *directory, const PackageFileHandler *handler,
        void *userdata, PackageFile **ret)
{
        _cleanup_(package_file_freep) PackageFile *file = calloc(1, sizeof(*file));
        int r;

        if (!file)
                return -ENOMEM;
        file->handler = handler;
        file->userdata = userdata;
        TAILQ_INIT(&file->pending);
        r = package_disk_new(directory, &file->disk);
        if (r >= 0)
                r = workers_new(1, PACKAGE_JOB_STACK_SIZE, &file->workers);
        if (r >= 0)
                r = sd_event_add_io(event, &file->source, workers_fd(file->workers), EPOLLIN, on_done, file);
        if (r >= 0)
                r = task_new(event, on_tell, file, "package-failed", &file->tell);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(file->source, "package-file");
        *ret = TAKE_PTR(file);
        return 0;
}

PackageFile *package_file_free(PackageFile *file)
{
        if (!file)
                return NULL;
        sd_event_source_disable_unref(file->source);
        sd_event_source_disable_unref(file->tell);
        drop_chunk(file);
        (void)workers_free(file->workers);
        (void)package_disk_unref(file->disk);
        free(file);
        return NULL;
}

int package_file_begin(PackageFile *file, uint64_t maximum, uint64_t announced, uint64_t at)
{
        PackageJob *job = package_job_new(file->disk, PACKAGE_BEGIN, 0);
        int r;

        drop_pending(file);
        file->size = 0;
        file->maximum = maximum;
        if (job) {
                job->announced = announced;
                job->at = at;
        }
        r = submit(file, job);
        if (r == 0 && announced > maximum)
                set_too_large(file, announced);
        return r;
}

/* Hands the chunk over, empty or not. False: it is a fault. */
static bool flush(PackageFile *file)
{
        int r = file->chunk ? submit(file, TAKE_PTR(file->chunk)) : 0;

        if (r < 0)
                set_disk_fault(file, r);
        return r == 0;
}

/* A chunk ends where a record does. */
static bool provide_chunk(PackageFile *file)
{
        if (file->chunk)
                return true;
        file->room = MIN_OF(CHUNK_SIZE, PACKAGE_FILE_RECORD_SIZE - file->size % PACKAGE_FILE_RECORD_SIZE);
        file->chunk = package_job_new(file->disk, PACKAGE_WRITE, file->room);
        if (!file->chunk)
                set_disk_fault(file, -ENOMEM);
        return file->chunk;
}

static bool append(PackageFile *file, const uint8_t *data, size_t size)
{
        while (size > 0) {
                size_t n;

                if (!provide_chunk(file))
                        return false;
                n = MIN_OF(size, file->room - file->chunk->n);
                memcpy(file->chunk->data + file->chunk->n, data, n);
                file->chunk->n += n;
                file->queued += n;
                file->size += n;
                data += n;
                size -= n;
                if (file->chunk->n == file->room && !flush(file))
                        return false;
        }
        return true;
}

int package_file_write(PackageFile *file, const void *data, size_t size)
{
        if (file->fault == FIRMWARE_RESULT_INITIAL &&
                size > file->maximum - MIN_OF(file->size, file->maximum))
                set_too_large(file, 0);
        if (file->fault != FIRMWARE_RESULT_INITIAL)
                return CODE_TOO_LARGE;
        if (file->queued + size > PACKAGE_FILE_HELD_MAX)
                return -EBUSY;
        if (!append(file, data, size))
                return CODE_TOO_LARGE;
        if (file->queued < PACKAGE_FILE_QUEUE_MAX)
                return 0;
        file->waiting = true;
        return BODY_WAIT;
}

uint64_t package_file_size(const PackageFile *file)
{
        return file->size;
}

int package_file_finish(PackageFile *file)
{
        if (file->fault != FIRMWARE_RESULT_INITIAL || !flush(file))
                return 0;
        return submit(file, package_job_new(file->disk, PACKAGE_FINISH, 0));
}

int package_file_remove(PackageFile *file)
{
        drop_pending(file);
        file->size = 0;
        return submit(file, package_job_new(file->disk, PACKAGE_REMOVE, 0));
}
