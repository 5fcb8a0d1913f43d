/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a machine with its moods. MACHINE_SHIM_SYNC_MSEC: how long each fsync() takes;
 * MACHINE_SHIM_SEND_MSEC: how long each send() does, so that the answer is there before it returns;
 * MACHINE_SHIM_NO_NETLINK: the kernel tells nothing of its network. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void take_time(const char *name)
{
        const char *msec = getenv(name);

        if (msec)
                (void)nanosleep(&(struct timespec){.tv_nsec = atol(msec) * 1000000}, NULL);
}

int fsync(int fd)
{
        take_time("MACHINE_SHIM_SYNC_MSEC");
        return (int)syscall(SYS_fsync, fd);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
        ssize_t n = syscall(SYS_sendto, fd, data, size, flags, NULL, 0);

        take_time("MACHINE_SHIM_SEND_MSEC");
        return n;
}

int socket(int domain, int type, int protocol)
{
        if (domain == AF_NETLINK && getenv("MACHINE_SHIM_NO_NETLINK")) {
                errno = EAFNOSUPPORT;
                return -1;
        }
        return (int)syscall(SYS_socket, domain, type, protocol);
}
