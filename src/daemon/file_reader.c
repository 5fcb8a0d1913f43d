/* SPDX-License-Identifier: Apache-2.0 */
/* Files as jobs, and one deadline for all of them: that of the oldest. */
#include "daemon/file_reader.h"

#include <stdio.h>
#include <sys/epoll.h>

#include "client/timer.h"
#include "util/file.h"
#include "util/workers.h"

#define THREAD_STACK_SIZE (128 * 1024) /* bytes; a file takes some KiB, a sanitizer several times that */

struct FileReading {
        Job job;
        FileReader *reader;
        FileReaderCallback callback;
        void *userdata;
        uint64_t deadline; /* CLOCK_MONOTONIC usec */
        bool overdue;
        TAILQ_ENTRY(FileReading) readings; /* where it is not overdue */
        int error;
        size_t size;
        uint8_t *data; /* owned; NULL: it could not be read */
        char path[];
};

struct FileReader {
        const Clock *clock;
        Workers *workers;
        TAILQ_HEAD(, FileReading) readings; /* by deadline */
        sd_event_source *source;
        sd_event_source *patience;
};

/* -- In the thread -- */

static int read_file(FileReading *reading)
{
        /* Before it is opened, over and over: a FIFO's writer would be told that somebody reads, and a
         * device may begin something. */
        int r = file_check(reading->path);

        return r < 0 ? r : file_read(reading->path, FILE_READER_SIZE_MAX, &reading->data, &reading->size);
}

static void run(Job *job)
{
        FileReading *reading = (FileReading *)job;

        reading->error = read_file(reading);
}

static void done(Job *job)
{
        free(((FileReading *)job)->data);
}

/* -- On the loop -- */

static void set_patience(FileReader *reader)
{
        const FileReading *oldest = TAILQ_FIRST(&reader->readings);

        timer_set(reader->patience, oldest ? oldest->deadline : 0);
}

static void wait_no_more(FileReading *reading)
{
        if (reading->overdue)
                return;
        TAILQ_REMOVE(&reading->reader->readings, reading, readings);
        set_patience(reading->reader);
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        FileReader *reader = userdata;
        FileReading *reading;

        while ((reading = (FileReading *)workers_take(reader->workers))) {
                const FileFinding finding = {
                        .error = reading->error, .data = reading->data, .size = reading->size};

                wait_no_more(reading);
                reading->callback(reading->userdata, &finding);
                free(reading->data);
                free(reading);
        }
        return 0;
}

static int on_impatient(sd_event_source *source, uint64_t usec, void *userdata)
{
        FileReader *reader = userdata;
        uint64_t now = clock_monotonic(reader->clock);
        FileReading *reading;

        while ((reading = TAILQ_FIRST(&reader->readings)) && reading->deadline <= now) {
                wait_no_more(reading);
                reading->overdue = true;
                reading->callback(reading->userdata, &(FileFinding){.overdue = true, .error = -ETIMEDOUT});
        }
        return 0;
}

int file_reader_new(sd_event *event, const Clock *clock, FileReader **ret)
{
        _cleanup_(file_reader_freep) FileReader *reader = calloc(1, sizeof(*reader));
        int r;

        if (!reader)
                return -ENOMEM;
        reader->clock = clock;
        TAILQ_INIT(&reader->readings);
        r = workers_new(FILE_READER_THREADS_MAX, THREAD_STACK_SIZE, &reader->workers);
        if (r >= 0)
                r = sd_event_add_io(
                        event, &reader->source, workers_fd(reader->workers), EPOLLIN, on_done, reader);
        if (r >= 0)
                r = timer_new_awake(event, on_impatient, reader, "file-patience", &reader->patience);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(reader->source, "file-reader");
        *ret = TAKE_PTR(reader);
        return 0;
}

FileReader *file_reader_free(FileReader *reader)
{
        if (!reader)
                return NULL;
        sd_event_source_disable_unref(reader->source);
        sd_event_source_disable_unref(reader->patience);
        (void)workers_free(reader->workers);
        free(reader);
        return NULL;
}

int file_reader_read(
        FileReader *reader, const char *path, FileReaderCallback callback, void *userdata, FileReading **ret)
{
        FileReading *reading = calloc(1, sizeof(*reading) + strlen(path) + 1);
        int r;

        if (!reading)
                return -ENOMEM;
        reading->job.run = run;
        reading->job.done = done;
        reading->reader = reader;
        reading->callback = callback;
        reading->userdata = userdata;
        reading->deadline = clock_monotonic(reader->clock) + FILE_READER_PATIENCE_USEC;
        memcpy(reading->path, path, strlen(path) + 1);
        r = workers_add(reader->workers, &reading->job);
        if (r < 0) {
                free(reading);
                return r;
        }
        TAILQ_INSERT_TAIL(&reader->readings, reading, readings);
        set_patience(reader);
        *ret = reading;
        return 0;
}

void file_reader_cancel(FileReading *reading)
{
        if (!reading)
                return;
        wait_no_more(reading);
        workers_cancel(&reading->job);
}

const char *file_reader_describe(const FileFinding *finding, char text[static FILE_READER_TEXT_SIZE])
{
        if (finding->overdue)
                (void)snprintf(text, FILE_READER_TEXT_SIZE, "has not been read within %llu s",
                        FILE_READER_PATIENCE_USEC / USEC_PER_SEC);
        else if (finding->error == -EFBIG)
                (void)snprintf(text, FILE_READER_TEXT_SIZE, "is larger than %d bytes", FILE_READER_SIZE_MAX);
        else if (finding->error == -EBADFD)
                (void)snprintf(text, FILE_READER_TEXT_SIZE, "is not a regular file");
        else
                (void)snprintf(text, FILE_READER_TEXT_SIZE, "cannot be read (%s)",
                        strerrordesc_np(-finding->error));
        return text;
}
