/* SPDX-License-Identifier: Apache-2.0 */
/* logind and timedated. */
#include "bus/system_services.h"

#include <stdio.h>

#include "bus/names.h"

#define LOGIND_NAME    "org.freedesktop.login1"
#define TIMEDATED_NAME "org.freedesktop.timedate1"
#define LOGIND         LOGIND_NAME, "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
#define TIMEDATED      TIMEDATED_NAME, "/org/freedesktop/timedate1", "org.freedesktop.timedate1"

typedef struct Service {
        const char *title, *name;
} Service;

static const Service services[] = {
        [SERVICE_LOGIND] = {"logind", LOGIND_NAME},
        [SERVICE_TIMEDATED] = {"timedated", TIMEDATED_NAME},
};

typedef struct Question {
        Service service; /* of a service without a title the name is in Question.other */
        char other[SERVICE_NAME_SIZE];
        Bus *bus;
        ServiceReplied replied;
        void *userdata;
} Question;

static const char *name_of(const Question *question)
{
        return question->service.name ?: question->other;
}

static const char *title_of(const Question *question)
{
        return question->service.title ?: question->other;
}

static ServiceResult result_of(const sd_bus_error *error)
{
        static const struct {
                const char *name;
                ServiceResult result;
        } results[] = {
                {SD_BUS_ERROR_SERVICE_UNKNOWN, SERVICE_MISSING},
                {SD_BUS_ERROR_NAME_HAS_NO_OWNER, SERVICE_MISSING},
                {SD_BUS_ERROR_UNKNOWN_OBJECT, SERVICE_MISSING},
                {SD_BUS_ERROR_UNKNOWN_METHOD, SERVICE_MISSING},
                {SD_BUS_ERROR_NO_REPLY, SERVICE_SILENT},
                {SD_BUS_ERROR_TIMEOUT, SERVICE_SILENT},
                /* It was to be started, and was not in time. */
                {"org.freedesktop.DBus.Error.TimedOut", SERVICE_SILENT},
                {SD_BUS_ERROR_INVALID_ARGS, SERVICE_BAD_REQUEST},
        };

        for (size_t i = 0; i < ELEMENTSOF(results); i++)
                if (sd_bus_error_has_name(error, results[i].name))
                        return results[i].result;
        return SERVICE_REFUSED;
}

static int on_reply(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Question *question = userdata;
        ServiceReply reply = {.service = title_of(question), .text = ""};

        if (sd_bus_message_is_method_error(message, NULL)) {
                const sd_bus_error *error = sd_bus_message_get_error(message);

                reply.result = result_of(error);
                reply.text = error->message ?: error->name;
        } else if (sd_bus_message_has_signature(message, "s") &&
                   sd_bus_message_read(message, "s", &reply.text) < 0)
                reply.text = "";
        question->replied(question->userdata, &reply);
        return 0;
}

static void question_free(void *question)
{
        free(question);
}

/* Takes the message over. */
static int ask(sd_bus_message *message, sd_bus_message_handler_t on_answer, const Question *asked)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = message;
        _cleanup_(freep) Question *question = malloc(sizeof(*question));
        sd_bus_slot *slot = NULL;
        int r;

        if (!question)
                return -ENOMEM;
        *question = *asked;
        r = sd_bus_call_async(
                bus_heard(asked->bus), &slot, call, on_answer, question, SYSTEM_SERVICE_TIMEOUT);
        if (r < 0)
                return r;
        /* The connection owns it from here: it goes with the reply, or with the connection. */
        (void)sd_bus_slot_set_destroy_callback(slot, question_free);
        (void)sd_bus_slot_set_floating(slot, true);
        (void)sd_bus_slot_unref(slot);
        (void)TAKE_PTR(question);
        return 0;
}

static int ask_service(
        Bus *bus, sd_bus_message *message, SystemService service, ServiceReplied replied, void *userdata)
{
        const Question question = {
                .service = services[service], .bus = bus, .replied = replied, .userdata = userdata};

        return ask(message, on_reply, &question);
}

