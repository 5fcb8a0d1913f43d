/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on the state directory. */
#include "daemon/state_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "util/file.h"

#define PID_TEXT_MAX sizeof("4294967295\n")

/* 0 where the holder could not write its own (read-only): what stands there is of one that is gone. */
static unsigned read_pid(int fd)
{
        char text[PID_TEXT_MAX] = "";
        unsigned pid;

        if (pread(fd, text, sizeof(text) - 1, 0) <= 0 || sscanf(text, "%u", &pid) != 1)
                return 0;
        return kill((pid_t)pid, 0) < 0 && errno == ESRCH ? 0 : pid;
}

/* Only for people: without it the lock is one all the same. */
static void write_pid(int fd)
{
        char text[PID_TEXT_MAX];
        int n = snprintf(text, sizeof(text), "%u\n", (unsigned)getpid());

        if (ftruncate(fd, 0) == 0)
                (void)!pwrite(fd, text, (size_t)n, 0);
}

/* Where nothing can be made (full, read-only) the one that is there will do: it needs no space. */
static int open_lock(int directory)
{
        struct stat st;
        int fd, error;

        fd = openat(directory, STATE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        error = errno;
        if (fd < 0)
                fd = openat(directory, STATE_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return -error;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
                (void)close(fd);
                return -EBADFD;
        }
        return fd;
}

int state_lock_take(const char *directory, int *ret_fd, unsigned *ret_pid)
{
        _cleanup_(closep) int directory_fd = -1, fd = -1;

        directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory_fd < 0)
                return -errno;
        fd = open_lock(directory_fd);
        if (fd < 0)
                return fd;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno != EWOULDBLOCK)
                        return -errno;
                *ret_pid = read_pid(fd);
                return STATE_LOCK_E_HELD;
        }
        (void)file_inherit_owner(directory_fd, fd);
        write_pid(fd);
        *ret_fd = fd;
        fd = -1;
        return 0;
}
