/* SPDX-License-Identifier: Apache-2.0 */
/* What the thread of daemon/package_file does: the package as a file, step by step. Each function may take
 * long, and hang with its disk. Each int is 0 or negative errno, or what it says beside. */
#pragma once

#include <stdatomic.h>

#include "util/macro.h"

#define PACKAGE_FILE_NAME "firmware-package" /* in the state directory; not encrypted: design.md 14.1 */

/* Bytes, design.md 14.2 */
#define PACKAGE_FILE_RECORD_SIZE (16ULL * 1024 * 1024) /* from one synchronization to the next */
#define PACKAGE_FILE_FREE_MIN    (16ULL * 1024 * 1024) /* of the file system that stay free */

/* Of begin and write: the file system would have less than PACKAGE_FILE_FREE_MIN left. */
#define PACKAGE_DISK_E_FULL 1

/* Belongs to whoever holds a reference; all steps after each other, in whatever thread. */
typedef struct PackageDisk {
        atomic_uint n_ref;
        int error;       /* of a step since the last begin: those that follow do nothing and return it */
        int fd;          /* of the writer; -1: there is none */
        uint64_t size;   /* bytes written */
        uint64_t synced; /* of these, that survive a power cut */
        char directory[];
} PackageDisk;

/* 0 or -ENOMEM; nothing is done to the disk. */
int package_disk_new(const char *directory, PackageDisk **ret);
PackageDisk *package_disk_ref(PackageDisk *disk);
PackageDisk *package_disk_unref(PackageDisk *disk); /* returns NULL, which is fine, too */

/* Closes the writer of before. The file's first *at bytes are kept; where they are not there, or the file
 * cannot be gone on with, *at becomes 0, and it begins anew, as it does for 0: a new file takes the
 * place of whatever is there, readable by the daemon alone. announced: bytes that the whole package has, for
 * which there has to be room; 0: not known. */
int package_disk_begin(PackageDisk *disk, uint64_t announced, uint64_t *at);

/* Appends; synchronizes at each multiple of PACKAGE_FILE_RECORD_SIZE, which no call may go beyond. */
int package_disk_write(PackageDisk *disk, const uint8_t *data, size_t size);

/* Synchronizes and closes the writer. */
int package_disk_finish(PackageDisk *disk);

/* Closes the writer and removes the file, which a power cut does not bring back. None there is fine. */
int package_disk_remove(PackageDisk *disk);