static int make_call(Bus *bus, const char *destination, const char *path, const char *interface,
        const char *member, sd_bus_message **ret)
{
        if (!bus || !bus_heard(bus))
                return -ENOTCONN;
        return sd_bus_message_new_method_call(bus_heard(bus), ret, destination, path, interface, member);
}

static int ask_for_owner(const Question *question)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r = make_call(question->bus, BUS_DRIVER, "GetNameOwner", &call);

        if (r >= 0)
                r = sd_bus_message_append(call, "s", name_of(question));
        return r < 0 ? r : ask(TAKE_PTR(call), on_reply, question);
}

/* 1, 0 or negative errno. */
static int list_has(sd_bus_message *message, const char *name)
{
        const char *each;
        int r = sd_bus_message_enter_container(message, 'a', "s");

        while (r >= 0 && (r = sd_bus_message_read(message, "s", &each)) > 0)
                if (strcmp(each, name) == 0)
                        return 1;
        return r;
}

static int on_activatable(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Question *question = userdata;
        ServiceReply reply = {.result = SERVICE_DONE, .service = title_of(question), .text = ""};

        if (sd_bus_message_is_method_error(message, NULL) || list_has(message, name_of(question)) <= 0) {
                if (ask_for_owner(question) >= 0)
                        return 0;
                reply.result = SERVICE_SILENT;
        }
        question->replied(question->userdata, &reply);
        return 0;
}

static int look_for(const Question *question)
{
        sd_bus_message *call = NULL;
        int r = make_call(question->bus, BUS_DRIVER, "ListActivatableNames", &call);

        return r < 0 ? r : ask(call, on_activatable, question);
}

int service_look_for(Bus *bus, SystemService service, ServiceReplied replied, void *userdata)
{
        return look_for(&(Question){
                .service = services[service], .bus = bus, .replied = replied, .userdata = userdata});
}

int service_look_for_name(Bus *bus, const char *name, ServiceReplied replied, void *userdata)
{
        Question question = {.bus = bus, .replied = replied, .userdata = userdata};

        if (snprintf(question.other, sizeof(question.other), "%s", name) >= (int)sizeof(question.other))
                return -EINVAL;
        return look_for(&question);
}

int service_can_reboot(Bus *bus, ServiceReplied replied, void *userdata)
{
        sd_bus_message *call = NULL;
        int r = make_call(bus, LOGIND, "CanReboot", &call);

        return r < 0 ? r : ask_service(bus, call, SERVICE_LOGIND, replied, userdata);
}

int service_reboot(Bus *bus, ServiceReplied replied, void *userdata)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r = make_call(bus, LOGIND, "Reboot", &call);

        if (r >= 0)
                r = sd_bus_message_append(call, "b", false);
        return r < 0 ? r : ask_service(bus, TAKE_PTR(call), SERVICE_LOGIND, replied, userdata);
}

int service_set_time(Bus *bus, int64_t usec, ServiceReplied replied, void *userdata)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r = make_call(bus, TIMEDATED, "SetTime", &call);

        if (r >= 0)
                r = sd_bus_message_append(call, "xbb", usec, false, false);
        return r < 0 ? r : ask_service(bus, TAKE_PTR(call), SERVICE_TIMEDATED, replied, userdata);
}

int service_set_timezone(Bus *bus, const char *name, ServiceReplied replied, void *userdata)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r = make_call(bus, TIMEDATED, "SetTimezone", &call);

        if (r >= 0)
                r = sd_bus_message_append(call, "sb", name, false);
        return r < 0 ? r : ask_service(bus, TAKE_PTR(call), SERVICE_TIMEDATED, replied, userdata);
}

void service_failure(const ServiceReply *reply, char *text, size_t size)
{
        switch (reply->result) {
        case SERVICE_MISSING:
                (void)snprintf(text, size, "there is no %s on the system bus", reply->service);
                break;
        case SERVICE_SILENT:
                (void)snprintf(text, size, "%s does not answer", reply->service);
                break;
        case SERVICE_DONE:
        case SERVICE_REFUSED:
        case SERVICE_BAD_REQUEST:
                (void)snprintf(text, size, "%s refuses: %s", reply->service, reply->text);
                break;
        }
}

const char *service_unreachable(int r)
{
        return r == -ENOTCONN ? "there is no system bus" : "out of memory";
}
