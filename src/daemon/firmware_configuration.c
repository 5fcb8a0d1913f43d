/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of Firmware Update. */
#include "daemon/firmware_configuration.h"

#include "daemon/firmware_install.h"
#include "daemon/firmware_source.h"
#include "model/object_firmware.h"
#include "util/log.h"

/* -- The Object -- */

static int add_object(Firmware *firmware)
{
        int r;

        if (firmware->has_object)
                return 0;
        r = registry_add(store_registry(firmware->store), &object_firmware);
        if (r < 0)
                return r;
        r = store_set_source(firmware->store, OBJECT_FIRMWARE, &firmware_source, firmware);
        if (r < 0) {
                registry_remove(store_registry(firmware->store), OBJECT_FIRMWARE);
                return r;
        }
        firmware->has_object = true;
        store_objects_changed(firmware->store);
        return 0;
}

static void remove_object(Firmware *firmware)
{
        if (!firmware->has_object)
                return;
        (void)store_set_source(firmware->store, OBJECT_FIRMWARE, NULL, NULL);
        registry_remove(store_registry(firmware->store), OBJECT_FIRMWARE);
        firmware->has_object = false;
        store_objects_changed(firmware->store);
}

int firmware_configuration_set_object(Firmware *firmware)
{
        if (firmware->settings.backend && firmware->loaded)
                return add_object(firmware);
        remove_object(firmware);
        return 0;
}

/* -- The start -- */

static const FirmwareEvent without_backend = {
        .type = FIRMWARE_EVENT_CANCEL,
        .text = "The configuration names no back end any more.",
};

/* As a Reload in the middle of an installation: who has begun it ends it. */
static int keep_backend(Firmware *firmware)
{
        FirmwareSettings before = firmware->settings;
        int r;

        before.backend = firmware->record.backend;
        r = firmware_settings_copy(&firmware->next, &firmware->settings);
        if (r >= 0)
                r = firmware_settings_copy(&firmware->settings, &before);
        firmware->has_next = r >= 0;
        return r;
}

/* What another back end has verified is verified again, what it installs it ends; what none could install
 * goes. */
static void start_if_due(Firmware *firmware)
{
        const bool other = firmware->settings.backend &&
                           strcmp(firmware->record.backend, firmware->settings.backend) != 0;
        const FirmwarePhase phase = firmware->record.machine.phase;
        FirmwareEvent event = {.type = FIRMWARE_EVENT_START, .rebooted = firmware_install_was_rebooted()};

        if (firmware->started || !firmware->may_start)
                return;
        if (firmware->loaded && !firmware->settings.backend)
                firmware_do(firmware, without_backend);
        if (!firmware->has_object)
                return;
        if (other && phase >= FIRMWARE_PHASE_INSTALLING && keep_backend(firmware) < 0) {
                (void)log_oom();
                return;
        }
        firmware->started = true;
        if (other && phase >= FIRMWARE_PHASE_READY && phase <= FIRMWARE_PHASE_PREPARING)
                event = (FirmwareEvent){.type = FIRMWARE_EVENT_BACKEND};
        firmware_do(firmware, event);
}

void firmware_configuration_start(Firmware *firmware)
{
        firmware->may_start = true;
        firmware_install_look_for_backend(firmware);
        start_if_due(firmware);
}

/* -- The settings -- */

static bool same_backend(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

/* As at a start. */
static void change_backend(Firmware *firmware)
{
        firmware_install_forget(firmware);
        if (firmware->started)
                firmware_do(firmware, firmware->settings.backend
                                              ? (FirmwareEvent){.type = FIRMWARE_EVENT_BACKEND}
                                              : without_backend);
}

void firmware_configuration_look_at_window(Firmware *firmware)
{
        if (firmware->started)
                firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_TIMER});
}

static int use(Firmware *firmware, const FirmwareSettings *settings)
{
        const bool same = same_backend(firmware->settings.backend, settings->backend);
        int r;

        r = firmware_settings_copy(&firmware->settings, settings);
        if (r < 0)
                return r;
        if (!same)
                change_backend(firmware);
        if (!same && firmware->may_start)
                firmware_install_look_for_backend(firmware);
        firmware_configuration_look_at_window(firmware);
        r = firmware_configuration_set_object(firmware);
        firmware->handler->changed(firmware->userdata);
        return r;
}

void firmware_configuration_next(Firmware *firmware)
{
        FirmwareSettings settings = firmware->next;

        if (!firmware->has_next || firmware_machine_state(&firmware->record.machine) == FIRMWARE_UPDATING)
                return;
        firmware->has_next = false;
        firmware->next = (FirmwareSettings){.backend = NULL};
        if (use(firmware, &settings) < 0)
                (void)log_oom();
        firmware_settings_done(&settings);
}

int firmware_configuration_take(Firmware *firmware, const FirmwareSettings *settings)
{
        int r;

        if (firmware->started && firmware_machine_state(&firmware->record.machine) == FIRMWARE_UPDATING &&
                !same_backend(firmware->settings.backend, settings->backend)) {
                r = firmware_settings_copy(&firmware->next, settings);
                firmware->has_next = r >= 0;
                return r;
        }
        firmware->has_next = false;
        r = use(firmware, settings);
        start_if_due(firmware);
        return r;
}
