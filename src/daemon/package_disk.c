/* SPDX-License-Identifier: Apache-2.0 */
/* The package as a file. */
#include "daemon/package_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "util/file.h"

int package_disk_new(const char *directory, PackageDisk **ret)
{
        size_t size = strlen(directory) + 1;
        PackageDisk *disk = calloc(1, sizeof(*disk) + size);

        if (!disk)
                return -ENOMEM;
        disk->n_ref = 1;
        disk->fd = -1;
        memcpy(disk->directory, directory, size);
        *ret = disk;
        return 0;
}

PackageDisk *package_disk_ref(PackageDisk *disk)
{
        disk->n_ref++;
        return disk;
}

static void close_writer(PackageDisk *disk)
{
        closep(&disk->fd);
        disk->fd = -1;
}

PackageDisk *package_disk_unref(PackageDisk *disk)
{
        if (!disk || --disk->n_ref > 0)
                return NULL;
        close_writer(disk);
        free(disk);
        return NULL;
}

static int open_directory(const PackageDisk *disk)
{
        int fd = open(disk->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* Whether there is room for so many bytes more. A file system that does not tell its size has room. */
static int check_room(int fd, uint64_t size)
{
        struct statvfs st;
        uint64_t room;

        if (fstatvfs(fd, &st) < 0)
                return -errno;
        room = (uint64_t)st.f_bavail * st.f_frsize;
        return st.f_blocks > 0 && (room < PACKAGE_FILE_FREE_MIN || room - PACKAGE_FILE_FREE_MIN < size)
                       ? PACKAGE_DISK_E_FULL
                       : 0;
}

/* The file as it is there, cut to so many bytes. */
static int reopen(PackageDisk *disk, int directory_fd, uint64_t at)
{
        struct stat st;

        disk->fd = openat(directory_fd, PACKAGE_FILE_NAME,
                O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (disk->fd < 0 || fstat(disk->fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < at)
                return -ENODATA;
        return ftruncate(disk->fd, (off_t)at) < 0 ? -errno : 0;
}

/* A new one, since the old one may be somebody else's (RAUC makes it root's) or be read by somebody. */
static int create(PackageDisk *disk, int directory_fd)
{
        if (unlinkat(directory_fd, PACKAGE_FILE_NAME, 0) < 0 && errno != ENOENT)
                return -errno;
        disk->fd = openat(
                directory_fd, PACKAGE_FILE_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (disk->fd < 0)
                return -errno;
        if (fsync(directory_fd) < 0)
                return -errno;
        return file_inherit_owner(directory_fd, disk->fd);
}

static int begin_at(PackageDisk *disk, int directory_fd, uint64_t at)
{
        close_writer(disk);
        disk->size = disk->synced = at;
        return at > 0 ? reopen(disk, directory_fd, at) : create(disk, directory_fd);
}

static int begin(PackageDisk *disk, int directory_fd, uint64_t announced, uint64_t *at)
{
        int r;

        if (*at > 0 && begin_at(disk, directory_fd, *at) < 0)
                *at = 0;
        if (*at == 0) {
                r = begin_at(disk, directory_fd, 0);
                if (r < 0)
                        return r;
        }
        return announced > *at ? check_room(directory_fd, announced - *at) : 0;
}

int package_disk_begin(PackageDisk *disk, uint64_t announced, uint64_t *at)
{
        _cleanup_(closep) int directory_fd = open_directory(disk);

        disk->error = directory_fd < 0 ? directory_fd : begin(disk, directory_fd, announced, at);
        return disk->error;
}

static int append(PackageDisk *disk, const uint8_t *data, size_t size)
{
        while (size > 0) {
                ssize_t n = write(disk->fd, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                size -= (size_t)n;
                disk->size += (uint64_t)n;
        }
        return 0;
}

static int synchronize(PackageDisk *disk)
{
        if (fdatasync(disk->fd) < 0)
                return -errno;
        disk->synced = disk->size;
        return 0;
}

int package_disk_write(PackageDisk *disk, const uint8_t *data, size_t size)
{
        if (disk->error != 0)
                return disk->error;
        disk->error = check_room(disk->fd, size);
        if (disk->error == 0)
                disk->error = append(disk, data, size);
        if (disk->error == 0 && disk->size % PACKAGE_FILE_RECORD_SIZE == 0)
                disk->error = synchronize(disk);
        return disk->error;
}

int package_disk_finish(PackageDisk *disk)
{
        if (disk->error != 0)
                return disk->error;
        if (disk->fd < 0)
                return disk->error = -EBADF;
        disk->error = synchronize(disk);
        close_writer(disk);
        return disk->error;
}

int package_disk_remove(PackageDisk *disk)
{
        int r = file_remove(disk->directory, PACKAGE_FILE_NAME);

        close_writer(disk);
        disk->error = -EBADF; /* nothing is written before the next begin */
        return r;
}
