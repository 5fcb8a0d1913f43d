/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the standard output. */
#include "ctl/output.h"

#include <poll.h>

#include "ctl/call.h"

/* That the reader has gone is no failure; a full disk is one. */
static int end_of_output(sd_event *event)
{
        struct pollfd output = {.fd = STDOUT_FILENO};
        bool closed = poll(&output, 1, 0) > 0;

        return sd_event_exit(event, closed ? CTL_DONE : ctl_broken(EIO, "write the output"));
}

static int on_closed(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        return end_of_output(sd_event_source_get_event(source));
}

static int on_dispatched(sd_event_source *source, void *userdata)
{
        return ferror(stdout) ? end_of_output(sd_event_source_get_event(source)) : 0;
}

int output_watch(sd_event *event)
{
        int r;

        /* A file and /dev/null are never closed from the other end, and epoll does not take them. */
        r = sd_event_add_io(event, NULL, STDOUT_FILENO, 0, on_closed, NULL);
        if (r < 0 && r != -EPERM)
                return r;
        r = sd_event_add_post(event, NULL, on_dispatched, NULL);
        /* Also what has been written before the loop begins. */
        return r < 0 ? r : sd_event_add_defer(event, NULL, on_dispatched, NULL);
}
