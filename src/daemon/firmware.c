/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 5, Firmware Update: the machine's actions are carried out, in order. */
#include "daemon/firmware.h"

#include "client/error.h"
#include "daemon/firmware_source.h"
#include "daemon/firmware_updates.h"
#include "model/object_firmware.h"
#include "util/log.h"
#include "util/message_ids.h"

/* -- Actions -- */

static int store(const Firmware *firmware)
{
        return firmware_record_write(firmware->vault, &firmware->record);
}

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
}

/* What has to be on the disk before anything else happens. False: it is not, and cannot go on. */
static bool prepare(Firmware *firmware, unsigned actions)
{
        if (actions & FIRMWARE_ACTION_BEGIN)
                firmware_updates_begin(firmware);
        if (actions & FIRMWARE_ACTION_STOP)
                stop(firmware);
        if (actions & FIRMWARE_ACTION_NEW_ID)
                firmware_updates_new_id(firmware->record.id);
        if (actions & FIRMWARE_ACTION_END)
                firmware_updates_end(firmware);
        return !(actions & FIRMWARE_ACTION_STORE) || store(firmware) >= 0;
}

static void tell(Firmware *firmware, FirmwareState before)
{
        firmware_updates_tell(firmware, before);
        firmware_source_tell(firmware);
        firmware->handler->changed(firmware->userdata);
}

#define NOT_YET                                                                                  \
        (FIRMWARE_ACTION_RECEIVE | FIRMWARE_ACTION_FETCH | FIRMWARE_ACTION_VERIFY |              \
                FIRMWARE_ACTION_MAY_REBOOT | FIRMWARE_ACTION_PREPARE | FIRMWARE_ACTION_INSTALL | \
                FIRMWARE_ACTION_RESUME | FIRMWARE_ACTION_REBOOT | FIRMWARE_ACTION_CONFIRM)

static void carry_out(Firmware *firmware, unsigned actions)
{
        if (actions & NOT_YET)
                firmware_do_soon(firmware, (FirmwareEvent){
                                                   .type = FIRMWARE_EVENT_FAILED,
                                                   .result = FIRMWARE_RESULT_FAILED,
                                                   .text = "This build installs nothing.",
                                           });
}

static void run(Firmware *firmware, FirmwareEvent event)
{
        const FirmwareState before = firmware_machine_state(&firmware->record.machine);
        const uint64_t now = clock_realtime(firmware->clock);
        unsigned actions;

        event.opens_at = install_window_opens_at(&firmware->settings.window, now);
        actions = firmware_step(&firmware->record.machine, &event, now, clock_boottime(firmware->clock));
        (void)prepare(firmware, actions);
        arm(firmware);
        if (actions & FIRMWARE_ACTION_TELL)
                tell(firmware, before);
        carry_out(firmware, actions);
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

/* -- The face -- */

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
                .text = m->text[0] ? m->text : firmware_result_sentence(m->result),
                .name = m->name,
                .version = m->version,
                .uri = firmware->shown_uri,
                .received = firmware->record.received,
                .total = firmware->record.total,
                .progress = firmware->progress,
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
        return &((const Firmware *)userdata)->record.history;
}

const FirmwareFace firmware_face = {
        .shown = face_shown,
        .cancel = face_cancel,
        .install = face_install,
        .history = face_history,
};

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

/* Before what was kept is known nothing can be said. */
static int set_object(Firmware *firmware)
{
        if (firmware->settings.backend && firmware->loaded)
                return add_object(firmware);
        remove_object(firmware);
        return 0;
}

int firmware_configure(Firmware *firmware, const FirmwareSettings *settings)
{
        int r;

        firmware->settings = *settings;
        r = set_object(firmware);
        firmware->handler->changed(firmware->userdata);
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
        return set_object(firmware);
}

void firmware_set_bus(Firmware *firmware, Bus *bus)
{
        firmware->bus = bus;
}

void firmware_start(Firmware *firmware)
{
        if (firmware->started || !firmware->has_object)
                return;
        firmware->started = true;
        firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_START});
}

void firmware_reset(Firmware *firmware)
{
        if (firmware_machine_state(&firmware->record.machine) == FIRMWARE_UPDATING)
                return;
        firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_RESET});
        firmware_record_init(&firmware->record);
        (void)store(firmware);
        firmware_source_tell(firmware);
        firmware->handler->changed(firmware->userdata);
}

void firmware_network_changed(Firmware *firmware)
{
}

void firmware_clock_was_set(Firmware *firmware)
{
        firmware_do(firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_TIMER});
}

void firmware_version_changed(Firmware *firmware)
{
        if (!firmware_updates_version(firmware))
                return;
        (void)store(firmware);
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
        secret_free_bytes(firmware, sizeof(*firmware)); /* a URI may have a password */
        return NULL;
}
