/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when the clock is set: a timer that never ends is cancelled then (timerfd_create(2)). */
#include "daemon/clock_watch.h"

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

struct ClockWatch {
        int fd;
        void (*set)(void *userdata);
        void *userdata;
        sd_event_source *source;
};

/* The far end of time_t; as systemd does. */
static int arm(int fd)
{
        static const struct itimerspec never = {
                .it_value.tv_sec = sizeof(time_t) == sizeof(int64_t) ? INT64_MAX : INT32_MAX};

        return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 ? -errno
                                                                                                  : 0;
}

static int on_timer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        ClockWatch *watch = userdata;
        uint64_t expirations;

        if (read(fd, &expirations, sizeof(expirations)) >= 0 || errno != ECANCELED)
                return 0;
        (void)arm(fd);
        watch->set(watch->userdata);
        return 0;
}

int clock_watch_new(sd_event *event, void (*set)(void *userdata), void *userdata, ClockWatch **ret)
{
        _cleanup_(clock_watch_freep) ClockWatch *watch = calloc(1, sizeof(*watch));
        int r;

        if (!watch)
                return -ENOMEM;
        watch->set = set;
        watch->userdata = userdata;
        watch->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (watch->fd < 0)
                return -errno;
        r = arm(watch->fd);
        if (r >= 0)
                r = sd_event_add_io(event, &watch->source, watch->fd, EPOLLIN, on_timer, watch);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(watch->source, "clock-watch");
        *ret = TAKE_PTR(watch);
        return 0;
}

ClockWatch *clock_watch_free(ClockWatch *watch)
{
        if (!watch)
                return NULL;
        sd_event_source_disable_unref(watch->source);
        if (watch->fd >= 0)
                (void)close(watch->fd);
        free(watch);
        return NULL;
}
