/* SPDX-License-Identifier: Apache-2.0 */
/* lwm2mctl monitor on a terminal. */
#include "ctl/live_monitor.h"

#include <signal.h>
#include <sys/epoll.h>

#include "bus/names.h"
#include "ctl/follower.h"
#include "ctl/monitor_view.h"
#include "ctl/output.h"
#include "ctl/screen.h"
#include "util/clock.h"

#define TICK         USEC_PER_SEC          /* seconds count down; counters have no signal */
#define SETTLE       (100 * USEC_PER_MSEC) /* a storm of changes is looked at so often */
#define LATE         (3 * USEC_PER_SEC)    /* a daemon that says nothing for longer hangs */
#define ACCURACY     (10 * USEC_PER_MSEC)
#define PROBLEM_SIZE sizeof("for 18446744073709 s")

/* An answer of the daemon. */
typedef struct Answer {
        sd_bus_message *message; /* the last one, NULL: none */
        bool asked;              /* another is on its way */
} Answer;

typedef struct Live {
        const Ctl *ctl;
        sd_event *event;
        Follower *follower;
        sd_event_source *look_source; /* the next look at everything */
        sd_event_source *draw_source; /* behind what there is to read */
        uint64_t next_look;           /* CLOCK_MONOTONIC usec */
        uint64_t answered;            /* likewise: the daemon, last */
        const char *missing;          /* why there is no answer, NULL: there is one */
        sd_bus_message *manager;
        Answer objects, history, firmware;
} Live;

static void draw_later(Live *live)
{
        (void)sd_event_source_set_enabled(live->draw_source, SD_EVENT_ONESHOT);
}

static int on_draw(sd_event_source *source, void *userdata)
{
        Live *live = userdata;
        _cleanup_(freep) char *text = NULL;
        char late[PROBLEM_SIZE] = "";
        ScreenSize size = screen_size();
        Moment now = moment_now();
        int r;

        if (live->manager && now.monotonic > live->answered + LATE)
                (void)snprintf(late, sizeof(late), "for %u s",
                        (unsigned)((now.monotonic - live->answered) / USEC_PER_SEC));
        const MonitorView view = {
                .problem = late[0] ? late : live->missing,
                .manager = live->manager,
                .objects = live->objects.message,
                .history = live->history.message,
                .firmware = live->firmware.message,
        };
        r = monitor_view_text(&view, now, size.rows, size.columns, &text);
        if (r < 0)
                return sd_event_exit(live->event, r);
        screen_draw(text);
        return 0;
}

/* -- what the daemon says -- */

static void look_by(Live *live, uint64_t when)
{
        if (when >= live->next_look)
                return;
        live->next_look = when;
        (void)sd_event_source_set_time(live->look_source, when);
}

static void replace(sd_bus_message **old, sd_bus_message *new)
{
        sd_bus_message_unref(*old);
        *old = sd_bus_message_ref(new);
}

static void forget(Live *live, const char *reason)
{
        live->missing = reason;
        live->manager = sd_bus_message_unref(live->manager);
        replace(&live->objects.message, NULL);
        replace(&live->history.message, NULL);
        replace(&live->firmware.message, NULL);
        live->objects.asked = live->history.asked = live->firmware.asked = false;
        draw_later(live);
}

static int on_present(sd_bus_message *message, void *userdata)
{
        Live *live = userdata;

        live->missing = NULL;
        live->answered = clock_monotonic(&clock_system);
        replace(&live->manager, message);
        draw_later(live);
        return 0;
}

static int on_change(sd_bus_message *message, void *userdata)
{
        look_by(userdata, clock_monotonic(&clock_system) + SETTLE);
        return 0;
}

static void on_daemon(bool there, void *userdata)
{
        forget(userdata, there ? "lwm2m-clientd has come to the bus." : "lwm2m-clientd is not running.");
}

static void on_bus_lost(void *userdata)
{
        forget(userdata, "The bus has gone, waiting for it.");
}

static int on_objects(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Live *live = userdata;

        live->objects.asked = false;
        if (!sd_bus_message_is_method_error(message, NULL)) {
                replace(&live->objects.message, message);
                draw_later(live);
        }
        return 0;
}

static int on_history(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Live *live = userdata;

        live->history.asked = false;
        if (!sd_bus_message_is_method_error(message, NULL)) {
                replace(&live->history.message, message);
                draw_later(live);
        }
        return 0;
}

