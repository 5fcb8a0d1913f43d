/* SPDX-License-Identifier: Apache-2.0 */
/* The call under way. */
#include "script/calls.h"

#include <fcntl.h>
#include <stdio.h>

#include "script/run.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/message_ids.h"

/* interface.md 7: 10 min, 60 min, 10 min; a little less, so that the caller hears of it. */
#define MARGIN_USEC (5 * USEC_PER_SEC)
static const uint64_t limits[] = {
        [VERB_VERIFY] = 10 * 60 * USEC_PER_SEC - MARGIN_USEC,
        [VERB_INSTALL] = CALL_LIMIT_MAX_USEC - MARGIN_USEC,
        [VERB_BOOTED] = 10 * 60 * USEC_PER_SEC - MARGIN_USEC,
};

#define WAITING_MAX 8 /* calls for one installation: a client asks again each time it is restarted */

#define INTERRUPTED                                                                    \
        "The installation was interrupted: the machine or its firmware service ended " \
        "in the middle of it."

struct Calls {
        sd_event *event;
        const char *script, *state_directory;
        void (*ended)(void *userdata, bool usable);
        void *userdata;
        sd_bus *bus; /* NULL: there is none */
        ControlGroup group;
        Results results;

        /* The call under way; run is NULL where there is none. */
        Run *run;
        Verb asked, verb;                     /* what the caller wants, what the script is asked for it */
        char id[RESULT_ID_MAX + 1];           /* of asked VERB_INSTALL and VERB_BOOTED */
        int package;                          /* -1: none */
        uint64_t end;                         /* CLOCK_BOOTTIME usec */
        bool cancelled;                       /* what becomes of it counts for nobody */
        bool usable;                          /* nothing is left of the runs before */
        sd_bus_message *waiting[WAITING_MAX]; /* for its answer */
        size_t n_waiting;
        sd_bus_track *track; /* of the caller, of what can be asked again */
};

bool calls_busy(const Calls *calls)
{
        return calls->run != NULL;
}

int call_answer(sd_bus_message *message, Verb asked, const RunEnd *end)
{
        switch (asked) {
        case VERB_VERIFY:
                return sd_bus_reply_method_return(
                        message, "ysss", end->result, end->name, end->version, end->text);
        case VERB_INSTALL:
                return sd_bus_reply_method_return(message, "ybs", end->result, end->reboot, end->text);
        case VERB_BOOTED:
        default:
                return sd_bus_reply_method_return(message, "ys", end->result, end->text);
        }
}

static void forget_waiting(Calls *calls)
{
        while (calls->n_waiting > 0)
                sd_bus_message_unref(calls->waiting[--calls->n_waiting]);
        calls->track = sd_bus_track_unref(calls->track);
}

/* It is over; the next one can begin. */
static void clear(Calls *calls)
{
        calls->run = run_free(calls->run);
        forget_waiting(calls);
        closep(&calls->package);
        calls->package = -1;
        calls->cancelled = false;
}

static int keep(Calls *calls, const RunEnd *end)
{
        Result result = {.verb = calls->asked, .result = end->result, .reboot = end->reboot};
        int r;

        (void)strcpy(result.id, calls->id);
        (void)strcpy(result.text, end->text);
        r = results_keep(&calls->results, calls->state_directory, &result);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_FIRMWARE_SCRIPT_FAILED,
                        "What becomes of %s cannot be kept in %s: %m", calls->id, calls->state_directory);
        return r;
}

static void conclude(Calls *calls, const RunEnd *end)
{
        if (end->result == 0)
                log_info("The script has done %s%s.", verb_to_string(calls->asked),
                        end->reboot ? ", it counts after a reboot" : "");
        else
                log_event(LOG_WARNING, MESSAGE_ID_FIRMWARE_SCRIPT_FAILED,
                        "The firmware script's %s has led to Update Result %u: %s",
                        verb_to_string(calls->verb), end->result, end->text);
        if (calls->asked != VERB_VERIFY && !calls->cancelled)
                (void)keep(calls, end);
        for (size_t i = 0; i < calls->n_waiting; i++)
                (void)call_answer(calls->waiting[i], calls->asked, end);
        clear(calls);
        calls->ended(calls->userdata, calls->usable);
}

static void conclude_failed(Calls *calls, const char *text)
{
        RunEnd end = {.result = UPDATE_RESULT_FAILED};

        (void)snprintf(end.text, sizeof(end.text), "%s", text);
        conclude(calls, &end);
}

static void on_progress(void *userdata, unsigned percent, const char *text)
{
        Calls *calls = userdata;

        if (calls->bus && calls->verb == VERB_INSTALL)
                (void)sd_bus_emit_signal(calls->bus, BACKEND_OBJECT_PATH, BACKEND_OBJECT_INTERFACE,
                        "Progress", "ys", (uint8_t)percent, text);
}

static void on_run_ended(void *userdata, const RunEnd *end);

