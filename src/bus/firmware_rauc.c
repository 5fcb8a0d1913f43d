/* SPDX-License-Identifier: Apache-2.0 */
/* RAUC. It takes a path, and may make the bundle root's. It has no ids: what has become of an installation
 * is seen by the slot that boots next, and of a reboot by the slot that is booted. */
#include "bus/firmware_rauc.h"

#include <stdio.h>

#include "bus/names.h"
#include "util/utf8.h"

#define INSTALLER "de.pengutronix.rauc.Installer"
#define RAUC_PATH "/"

#define IDLE   "idle"
#define BOOTED "booted"

static void keep(char *buffer, size_t size, const char *text)
{
        int n = snprintf(buffer, size, "%s", text);

        if (n >= (int)size)
                buffer[utf8_cut(buffer, size - 1)] = '\0';
}

/* -- Dictionaries, a{sv} -- */

typedef struct Wanted {
        const char *key;
        const char **ret;
        int32_t *ret_percent; /* NULL, or it is no string but a progress: percent, text, depth */
} Wanted;

static int read_wanted(sd_bus_message *message, const Wanted *wanted, const char *contents)
{
        int32_t depth;

        if (wanted->ret_percent && strcmp(contents, "(isi)") == 0)
                return sd_bus_message_read(message, "v", "(isi)", wanted->ret_percent, wanted->ret, &depth);
        if (!wanted->ret_percent && strcmp(contents, "s") == 0)
                return sd_bus_message_read(message, "v", "s", wanted->ret);
        return sd_bus_message_skip(message, "v");
}

/* Reads what is wanted, and passes over all else. 0 or negative errno. */
static int read_dictionary(sd_bus_message *message, const Wanted *wanted, size_t n)
{
        const char *key, *contents;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                size_t i = 0;

                r = sd_bus_message_read(message, "s", &key);
                if (r >= 0)
                        r = sd_bus_message_peek_type(message, NULL, &contents);
                if (r < 0)
                        return r;
                while (i < n && strcmp(key, wanted[i].key) != 0)
                        i++;
                r = i < n ? read_wanted(message, &wanted[i], contents) : sd_bus_message_skip(message, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* Goes into the dictionary that a dictionary has under the key: RAUC has a variant in a variant there. 1, 0
 * where there is none, or negative errno. */
static int enter_dictionary(sd_bus_message *message, const char *wanted)
{
        const char *key, *contents;
        char type;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = sd_bus_message_read(message, "s", &key);
                if (r < 0)
                        return r;
                if (strcmp(key, wanted) == 0)
                        break;
                r = sd_bus_message_skip(message, "v");
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        while (r > 0 && (r = sd_bus_message_peek_type(message, &type, &contents)) > 0) {
                if (type != 'v')
                        return type == 'a' && strcmp(contents, "{sv}") == 0;
                r = sd_bus_message_enter_container(message, 'v', contents);
        }
        return r;
}

/* What its properties say; "" where it does not. Borrowed from the message. */
typedef struct Seen {
        const char *operation, *last_error, *compatible, *boot_slot;
        int32_t percent;
        const char *doing; /* with the percent; NULL: neither is known */
} Seen;

static int read_properties(sd_bus_message *message, Seen *ret)
{
        const Wanted wanted[] = {
                {"Operation", &ret->operation},
                {"LastError", &ret->last_error},
                {"Compatible", &ret->compatible},
                {"BootSlot", &ret->boot_slot},
                {"Progress", &ret->doing, &ret->percent},
        };

        *ret = (Seen){"", "", "", ""};
        return read_dictionary(message, wanted, ELEMENTSOF(wanted));
}

static void show_progress(FirmwareQuestion *question, const Seen *seen)
{
        if (seen->doing)
                firmware_question_progress(question, seen->percent, seen->doing);
}

/* -- How an installation has ended -- */

/* primary: what boots next, "" where RAUC does not know. */
static void judge(FirmwareQuestion *question, const char *primary)
{
        const FirmwareAsk *ask = firmware_question_ask(question);
        const bool is_known = primary[0] && ask->slot[0], is_same = strcmp(primary, ask->slot) == 0;

        if (ask->is_completed && is_known && is_same)
                firmware_question_end(question,
                        &(FirmwareVerdict){
                                .text = "RAUC has installed the bundle, and boots the same slot."});
        else if (ask->is_completed || (is_known && !is_same))
                firmware_question_end(question, &(FirmwareVerdict){.reboot = true});
        else if (ask->last_error[0])
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                        "RAUC has not installed the bundle: %s", ask->last_error);
        else
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                        "RAUC was interrupted before it had installed the bundle: the machine boots as "
                        "before.");
}

