/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 5, Firmware Update: the machine's actions are carried out, in order. */
#include "daemon/firmware.h"

#include <stdio.h>

#include "daemon/firmware_configuration.h"
#include "daemon/firmware_install.h"
#include "daemon/firmware_package.h"
#include "daemon/firmware_pull.h"
#include "daemon/firmware_push.h"
#include "daemon/firmware_source.h"
#include "daemon/firmware_updates.h"
#include "daemon/state_directory.h"
#include "util/file.h"
#include "util/log.h"
#include "util/message_ids.h"

/* -- Actions -- */

static void arm(Firmware *firmware)
{
        const uint64_t now = clock_boottime(firmware->clock), wall = clock_realtime(firmware->clock);
        uint64_t realtime, boottime;

        firmware_machine_deadline(&firmware->record.machine, &realtime, &boottime);
        /* When the clock is set, firmware_clock_was_set() looks again. */
        timer_set(firmware->wall_timer, realtime == 0 ? 0 : realtime > wall ? now + realtime - wall : now);
        timer_set(firmware->boot_timer, boottime);
}

static void stop(Firmware *firmware)
{
        firmware->soon_due = false;
        task_set(firmware->task, false);
        firmware->progress = 0;
        firmware_push_stop(firmware);
        firmware_pull_stop(firmware);
        firmware_install_stop(firmware);
}

/* Of a package that begins nothing is known yet. */
static void forget(Firmware *firmware)
{
        firmware->bytes = firmware->record.received = firmware->record.total = 0;
        firmware->record.elapsed = 0;
        firmware->record.validator[0] = '\0';
        firmware->progress = 0;
}

static int mark(void)
{
        int r = firmware_install_mark();

        if (r < 0)
                log_event_errno(LOG_ERR, r, MESSAGE_ID_STORAGE_FAILED,
                        "The mark of an installation cannot be left in the runtime directory: %m");
        return r;
}

/* What has to be there before anything follows. 0, or negative errno: nothing may be installed. */
static int prepare(Firmware *firmware, unsigned actions)
{
        int r = 0, q = 0;

        if (actions & FIRMWARE_ACTION_BEGIN) {
                forget(firmware);
                firmware_updates_begin(firmware);
        }
        if (actions & FIRMWARE_ACTION_STOP)
                stop(firmware);
        if (actions & FIRMWARE_ACTION_NEW_ID)
                firmware_updates_install(firmware);
        if (actions & FIRMWARE_ACTION_END)
                firmware_updates_end(firmware);
        if (actions & FIRMWARE_ACTION_REMOVE)
                forget(firmware);
        if (actions & FIRMWARE_ACTION_VERIFY)
                (void)snprintf(firmware->record.backend, sizeof(firmware->record.backend), "%s",
                        firmware->settings.backend);
        if (actions & FIRMWARE_ACTION_MARK)
                r = mark();
        if (actions & FIRMWARE_ACTION_STORE)
                q = firmware_record_write(firmware->vault, &firmware->record);
        return r < 0 ? r : q;
}

/* Without a state on the disk nobody could say later what has become of an installation. */
#define NEEDS_STATE (FIRMWARE_ACTION_MAY_REBOOT | FIRMWARE_ACTION_INSTALL)

static void carry_out(Firmware *firmware, unsigned actions, int r)
{
        if (actions & FIRMWARE_ACTION_REMOVE)
                firmware_package_remove(firmware);
        if (r < 0 && (actions & NEEDS_STATE)) {
                firmware_fail_soon(firmware, FIRMWARE_RESULT_FAILED,
                        "Nothing was installed, since the state of the installation cannot be kept; the "
                        "journal says why.");
                return;
        }
        if (actions & FIRMWARE_ACTION_FETCH)
                firmware_pull_begin(firmware);
        firmware_install_do(firmware, actions);
        if (actions & FIRMWARE_ACTION_STRINGS)
                firmware->handler->reread(firmware->userdata);
}

static void tell(Firmware *firmware, FirmwareState before)
{
        firmware_updates_tell(firmware, before);
        firmware_source_tell(firmware);
        firmware->handler->changed(firmware->userdata);
}

