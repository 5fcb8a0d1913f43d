/* SPDX-License-Identifier: Apache-2.0 */
/* The client's event sources. */
#include "client/timer.h"

/* Accuracy of a timer: sd-event may merge wake-ups inside it. */
#define TIMER_ACCURACY (10 * USEC_PER_MSEC)

/* Of a timer that ends at 0: before everything else but what is to be decided, and after it all that end
 * later. sd-event has no order of its own among those that have ended together, as while the machine slept.
 */
#define TIMER_PRIORITY (INT64_MIN / 2)

/* What exists can always be switched: sd-event allocates nothing for it. */
static void switch_source(sd_event_source *source, int enabled)
{
        int r = sd_event_source_set_enabled(source, enabled);

        assert(r >= 0);
        (void)r;
}

static int timer_make(sd_event *event, clockid_t clock, sd_event_time_handler_t handler, void *userdata,
        const char *description, sd_event_source **ret)
{
        int r;

        r = sd_event_add_time(event, ret, clock, 0, TIMER_ACCURACY, handler, userdata);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(*ret, description);
        switch_source(*ret, SD_EVENT_OFF);
        return 0;
}

int timer_new(sd_event *event, sd_event_time_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret)
{
        return timer_make(event, CLOCK_BOOTTIME, handler, userdata, description, ret);
}

int timer_new_awake(sd_event *event, sd_event_time_handler_t handler, void *userdata,
        const char *description, sd_event_source **ret)
{
        return timer_make(event, CLOCK_MONOTONIC, handler, userdata, description, ret);
}

void timer_set(sd_event_source *timer, uint64_t at)
{
        if (at > 0) {
                int r = sd_event_source_set_time(timer, at);

                assert(r >= 0);
                r = sd_event_source_set_priority(timer, TIMER_PRIORITY + (int64_t)at);
                assert(r >= 0);
                (void)r;
        }
        switch_source(timer, at > 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

int task_new_in_turn(sd_event *event, sd_event_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret)
{
        int r;

        r = sd_event_add_defer(event, ret, handler, userdata);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(*ret, description);
        switch_source(*ret, SD_EVENT_OFF);
        return 0;
}

int task_new(sd_event *event, sd_event_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret)
{
        int r;

        r = task_new_in_turn(event, handler, userdata, description, ret);
        return r < 0 ? r : sd_event_source_set_priority(*ret, CLIENT_DECIDE_PRIORITY);
}

void task_set(sd_event_source *task, bool due)
{
        switch_source(task, due ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}
