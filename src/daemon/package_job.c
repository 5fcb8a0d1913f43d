/* SPDX-License-Identifier: Apache-2.0 */
/* Steps as jobs. */
#include "daemon/package_job.h"

static void run(Job *data)
{
        PackageJob *job = (PackageJob *)data;
        PackageDisk *disk = job->disk;

        switch (job->step) {
        case PACKAGE_BEGIN:
                job->result = package_disk_begin(disk, job->announced, &job->at);
                break;
        case PACKAGE_WRITE:
                job->result = package_disk_write(disk, job->data, job->n);
                job->synced = disk->synced;
                break;
        case PACKAGE_FINISH:
                job->result = package_disk_finish(disk);
                job->size = disk->size;
                break;
        case PACKAGE_REMOVE:
                job->result = package_disk_remove(disk);
                break;
        }
}

static void done(Job *data)
{
        (void)package_disk_unref(((PackageJob *)data)->disk);
}

PackageJob *package_job_new(PackageDisk *disk, PackageStep step, size_t room)
{
        PackageJob *job = malloc(sizeof(*job) + room);

        if (!job)
                return NULL;
        *job = (PackageJob){
                .job = {.run = run, .done = done},
                .step = step,
                .disk = package_disk_ref(disk),
        };
        return job;
}

PackageJob *package_job_free(PackageJob *job)
{
        if (job)
                done(&job->job);
        free(job);
        return NULL;
}
