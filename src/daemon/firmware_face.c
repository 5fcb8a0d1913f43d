/* SPDX-License-Identifier: Apache-2.0 */
/* What operators see of Firmware Update, and ask for. */
#include "daemon/firmware_face.h"

#include "client/error.h"
#include "daemon/firmware_install.h"
#include "daemon/firmware_updates.h"

static FirmwareStep step_of(FirmwarePhase phase)
{
        if (phase == FIRMWARE_PHASE_VERIFYING)
                return FIRMWARE_STEP_VERIFYING;
        return phase == FIRMWARE_PHASE_REBOOTING ? FIRMWARE_STEP_REBOOTING : FIRMWARE_STEP_NONE;
}

/* Why the result is what it is; while there is none, what is waited for. */
static const char *text_of(const Firmware *firmware)
{
        const FirmwareMachine *m = &firmware->record.machine;

        if (m->phase == FIRMWARE_PHASE_FETCHING)
                return firmware->pull_waits;
        if (m->phase == FIRMWARE_PHASE_VERIFYING)
                return "The back end verifies the package.";
        if (m->phase == FIRMWARE_PHASE_REBOOTING)
                return firmware_install_waits_for_reboot(firmware);
        return m->text[0] ? m->text : firmware_result_sentence(m->result);
}

static const FirmwareShown *face_shown(void *userdata)
{
        Firmware *firmware = userdata;
        const FirmwareMachine *m = &firmware->record.machine;

        if (!firmware->has_object)
                return NULL;
        firmware_updates_shown_uri(m->uri, firmware->shown_uri);
        firmware->shown = (FirmwareShown){
                .state = firmware_machine_state(m),
                .result = m->result,
                .step = step_of(m->phase),
                .text = text_of(firmware),
                .name = m->name,
                .version = m->version,
                .uri = firmware->shown_uri,
                .received = firmware->bytes,
                .total = firmware->record.total,
                .progress = m->phase == FIRMWARE_PHASE_REBOOTING ? 100 : firmware->progress,
                .install_at = m->install_at,
                .can_cancel = !firmware_machine_refuses(m, FIRMWARE_EVENT_CANCEL, 0),
                .can_install = !firmware_machine_refuses(m, FIRMWARE_EVENT_INSTALL, 0),
        };
        return &firmware->shown;
}

static int ask(Firmware *firmware, FirmwareEventType type, const char *why, const char **ret_text)
{
        const char *text = "There is no back end.";

        if (firmware->has_object)
                text = firmware_machine_refuses(&firmware->record.machine, type, 0);
        if (text) {
                *ret_text = text;
                return CLIENT_E_WRONG_STATE;
        }
        firmware_do(firmware, (FirmwareEvent){.type = type, .text = why});
        return 0;
}

static int face_cancel(void *userdata, const char **ret_text)
{
        return ask(userdata, FIRMWARE_EVENT_CANCEL, "An operator has cancelled it.", ret_text);
}

static int face_install(void *userdata, const char **ret_text)
{
        return ask(userdata, FIRMWARE_EVENT_INSTALL, NULL, ret_text);
}

static const FirmwareHistory *face_history(void *userdata)
{
        Firmware *firmware = userdata;

        firmware_updates_follow(firmware);
        return &firmware->record.history;
}

const FirmwareFace firmware_face = {
        .shown = face_shown,
        .cancel = face_cancel,
        .install = face_install,
        .history = face_history,
};
