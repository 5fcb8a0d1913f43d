/* SPDX-License-Identifier: Apache-2.0 */
/* What Firmware Update has to do with the rest of the daemon. */
#include "daemon/manager_firmware.h"

#include "util/log.h"
#include "util/message_ids.h"

static void on_changed(void *userdata)
{
        Manager *manager = userdata;

        if (manager->bus)
                bus_firmware_changed(manager->bus);
        if (manager->metrics)
                metrics_file_firmware_changed(manager->metrics);
        if (manager->status_source)
                (void)sd_event_source_set_enabled(manager->status_source, SD_EVENT_ONESHOT);
}

static void on_reboot(void *userdata)
{
        Manager *manager = userdata;

        client_leave(manager->client);
}

static const char *on_version(void *userdata)
{
        const Manager *manager = userdata;

        return device_texts_get(&manager->device.texts, DEVICE_FIRMWARE_VERSION) ?: "";
}

static void on_reread(void *userdata)
{
        Manager *manager = userdata;

        device_texts_reread(&manager->device.texts);
}

static const FirmwareHandler handler = {
        .changed = on_changed,
        .reboot = on_reboot,
        .version = on_version,
        .reread = on_reread,
};

static void on_was_reset(void *userdata)
{
        Manager *manager = userdata;

        firmware_reset(manager->firmware);
}

static void tell_missing(int r)
{
        if (r == -EEXIST)
                log_full(LOG_ERR, 0, &(LogAbout){.message_id = MESSAGE_ID_OBJECT_NOT_SERVED, .path = "/5"},
                        "The Firmware Update object /5 cannot be set up: another program publishes it; the "
                        "client's own is set up once that is gone.");
        else if (r < 0)
                log_full(LOG_ERR, r, &(LogAbout){.message_id = MESSAGE_ID_OBJECT_NOT_SERVED, .path = "/5"},
                        "The Firmware Update object /5 cannot be set up: %m");
}

void manager_firmware_configure(Manager *manager, const Config *config)
{
        const FirmwareSettings settings = settings_for_firmware(config);

        tell_missing(firmware_configure(manager->firmware, &settings));
}

void manager_firmware_load(Manager *manager)
{
        tell_missing(firmware_load(manager->firmware));
}

int manager_firmware_new(Manager *manager, bool locked)
{
        int r;

        r = firmware_new(manager->event, &clock_system, manager->store, manager->vault, &handler, manager,
                &manager->firmware);
        if (r < 0)
                return r;
        manager->storage.was_reset = on_was_reset;
        manager->storage.reset_userdata = manager;
        if (!locked)
                manager_firmware_load(manager);
        return 0;
}
