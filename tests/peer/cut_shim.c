/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a process that ends by SIGKILL right behind one of its calls. It counts what changes a
 * directory or synchronizes, what it sends to its peers, and what the bus has sent it, while CUT_SHIM_LOG is
 * there: a file, to which each gets a line of LINE_SIZE bytes; those of the processes before it count, too.
 * CUT_SHIM_AT: the number of the call behind which it ends; 0 or none: it does not. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINE_SIZE 32

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void count(const char *what, const char *about)
{
        const char *path = getenv("CUT_SHIM_LOG"), *at = getenv("CUT_SHIM_AT");
        int kept = errno, fd;
        char line[LINE_SIZE + 1];
        struct stat st;

        fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC, 0) : -1;
        if (fd < 0) {
                errno = kept;
                return;
        }
        (void)pthread_mutex_lock(&lock); /* of two threads one is the later one */
        (void)snprintf(line, sizeof(line), "%-10.10s %-20.20s", what, about);
        line[LINE_SIZE - 1] = '\n';
        if (syscall(SYS_write, fd, line, (size_t)LINE_SIZE) != LINE_SIZE || fstat(fd, &st) < 0)
                abort();
        if (at && st.st_size / LINE_SIZE == atol(at))
                (void)kill(getpid(), SIGKILL);
        (void)close(fd);
        (void)pthread_mutex_unlock(&lock);
        errno = kept;
}

static const char *name_of(int fd)
{
        static __thread char path[4096];
        char link[64];
        ssize_t n;

        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof(path) - 1);
        path[n > 0 ? n : 0] = '\0';
        return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
        int r = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);

        count("rename", to);
        return r;
}

int unlinkat(int fd, const char *name, int flags)
{
        int r = (int)syscall(SYS_unlinkat, fd, name, flags);

        count("unlink", name);
        return r;
}

int fsync(int fd)
{
        int r = (int)syscall(SYS_fsync, fd);

        count("fsync", name_of(fd));
        return r;
}

int fdatasync(int fd)
{
        int r = (int)syscall(SYS_fdatasync, fd);

        count("fdatasync", name_of(fd));
        return r;
}

/* The bus is a stream, systemd and the journal get datagrams. */
static const char *kind_of(int fd)
{
        int domain = 0, type = 0;
        socklen_t size = sizeof(int);

        (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
        (void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
        return domain == AF_UNIX                         ? (type == SOCK_STREAM ? "bus" : NULL)
               : domain == AF_INET || domain == AF_INET6 ? "network"
                                                         : NULL;
}

static void count_sent(int fd)
{
        const char *kind = kind_of(fd);

        if (kind)
                count("send", kind);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
        ssize_t n = syscall(SYS_sendmsg, fd, message, flags);

        count_sent(fd);
        return n;
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
        ssize_t n = syscall(SYS_sendto, fd, data, size, flags, NULL, 0);

        count_sent(fd);
        return n;
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
        ssize_t n = syscall(SYS_sendto, fd, data, size, flags, to, length);

        count_sent(fd);
        return n;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
        ssize_t n = syscall(SYS_recvmsg, fd, message, flags);
        const char *kind = n > 0 ? kind_of(fd) : NULL;

        if (kind && strcmp(kind, "bus") == 0)
                count("receive", kind);
        return n;
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
        ssize_t n = syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
        const char *kind = n > 0 ? kind_of(fd) : NULL;

        if (kind && strcmp(kind, "bus") == 0)
                count("receive", kind);
        return n;
}
