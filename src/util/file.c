/* SPDX-License-Identifier: Apache-2.0 */
/* Files: read with a limit, replace atomically. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "util/bytes.h"
#include "util/file.h"

#define READ_CHUNK 4096 /* bytes of one read() */

static int open_directory(const char *directory)
{
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

static int read_all(int fd, ByteWriter *writer)
{
        uint8_t chunk[READ_CHUNK];
        int r = 0;

        for (;;) {
                ssize_t n = read(fd, chunk, sizeof(chunk));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        r = -errno;
                if (n <= 0)
                        break;
                byte_writer_add(writer, chunk, (size_t)n);
                if (writer->error < 0)
                        break;
        }

        /* It may have been a key. */
        explicit_bzero(chunk, sizeof(chunk));
        return r;
}

/* 0 where it is a regular file. */
static int check_kind(const struct stat *st)
{
        if (S_ISDIR(st->st_mode))
                return -EISDIR;
        return S_ISREG(st->st_mode) ? 0 : -EBADFD;
}

int file_check(const char *path)
{
        struct stat st;

        return stat(path, &st) < 0 ? -errno : check_kind(&st);
}

int file_read(const char *path, size_t maximum, uint8_t **ret, size_t *ret_size)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(maximum);
        _cleanup_(closep) int fd = -1;
        struct stat st;
        size_t size;
        int r;

        /* O_NONBLOCK: a FIFO put in the file's place must not hold the daemon. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        r = check_kind(&st);
        if (r == 0)
                r = read_all(fd, &writer);
        if (r < 0)
                return r;
        size = writer.size;
        writer.maximum++;
        byte_writer_add_u8(&writer, 0);
        r = byte_writer_take(&writer, ret, &(size_t){0});
        if (r < 0)
                return r == -EMSGSIZE ? -EFBIG : r;
        *ret_size = size;
        return 0;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                size -= (size_t)n;
        }
        return 0;
}

static int synchronize(int fd)
{
        return fsync(fd) < 0 ? -errno : 0;
}

int file_inherit_owner(int directory_fd, int fd)
{
        struct stat st;

        if (geteuid() != 0)
                return 0;
        if (fstat(directory_fd, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0)
                return -errno;
        return 0;
}

/* durable: after 0 it survives a power cut. */
static int replace(
        const char *directory, const char *name, const void *data, size_t size, mode_t mode, bool durable)
{
        _cleanup_(closep) int directory_fd = -1, fd = -1;
        char temporary[NAME_MAX + 1];
        int n, r;

        /* Always the same name, so that power cuts do not litter the directory. */
        n = snprintf(temporary, sizeof(temporary), ".%s.tmp", name);
        if (n < 0 || (size_t)n >= sizeof(temporary))
                return -ENAMETOOLONG;

        directory_fd = open_directory(directory);
        if (directory_fd < 0)
                return directory_fd;
        if (unlinkat(directory_fd, temporary, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(directory_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        r = file_inherit_owner(directory_fd, fd);
        if (r >= 0 && fchmod(fd, mode) < 0)
                r = -errno;
        if (r >= 0)
                r = write_all(fd, data, size);
        if (r >= 0 && durable)
                r = synchronize(fd);
        if (r >= 0 && renameat(directory_fd, temporary, directory_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlinkat(directory_fd, temporary, 0);
                return r;
        }
        return durable ? synchronize(directory_fd) : 0;
}

int file_write_atomic(const char *directory, const char *name, const void *data, size_t size)
{
        return replace(directory, name, data, size, 0600, true);
}

int file_publish(const char *directory, const char *name, const void *data, size_t size)
{
        return replace(directory, name, data, size, 0644, false);
}

int file_rename(const char *directory, const char *from, const char *to)
{
        _cleanup_(closep) int fd = open_directory(directory);

        if (fd < 0)
                return fd;
        if (renameat(fd, from, fd, to) < 0)
                return -errno;
        return synchronize(fd);
}

int file_remove(const char *directory, const char *name)
{
        _cleanup_(closep) int fd = open_directory(directory);

        if (fd < 0)
                return fd;
        if (unlinkat(fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        return synchronize(fd);
}