static void run(Firmware *firmware, FirmwareEvent event)
{
        const FirmwareState before = firmware_machine_state(&firmware->record.machine);
        const uint64_t now = clock_realtime(firmware->clock);
        unsigned actions;
        int r;

        event.opens_at = install_window_opens_at(&firmware->settings.window, now);
        actions = firmware_step(&firmware->record.machine, &event, now, clock_boottime(firmware->clock));
        r = prepare(firmware, actions);
        arm(firmware);
        if (actions & FIRMWARE_ACTION_TELL)
                tell(firmware, before);
        carry_out(firmware, actions, r);
        firmware_configuration_next(firmware);
}

static int on_soon(sd_event_source *source, void *userdata)
{
        Firmware *firmware = userdata;

        if (!firmware->soon_due)
                return 0;
        firmware->soon_due = false;
        firmware_do(firmware, firmware->soon);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        firmware_do(userdata, (FirmwareEvent){.type = FIRMWARE_EVENT_TIMER});
        return 0;
}

/* -- Life -- */

int firmware_load(Firmware *firmware)
{
        if (firmware->loaded)
                return 0;
        firmware->loaded = true;
        firmware_record_read(firmware->vault, &firmware->record);
        firmware->bytes = firmware->record.received;
        return firmware_configuration_set_object(firmware);
}

int firmware_configure(Firmware *firmware, const FirmwareSettings *settings)
{
        return firmware_configuration_take(firmware, settings);
}

bool firmware_is_missing(const Firmware *firmware)
{
        return firmware->settings.backend && firmware->loaded && !firmware->has_object;
}

void firmware_set_bus(Firmware *firmware, Bus *bus)
{
        firmware_install_forget(firmware);
        firmware->bus = bus;
}

void firmware_start(Firmware *firmware)
{
        firmware_configuration_start(firmware);
}

void firmware_reset(Firmware *firmware)
{
        int r;

        if (firmware_machine_state(&firmware->record.machine) == FIRMWARE_UPDATING)
                return;
        firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_RESET});
        firmware_record_init(&firmware->record);
        r = file_remove(firmware->vault->directory, STATE_FIRMWARE);
        if (r < 0)
                log_event_errno(LOG_WARNING, r, MESSAGE_ID_STORAGE_FAILED, "%s/%s cannot be removed: %m",
                        firmware->vault->directory, STATE_FIRMWARE);
        firmware_source_tell(firmware);
        firmware->handler->changed(firmware->userdata);
}

void firmware_network_changed(Firmware *firmware)
{
        firmware_pull_network_changed(firmware);
}

void firmware_clock_was_set(Firmware *firmware)
{
        firmware_configuration_look_at_window(firmware);
}

void firmware_version_changed(Firmware *firmware)
{
        if (!firmware_updates_version(firmware))
                return;
        (void)firmware_record_write(firmware->vault, &firmware->record);
        firmware->handler->changed(firmware->userdata);
}

bool firmware_wants_reboot(const Firmware *firmware)
{
        return firmware->record.machine.phase == FIRMWARE_PHASE_REBOOTING;
}

int firmware_new(sd_event *event, const Clock *clock, Store *store, const StateVault *vault,
        const FirmwareHandler *handler, void *userdata, Firmware **ret)
{
        _cleanup_(firmware_freep) Firmware *firmware = calloc(1, sizeof(*firmware));
        int r;

        if (!firmware)
                return -ENOMEM;
        firmware->event = event;
        firmware->clock = clock;
        firmware->store = store;
        firmware->vault = vault;
        firmware->handler = handler;
        firmware->userdata = userdata;
        firmware->run = run;
        firmware_record_init(&firmware->record);
        r = timer_new(event, on_timer, firmware, "firmware-window", &firmware->wall_timer);
        if (r >= 0)
                r = timer_new(event, on_timer, firmware, "firmware-reboot", &firmware->boot_timer);
        if (r >= 0)
                r = task_new(event, on_soon, firmware, "firmware", &firmware->task);
        if (r >= 0)
                r = firmware_package_new(firmware);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(firmware);
        return 0;
}

Firmware *firmware_free(Firmware *firmware)
{
        if (!firmware)
                return NULL;
        sd_event_source_disable_unref(firmware->wall_timer);
        sd_event_source_disable_unref(firmware->boot_timer);
        sd_event_source_disable_unref(firmware->task);
        firmware_push_free(firmware);
        firmware_pull_stop(firmware);
        firmware_install_forget(firmware);
        firmware_package_free(firmware);
        (void)resolver_free(firmware->resolver);
        firmware_settings_done(&firmware->settings);
        firmware_settings_done(&firmware->next);
        secret_free_bytes(firmware, sizeof(*firmware)); /* a URI may have a password */
        return NULL;
}
