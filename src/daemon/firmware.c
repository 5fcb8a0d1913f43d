/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 5, Firmware Update: the machine's actions are carried out, in order. */
#include "daemon/firmware.h"

#include <stdio.h>

#include "daemon/firmware_install.h"
#include "daemon/firmware_package.h"
#include "daemon/firmware_pull.h"
#include "daemon/firmware_push.h"
#include "daemon/firmware_source.h"
#include "daemon/firmware_updates.h"
#include "daemon/state_directory.h"
#include "model/object_firmware.h"
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

static void use_next(Firmware *firmware);

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
        use_next(firmware);
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

/* The clock or the window is another one. */
static void look_at_clock(Firmware *firmware)
{
        if (firmware->started)
                firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_TIMER});
}

/* -- Configuration -- */

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

static const FirmwareEvent without_backend = {
        .type = FIRMWARE_EVENT_CANCEL,
        .text = "The configuration names no back end any more.",
};

/* What another back end has verified is verified again; what none could install goes. */
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
        firmware->started = true;
        if (other && phase >= FIRMWARE_PHASE_READY && phase <= FIRMWARE_PHASE_PREPARING)
                event = (FirmwareEvent){.type = FIRMWARE_EVENT_BACKEND};
        firmware_do(firmware, event);
}

/* Before what was kept is known nothing can be said. */
static int set_object(Firmware *firmware)
{
        if (firmware->settings.backend && firmware->loaded)
                return add_object(firmware);
        remove_object(firmware);
        return 0;
}

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
        look_at_clock(firmware); /* another window */
        r = set_object(firmware);
        firmware->handler->changed(firmware->userdata);
        return r;
}

/* An installation has ended, behind which a reload has waited. */
static void use_next(Firmware *firmware)
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

int firmware_configure(Firmware *firmware, const FirmwareSettings *settings)
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

bool firmware_is_missing(const Firmware *firmware)
{
        return firmware->settings.backend && firmware->loaded && !firmware->has_object;
}

/* -- Life -- */

int firmware_load(Firmware *firmware)
{
        if (firmware->loaded)
                return 0;
        firmware->loaded = true;
        firmware_record_read(firmware->vault, &firmware->record);
        firmware->bytes = firmware->record.received;
        return set_object(firmware);
}

void firmware_set_bus(Firmware *firmware, Bus *bus)
{
        firmware_install_forget(firmware);
        firmware->bus = bus;
}

void firmware_start(Firmware *firmware)
{
        firmware->may_start = true;
        firmware_install_look_for_backend(firmware);
        start_if_due(firmware);
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
        look_at_clock(firmware);
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