/* An error: there is no back end, or no daemon any more. */
static int on_firmware(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        Live *live = userdata;

        live->firmware.asked = false;
        replace(&live->firmware.message, sd_bus_message_is_method_error(message, NULL) ? NULL : message);
        draw_later(live);
        return 0;
}

/* Whatever hangs is asked once. */
static void ask(Live *live, Answer *answer, const char *interface, const char *member,
        sd_bus_message_handler_t handler)
{
        if (!answer->asked)
                answer->asked = follower_call(live->follower, interface, member, handler, live) >= 0;
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
        Live *live = userdata;

        follower_ask(live->follower);
        ask(live, &live->objects, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", on_objects);
        ask(live, &live->history, BUS_MANAGER_INTERFACE, "GetHistory", on_history);
        if (!live->firmware.asked)
                live->firmware.asked =
                        follower_get(live->follower, BUS_FIRMWARE_INTERFACE, on_firmware, live) >= 0;
        draw_later(live);
        live->next_look = USEC_INFINITY;
        look_by(live, clock_monotonic(&clock_system) + TICK);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* -- what the terminal says -- */

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        return sd_event_exit(sd_event_source_get_event(source), CTL_DONE);
}

static int on_resized(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        draw_later(userdata);
        return 0;
}

/* The shell has the terminal meanwhile. */
static int on_stopped(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        screen_end();
        (void)raise(SIGSTOP);
        screen_begin();
        draw_later(userdata);
        return 0;
}

static int on_typed(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        char typed[64];
        ssize_t n = read(fd, typed, sizeof(typed));

        if (n == 0 || (n < 0 && errno != EINTR))
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        for (ssize_t i = 0; i < n; i++)
                if (typed[i] == 'q' || typed[i] == 'Q')
                        return sd_event_exit(sd_event_source_get_event(source), CTL_DONE);
        return 0;
}

static int watch_terminal(Live *live)
{
        static const struct {
                int number;
                sd_event_signal_handler_t handler;
        } signals[] = {
                {SIGINT, on_end},
                {SIGTERM, on_end},
                {SIGHUP, on_end},
                {SIGWINCH, on_resized},
                {SIGTSTP, on_stopped},
        };
        sigset_t set;
        int r;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void)sigaddset(&set, signals[i].number);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                r = sd_event_add_signal(live->event, NULL, signals[i].number, signals[i].handler, live);
                if (r < 0)
                        return r;
        }
        if (isatty(STDIN_FILENO)) {
                r = sd_event_add_io(live->event, NULL, STDIN_FILENO, EPOLLIN, on_typed, NULL);
                if (r < 0)
                        return r;
        }
        return output_watch(live->event);
}

/* -- the verb -- */

static int prepare(Live *live)
{
        int r;

        r = sd_event_new(&live->event);
        if (r >= 0)
                r = sd_event_add_defer(live->event, &live->draw_source, on_draw, live);
        if (r >= 0)
                r = sd_event_source_set_priority(live->draw_source, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_add_time(
                        live->event, &live->look_source, CLOCK_MONOTONIC, 0, ACCURACY, on_look, live);
        return r;
}

static int run(Live *live)
{
        static const FollowerHandler handler = {
                .present = on_present,
                .status = on_change,
                .properties = on_change,
                .object = on_change,
                .daemon = on_daemon,
                .bus_lost = on_bus_lost,
        };
        int r;

        r = prepare(live);
        if (r < 0)
                return ctl_broken(r, "watch the daemon");
        r = follower_new(live->ctl, live->event, &handler, live, &live->follower);
        if (r != CTL_DONE)
                return r;
        r = watch_terminal(live);
        if (r >= 0) {
                screen_begin();
                r = sd_event_loop(live->event);
                screen_end();
        }
        return r < 0 ? ctl_broken(r, "watch the daemon") : r;
}

int live_monitor(const Ctl *ctl)
{
        Live live = {.ctl = ctl};
        int r;

        (void)signal(SIGPIPE, SIG_IGN);
        r = run(&live);
        follower_free(live.follower);
        sd_bus_message_unref(live.manager);
        sd_bus_message_unref(live.objects.message);
        sd_bus_message_unref(live.history.message);
        sd_bus_message_unref(live.firmware.message);
        sd_event_source_unref(live.look_source);
        sd_event_source_unref(live.draw_source);
        sd_event_unref(live.event);
        return r;
}
