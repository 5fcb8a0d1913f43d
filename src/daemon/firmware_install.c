/* SPDX-License-Identifier: Apache-2.0 */
/* The back end verifies and installs, and the machine is rebooted. */
#include "daemon/firmware_install.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus/firmware_rauc.h"
#include "bus/system_services.h"
#include "daemon/package_file.h"
#include "util/log.h"
#include "util/message_ids.h"

/* -- A reboot, or a restart -- */

/* RuntimeDirectoryPreserve=yes keeps it over a restart; /run is empty after a reboot. Tests have their own.
 */
#define RUNTIME_DIRECTORY "/run/lwm2m-client"
#define MARK_NAME         "firmware-update"

static const char *runtime_directory(void)
{
        return secure_getenv("RUNTIME_DIRECTORY") ?: RUNTIME_DIRECTORY;
}

static bool mark_path(char *path, size_t size)
{
        return snprintf(path, size, "%s/%s", runtime_directory(), MARK_NAME) < (int)size;
}

int firmware_install_mark(void)
{
        char path[PATH_MAX];
        int fd;

        if (!mark_path(path, sizeof(path)))
                return -ENAMETOOLONG;
        (void)mkdir(runtime_directory(), 0700); /* a daemon that systemd has not started */
        fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        (void)close(fd);
        return 0;
}

bool firmware_install_was_rebooted(void)
{
        char path[PATH_MAX];

        return !mark_path(path, sizeof(path)) || access(path, F_OK) < 0;
}

/* -- What the back end says -- */

static void on_verified(void *userdata, const FirmwareVerdict *verdict)
{
        firmware_do(userdata, (FirmwareEvent){
                                      .type = FIRMWARE_EVENT_VERIFIED,
                                      .result = verdict->result,
                                      .text = verdict->text,
                                      .name = verdict->name,
                                      .version = verdict->version,
                              });
}

static void on_prepared(void *userdata, const FirmwareVerdict *verdict)
{
        firmware_do(userdata, (FirmwareEvent){
                                      .type = FIRMWARE_EVENT_PREPARED,
                                      .result = verdict->result,
                                      .text = verdict->text,
                                      .mark = verdict->mark,
                              });
}

static void on_installed(void *userdata, const FirmwareVerdict *verdict)
{
        firmware_do(userdata, (FirmwareEvent){
                                      .type = FIRMWARE_EVENT_INSTALLED,
                                      .result = verdict->result,
                                      .text = verdict->text,
                                      .reboot = verdict->reboot,
                              });
}

static void on_booted(void *userdata, const FirmwareVerdict *verdict)
{
        firmware_do(userdata, (FirmwareEvent){
                                      .type = FIRMWARE_EVENT_BOOTED,
                                      .result = verdict->result,
                                      .text = verdict->text,
                              });
}

static void on_progress(void *userdata, unsigned percent, const char *text)
{
        Firmware *firmware = userdata;

        firmware->progress = percent;
        firmware->handler->changed(firmware->userdata);
}

static const FirmwareBackendHandler backend_handler = {
        .verified = on_verified,
        .prepared = on_prepared,
        .installed = on_installed,
        .booted = on_booted,
        .progress = on_progress,
};

/* -- Asking -- */

static void on_backend_sought(void *userdata, const ServiceReply *reply)
{
        if (reply->result == SERVICE_MISSING)
                log_full(LOG_WARNING, 0,
                        &(LogAbout){.message_id = MESSAGE_ID_BACK_END_MISSING, .path = "/5"},
                        "Nobody has the name %s (firmware_update.backend) on the system bus, and nothing "
                        "starts it: as long as that is so, each firmware update fails.",
                        reply->service);
}

/* Where that cannot be asked, the first update tells. */
void firmware_install_look_for_backend(const Firmware *firmware)
{
        const char *name = firmware->settings.backend;

        if (name)
                (void)service_look_for_name(firmware->bus,
                        strcmp(name, FIRMWARE_BACKEND_RAUC) == 0 ? FIRMWARE_RAUC_NAME : name,
                        on_backend_sought, NULL);
}

/* Why nobody could be asked. */
static void cannot_ask(Firmware *firmware, int r)
{
        if (r == -EBADMSG)
                firmware_fail_soon(firmware, FIRMWARE_RESULT_INTEGRITY,
                        "The package on the disk is not the one that has come.");
        else if (r == -ENOTCONN)
                firmware_fail_soon(
                        firmware, FIRMWARE_RESULT_FAILED, "There is no system bus, so no back end.");
        else
                firmware_fail_soon(
                        firmware, FIRMWARE_RESULT_FAILED, "There was no memory to ask the back end.");
}

