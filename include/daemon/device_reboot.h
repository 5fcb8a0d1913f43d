/* SPDX-License-Identifier: Apache-2.0 */
/* Reboot, /3/0/4, by logind (design.md 10.10): asked first whether it may, told when the client has taken
 * its leave of every server. So is one that an installation of firmware needs (design.md 14.4). */
#pragma once

#include <systemd/sd-event.h>

#include "bus/bus.h"
#include "daemon/device_refusal.h"
#include "model/store.h"
#include "util/clock.h"

/* logind has agreed, and nothing has come of it: the device must not stay away for good. Services that stop
 * before this one may take their TimeoutStopSec=, 90 s. */
#define REBOOT_PATIENCE_USEC (180 * USEC_PER_SEC)

typedef struct DeviceReboot {
        const Clock *clock; /* borrowed, as what follows */
        Store *store;
        Bus *bus; /* NULL: there is none */
        void (*failed)(void *userdata);
        void *userdata;
        uint64_t call; /* that waits for logind's word; 0: none */
        uint16_t requester;
        DeviceRefusal refused;
        bool for_firmware; /* the one under way */
        sd_event_source *patience;
} DeviceReboot;

/* failed: what device_reboot_now() has begun comes to nothing, which was logged. 0 or negative errno. */
int device_reboot_init(DeviceReboot *reboot, sd_event *event, const Clock *clock, Store *store,
        void (*failed)(void *userdata), void *userdata);
void device_reboot_done(DeviceReboot *reboot);

/* Execute. As Source.execute: SOURCE_LATER and, when logind agrees, EFFECT_REBOOT; 4.05 where it
 * cannot, 5.00 where it refuses or is not there, 5.03 where it is being asked already. */
int device_reboot_execute(DeviceReboot *reboot, SourceCall *call);

/* Has logind reboot the machine: as a server has asked for, or for_firmware, as an installation needs. */
void device_reboot_now(DeviceReboot *reboot, bool for_firmware);
