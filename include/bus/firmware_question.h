/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the back end of Firmware Update, from asking to its end: its deadline, the patience with a
 * bus or a back end that is not there, and what the errors of the bus mean. How a back end is asked is its
 * asker's. */
#pragma once

#include "bus/bus.h"
#include "bus/service_watch.h"
#include "lwm2m/firmware.h"
#include "util/clock.h"

/* interface.md section 7 */
#define FIRMWARE_VERIFY_TIMEOUT  (10 * 60 * USEC_PER_SEC)
#define FIRMWARE_INSTALL_TIMEOUT (60 * 60 * USEC_PER_SEC)
#define FIRMWARE_BOOTED_TIMEOUT  (10 * 60 * USEC_PER_SEC)

/* Each with its NUL. What a back end says beyond it is cut. */
#define FIRMWARE_BACKEND_TEXT_SIZE 257 /* as a diagnostic text, LIMIT_DIAGNOSTIC_SIZE */
#define FIRMWARE_BACKEND_NAME_SIZE 256 /* /5/0/6 and /5/0/7: at most 255 bytes */
#define FIRMWARE_BACKEND_MARK_SIZE 256 /* a slot of RAUC */

/* What has become of a question. Texts are never NULL, printable UTF-8, borrowed for the call. */
typedef struct FirmwareVerdict {
        /* FIRMWARE_RESULT_INITIAL: nothing is wrong. Else the Update Result, 2..9 or 11; what is no Update
         * Result, or none that the question can have, is FIRMWARE_RESULT_FAILED by now. */
        FirmwareResult result;
        bool reboot;         /* of an installation that is not wrong: it counts after a reboot */
        const char *name;    /* of a verification: what it is, for /5/0/6; else "" */
        const char *version; /* likewise, for /5/0/7 */
        const char *mark;    /* of a preparation; "" where it is wrong, and of org.lwm2m.FirmwareBackend1 */
        const char *text;    /* why it is wrong, a sentence, or what the back end says else; "" */
} FirmwareVerdict;

typedef enum FirmwareAsked {
        FIRMWARE_ASKED_NOTHING,
        FIRMWARE_ASKED_VERIFY,
        FIRMWARE_ASKED_PREPARE,
        FIRMWARE_ASKED_INSTALL,
        FIRMWARE_ASKED_RESUME,
        FIRMWARE_ASKED_BOOTED,
} FirmwareAsked;

typedef struct FirmwareAsk {
        FirmwareAsked what;
        char *path; /* of the package; NULL: none */
        char id[FIRMWARE_BACKEND_MARK_SIZE], mark[FIRMWARE_BACKEND_MARK_SIZE]; /* "" where there is none */
        /* The asker's own, empty at first. */
        bool is_begun;                               /* the installation may have begun: not a second time */
        bool is_running;                             /* it has, and its end will be told */
        bool is_ended;                               /* which was told */
        bool is_completed;                           /* it has ended well */
        char compatible[FIRMWARE_BACKEND_NAME_SIZE]; /* of the machine */
        char slot[FIRMWARE_BACKEND_MARK_SIZE];       /* the booted one */
        char last_error[FIRMWARE_BACKEND_TEXT_SIZE];
} FirmwareAsk;

typedef struct FirmwareQuestion FirmwareQuestion;

typedef struct FirmwareAsker {
        const char *title; /* for sentences; NULL: the bus name */
        const char *path;  /* of its object */
        const ServiceSignal *signals;
        size_t n_signals;
        /* Asks, from the beginning: it comes again where the bus or the back end was away meanwhile. */
        void (*ask)(FirmwareQuestion *question);
        /* A signal of the back end, while a question is under way. */
        void (*signal)(FirmwareQuestion *question, sd_bus_message *message);
} FirmwareAsker;

/* Both from the loop; progress() may not free the question. */
typedef struct FirmwareQuestionHandler {
        /* The last that is done for it: the next question may begin, and this one be freed. */
        void (*ended)(void *userdata, FirmwareAsked what, const FirmwareVerdict *verdict);
        void (*progress)(void *userdata, unsigned percent, const char *text);
} FirmwareQuestionHandler;

/* name: a well-known bus name, copied. event is referenced, all else borrowed. 0 or -ENOMEM. */
int firmware_question_new(sd_event *event, const Clock *clock, Bus *bus, const char *name,
        const FirmwareAsker *asker, const FirmwareQuestionHandler *handler, void *userdata,
        FirmwareQuestion **ret);
FirmwareQuestion *firmware_question_free(FirmwareQuestion *question);
DEFINE_CLEANUP(FirmwareQuestion *, firmware_question_free)

/* Asks from the loop. path, id and mark may be NULL, and are copied. 0; -EBUSY: there is one already; or
 * -ENOMEM. */
int firmware_question_begin(
        FirmwareQuestion *question, FirmwareAsked what, const char *path, const char *id, const char *mark);

/* Nothing comes of it any more. */
void firmware_question_cancel(FirmwareQuestion *question);

/* -- For askers. Each that ends a question is the last thing that an asker does. -- */

FirmwareAsk *firmware_question_ask(FirmwareQuestion *question);

/* For sentences. */
const char *firmware_question_title(const FirmwareQuestion *question);

/* A reply of the back end, or an error of its own. */
typedef void (*FirmwareAnswered)(FirmwareQuestion *question, sd_bus_message *reply);

/* Calls a method of the back end's object; types and what follows as sd_bus_message_append() takes them.
 * What was called before is not awaited any more. Where nobody answers the question goes on, or ends,
 * without the asker.
 */
void firmware_question_call(FirmwareQuestion *question, const char *interface, const char *member,
        FirmwareAnswered answered, const char *types, ...);

/* Nothing is wrong, or what the back end itself has said. Texts are copied, and cut. */
void firmware_question_end(FirmwareQuestion *question, const FirmwareVerdict *verdict);

/* It has failed, with a sentence. */
void firmware_question_fail(FirmwareQuestion *question, FirmwareResult result, const char *format, ...)
        _printf_(3, 4);

/* The same, with an error that the back end has answered. */
void firmware_question_refused(FirmwareQuestion *question, FirmwareResult result, sd_bus_message *reply);

/* The same, FIRMWARE_RESULT_FAILED, where a reply is none of the signature. */
void firmware_question_garbled(FirmwareQuestion *question, sd_bus_message *reply, const char *signature);

/* Is asked again a while later, within the deadline. format: why, a sentence for when that is over. */
void firmware_question_later(FirmwareQuestion *question, const char *format, ...) _printf_(2, 3);

/* Of an installation; nothing comes of it otherwise. */
void firmware_question_progress(FirmwareQuestion *question, int percent, const char *text);
