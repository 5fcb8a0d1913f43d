/* SPDX-License-Identifier: Apache-2.0 */
/* A thread for each look, which ends with it: nothing runs while nobody asks. */
#include "daemon/power_watch.h"

#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "client/timer.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/workers.h"

#define THREAD_STACK_SIZE (128 * 1024) /* bytes; a look takes some KiB, a sanitizer several times that */

typedef struct Look {
        Job job;
        int error;
        PowerState state;
        char folder[PATH_MAX];
} Look;

struct PowerWatch {
        const Clock *clock;
        const char *folder;
        void (*looked)(void *userdata, const PowerState *before);
        void *userdata;
        PowerState state;
        uint64_t looked_at; /* CLOCK_BOOTTIME usec: the end of the last look; 0: there was none */
        int error;          /* of the last look: the log tells a change */
        Workers *workers;   /* one */
        bool looking;       /* a look is under way */
        bool overdue;       /* and has been given up, but its thread has not come back */
        sd_event_source *source;
        sd_event_source *patience;
};

static void look(Job *job)
{
        Look *look = (Look *)job;

        look->error = power_supply_look(look->folder, &look->state);
}

static bool is_empty(const PowerState *state)
{
        for (size_t i = 0; i < LIMIT_POWER_SUPPLIES; i++)
                if (state->supplies[i].name[0])
                        return false;
        return true;
}

static void take(PowerWatch *watch, int error, const PowerState *state)
{
        const PowerState before = watch->state;

        timer_set(watch->patience, 0);
        if (watch->looked_at == 0 && error >= 0 && is_empty(state))
                log_full(LOG_WARNING, 0,
                        &(LogAbout){.message_id = MESSAGE_ID_POWER_UNREADABLE, .path = "/3/0/6"},
                        "device.power is sysfs, but there is no power supply in %s: until there is one, "
                        "a server sees no power source.",
                        watch->folder);
        watch->state = *state;
        watch->looked_at = clock_boottime(watch->clock);
        if (error < 0 && error != watch->error)
                log_full(LOG_WARNING, error,
                        &(LogAbout){.message_id = MESSAGE_ID_POWER_UNREADABLE, .path = "/3/0/6"},
                        "The power supplies in %s cannot be read (device.power): %m", watch->folder);
        watch->error = error;
        watch->looked(watch->userdata, &before);
}

static int on_looked(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        PowerWatch *watch = userdata;
        _cleanup_(freep) Look *look = (Look *)workers_take(watch->workers);

        if (!look)
                return 0;
        watch->looking = watch->overdue = false;
        take(watch, look->error, &look->state);
        return 0;
}

/* The thread goes on, and what it finds is used then: no second one is made to hang beside it. */
static int on_impatient(sd_event_source *source, uint64_t usec, void *userdata)
{
        PowerWatch *watch = userdata;

        watch->overdue = true;
        take(watch, -ETIMEDOUT, &(PowerState){0});
        return 0;
}

static int begin_look(PowerWatch *watch)
{
        Look *data = calloc(1, sizeof(*data));
        int r;

        if (!data)
                return -ENOMEM;
        data->job.run = look;
        data->state = watch->state;
        (void)snprintf(data->folder, sizeof(data->folder), "%s", watch->folder);
        r = workers_add(watch->workers, &data->job);
        if (r < 0) {
                free(data);
                return r;
        }
        watch->looking = true;
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
        if (watch->looking)
                return !watch->overdue;
        r = begin_look(watch);
        if (r < 0)
                log_full(LOG_WARNING, r,
                        &(LogAbout){.message_id = MESSAGE_ID_POWER_UNREADABLE, .path = "/3/0/6"},
                        "The power supplies cannot be looked at: %m");
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
                .clock = clock,
                .folder = folder,
                .looked = looked,
                .userdata = userdata,
        };
        r = workers_new(1, THREAD_STACK_SIZE, &watch->workers);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &watch->source, workers_fd(watch->workers), EPOLLIN, on_looked, watch);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(watch->source, "power-look");
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
        sd_event_source_disable_unref(watch->source);
        sd_event_source_disable_unref(watch->patience);
        (void)workers_free(watch->workers);
        free(watch);
        return NULL;
}
