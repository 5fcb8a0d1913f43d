/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of publishers. */
#include "bus/object_handler.h"

#include <stdio.h>

#include "bus/names.h"
#include "bus/value_reader.h"
#include "bus/value_writer.h"
#include "lwm2m/limits.h"
#include "lwm2m/message.h"
#include "util/log.h"
#include "util/message_ids.h"
#include "util/utf8.h"

/* A server that waits gets 5.03 then: interface.md section 6. */
#define HANDLER_TIMEOUT (10 * USEC_PER_SEC)

#define ERROR_NAME_SIZE 256 /* at most 255 bytes (D-Bus specification, Valid Names) */

typedef struct Question {
        struct Question *next;
        ObjectHandler *handler;
        uint64_t owner, call;
        unsigned operation;
        Path path;
        uint16_t requester;
        char requester_uri[LIMIT_URI_SIZE + 1];
        char who[PUBLISHER_TEXT_SIZE]; /* for the log, where the publisher may be gone */
        sd_bus_slot *slot;             /* owned */
} Question;

struct ObjectHandler {
        Published *published;
        Publishers *publishers;
        Question *questions; /* owned */
};

/* question: this one, or the model's. */
#define ABOUT_QUESTION(id, question)                      \
        (&(LogAbout){.message_id = (id),                  \
                .short_server_id = (question)->requester, \
                .server_uri = (question)->requester_uri,  \
                .path = PATH_TEXT(&(question)->path)})

static void question_free(Question *question)
{
        sd_bus_slot_unref(question->slot);
        free(question);
}

static void unlink_question(Question *question)
{
        Question **place = &question->handler->questions;

        while (*place != question)
                place = &(*place)->next;
        *place = question->next;
}

static size_t count(const ObjectHandler *handler, uint64_t owner)
{
        size_t n = 0;

        for (const Question *question = handler->questions; question; question = question->next)
                n += question->owner == owner;
        return n;
}

/* -- The question -- */

static int append_write(sd_bus_message *message, const PublishedQuestion *question)
{
        int r = value_writer_append(message, question->values);

        return r < 0 ? r : sd_bus_message_append(message, "b", question->replace);
}

static int append_execute(sd_bus_message *message, const PublishedQuestion *question)
{
        _cleanup_(freep) char *arguments = strndup(question->arguments ?: "", question->arguments_size);

        if (!arguments)
                return -ENOMEM;
        return sd_bus_message_append(message, "qs", question->path.id[2], arguments);
}

static int append_create(sd_bus_message *message, const PublishedQuestion *question)
{
        return value_writer_append(message, question->values);
}

static int append_delete(sd_bus_message *message, const PublishedQuestion *question)
{
        return 0;
}

/* What a call has between the Object Instance and the Short Server ID. */
static const struct Asking {
        unsigned operation;
        const char *name;
        int (*append)(sd_bus_message *message, const PublishedQuestion *question);
} askings[] = {
        {OPERATION_WRITE, "Write", append_write},
        {OPERATION_EXECUTE, "Execute", append_execute},
        {OPERATION_CREATE, "Create", append_create},
        {OPERATION_DELETE, "Delete", append_delete},
};

static const struct Asking *find_asking(unsigned operation)
{
        size_t i = 0;

        while (askings[i].operation != operation)
                i++;
        return &askings[i];
}

/* -- The answer -- */

