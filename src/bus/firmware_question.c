/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the back end of Firmware Update. */
#include "bus/firmware_question.h"

#include <stdio.h>

#include "client/timer.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/utf8.h"

/* How long a back end may be away that has left in the middle, or that starts together with the machine:
 * more than the 90 s that systemd gives a service to start (DefaultTimeoutStartSec=). */
#define PATIENCE (2 * 60 * USEC_PER_SEC)

/* Between two attempts, doubled each time. */
#define AGAIN_DELAY     (1 * USEC_PER_SEC)
#define AGAIN_DELAY_MAX (30 * USEC_PER_SEC)

/* One that dies of the package does so each time. */
#define GONE_MAX 3

struct FirmwareQuestion {
        const Clock *clock;
        Bus *bus;
        BusListener listener;
        const FirmwareAsker *asker;
        const FirmwareQuestionHandler *handler;
        void *userdata;
        char *name;          /* owned */
        ServiceWatch *watch; /* owned; NULL: there is no connection */

        FirmwareAsk ask;
        sd_bus_slot *call; /* owned; NULL: no answer is awaited */
        FirmwareAnswered answered;
        uint64_t delay, patience; /* patience: until when it may be away; 0: it may not */
        unsigned n_gone;
        char why[FIRMWARE_BACKEND_TEXT_SIZE]; /* what it waits for, a sentence; "": the back end */
        sd_event_source *deadline, *again;
};

static const struct {
        const char *noun;
        uint64_t timeout;
} kinds[] = {
        [FIRMWARE_ASKED_VERIFY] = {"verification", FIRMWARE_VERIFY_TIMEOUT},
        [FIRMWARE_ASKED_PREPARE] = {"preparation", FIRMWARE_VERIFY_TIMEOUT},
        [FIRMWARE_ASKED_INSTALL] = {"installation", FIRMWARE_INSTALL_TIMEOUT},
        [FIRMWARE_ASKED_RESUME] = {"installation", FIRMWARE_INSTALL_TIMEOUT},
        [FIRMWARE_ASKED_BOOTED] = {"check after the reboot", FIRMWARE_BOOTED_TIMEOUT},
};

static uint64_t now(const FirmwareQuestion *question)
{
        return clock_boottime(question->clock);
}

static void _printf_(3, 4) print(char *buffer, size_t size, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        (void)utf8_vprintf(buffer, size, format, ap);
        va_end(ap);
}

/* -- Its end -- */

static void stop(FirmwareQuestion *question)
{
        question->ask.what = FIRMWARE_ASKED_NOTHING;
        free(TAKE_PTR(question->ask.path));
        question->call = sd_bus_slot_unref(question->call);
        timer_set(question->deadline, 0);
        timer_set(question->again, 0);
}

void firmware_question_end(FirmwareQuestion *question, const FirmwareVerdict *verdict)
{
        const FirmwareAsked what = question->ask.what;
        char name[FIRMWARE_BACKEND_NAME_SIZE], version[FIRMWARE_BACKEND_NAME_SIZE];
        char mark[FIRMWARE_BACKEND_MARK_SIZE], text[FIRMWARE_BACKEND_TEXT_SIZE];

        print(name, sizeof(name), "%s", verdict->name ?: "");
        print(version, sizeof(version), "%s", verdict->version ?: "");
        print(mark, sizeof(mark), "%s", verdict->mark ?: "");
        print(text, sizeof(text), "%s", verdict->text ?: "");
        stop(question);
        question->handler->ended(question->userdata, what,
                &(FirmwareVerdict){
                        .result = verdict->result,
                        .reboot = verdict->result == FIRMWARE_RESULT_INITIAL && verdict->reboot,
                        .name = name,
                        .version = version,
                        .mark = mark,
                        .text = text,
                });
}

void firmware_question_fail(FirmwareQuestion *question, FirmwareResult result, const char *format, ...)
{
        char text[FIRMWARE_BACKEND_TEXT_SIZE];
        va_list ap;

        va_start(ap, format);
        (void)utf8_vprintf(text, sizeof(text), format, ap);
        va_end(ap);
        firmware_question_end(question, &(FirmwareVerdict){.result = result, .text = text});
}

void firmware_question_refused(FirmwareQuestion *question, FirmwareResult result, sd_bus_message *reply)
{
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        if (sd_bus_error_has_names(error, SD_BUS_ERROR_UNKNOWN_METHOD, SD_BUS_ERROR_UNKNOWN_OBJECT,
                    SD_BUS_ERROR_UNKNOWN_INTERFACE))
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                        "%s does not know what it is asked: %s", firmware_question_title(question),
                        error->message ?: error->name);
        else
                firmware_question_fail(question, result, "%s refuses: %s", firmware_question_title(question),
                        error->message ?: error->name);
}