/* RAUC that cannot tell has not failed by that: of an installation that it has completed, the slot that is
 * booted after the reboot tells. */
static void on_primary(FirmwareQuestion *question, sd_bus_message *reply)
{
        const char *primary;

        if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_read(reply, "s", &primary) < 0)
                primary = "";
        judge(question, primary);
}

/* BootSlot may be a boot loader's name or a device, GetPrimary gives the slot's own. */
static int read_booted(sd_bus_message *reply, char *slot, size_t size)
{
        const char *name, *state;
        int r;

        slot[0] = '\0';
        r = sd_bus_message_enter_container(reply, 'a', "(sa{sv})");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'r', "sa{sv}")) > 0) {
                state = "";
                r = sd_bus_message_read(reply, "s", &name);
                if (r >= 0)
                        r = read_dictionary(reply, &(const Wanted){"state", &state}, 1);
                if (r >= 0 && strcmp(state, BOOTED) == 0)
                        keep(slot, size, name);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r;
}

static void on_slots(FirmwareQuestion *question, sd_bus_message *reply)
{
        FirmwareAsk *ask = firmware_question_ask(question);

        if (sd_bus_message_is_method_error(reply, NULL) ||
                read_booted(reply, ask->slot, sizeof(ask->slot)) < 0)
                ask->slot[0] = '\0';
        firmware_question_call(question, INSTALLER, "GetPrimary", on_primary, NULL);
}

/* -- The package -- */

static void take_bundle(FirmwareQuestion *question, const char *compatible, const char *version)
{
        const char *wanted = firmware_question_ask(question)->compatible;

        if (strcmp(compatible, wanted) != 0)
                firmware_question_fail(question, FIRMWARE_RESULT_UNSUPPORTED_PACKAGE,
                        "The bundle is for \"%s\", and this machine is \"%s\".", compatible, wanted);
        else
                firmware_question_end(
                        question, &(FirmwareVerdict){.name = compatible, .version = version, .text = ""});
}

static void on_info(FirmwareQuestion *question, sd_bus_message *reply)
{
        const char *compatible, *version;

        if (sd_bus_message_is_method_error(reply, NULL))
                firmware_question_refused(question, FIRMWARE_RESULT_INTEGRITY, reply);
        else if (sd_bus_message_read(reply, "ss", &compatible, &version) < 0)
                firmware_question_garbled(question, reply, "ss");
        else
                take_bundle(question, compatible, version);
}

static void on_inspected(FirmwareQuestion *question, sd_bus_message *reply)
{
        const char *compatible = "", *version = "";
        int r;

        if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_UNKNOWN_METHOD)) {
                /* Before RAUC 1.9. */
                firmware_question_call(
                        question, INSTALLER, "Info", on_info, "s", firmware_question_ask(question)->path);
                return;
        }
        if (sd_bus_message_is_method_error(reply, NULL)) {
                firmware_question_refused(question, FIRMWARE_RESULT_INTEGRITY, reply);
                return;
        }
        r = enter_dictionary(reply, "update");
        if (r > 0)
                r = read_dictionary(
                        reply, (const Wanted[]){{"compatible", &compatible}, {"version", &version}}, 2);
        if (r < 0)
                firmware_question_garbled(question, reply, "a{sv}");
        else
                take_bundle(question, compatible, version);
}

/* -- Asking -- */

static void ask_rauc(FirmwareQuestion *question);

/* It may have ended before its answer came: Operation tells. */
static void on_begun(FirmwareQuestion *question, sd_bus_message *reply)
{
        if (sd_bus_message_is_method_error(reply, NULL))
                firmware_question_refused(question, FIRMWARE_RESULT_FAILED, reply);
        else
                ask_rauc(question);
}

static void install(FirmwareQuestion *question)
{
        FirmwareAsk *ask = firmware_question_ask(question);

        /* Where no answer comes it may have begun all the same, and only looking tells. */
        ask->is_begun = true;
        firmware_question_call(question, INSTALLER, "InstallBundle", on_begun, "sa{sv}", ask->path, 0);
}