static int run_verb(Calls *calls, Verb verb)
{
        static const RunHandler handler = {.progress = on_progress, .ended = on_run_ended};
        uint64_t now = clock_boottime(&clock_system), left = calls->end > now ? calls->end - now : 0;
        int r;

        calls->verb = verb;
        log_info("Running %s %s.", calls->script, verb_to_string(verb));
        r = run_start(calls->event, calls->script, verb, calls->package, MIN_OF(left, limits[verb]),
                &calls->group, &handler, calls, &calls->run);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_FIRMWARE_SCRIPT_FAILED,
                        "%s cannot be started: %m", calls->script);
        return r;
}

/* What has been verified for an installation is installed. From here on a power cut leaves an answer. */
static void go_on_with_install(Calls *calls)
{
        static const RunEnd interrupted = {.result = UPDATE_RESULT_FAILED, .text = INTERRUPTED};

        if (keep(calls, &interrupted) < 0)
                return conclude_failed(
                        calls, "The firmware service cannot write its state, see the journal.");
        if (run_verb(calls, VERB_INSTALL) < 0)
                conclude_failed(calls, "The script cannot be started, see the journal.");
}

static void on_run_ended(void *userdata, const RunEnd *ended)
{
        Calls *calls = userdata;
        RunEnd end = *ended;

        calls->run = run_free(calls->run);
        calls->usable = control_group_wait_empty(&calls->group) == 0;
        if (calls->asked == VERB_VERIFY || calls->verb != VERB_VERIFY || end.result != 0 || calls->cancelled)
                conclude(calls, &end);
        else if (calls->usable)
                go_on_with_install(calls);
        else
                conclude_failed(calls, "Something that the script has started to verify cannot be ended.");
}

static void cancel(Calls *calls, const char *why)
{
        if (!calls->run || calls->cancelled)
                return;
        calls->cancelled = true;
        run_cancel(calls->run, why);
}

/* The client that waits for a Verify or a Booted has left the bus: it asks again when it is there again. */
static int on_caller_gone(sd_bus_track *track, void *userdata)
{
        cancel(userdata, "Whoever asked has left the bus.");
        return 0;
}

static int track_caller(Calls *calls, sd_bus_message *message)
{
        int r;

        if (calls->asked == VERB_INSTALL)
                return 0;
        r = sd_bus_track_new(calls->bus, &calls->track, on_caller_gone, calls);
        return r < 0 ? r : sd_bus_track_add_sender(calls->track, message);
}

int calls_begin(Calls *calls, sd_bus_message *message, Verb asked, int package, const char *id)
{
        int r = 0;

        assert(!calls->run);
        calls->asked = asked;
        calls->end = clock_boottime(&clock_system) + limits[asked];
        (void)snprintf(calls->id, sizeof(calls->id), "%s", id);
        calls->waiting[calls->n_waiting++] = sd_bus_message_ref(message);
        if (package >= 0)
                r = calls->package = fcntl(package, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        r = r < 0 ? -errno : track_caller(calls, message);
        if (r >= 0)
                r = run_verb(calls, asked == VERB_INSTALL ? VERB_VERIFY : asked);
        if (r < 0)
                clear(calls);
        return r;
}

bool calls_join(Calls *calls, const char *id, sd_bus_message *message)
{
        if (!calls->run || calls->asked != VERB_INSTALL || strcmp(calls->id, id) != 0 ||
                calls->n_waiting == WAITING_MAX)
                return false;
        calls->waiting[calls->n_waiting++] = sd_bus_message_ref(message);
        return true;
}

const Result *calls_known(const Calls *calls, Verb verb, const char *id)
{
        return results_find(&calls->results, verb, id);
}

/* -- the beginning and the end -- */

void calls_set_bus(Calls *calls, sd_bus *bus)
{
        calls->bus = bus;
        forget_waiting(calls);
        if (!bus && calls->asked != VERB_INSTALL)
                cancel(calls, "The bus has gone.");
}

void calls_stop(Calls *calls)
{
        if (calls->verb != VERB_INSTALL)
                cancel(calls, "The firmware service was told to stop.");
}

int calls_new(sd_event *event, const char *script, const char *state_directory,
        void (*ended)(void *userdata, bool usable), void *userdata, Calls **ret)
{
        _cleanup_(calls_freep) Calls *calls = calloc(1, sizeof(*calls));
        int r;

        if (!calls)
                return log_oom();
        *calls = (Calls){.event = sd_event_ref(event),
                .script = script,
                .state_directory = state_directory,
                .ended = ended,
                .userdata = userdata,
                .package = -1};
        control_group_make(&calls->group);
        r = results_load(&calls->results, state_directory);
        if (r < 0)
                return log_event_errno(LOG_ERR, r, MESSAGE_ID_FIRMWARE_SCRIPT_FAILED,
                        "What became of earlier installations cannot be read in %s, so that none can "
                        "begin: %m",
                        state_directory);
        *ret = TAKE_PTR(calls);
        return 0;
}

Calls *calls_free(Calls *calls)
{
        if (!calls)
                return NULL;
        if (calls->run)
                run_cancel(calls->run, "");
        clear(calls);
        sd_event_unref(calls->event);
        free(calls);
        return NULL;
}
