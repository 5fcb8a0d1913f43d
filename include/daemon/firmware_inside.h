/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of Firmware Update: what daemon/firmware*.c share. */
#pragma once

#include "bus/firmware_backend.h"
#include "client/timer.h"
#include "codec/package_stream.h"
#include "daemon/firmware_download.h"
#include "daemon/firmware_record.h"
#include "daemon/firmware_settings.h"
#include "daemon/package_file.h"
#include "model/store.h"

typedef struct FirmwarePush FirmwarePush;
typedef struct PackageFeeder PackageFeeder;

struct Firmware {
        sd_event *event; /* borrowed, as what follows */
        const Clock *clock;
        Store *store;
        const StateVault *vault;
        const FirmwareHandler *handler;
        void *userdata;
        Bus *bus;
        FirmwareSettings settings, next; /* in force; owned: firmware_settings_copy() */
        bool has_next;                   /* they count once no installation is under way */
        bool loaded, may_start, started, has_object;
        FirmwareRecord record;
        sd_event_source *wall_timer, *boot_timer; /* the machine's deadlines */
        /* One event that comes from the loop, with static texts */
        sd_event_source *task;
        FirmwareEvent soon;
        bool soon_due;
        void (*run)(Firmware *firmware, FirmwareEvent event);

        /* firmware_package */
        PackageFile *package;
        const PackageFeeder *feeder; /* NULL: nobody brings one */
        void *feeder_userdata;
        uint64_t bytes; /* that have come, of which record.received survive a power cut */
        bool is_nul;    /* its first byte is NUL */
        bool bytes_due;
        sd_event_source *bytes_timer;

        /* firmware_push, firmware_pull */
        FirmwarePush *push; /* that counts; NULL: none */
        FirmwarePush
                *pushes; /* all that the connections have not ended yet, or nobody has followed; owned */
        FirmwareDownload *download;
        Resolver *resolver;
        bool pull_starts;                    /* once the file has begun */
        char pull_waits[FIRMWARE_TEXT_SIZE]; /* why for another attempt, a sentence; "": it does not */

        /* firmware_install */
        FirmwareBackend *backend; /* NULL: not asked yet */
        unsigned progress;        /* of the installation, percent */

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

/* What is under way has failed; text is static. */
static inline void firmware_fail_soon(Firmware *firmware, FirmwareResult result, const char *text)
{
        firmware_do_soon(
                firmware, (FirmwareEvent){.type = FIRMWARE_EVENT_FAILED, .result = result, .text = text});
}
