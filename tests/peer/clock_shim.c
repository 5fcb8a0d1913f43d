/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a wall clock of the process's own, set while it runs, on a machine that sleeps at will.
 *
 * CLOCK_SHIM_OFFSET: seconds from the machine's clock at the start. CLOCK_SHIM_SOCKET: a datagram socket
 * made here; each datagram is the new offset in decimal, or "sleep N": the machine was suspended for N
 * seconds, of which CLOCK_MONOTONIC knows nothing. A sender with an address gets it back when it is so. One
 * timer may have TFD_TIMER_CANCEL_ON_SET, before it is polled, and serves nothing else; those on
 * CLOCK_BOOTTIME are absolute and of one shot. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TIMERS_MAX 8

static _Atomic int64_t offset, slept; /* s */
static _Atomic int timer = -1;        /* an eventfd by now */

/* The timers on CLOCK_BOOTTIME as they were asked for; a sleep sets them anew. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
        int fd;
        struct timespec end;
} timers[TIMERS_MAX];
static size_t n_timers;

int clock_gettime(clockid_t clock, struct timespec *ts)
{
        int r = (int)syscall(SYS_clock_gettime, clock, ts);

        if (r == 0 && clock == CLOCK_REALTIME)
                ts->tv_sec += (time_t)(offset + slept);
        if (r == 0 && clock == CLOCK_BOOTTIME)
                ts->tv_sec += (time_t)slept;
        return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        *tv = (struct timeval){ts.tv_sec, ts.tv_nsec / 1000};
        return 0;
}

time_t time(time_t *ret)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        if (ret)
                *ret = ts.tv_sec;
        return ts.tv_sec;
}

int timerfd_create(int clock, int flags)
{
        int fd = (int)syscall(SYS_timerfd_create, clock, flags);

        if (fd >= 0 && clock == CLOCK_BOOTTIME) {
                if (n_timers == TIMERS_MAX)
                        abort();
                timers[n_timers++].fd = fd;
        }
        return fd;
}

/* The end in the kernel's time: never 0, which would disarm the timer. */
static int arm(int fd, struct timespec end)
{
        struct itimerspec value = {.it_value = end};

        if (end.tv_sec != 0 || end.tv_nsec != 0) {
                value.it_value.tv_sec -= (time_t)slept;
                if (value.it_value.tv_sec < 0)
                        value.it_value = (struct timespec){.tv_nsec = 1};
        }
        return (int)syscall(SYS_timerfd_settime, fd, TFD_TIMER_ABSTIME, &value, NULL);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
        if (fd == timer)
                return 0;
        for (size_t i = 0; i < n_timers; i++)
                if (timers[i].fd == fd) {
                        int r;

                        (void)pthread_mutex_lock(&lock);
                        timers[i].end = value->it_value;
                        r = arm(fd, value->it_value);
                        (void)pthread_mutex_unlock(&lock);
                        return r;
                }
        if (flags & TFD_TIMER_CANCEL_ON_SET) {
                int in_its_place = eventfd(0, EFD_NONBLOCK);

                if (in_its_place < 0 || dup3(in_its_place, fd, O_CLOEXEC) < 0)
                        abort();
                (void)close(in_its_place);
                timer = fd;
                return 0;
        }
        return (int)syscall(SYS_timerfd_settime, fd, flags, value, old);
}

ssize_t read(int fd, void *buffer, size_t size)
{
        ssize_t n = syscall(SYS_read, fd, buffer, size);

        if (n < 0 || fd != timer)
                return n;
        errno = ECANCELED;
        return -1;
}

static void sleep_for(int64_t seconds)
{
        (void)pthread_mutex_lock(&lock);
        slept += seconds;
        for (size_t i = 0; i < n_timers; i++)
                (void)arm(timers[i].fd, timers[i].end);
        (void)pthread_mutex_unlock(&lock);
}

static void *listen_for_offsets(void *argument)
{
        int fd = (int)(intptr_t)argument;
        struct sockaddr_un sender;
        socklen_t size = sizeof(sender);
        char text[32];
        ssize_t n;

        while ((n = recvfrom(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&sender, &size)) > 0) {
                text[n] = '\0';
                if (strncmp(text, "sleep ", 6) == 0)
                        sleep_for(strtoll(text + 6, NULL, 10));
                else
                        offset = strtoll(text, NULL, 10);
                if (timer >= 0)
                        (void)eventfd_write(timer, 1);
                (void)sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&sender, size);
                size = sizeof(sender);
        }
        return NULL;
}

__attribute__((constructor)) static void begin(void)
{
        const char *start = getenv("CLOCK_SHIM_OFFSET"), *path = getenv("CLOCK_SHIM_SOCKET");
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        sigset_t all, before;
        pthread_t thread;
        int fd;

        offset = start ? strtoll(start, NULL, 10) : 0;
        if (!path || strlen(path) >= sizeof(address.sun_path))
                return;
        memcpy(address.sun_path, path, strlen(path));
        (void)unlink(path); /* a program that executes this one, as valgrind's, has left it */
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                abort();
        /* Signals are for the program's own threads. */
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        if (pthread_create(&thread, NULL, listen_for_offsets, (void *)(intptr_t)fd) != 0)
                abort();
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