static void take_mark(FirmwareQuestion *question, const Seen *seen)
{
        if (seen->boot_slot[0])
                firmware_question_end(question, &(FirmwareVerdict){.mark = seen->boot_slot, .text = ""});
        else
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                        "RAUC does not know which slot is booted: see \"rauc status\".");
}

static void take_boot(FirmwareQuestion *question, const Seen *seen)
{
        if (strcmp(seen->boot_slot, firmware_question_ask(question)->mark) != 0)
                firmware_question_end(question, &(FirmwareVerdict){.text = ""});
        else
                firmware_question_fail(question, FIRMWARE_RESULT_FAILED,
                        "The machine has booted slot %s again: what was installed does not boot.",
                        seen->boot_slot);
}

/* RAUC is idle. */
static void go_on(FirmwareQuestion *question, const Seen *seen)
{
        FirmwareAsk *ask = firmware_question_ask(question);

        switch (ask->what) {
        case FIRMWARE_ASKED_VERIFY:
                keep(ask->compatible, sizeof(ask->compatible), seen->compatible);
                firmware_question_call(
                        question, INSTALLER, "InspectBundle", on_inspected, "sa{sv}", ask->path, 0);
                break;
        case FIRMWARE_ASKED_PREPARE:
                take_mark(question, seen);
                break;
        case FIRMWARE_ASKED_INSTALL:
                install(question);
                break;
        case FIRMWARE_ASKED_BOOTED:
                take_boot(question, seen);
                break;
        case FIRMWARE_ASKED_RESUME:
        case FIRMWARE_ASKED_NOTHING:
                break;
        }
}

static void on_properties(FirmwareQuestion *question, sd_bus_message *reply)
{
        FirmwareAsk *ask = firmware_question_ask(question);
        const bool is_begun = ask->is_begun || ask->what == FIRMWARE_ASKED_RESUME;
        bool is_idle;
        Seen seen;

        if (sd_bus_message_is_method_error(reply, NULL)) {
                firmware_question_refused(question, FIRMWARE_RESULT_FAILED, reply);
                return;
        }
        if (read_properties(reply, &seen) < 0) {
                firmware_question_garbled(question, reply, "a{sv}");
                return;
        }
        is_idle = strcmp(seen.operation, IDLE) == 0;
        if (is_begun && (is_idle || ask->is_ended)) {
                keep(ask->last_error, sizeof(ask->last_error), seen.last_error);
                firmware_question_call(question, INSTALLER, "GetSlotStatus", on_slots, NULL);
        } else if (is_begun) {
                ask->is_running = true; /* and Completed follows */
                show_progress(question, &seen);
        } else if (is_idle)
                go_on(question, &seen);
        else
                firmware_question_later(question, "RAUC is busy: it is %s.", seen.operation);
}

static void ask_rauc(FirmwareQuestion *question)
{
        firmware_question_ask(question)->is_running = false;
        firmware_question_call(question, BUS_PROPERTIES_INTERFACE, "GetAll", on_properties, "s", INSTALLER);
}

/* -- Signals -- */

/* An installation that somebody else has asked for is told in the same way. */
static void on_completed(FirmwareQuestion *question, sd_bus_message *message)
{
        FirmwareAsk *ask = firmware_question_ask(question);
        int32_t result;

        if (!ask->is_running || sd_bus_message_read(message, "i", &result) < 0)
                return;
        ask->is_ended = true;
        ask->is_completed = result == 0;
        ask_rauc(question);
}

static void on_changed(FirmwareQuestion *question, sd_bus_message *message)
{
        Seen seen;

        if (sd_bus_message_skip(message, "s") >= 0 && read_properties(message, &seen) >= 0)
                show_progress(question, &seen);
}

static void on_signal(FirmwareQuestion *question, sd_bus_message *message)
{
        if (sd_bus_message_is_signal(message, INSTALLER, "Completed"))
                on_completed(question, message);
        else if (firmware_question_ask(question)->is_running)
                on_changed(question, message);
}

static const ServiceSignal signals[] = {
        {RAUC_PATH, INSTALLER, "Completed"},
        {RAUC_PATH, BUS_PROPERTIES_INTERFACE, "PropertiesChanged"},
};

const FirmwareAsker firmware_rauc_asker = {
        .title = "RAUC",
        .path = RAUC_PATH,
        .signals = signals,
        .n_signals = ELEMENTSOF(signals),
        .ask = ask_rauc,
        .signal = on_signal,
};
