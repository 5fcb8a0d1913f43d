/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a machine with its moods. MACHINE_SHIM_SYNC_MSEC: how long each fsync() takes;
 * MACHINE_SHIM_NO_NETLINK: the kernel tells nothing of its network. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fsync(int fd)
{
        const char *msec = getenv("MACHINE_SHIM_SYNC_MSEC");

        if (msec)
                (void)nanosleep(&(struct timespec){.tv_nsec = atol(msec) * 1000000}, NULL);
        return (int)syscall(SYS_fsync, fd);
}

int socket(int domain, int type, int protocol)
{
        if (domain == AF_NETLINK && getenv("MACHINE_SHIM_NO_NETLINK")) {
                errno = EAFNOSUPPORT;
                return -1;
        }
        return (int)syscall(SYS_socket, domain, type, protocol);
}