static int code_of(const sd_bus_error *error)
{
        static const struct {
                const char *name;
                int code;
        } table[] = {
                {BUS_ERROR_PREFIX "BadRequest", CODE_BAD_REQUEST},
                {BUS_ERROR_PREFIX "Unauthorized", CODE_UNAUTHORIZED},
                {BUS_ERROR_PREFIX "MethodNotAllowed", CODE_METHOD_NOT_ALLOWED},
                {BUS_ERROR_PREFIX "NotAcceptable", CODE_NOT_ACCEPTABLE},
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (sd_bus_error_has_name(error, table[i].name))
                        return table[i].code;
        return CODE_INTERNAL_ERROR;
}

static void log_answer(const Question *question, int code, const char *text)
{
        const LogAbout *about = ABOUT_QUESTION(NULL, question);

        if (code == 0)
                log_full(LOG_DEBUG, 0, about, "%s accepts what was asked about %s.", question->who,
                        about->path);
        else
                log_full(LOG_DEBUG, 0, about, "%s refuses what was asked about %s, %u.%02u: %s",
                        question->who, about->path, CODE_ARGS(code), text);
}

/* The question is gone first: the model may ask the next one at once. */
static void answer(Question *question, int code, const char *text, RecordList *values)
{
        Published *published = question->handler->published;
        uint64_t call = question->call;

        log_answer(question, code, text);
        unlink_question(question);
        question_free(question);
        published_reply(published, call, code, text, values);
}

/* For the server, and for the log. */
static void make_text(const char *message, char text[SOURCE_TEXT_SIZE])
{
        int n = snprintf(text, SOURCE_TEXT_SIZE, "%s", message);

        if (n >= SOURCE_TEXT_SIZE)
                text[utf8_cut(text, SOURCE_TEXT_SIZE - 1)] = '\0';
        utf8_make_printable(text, strlen(text));
}

/* What its author has to mend, and cannot see where the LwM2M Server is told. */
static void blame(const Question *question, const char *what, const char *text)
{
        Publishers *publishers = question->handler->publishers;

        log_full(publishers_blame(publishers, question->owner) ? LOG_WARNING : LOG_DEBUG, 0,
                ABOUT_QUESTION(MESSAGE_ID_HANDLER_FAILED, question), "%s %s (%s of %s): %s", question->who,
                what, find_asking(question->operation)->name, PATH_TEXT(&question->path), text);
}

/* Each library has names of its own for what its author did not mean to say. */
static void blame_error(const Question *question, const char *name, const char *text)
{
        char said[ERROR_NAME_SIZE + SOURCE_TEXT_SIZE + 2];

        (void)snprintf(said, sizeof(said), "%s: %s", name, text);
        blame(question, "has no such handler, or a broken one", said);
}

/* Who says it counts, not the name: a publisher may hand on that somebody whom it has asked is silent. */
static bool is_publishers_own(sd_bus_message *reply)
{
        const char *sender = sd_bus_message_get_sender(reply);

        return sender && sender[0] == ':';
}

/* What the bus says where nobody has replied, in time or at all, is nothing for an LwM2M Server. A
 * connection that breaks off is no fault of the publisher's. */
static void take_error(Question *question, sd_bus_message *reply)
{
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        char text[SOURCE_TEXT_SIZE];

        make_text(error->message ?: "", text);
        if (is_publishers_own(reply)) {
                const int code = code_of(error);

                if (code == CODE_INTERNAL_ERROR)
                        blame_error(question, error->name, text);
                answer(question, code, text, NULL);
        } else {
                if (sd_bus_is_open(sd_bus_message_get_bus(reply)) > 0)
                        blame(question, "has not replied, which is 5.03 for the LwM2M Server", text);
                answer(question, CODE_UNAVAILABLE, "the publisher has not replied", NULL);
        }
}

/* What a new Object Instance begins with, beside what the server has written. */
static void take_created(Question *question, sd_bus_message *reply)
{
        ValueReader reader = VALUE_READER_INIT;
        char text[SOURCE_TEXT_SIZE];
        const ObjectDef *object;
        int r;

        r = published_define(question->handler->published, question->path.id[0], &object, reader.text);
        if (r == 0 && !sd_bus_message_has_signature(reply, "a{qv}"))
                r = -ENXIO;
        if (r == 0)
                r = value_reader_read(&reader, reply, object, &question->path);
        if (r < 0)
                (void)snprintf(reader.text, sizeof(reader.text), "%s: the reply is no a{qv}",
                        PATH_TEXT(&question->path));
        if (r == 0)
                answer(question, 0, NULL, &reader.list);
        else {
                blame(question, "has answered what cannot be kept", reader.text);
                make_text(reader.text, text);
                answer(question, CODE_INTERNAL_ERROR, text, NULL);
        }
        value_reader_done(&reader);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *reterr)
{
        Question *question = userdata;

        if (sd_bus_message_is_method_error(reply, NULL))
                take_error(question, reply);
        else if (question->operation == OPERATION_CREATE)
                take_created(question, reply);
        else
                answer(question, 0, NULL, NULL);
        return 0;
}

/* -- Asking -- */

static int make_call(
        sd_bus *connection, const char *name, const PublishedQuestion *question, sd_bus_message **ret)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        const struct Asking *asking = find_asking(question->operation);
        int r;

        r = sd_bus_message_new_method_call(
                connection, &message, name, question->handler, BUS_HANDLER_INTERFACE, asking->name);
        if (r >= 0)
                r = sd_bus_message_append(message, "qq", question->path.id[0], question->path.id[1]);
        if (r >= 0)
                r = asking->append(message, question);
        if (r >= 0)
                r = sd_bus_message_append(message, "q", question->requester);
        if (r >= 0)
                *ret = TAKE_PTR(message);
        return r;
}

