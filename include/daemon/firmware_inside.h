/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of Firmware Update: what daemon/firmware*.c share. */
#pragma once

#include "bus/bus.h"
#include "client/timer.h"
#include "daemon/firmware_record.h"
#include "daemon/firmware_settings.h"
#include "model/store.h"

struct Firmware {
        sd_event *event; /* borrowed, as what follows */
        const Clock *clock;
        Store *store;
        const StateVault *vault;
        const FirmwareHandler *handler;
        void *userdata;
        Bus *bus;
        FirmwareSettings settings, next_settings;
        bool settings_wait; /* next_settings count once no installation is under way */
        bool loaded, started, has_object;
        FirmwareRecord record;
        unsigned progress; /* of the installation, percent */
        bool version_due;  /* the newest update's version afterwards is not known yet */
        sd_event_source *wall_timer, *boot_timer; /* the machine's deadlines */
        sd_event_source *task;                    /* soon is to be done */
        FirmwareEvent soon;                       /* its texts are static */
        bool soon_due;
        void (*run)(Firmware *firmware, FirmwareEvent event);
        FirmwareShown shown; /* as of the last question */
        char shown_uri[FIRMWARE_URI_SIZE];
};

/* One step of the machine, and what follows from it. The window is filled in. */
static inline void firmware_do(Firmware *firmware, FirmwareEvent event)
{
        firmware->run(firmware, event);
}

/* The same from the loop, unless what is under way is stopped before. Its texts are static. */
static inline void firmware_do_soon(Firmware *firmware, FirmwareEvent event)
{
        firmware->soon = event;
        firmware->soon_due = true;
        task_set(firmware->task, true);
}
