/* SPDX-License-Identifier: Apache-2.0 */
/* What the thread of daemon/package_file is given to do: one step of daemon/package_disk. */
#pragma once

#include "daemon/package_disk.h"
#include "util/workers.h"

#define PACKAGE_JOB_STACK_SIZE \
        (128 * 1024) /* bytes; a step takes some KiB, a sanitizer several times that */

typedef enum PackageStep {
        PACKAGE_BEGIN,
        PACKAGE_WRITE,
        PACKAGE_FINISH,
        PACKAGE_REMOVE,
} PackageStep;

typedef struct PackageJob {
        Job job;
        PackageStep step;
        PackageDisk *disk; /* a reference */
        TAILQ_ENTRY(PackageJob) pending;
        int result;
        uint64_t announced, at; /* PACKAGE_BEGIN */
        uint64_t synced;        /* PACKAGE_WRITE: bytes of the file that survive a power cut */
        uint64_t size;          /* PACKAGE_FINISH: of the file */
        size_t n;               /* PACKAGE_WRITE: bytes of data */
        uint8_t data[];
} PackageJob;

/* room: bytes of data. NULL: there is no memory. */
PackageJob *package_job_new(PackageDisk *disk, PackageStep step, size_t room);
PackageJob *package_job_free(PackageJob *job); /* of one that is not the workers'; returns NULL */
DEFINE_CLEANUP(PackageJob *, package_job_free)
