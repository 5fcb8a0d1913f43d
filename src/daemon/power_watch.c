/* SPDX-License-Identifier: Apache-2.0 */
/* A thread for each look, which ends with it: nothing runs while nobody asks. */
#include "daemon/power_watch.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "client/timer.h"
#include "util/log.h"
#include "util/thread.h"

#define THREAD_STACK_SIZE (128 * 1024) /* bytes; a look takes some KiB, a sanitizer several times that */

/* A thread that hangs keeps it beyond its PowerWatch. What it has found goes through the pipe, whole:
 * pipe(7). */
typedef struct Look {
        int fd;
        PowerState state;
        char folder[PATH_MAX];
} Look;

typedef struct Finding {
        int error;
        PowerState state;
} Finding;

static_assert(sizeof(Finding) <= PIPE_BUF, "a finding goes through the pipe as one");

struct PowerWatch {
        sd_event *event;
        const Clock *clock;
        const char *folder;
        void (*looked)(void *userdata, const PowerState *before);
        void *userdata;
        PowerState state;
        uint64_t looked_at; /* CLOCK_BOOTTIME usec: the end of the last look; 0: there was none */
        int error;          /* of the last look: the log tells a change */
        int fd;             /* of the look under way; -1: none is */
        bool overdue;       /* that look has been given up, but its thread has not come back */
        sd_event_source *source;
        sd_event_source *patience;
};

static void *look(void *userdata)
{
        Look *look = userdata;
        Finding finding = {.state = look->state};

        finding.error = power_supply_look(look->folder, &finding.state);
        (void)!write(look->fd, &finding, sizeof(finding));
        (void)close(look->fd);
        free(look);
        return NULL;
}

static void end_look(PowerWatch *watch)
{
        watch->source = sd_event_source_disable_unref(watch->source);
        closep(&watch->fd);
        watch->fd = -1;
}

static bool is_empty(const PowerState *state)
{
        for (size_t i = 0; i < LIMIT_POWER_SUPPLIES; i++)
                if (state->supplies[i].name[0])
                        return false;
        return true;
}

static void take(PowerWatch *watch, const Finding *finding)
{
        const PowerState before = watch->state;

        timer_set(watch->patience, 0);
        if (watch->looked_at == 0 && finding->error >= 0 && is_empty(&finding->state))
                log_warning("device.power is sysfs, but there is no power supply in %s: until there is one, "
                            "a server sees no power source.",
                        watch->folder);
        watch->state = finding->state;
        watch->looked_at = clock_boottime(watch->clock);
        if (finding->error < 0 && finding->error != watch->error)
                log_warning_errno(finding->error,
                        "The power supplies in %s cannot be read (device.power): %m", watch->folder);
        watch->error = finding->error;
        watch->looked(watch->userdata, &before);
}

static int on_finding(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Finding finding = {.error = -EIO};
        PowerWatch *watch = userdata;

        if (read(fd, &finding, sizeof(finding)) != sizeof(finding))
                finding = (Finding){.error = -EIO};
        end_look(watch);
        watch->overdue = false;
        take(watch, &finding);
        return 0;
}

/* The thread goes on, and what it finds is used then: no second one is made to hang beside it. */
static int on_impatient(sd_event_source *source, uint64_t usec, void *userdata)
{
        PowerWatch *watch = userdata;

        watch->overdue = true;
        take(watch, &(Finding){.error = -ETIMEDOUT});
        return 0;
}

static int begin_look(PowerWatch *watch)
{
        Look *data = calloc(1, sizeof(*data));
        int pipe_fds[2], r;

        if (!data)
                return -ENOMEM;
        (void)snprintf(data->folder, sizeof(data->folder), "%s", watch->folder);
        data->state = watch->state;
        if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
                r = -errno;
                free(data);
                return r;
        }
        watch->fd = pipe_fds[0];
        data->fd = pipe_fds[1];
        r = sd_event_add_io(watch->event, &watch->source, watch->fd, EPOLLIN, on_finding, watch);
        if (r >= 0)
                r = thread_start(look, data, THREAD_STACK_SIZE);
        if (r < 0) {
                end_look(watch);
                (void)close(pipe_fds[1]);
                free(data);
                return r;
        }
        (void)sd_event_source_set_description(watch->source, "power-look");
        timer_set(watch->patience, clock_monotonic(watch->clock) + POWER_WATCH_PATIENCE_USEC);
        return 0;
}

const PowerState *power_watch_state(const PowerWatch *watch)
{
        return &watch->state;
}

bool power_watch_refresh(PowerWatch *watch)
{
        uint64_t now = clock_boottime(watch->clock);
        int r;

        if (watch->looked_at > 0 && now < watch->looked_at + POWER_WATCH_FRESH_USEC)
                return false;
        if (watch->fd >= 0)
                return !watch->overdue;
        r = begin_look(watch);
        if (r < 0)
                log_warning_errno(r, "The power supplies cannot be looked at: %m");
        return r == 0;
}

int power_watch_new(sd_event *event, const Clock *clock, const char *folder,
        void (*looked)(void *userdata, const PowerState *before), void *userdata, PowerWatch **ret)
{
        _cleanup_(power_watch_freep) PowerWatch *watch = calloc(1, sizeof(*watch));
        int r;

        if (!watch)
                return -ENOMEM;
        *watch = (PowerWatch){
                .event = sd_event_ref(event),
                .clock = clock,
                .folder = folder,
                .looked = looked,
                .userdata = userdata,
                .fd = -1,
        };
        /* Not CLOCK_BOOTTIME, as every other deadline: the thread and the driver stand still while the
         * machine sleeps, and so long a sleep would be taken for a driver that hangs. */
        r = timer_new_awake(event, on_impatient, watch, "power-patience", &watch->patience);
        if (r < 0)
                return r;
        (void)power_watch_refresh(watch);
        *ret = TAKE_PTR(watch);
        return 0;
}

PowerWatch *power_watch_free(PowerWatch *watch)
{
        if (!watch)
                return NULL;
        end_look(watch);
        sd_event_source_disable_unref(watch->patience);
        sd_event_unref(watch->event);
        free(watch);
        return NULL;
}
