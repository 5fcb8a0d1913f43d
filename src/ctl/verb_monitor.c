/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor: a line for each change, as long as somebody reads. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "ctl/follower.h"
#include "ctl/monitor_line.h"
#include "ctl/verb_monitor.h"

static int on_present(sd_bus_message *properties, void *userdata)
{
        const Ctl *ctl = userdata;

        return monitor_line_present(properties, ctl->json);
}

static int on_status(sd_bus_message *signal, void *userdata)
{
        const Ctl *ctl = userdata;

        return monitor_line_status(signal, ctl->json);
}

static int on_properties(sd_bus_message *signal, void *userdata)
{
        const Ctl *ctl = userdata;

        return monitor_line_properties(signal, ctl->json);
}

static int on_object(sd_bus_message *signal, void *userdata)
{
        const Ctl *ctl = userdata;

        return monitor_line_object(signal, ctl->json);
}

static void on_daemon(bool there, void *userdata)
{
        const Ctl *ctl = userdata;

        monitor_line_daemon(there, ctl->json);
}

static void on_bus_lost(void *userdata)
{
        const Ctl *ctl = userdata;

        monitor_line_bus_lost(ctl->json);
}

/* Its other end: nothing has failed. */
static void on_interrupt(int number)
{
        _exit(CTL_DONE);
}

/* Whoever reads the output has gone. */
static int on_output_closed(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        return sd_event_exit(sd_event_source_get_event(source), CTL_DONE);
}

/* That the reader has gone is no failure; a full disk is one. */
static int end_of_output(void)
{
        struct pollfd output = {.fd = STDOUT_FILENO};

        return poll(&output, 1, 0) > 0 ? CTL_DONE : ctl_broken(EIO, "write the output");
}

/* Behind each line. */
static int on_written(sd_event_source *source, void *userdata)
{
        return ferror(stdout) ? sd_event_exit(sd_event_source_get_event(source), end_of_output()) : 0;
}

/* A file and /dev/null are never closed from the other end, and epoll does not take them. */
static int watch_output(sd_event *event)
{
        int r;

        r = sd_event_add_io(event, NULL, STDOUT_FILENO, 0, on_output_closed, NULL);
        if (r < 0 && r != -EPERM)
                return r;
        return sd_event_add_post(event, NULL, on_written, NULL);
}

int verb_monitor(const Ctl *ctl)
{
        static const FollowerHandler handler = {
                .present = on_present,
                .status = on_status,
                .properties = on_properties,
                .object = on_object,
                .daemon = on_daemon,
                .bus_lost = on_bus_lost,
        };
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(follower_freep) Follower *follower = NULL;
        int r;

        (void)signal(SIGINT, on_interrupt);
        (void)signal(SIGPIPE, SIG_IGN);
        /* Into a pipe too: each line when it happens. */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        r = sd_event_new(&event);
        if (r >= 0)
                r = watch_output(event);
        if (r < 0)
                return ctl_broken(r, "watch the daemon");
        r = follower_new(ctl, event, &handler, (void *)ctl, &follower);
        if (r != CTL_DONE)
                return r;
        if (ferror(stdout))
                return end_of_output();
        r = sd_event_loop(event);
        return r < 0 ? ctl_broken(r, "watch the daemon") : r;
}