void firmware_question_garbled(FirmwareQuestion *question, sd_bus_message *reply, const char *signature)
{
        firmware_question_fail(question, FIRMWARE_RESULT_FAILED, "%s has answered \"%s\" instead of \"%s\".",
                firmware_question_title(question), sd_bus_message_get_signature(reply, true), signature);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        FirmwareQuestion *question = userdata;

        firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                "%s has not ended the %s within %u minutes.%s%s", firmware_question_title(question),
                kinds[question->ask.what].noun,
                (unsigned)(kinds[question->ask.what].timeout / (60 * USEC_PER_SEC)),
                question->why[0] ? " " : "", question->why);
        return 0;
}

/* -- Where nobody answers -- */

static void again(FirmwareQuestion *question)
{
        timer_set(question->again, now(question) + question->delay);
        question->delay = MIN_OF(2 * question->delay, AGAIN_DELAY_MAX);
}

void firmware_question_later(FirmwareQuestion *question, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        (void)utf8_vprintf(question->why, sizeof(question->why), format, ap);
        va_end(ap);
        again(question);
}

static void gone(FirmwareQuestion *question)
{
        question->n_gone++;
        if (question->n_gone == GONE_MAX) {
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                        "%s has left the bus in the middle of the %s, %d times.",
                        firmware_question_title(question), kinds[question->ask.what].noun, GONE_MAX);
                return;
        }
        log_debug("%s has left the bus in the middle of the %s: asking again.",
                firmware_question_title(question), kinds[question->ask.what].noun);
        question->patience = now(question) + PATIENCE;
        firmware_question_later(question, "It has left the bus.");
}

static void missing(FirmwareQuestion *question, const char *why)
{
        if (now(question) < question->patience)
                firmware_question_later(question, "%s", why);
        else
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED, "%s", why);
}

/* What the bus says instead of the back end. */
static void take_error(FirmwareQuestion *question, const sd_bus_error *error)
{
        const char *title = firmware_question_title(question), *message = error->message ?: error->name;
        char why[FIRMWARE_BACKEND_TEXT_SIZE];

        if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
                gone(question);
        else if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                        "The policy of the system bus does not let us ask %s: %s", title, message);
        else if (sd_bus_error_has_names(
                         error, SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
                print(why, sizeof(why),
                        "Nobody has the name %s on the system bus, and nothing starts it: is it installed, "
                        "and does it run?",
                        question->name);
                missing(question, why);
        } else {
                print(why, sizeof(why), "%s could not be started: %s", title, message);
                missing(question, why);
        }
}

/* -- Asking -- */

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        FirmwareQuestion *question = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        const char *sender = sd_bus_message_get_sender(reply);

        /* on_lost() follows. */
        if (sd_bus_is_open(sd_bus_message_get_bus(reply)) <= 0)
                return 0;
        question->call = sd_bus_slot_unref(question->call);
        if (error && (!sender || sender[0] != ':')) {
                take_error(question, error);
                return 0;
        }
        question->why[0] = '\0';
        question->answered(question, reply);
        return 0;
}

static int make_call(
        FirmwareQuestion *question, const char *interface, const char *member, const char *types, va_list ap)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        sd_bus *connection = bus_heard(question->bus);
        int r;

        if (!connection)
                return -ENOTCONN;
        r = sd_bus_message_new_method_call(
                connection, &message, question->name, question->asker->path, interface, member);
        if (r >= 0)
                r = types ? sd_bus_message_appendv(message, types, ap) : 0;
        /* The question has a deadline of its own, by a clock that goes on while the machine sleeps. */
        if (r >= 0)
                r = sd_bus_call_async(
                        connection, &question->call, message, on_reply, question, USEC_INFINITY);
        return r;
}

void firmware_question_call(FirmwareQuestion *question, const char *interface, const char *member,
        FirmwareAnswered answered, const char *types, ...)
{
        va_list ap;
        int r;

        question->call = sd_bus_slot_unref(question->call);
        timer_set(question->again, 0);
        question->answered = answered;
        va_start(ap, types);
        r = make_call(question, interface, member, types, ap);
        va_end(ap);
        /* A connection that breaks is told, and made anew. */
        if (r < 0 && r != -ENOTCONN && r != -ECONNRESET && r != -EPIPE)
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED, "%s cannot be asked: %s.",
                        firmware_question_title(question), strerror(-r));
}

static void ask(FirmwareQuestion *question)
{
        sd_bus *connection = bus_heard(question->bus);

        if (!connection) {
                print(question->why, sizeof(question->why), "There is no system bus.");
                return;
        }
        question->asker->ask(question);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
        ask(userdata);
        return 0;
}

/* -- The connection -- */