static int begin(
        ObjectHandler *handler, sd_bus *connection, const PublishedQuestion *asked, sd_bus_message *message)
{
        Question *question = calloc(1, sizeof(*question));
        int r;

        if (!question)
                return -ENOMEM;
        *question = (Question){
                .next = handler->questions,
                .handler = handler,
                .owner = asked->owner,
                .call = asked->call,
                .operation = asked->operation,
                .path = asked->path,
                .requester = asked->requester,
        };
        (void)snprintf(
                question->requester_uri, sizeof(question->requester_uri), "%s", asked->requester_uri ?: "");
        (void)publishers_describe(handler->publishers, asked->owner, question->who);
        r = sd_bus_call_async(connection, &question->slot, message, on_reply, question, HANDLER_TIMEOUT);
        if (r < 0) {
                question_free(question);
                return r;
        }
        handler->questions = question;
        return 0;
}

static int refuse_to_ask(char *text, int code, const char *why)
{
        (void)snprintf(text, SOURCE_TEXT_SIZE, "%s", why);
        return code;
}

int object_handler_ask(
        ObjectHandler *handler, sd_bus *connection, const PublishedQuestion *question, char *text)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        const char *name = publishers_name(handler->publishers, question->owner);
        int r;

        if (!connection || !name)
                return refuse_to_ask(text, CODE_UNAVAILABLE, "whoever has published it is gone");
        if (count(handler, question->owner) >= OBJECT_HANDLER_CALLS_MAX)
                return refuse_to_ask(
                        text, CODE_UNAVAILABLE, "whoever has published it has too much to answer already");
        r = make_call(connection, name, question, &message);
        if (r == -EINVAL)
                return refuse_to_ask(text, CODE_BAD_REQUEST,
                        "a text has a noncharacter of Unicode, which D-Bus does not carry");
        if (r < 0)
                return r;
        log_full(LOG_DEBUG, 0, ABOUT_QUESTION(NULL, question),
                "LwM2M Server %u wants a %s of %s: asking %s.", question->requester,
                sd_bus_message_get_member(message), PATH_TEXT(&question->path),
                publishers_describe(handler->publishers, question->owner, (char[PUBLISHER_TEXT_SIZE]){0}));
        return begin(handler, connection, question, message);
}

static void log_gone(const Question *question)
{
        log_full(LOG_WARNING, 0, ABOUT_QUESTION(MESSAGE_ID_PUBLISHER_GONE, question),
                "%s is gone without a reply, which is 5.03 for the LwM2M Server (%s of %s).", question->who,
                find_asking(question->operation)->name, PATH_TEXT(&question->path));
}

void object_handler_forget(ObjectHandler *handler, uint64_t owner)
{
        bool is_told = false;

        for (Question **place = &handler->questions, *question; (question = *place);) {
                if (question->owner != owner) {
                        place = &question->next;
                        continue;
                }
                if (!is_told)
                        log_gone(question);
                is_told = true;
                *place = question->next;
                question_free(question);
        }
}

int object_handler_new(Published *published, Publishers *publishers, ObjectHandler **ret)
{
        ObjectHandler *handler = calloc(1, sizeof(*handler));

        if (!handler)
                return -ENOMEM;
        handler->published = published;
        handler->publishers = publishers;
        *ret = handler;
        return 0;
}

ObjectHandler *object_handler_free(ObjectHandler *handler)
{
        if (!handler)
                return NULL;
        while (handler->questions) {
                Question *question = handler->questions;

                handler->questions = question->next;
                question_free(question);
        }
        free(handler);
        return NULL;
}
