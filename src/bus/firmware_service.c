/* SPDX-License-Identifier: Apache-2.0 */
/* Back ends with org.lwm2m.FirmwareBackend1. */
#include "bus/firmware_service.h"

#include <fcntl.h>

#include "bus/names.h"

/* For the question under way. text: what the back end has said. */
static void end(FirmwareQuestion *question, FirmwareVerdict *verdict, uint8_t result, const char *silent)
{
        const bool is_verify = firmware_question_ask(question)->what == FIRMWARE_ASKED_VERIFY;

        if (result == FIRMWARE_RESULT_SUCCESS && !is_verify)
                result = FIRMWARE_RESULT_INITIAL;
        verdict->result = result;
        if (result == FIRMWARE_RESULT_SUCCESS || result == FIRMWARE_RESULT_CANCELLED ||
                result > FIRMWARE_RESULT_DEFERRED)
                verdict->result = FIRMWARE_RESULT_FAILED;
        if (result == FIRMWARE_RESULT_INITIAL || verdict->text[0])
                firmware_question_end(question, verdict);
        else
                firmware_question_fail(question, verdict->result, "%s %s, without a reason (%u).",
                        firmware_question_title(question), silent, result);
}

static void on_verified(FirmwareQuestion *question, sd_bus_message *reply)
{
        FirmwareVerdict verdict = {.text = ""};
        uint8_t result;

        if (sd_bus_message_is_method_error(reply, NULL))
                firmware_question_refused(question, FIRMWARE_RESULT_FAILED, reply);
        else if (!sd_bus_message_has_signature(reply, "ysss") ||
                 sd_bus_message_read(
                         reply, "ysss", &result, &verdict.name, &verdict.version, &verdict.text) < 0)
                firmware_question_garbled(question, reply, "ysss");
        else
                end(question, &verdict, result, "refuses the package");
}

static void on_installed(FirmwareQuestion *question, sd_bus_message *reply)
{
        FirmwareVerdict verdict = {.text = ""};
        uint8_t result;
        int reboot;

        if (sd_bus_message_is_method_error(reply, NULL))
                firmware_question_refused(question, FIRMWARE_RESULT_FAILED, reply);
        else if (!sd_bus_message_has_signature(reply, "ybs") ||
                 sd_bus_message_read(reply, "ybs", &result, &reboot, &verdict.text) < 0)
                firmware_question_garbled(question, reply, "ybs");
        else {
                verdict.reboot = reboot;
                end(question, &verdict, result, "has not installed the package");
        }
}

static void on_booted(FirmwareQuestion *question, sd_bus_message *reply)
{
        FirmwareVerdict verdict = {.text = ""};
        uint8_t result;

        if (sd_bus_message_is_method_error(reply, NULL))
                firmware_question_refused(question, FIRMWARE_RESULT_FAILED, reply);
        else if (!sd_bus_message_has_signature(reply, "ys") ||
                 sd_bus_message_read(reply, "ys", &result, &verdict.text) < 0)
                firmware_question_garbled(question, reply, "ys");
        else
                end(question, &verdict, result, "says that the new firmware does not run");
}

/* A descriptor of its own each time: its offset, which the back end moves, is nobody else's. */
static int open_package(FirmwareQuestion *question)
{
        int fd = open(firmware_question_ask(question)->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);

        if (fd < 0)
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED, "The package cannot be opened: %s.",
                        strerror(errno));
        return fd;
}

static void ask(FirmwareQuestion *question)
{
        const FirmwareAsk *asked = firmware_question_ask(question);
        _cleanup_(closep) int fd = -1;

        if (asked->path) {
                fd = open_package(question);
                if (fd < 0)
                        return;
        }
        switch (asked->what) {
        case FIRMWARE_ASKED_VERIFY:
                firmware_question_call(question, BUS_BACKEND_INTERFACE, "Verify", on_verified, "h", fd);
                break;
        case FIRMWARE_ASKED_INSTALL:
        case FIRMWARE_ASKED_RESUME:
                firmware_question_call(
                        question, BUS_BACKEND_INTERFACE, "Install", on_installed, "hs", fd, asked->id);
                break;
        case FIRMWARE_ASKED_BOOTED:
                firmware_question_call(question, BUS_BACKEND_INTERFACE, "Booted", on_booted, "s", asked->id);
                break;
        case FIRMWARE_ASKED_PREPARE:
        case FIRMWARE_ASKED_NOTHING:
                firmware_question_end(question, &(FirmwareVerdict){0});
                break;
        }
}

static void on_signal(FirmwareQuestion *question, sd_bus_message *message)
{
        const char *text;
        uint8_t percent;

        if (sd_bus_message_has_signature(message, "ys") &&
                sd_bus_message_read(message, "ys", &percent, &text) > 0)
                firmware_question_progress(question, percent, text);
}

static const ServiceSignal signals[] = {{BUS_BACKEND_PATH, BUS_BACKEND_INTERFACE, "Progress"}};

const FirmwareAsker firmware_service_asker = {
        .path = BUS_BACKEND_PATH,
        .signals = signals,
        .n_signals = ELEMENTSOF(signals),
        .ask = ask,
        .signal = on_signal,
};
