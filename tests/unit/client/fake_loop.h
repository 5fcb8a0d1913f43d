/* SPDX-License-Identifier: Apache-2.0 */
/* A loop without waiting: takes the place of client/timer.c at link time. Time jumps from deadline to
 * deadline. To be linked with --wrap for each __wrap_ below. */
#pragma once

#include "../model/fixture.h"

#include <sys/queue.h>

#include "client/context.h"
#include "util/log.h"

struct sd_event_source {
        const char *description;
        sd_event_time_handler_t on_time;
        sd_event_handler_t on_task; /* NULL: a timer */
        void *userdata;
        uint64_t at;    /* of a timer, CLOCK_BOOTTIME usec; 0: off */
        uint64_t order; /* of a task: the first one that was switched on comes first; 0: off */
        TAILQ_ENTRY(sd_event_source) entries;
};

/* -- Numbers at random, the same for the same seed (xorshift64*) -- */

static uint64_t fake_random_state = 1;

static inline uint64_t fake_random(void)
{
        fake_random_state ^= fake_random_state >> 12;
        fake_random_state ^= fake_random_state << 25;
        fake_random_state ^= fake_random_state >> 27;
        return fake_random_state * 0x2545f4914f6cdd1dULL;
}

/* 0 .. below - 1 */
static inline uint64_t fake_below(uint64_t below)
{
        return (fake_random() >> 11) % below;
}

static inline bool fake_chance(unsigned per_mille)
{
        return fake_below(1000) < per_mille;
}

double __wrap_client_random(void);

double __wrap_client_random(void)
{
        return (double)(fake_random() >> 11) / (double)(1ULL << 53);
}

/* -- Time -- */

#define FAKE_START (1000 * USEC_PER_SEC) /* CLOCK_BOOTTIME of the first step */
#define FAKE_EPOCH (1700000000 * USEC_PER_SEC)

static uint64_t fake_now = FAKE_START;
static uint64_t fake_epoch = FAKE_EPOCH;
static uint64_t fake_slept; /* usec, of which CLOCK_MONOTONIC knows nothing */

static inline uint64_t fake_boottime(void *userdata)
{
        return fake_now;
}

static inline uint64_t fake_realtime(void *userdata)
{
        return fake_now + fake_epoch;
}

static inline uint64_t fake_monotonic(void *userdata)
{
        return fake_now - fake_slept;
}

static const Clock fake_clock = {
        .boottime = fake_boottime, .realtime = fake_realtime, .monotonic = fake_monotonic};

/* -- History: what an operator would have seen, printed when something is wrong -- */

#define FAKE_HISTORY_LINES 2000
#define FAKE_HISTORY_SIZE  600

static char fake_history[FAKE_HISTORY_LINES][FAKE_HISTORY_SIZE];
static size_t fake_history_n;

static inline void fake_vnote(const char *format, va_list arguments)
{
        char *line = fake_history[fake_history_n++ % FAKE_HISTORY_LINES];
        uint64_t seconds = (fake_now - FAKE_START) / USEC_PER_SEC;
        int n = snprintf(line, FAKE_HISTORY_SIZE,
                "%4" PRIu64 "d %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "  ", seconds / 86400,
                seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);

        (void)vsnprintf(line + n, FAKE_HISTORY_SIZE - (size_t)n, format, arguments);
}

static inline void _printf_(1, 2) fake_note(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        fake_vnote(format, arguments);
        va_end(arguments);
}

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...) _printf_(4, 5);

int __wrap_log_full(int level, int error, const LogAbout *about, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        errno = abs(error);
        fake_vnote(format, arguments);
        va_end(arguments);
        return -abs(error);
}

static inline void fake_print_history(void)
{
        size_t first = fake_history_n > FAKE_HISTORY_LINES ? fake_history_n - FAKE_HISTORY_LINES : 0;

        for (size_t i = first; i < fake_history_n; i++)
                print_error("%s\n", fake_history[i % FAKE_HISTORY_LINES]);
}

/* -- Sources -- */

static TAILQ_HEAD(, sd_event_source) fake_sources = TAILQ_HEAD_INITIALIZER(fake_sources);
static uint64_t fake_order;

static inline sd_event_source *fake_source(const char *description, void *userdata)
{
        sd_event_source *source = calloc(1, sizeof(*source));

        assert_non_null(source);
        source->description = description;
        source->userdata = userdata;
        TAILQ_INSERT_TAIL(&fake_sources, source, entries);
        return source;
}

int timer_new(sd_event *event, sd_event_time_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret)
{
        *ret = fake_source(description, userdata);
        (*ret)->on_time = handler;
        return 0;
}

void timer_set(sd_event_source *timer, uint64_t at)
{
        timer->at = at;
}

int task_new(sd_event *event, sd_event_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret)
{
        *ret = fake_source(description, userdata);
        (*ret)->on_task = handler;
        return 0;
}

int task_new_in_turn(sd_event *event, sd_event_handler_t handler, void *userdata, const char *description,
        sd_event_source **ret)
{
        return task_new(event, handler, userdata, description, ret);
}

void task_set(sd_event_source *task, bool due)
{
        if (!due)
                task->order = 0;
        else if (task->order == 0)
                task->order = ++fake_order;
}

sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source);

sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source)
{
        if (source)
                TAILQ_REMOVE(&fake_sources, source, entries);
        free(source);
        return NULL;
}

/* Nobody resolves: peers are known by their URI. */
int __wrap_resolver_new(sd_event *event, Resolver **ret);
Resolver *__wrap_resolver_free(Resolver *resolver);

int __wrap_resolver_new(sd_event *event, Resolver **ret)
{
        return 0;
}

Resolver *__wrap_resolver_free(Resolver *resolver)
{
        return NULL;
}

/* The timer of that owner which runs, or NULL. */
static inline const sd_event_source *fake_armed(const char *description, const void *userdata)
{
        const sd_event_source *source;

        TAILQ_FOREACH (source, &fake_sources, entries)
                if (source->at > 0 && source->userdata == userdata &&
                        strcmp(source->description, description) == 0)
                        return source;
        return NULL;
}

/* The timer that fires next, or NULL. */
static inline sd_event_source *fake_next_timer(void)
{
        sd_event_source *source, *next = NULL;

        TAILQ_FOREACH (source, &fake_sources, entries)
                if (source->at > 0 && (!next || source->at < next->at))
                        next = source;
        return next;
}

/* Decisions come before further input. */
#define FAKE_TASKS_MAX 1000 /* more in a row go round in a circle */

static inline void fake_run_tasks(void)
{
        for (size_t n = 0; n < FAKE_TASKS_MAX; n++) {
                sd_event_source *source, *first = NULL;

                TAILQ_FOREACH (source, &fake_sources, entries)
                        if (source->order > 0 && (!first || source->order < first->order))
                                first = source;
                if (!first)
                        return;
                first->order = 0;
                (void)first->on_task(first, first->userdata);
        }
        fail_msg("tasks go round in a circle");
}

/* Jumps to the next deadline, if it comes before that time, and does what is due; else to that time. */
static inline void fake_advance(uint64_t until)
{
        sd_event_source *next = fake_next_timer();

        if (!next || next->at > until) {
                fake_now = MAX_OF(fake_now, until);
                return;
        }
        fake_now = MAX_OF(fake_now, next->at);
        next->at = 0;
        (void)next->on_time(next, fake_now, next->userdata);
        fake_run_tasks();
}