static void on_gone(void *userdata)
{
        FirmwareQuestion *question = userdata;

        /* The bus answers what was called, and what waits for its time is asked then. */
        if (question->ask.what != FIRMWARE_ASKED_NOTHING && !question->call &&
                sd_event_source_get_enabled(question->again, NULL) == 0)
                gone(question);
}

static void on_signal(void *userdata, sd_bus_message *message)
{
        FirmwareQuestion *question = userdata;

        if (question->ask.what != FIRMWARE_ASKED_NOTHING)
                question->asker->signal(question, message);
}

static void on_found(void *userdata)
{
        static const ServiceWatchHandler watch_handler = {.gone = on_gone, .signal = on_signal};
        FirmwareQuestion *question = userdata;
        int r;

        question->watch = service_watch_free(question->watch);
        r = service_watch_new(bus_heard(question->bus), question->name, question->asker->signals,
                question->asker->n_signals, &watch_handler, question, &question->watch);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_INTERNAL_ERROR,
                        "Failed to watch %s, ignoring: %m", question->name);
        if (question->ask.what != FIRMWARE_ASKED_NOTHING)
                timer_set(question->again, now(question));
}

static void on_lost(void *userdata)
{
        FirmwareQuestion *question = userdata;

        question->watch = service_watch_free(question->watch);
        question->call = sd_bus_slot_unref(question->call);
        print(question->why, sizeof(question->why), "There is no system bus.");
}

/* -- For the back end, and its askers -- */

int firmware_question_begin(
        FirmwareQuestion *question, FirmwareAsked what, const char *path, const char *id, const char *mark)
{
        _cleanup_(freep) char *copy = path ? strdup(path) : NULL;

        if (question->ask.what != FIRMWARE_ASKED_NOTHING)
                return -EBUSY;
        if (path && !copy)
                return -ENOMEM;
        question->ask = (FirmwareAsk){.what = what, .path = TAKE_PTR(copy)};
        print(question->ask.id, sizeof(question->ask.id), "%s", id ?: "");
        print(question->ask.mark, sizeof(question->ask.mark), "%s", mark ?: "");
        question->why[0] = '\0';
        question->n_gone = 0;
        question->delay = AGAIN_DELAY;
        /* After a start of the machine, or of the daemon, the back end may be late. */
        question->patience = what == FIRMWARE_ASKED_RESUME || what == FIRMWARE_ASKED_BOOTED
                                     ? now(question) + PATIENCE
                                     : 0;
        timer_set(question->deadline, now(question) + kinds[what].timeout);
        timer_set(question->again, now(question));
        return 0;
}

void firmware_question_cancel(FirmwareQuestion *question)
{
        stop(question);
}

FirmwareAsk *firmware_question_ask(FirmwareQuestion *question)
{
        return &question->ask;
}

const char *firmware_question_title(const FirmwareQuestion *question)
{
        return question->asker->title ?: question->name;
}

void firmware_question_progress(FirmwareQuestion *question, int percent, const char *text)
{
        char printable[FIRMWARE_BACKEND_TEXT_SIZE];

        if (question->ask.what != FIRMWARE_ASKED_INSTALL && question->ask.what != FIRMWARE_ASKED_RESUME)
                return;
        print(printable, sizeof(printable), "%s", text);
        question->handler->progress(
                question->userdata, (unsigned)MIN_OF(MAX_OF(percent, 0), 100), printable);
}

int firmware_question_new(sd_event *event, const Clock *clock, Bus *bus, const char *name,
        const FirmwareAsker *asker, const FirmwareQuestionHandler *handler, void *userdata,
        FirmwareQuestion **ret)
{
        _cleanup_(firmware_question_freep) FirmwareQuestion *question = calloc(1, sizeof(*question));
        int r;

        if (!question)
                return -ENOMEM;
        *question = (FirmwareQuestion){
                .clock = clock,
                .bus = bus,
                .listener = {.found = on_found, .lost = on_lost, .userdata = question},
                .asker = asker,
                .handler = handler,
                .userdata = userdata,
                .name = strdup(name),
        };
        bus_add_listener(bus, &question->listener);
        if (!question->name)
                return -ENOMEM;
        r = timer_new(event, on_deadline, question, "firmware-deadline", &question->deadline);
        if (r < 0)
                return r;
        r = timer_new(event, on_again, question, "firmware-again", &question->again);
        if (r < 0)
                return r;
        if (bus_heard(bus))
                on_found(question);
        *ret = TAKE_PTR(question);
        return 0;
}

FirmwareQuestion *firmware_question_free(FirmwareQuestion *question)
{
        if (!question)
                return NULL;
        bus_remove_listener(question->bus, &question->listener);
        sd_bus_slot_unref(question->call);
        service_watch_free(question->watch);
        sd_event_source_disable_unref(question->deadline);
        sd_event_source_disable_unref(question->again);
        free(question->ask.path);
        free(question->name);
        free(question);
        return NULL;
}
