/* SPDX-License-Identifier: Apache-2.0 */
/* The package on the disk: one file of the state directory, which a thread writes, synchronizes and
 * removes, each in its turn, so that the loop waits for no disk (design.md 14.2). There is one
 * package at a time; what is wrong with it is told once, and then nothing more is written. */
#pragma once

#include <systemd/sd-event.h>

#include "daemon/package_disk.h"
#include "lwm2m/body_sink.h"
#include "lwm2m/firmware.h"

/* Bytes that wait for the disk before who sends does. Half of what design.md 14.2 lets it be: with what is
 * beside them they take less than 1 MiB of memory, however slow the disk is. */
#define PACKAGE_FILE_QUEUE_MAX (512 * 1024)
#define PACKAGE_FILE_HELD_MAX  (2 * 1024 * 1024) /* with what comes in one piece */
#define PACKAGE_FILE_TEXT_SIZE 512               /* the path of a file system and a sentence around it */

typedef struct PackageFile PackageFile;

/* Called from the loop, never from inside a function of this file; all but package_file_free() may be called
 * from inside them. What was asked for before a begin or a remove is not told any more. */
typedef struct PackageFileHandler {
        /* package_file_begin() has been done: the file holds `at` bytes, those asked for, or 0 where fewer
         * of them were there: it begins anew. */
        void (*begun)(void *userdata, uint64_t at);
        /* After BODY_WAIT: half of the queue is free again. */
        void (*drained)(void *userdata);
        /* So many bytes, a multiple of PACKAGE_FILE_RECORD_SIZE, survive a power cut from now on. */
        void (*recorded)(void *userdata, uint64_t bytes);
        /* package_file_finish() has been done: all bytes survive a power cut, and no writer is open. */
        void (*finished)(void *userdata, uint64_t size);
        /* Once after a begin, instead of whatever else was to come: the package is larger than it may be, or
         * the disk is full, has no room beside PACKAGE_FILE_FREE_MIN, is read-only or broken
         * (FIRMWARE_RESULT_NO_SPACE), or there is no memory (FIRMWARE_RESULT_NO_MEMORY). text: a sentence
         * for operators, borrowed. The file is still there. */
        void (*failed)(void *userdata, FirmwareResult result, const char *text);
        /* package_file_remove() has been done: 0, nothing is there any more; or negative errno. */
        void (*removed)(void *userdata, int error);
} PackageFileHandler;

/* directory: the state directory, copied. handler, all of whose functions are there, and event are borrowed.
 * 0 or negative errno; no thread yet, and the file is as it was. */
int package_file_new(sd_event *event, const char *directory, const PackageFileHandler *handler,
        void *userdata, PackageFile **ret);

/* Waits for nothing: what has not been written is not there at the next start. Returns NULL. */
PackageFile *package_file_free(PackageFile *file);
DEFINE_CLEANUP(PackageFile *, package_file_free)

/* Begins a package; whatever another one still had to do is dropped. maximum: bytes that it may have
 * (firmware_update.max_size). announced: bytes that it is said to have, 0: not said; where they are more
 * than the maximum or than the disk has room for, it fails now. at: 0, the file begins anew; else its first
 * so many bytes are kept, what is behind them goes, and begun() tells whether they were there. Can be
 * written at once where at is 0, else after begun(). 0 or -ENOMEM, or why no thread can be started: failed()
 * does not come then. */
int package_file_begin(PackageFile *file, uint64_t maximum, uint64_t announced, uint64_t at);

/* Appends bytes, which are copied: at most LIMIT_PAYLOAD_SIZE at once. 0; BODY_WAIT: they are taken, and
 * none may follow before drained(); CODE_TOO_LARGE: they are not taken, nor are any more, failed() says
 * why or has said it (RFC 7252, 5.9.2.9). -EBUSY: who writes does not wait. */
int package_file_write(PackageFile *file, const void *data, size_t size);

/* Bytes of the package that have been taken, those kept by `at` among them. */
uint64_t package_file_size(const PackageFile *file);

/* Nothing follows: write the rest, synchronize, close. finished() or failed() comes. 0; or -ENOMEM, or why
 * no thread can be started, and neither comes; so below, too. */
int package_file_finish(PackageFile *file);

/* Drops what is not done yet, closes and removes the file, after which a power cut does not bring it back;
 * none there is fine. removed() comes. */
int package_file_remove(PackageFile *file);