static void on_can_reboot(void *userdata, const ServiceReply *reply)
{
        Firmware *firmware = userdata;
        char reason[FIRMWARE_TEXT_SIZE], text[2 * FIRMWARE_TEXT_SIZE];
        FirmwareEvent event = {.type = FIRMWARE_EVENT_MAY_REBOOT};

        if (reply->result != SERVICE_DONE || strcmp(reply->text, "yes") != 0) {
                if (reply->result == SERVICE_DONE)
                        (void)snprintf(reason, sizeof(reason),
                                "logind does not let lwm2m-client reboot (CanReboot: %.20s); its polkit "
                                "rules would",
                                reply->text);
                else
                        service_failure(reply, reason, sizeof(reason));
                (void)snprintf(text, sizeof(text),
                        "Nothing was installed, since the machine could not be rebooted afterwards: %s.",
                        reason);
                event.result = FIRMWARE_RESULT_FAILED;
                event.text = text;
        }
        firmware_do(firmware, event);
}

/* Where it is nobody's task here, the back end reboots the machine, or an operator. */
static void may_reboot(Firmware *firmware)
{
        if (!firmware->settings.logind)
                firmware_do_soon(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_MAY_REBOOT});
        else if (service_can_reboot(firmware->bus, on_can_reboot, firmware) < 0)
                firmware_fail_soon(firmware, FIRMWARE_RESULT_FAILED,
                        "Nothing was installed, since logind cannot be asked whether the machine could be "
                        "rebooted afterwards.");
}

const char *firmware_install_waits_for_reboot(const Firmware *firmware)
{
        return firmware->settings.logind
                       ? "The new firmware is installed and needs a reboot, within 60 min."
                       : "The new firmware is installed and needs a reboot, within 60 min: device.reboot is "
                         "none, so reboot the machine.";
}

static void reboot(Firmware *firmware)
{
        if (firmware->settings.logind)
                firmware->handler->reboot(firmware->userdata);
        else
                log_full(LOG_NOTICE, 0,
                        &(LogAbout){.message_id = MESSAGE_ID_FIRMWARE_STATE, .path = "/5/0/3"}, "%s",
                        firmware_install_waits_for_reboot(firmware));
}

/* Whether it still has the bytes that have come: what the disk has done to them meanwhile the back end sees,
 * but nobody asks it for what is not there any more. */
static bool is_whole(const Firmware *firmware, const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && (uint64_t)st.st_size == firmware->record.received;
}

/* The package, as the back end opens it. */
static int ask(Firmware *firmware, unsigned actions)
{
        const FirmwareRecord *record = &firmware->record;
        _cleanup_(freep) char *directory = realpath(firmware->vault->directory, NULL), *path = NULL;

        if (!directory || asprintf(&path, "%s/" PACKAGE_FILE_NAME, directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if ((actions & (FIRMWARE_ACTION_VERIFY | FIRMWARE_ACTION_INSTALL)) && !is_whole(firmware, path))
                return -EBADMSG;
        if (actions & FIRMWARE_ACTION_VERIFY)
                return firmware_backend_verify(firmware->backend, path);
        if (actions & FIRMWARE_ACTION_PREPARE)
                return firmware_backend_prepare(firmware->backend);
        if (actions & FIRMWARE_ACTION_INSTALL)
                return firmware_backend_install(firmware->backend, path, record->id);
        if (actions & FIRMWARE_ACTION_RESUME)
                return firmware_backend_resume(firmware->backend, path, record->id, record->machine.mark);
        if (actions & FIRMWARE_ACTION_CONFIRM)
                return firmware_backend_booted(firmware->backend, record->id, record->machine.mark);
        return 0;
}

#define ASKED                                                                         \
        (FIRMWARE_ACTION_VERIFY | FIRMWARE_ACTION_PREPARE | FIRMWARE_ACTION_INSTALL | \
                FIRMWARE_ACTION_RESUME | FIRMWARE_ACTION_CONFIRM)

void firmware_install_do(Firmware *firmware, unsigned actions)
{
        int r = 0;

        if (actions & FIRMWARE_ACTION_MAY_REBOOT)
                may_reboot(firmware);
        if (actions & ASKED) {
                if (!firmware->bus)
                        r = -ENOTCONN;
                else if (!firmware->backend)
                        r = firmware_backend_new(firmware->event, firmware->clock, firmware->bus,
                                firmware->settings.backend, &backend_handler, firmware, &firmware->backend);
                if (r >= 0)
                        r = ask(firmware, actions);
                if (r < 0)
                        cannot_ask(firmware, r);
        }
        if (actions & FIRMWARE_ACTION_REBOOT)
                reboot(firmware);
}

void firmware_install_stop(Firmware *firmware)
{
        if (firmware->backend)
                firmware_backend_cancel(firmware->backend);
}

void firmware_install_forget(Firmware *firmware)
{
        firmware->backend = firmware_backend_free(firmware->backend);
}
