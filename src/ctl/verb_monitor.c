/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor: a line for each change, as long as somebody reads; a page on a terminal. */
#include <signal.h>

#include "ctl/colour.h"
#include "ctl/follower.h"
#include "ctl/live_monitor.h"
#include "ctl/monitor_line.h"
#include "ctl/output.h"
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

        if (ctl->json == JSON_OFF && output_is_terminal())
                return live_monitor(ctl);
        (void)signal(SIGINT, on_interrupt);
        (void)signal(SIGPIPE, SIG_IGN);
        /* Into a pipe too: each line when it happens. */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        r = sd_event_new(&event);
        if (r >= 0)
                r = output_watch(event);
        if (r < 0)
                return ctl_broken(r, "watch the daemon");
        r = follower_new(ctl, event, &handler, (void *)ctl, &follower);
        if (r != CTL_DONE)
                return r;
        r = sd_event_loop(event);
        return r < 0 ? ctl_broken(r, "watch the daemon") : r;
}
