/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that hold a value, as sysfs has them. Whoever serves one may take a second, or hang: so
 * threads read, and the loop goes on. */
#pragma once

#include <systemd/sd-event.h>

#include "util/clock.h"
#include "util/macro.h"

#define FILE_READER_SIZE_MAX 4096 /* bytes of a file: design.md 11 */

/* At once: a file that hangs keeps none of the others waiting; those included that were cancelled while they
 * hung. With those of coap/resolver.h, daemon/power_watch.c, daemon/metrics_file.c and
 * daemon/package_file.c they fit into the service's TasksMax=. */
#define FILE_READER_THREADS_MAX 16

/* A reading that has not ended so long after it was asked for counts as failed: a Read that waits for it has
 * 10 s (design.md 10.3). By CLOCK_MONOTONIC: while the machine sleeps, the thread does. */
#define FILE_READER_PATIENCE_USEC (9 * USEC_PER_SEC)

typedef struct FileReader FileReader;
typedef struct FileReading FileReading;

/* What came of a reading. */
typedef struct FileFinding {
        bool overdue;        /* patience has ended. The thread goes on, and what it finds follows */
        int error;           /* 0, or negative errno: -EFBIG, -EISDIR, -EBADFD (no regular file), ... */
        const uint8_t *data; /* borrowed for the call */
        size_t size;
} FileFinding;

/* Called from the loop: once, or after an overdue finding a second time. Then the reading is gone. May begin
 * and cancel readings. */
typedef void (*FileReaderCallback)(void *userdata, const FileFinding *finding);

/* clock is borrowed. 0 or negative errno; no thread yet. Freeing never waits for one. */
int file_reader_new(sd_event *event, const Clock *clock, FileReader **ret);
FileReader *file_reader_free(FileReader *reader);
DEFINE_CLEANUP(FileReader *, file_reader_free)

/* Begins to read a file, which is copied, path and all: no other thread hangs with it. 0 or negative errno.
 */
int file_reader_read(FileReader *reader, const char *path, FileReaderCallback callback, void *userdata,
        FileReading **ret);
void file_reader_cancel(FileReading *reading); /* NULL is fine */

#define FILE_READER_TEXT_SIZE 128

/* What is wrong with the file of a finding that is overdue or has an error, to be read behind its path:
 * "is not a regular file". Returns text. */
const char *file_reader_describe(const FileFinding *finding, char text[static FILE_READER_TEXT_SIZE]);
