/* SPDX-License-Identifier: Apache-2.0 */
/* The D-Bus object: who may call, what is refused before anything is run, and what is known already. */
#include "script/backend_object.h"

#include <stdio.h>
#include <sys/stat.h>

#include "script/package.h"
#include "util/log.h"
#include "util/message_ids.h"

#define ERROR_BUSY "org.lwm2m.FirmwareScript1.Error.Busy"

struct BackendObject {
        const BackendSettings *settings;
        Calls *calls;
        sd_bus_slot *slot; /* NULL: there is no bus */
};

/* -- answers without a run -- */

static int answer_failed(sd_bus_message *message, Verb asked, const char *text)
{
        RunEnd end = {.result = UPDATE_RESULT_FAILED};

        (void)snprintf(end.text, sizeof(end.text), "%s", text);
        log_event(LOG_WARNING, MESSAGE_ID_FIRMWARE_SCRIPT_FAILED, "%s is refused: %s",
                sd_bus_message_get_member(message), text);
        return call_answer(message, asked, &end);
}

static int answer_known(sd_bus_message *message, const Result *result)
{
        RunEnd end = {.result = result->result, .reboot = result->reboot};

        (void)strcpy(end.text, result->text);
        log_info("%s of %s is asked for again, and answered as the first time.",
                sd_bus_message_get_member(message), result->id);
        return call_answer(message, result->verb, &end);
}

/* -- methods -- */

/* The bus policy says the same; this holds whatever an administrator has made of it. */
static int check_caller(const BackendObject *object, sd_bus_message *message, sd_bus_error *reterr)
{
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        uid_t uid = (uid_t)-1;
        int r;

        r = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds);
        if (r >= 0)
                r = sd_bus_creds_get_euid(creds, &uid);
        if (r >= 0 && uid == object->settings->user)
                return 0;
        log_event(LOG_WARNING, MESSAGE_ID_FIRMWARE_SCRIPT_FAILED,
                "%s of user %d is refused: not its business.", sd_bus_message_get_member(message), (int)uid);
        return sd_bus_error_set(
                reterr, SD_BUS_ERROR_ACCESS_DENIED, "This service is for the LwM2M client alone.");
}

static int check_id(const char *id, sd_bus_error *reterr)
{
        if (result_id_is_valid(id))
                return 0;
        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS,
                "An id has 1 to %d visible characters of ASCII.", RESULT_ID_MAX);
}

static int check_free(const Calls *calls, sd_bus_error *reterr)
{
        if (!calls_busy(calls))
                return 0;
        return sd_bus_error_set(reterr, ERROR_BUSY, "The script is at work for another call.");
}

/* 0 where there is a script that is root's alone, else -EPERM with a sentence. */
static int check_script(const char *script, char reason[PACKAGE_REASON_SIZE])
{
        struct stat st;

        reason[0] = '\0';
        if (stat(script, &st) < 0)
                (void)snprintf(reason, PACKAGE_REASON_SIZE, "%s: %s. See lwm2m-client-firmware-script(8).",
                        script, strerror(errno));
        else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
                (void)snprintf(reason, PACKAGE_REASON_SIZE,
                        "%s has to be a file that belongs to root, and that nobody else can write.", script);
        else if (access(script, X_OK) < 0)
                (void)snprintf(reason, PACKAGE_REASON_SIZE, "%s is not executable.", script);
        return reason[0] == '\0' ? 0 : -EPERM;
}

/* Everything that can be said before anything is run. 0: it has begun. */
static int take(BackendObject *object, sd_bus_message *message, Verb asked, int package, const char *id)
{
        char reason[PACKAGE_REASON_SIZE];
        int r;

        r = check_script(object->settings->script, reason);
        if (r >= 0 && package >= 0)
                r = package_claim(package, object->settings->user, object->settings->group, reason);
        if (r < 0)
                return answer_failed(message, asked, reason);
        r = calls_begin(object->calls, message, asked, package, id);
        return r < 0 ? r : 1;
}

static int method_verify(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        BackendObject *object = userdata;
        int fd, r;

        r = check_caller(object, message, reterr);
        if (r >= 0)
                r = sd_bus_message_read(message, "h", &fd);
        if (r >= 0)
                r = check_free(object->calls, reterr);
        return r < 0 ? r : take(object, message, VERB_VERIFY, fd, "");
}

static int method_install(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        BackendObject *object = userdata;
        const Result *known;
        const char *id;
        int fd, r;

        r = check_caller(object, message, reterr);
        if (r >= 0)
                r = sd_bus_message_read(message, "hs", &fd, &id);
        if (r >= 0)
                r = check_id(id, reterr);
        if (r < 0)
                return r;
        if (calls_join(object->calls, id, message))
                return 1;
        r = check_free(object->calls, reterr);
        if (r < 0)
                return r;
        known = calls_known(object->calls, VERB_INSTALL, id);
        return known ? answer_known(message, known) : take(object, message, VERB_INSTALL, fd, id);
}

static int method_booted(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        const Result *known, *installed;
        BackendObject *object = userdata;
        const char *id;
        int r;

        r = check_caller(object, message, reterr);
        if (r >= 0)
                r = sd_bus_message_read(message, "s", &id);
        if (r >= 0)
                r = check_id(id, reterr);
        if (r >= 0)
                r = check_free(object->calls, reterr);
        if (r < 0)
                return r;
        known = calls_known(object->calls, VERB_BOOTED, id);
        if (known)
                return answer_known(message, known);
        installed = calls_known(object->calls, VERB_INSTALL, id);
        if (!installed || !installed->reboot)
                return answer_failed(
                        message, VERB_BOOTED, "No installation of this id has asked for a reboot.");
        return take(object, message, VERB_BOOTED, -1, id);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Verify", SD_BUS_ARGS("h", package),
                SD_BUS_RESULT("y", result, "s", name, "s", version, "s", text), method_verify,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Install", SD_BUS_ARGS("h", package, "s", id),
                SD_BUS_RESULT("y", result, "b", reboot, "s", text), method_install,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Booted", SD_BUS_ARGS("s", id), SD_BUS_RESULT("y", result, "s", text),
                method_booted, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Progress", SD_BUS_ARGS("y", percent, "s", text), 0),
        SD_BUS_VTABLE_END,
};

int backend_object_set_bus(BackendObject *object, sd_bus *bus)
{
        object->slot = sd_bus_slot_unref(object->slot);
        calls_set_bus(object->calls, bus);
        if (!bus)
                return 0;
        return sd_bus_add_object_vtable(
                bus, &object->slot, BACKEND_OBJECT_PATH, BACKEND_OBJECT_INTERFACE, vtable, object);
}

int backend_object_new(const BackendSettings *settings, Calls *calls, BackendObject **ret)
{
        BackendObject *object = calloc(1, sizeof(*object));

        if (!object)
                return -ENOMEM;
        object->settings = settings;
        object->calls = calls;
        *ret = object;
        return 0;
}

BackendObject *backend_object_free(BackendObject *object)
{
        if (!object)
                return NULL;
        (void)backend_object_set_bus(object, NULL);
        free(object);
        return NULL;
}
