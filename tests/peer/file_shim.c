/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: files of drivers that take their time. To read one whose name begins with "slow" takes 2
 * s, with "hung" until somebody has opened NAME.release, a FIFO beside it, for writing; and likewise to
 * write one whose name begins with ".hung". */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_for_release(const char *path)
{
        char fifo[PATH_MAX + sizeof(".release")];
        int fd;

        (void)snprintf(fifo, sizeof(fifo), "%s.release", path);
        fd = open(fifo, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
                (void)close(fd);
}

static void take_time(int fd)
{
        char link[64], path[PATH_MAX];
        const char *name;
        struct stat st;
        ssize_t n;

        /* The first read of a file alone. */
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || lseek(fd, 0, SEEK_CUR) != 0)
                return;
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof(path) - 1);
        if (n <= 0)
                return;
        path[n] = '\0';
        name = strrchr(path, '/');
        if (name && strncmp(name, "/slow", 5) == 0)
                (void)nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
        if (name && (strncmp(name, "/hung", 5) == 0 || strncmp(name, "/.hung", 6) == 0))
                wait_for_release(path);
}

ssize_t write(int fd, const void *buffer, size_t size)
{
        take_time(fd);
        return syscall(SYS_write, fd, buffer, size);
}

ssize_t read(int fd, void *buffer, size_t size)
{
        take_time(fd);
        return syscall(SYS_read, fd, buffer, size);
}
