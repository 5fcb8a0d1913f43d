/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 3, Device (Core TS, Appendix E.4): strings of the configuration, the machine's live values,
 * and what a server may do to the machine where the configuration names a back end for it. */
#pragma once

#include "daemon/device_power.h"
#include "daemon/device_reboot.h"
#include "daemon/device_texts.h"
#include "daemon/device_time.h"

/* The back ends: false, none. */
typedef struct DeviceSettings {
        DeviceStrings strings; /* borrowed for the call of device_configure() */
        bool logind;           /* Reboot, /3/0/4 */
        bool accounts;         /* Factory Reset, /3/0/5 */
        bool timedated;        /* Write of /3/0/13 to /3/0/15 */
        bool sysfs;            /* /3/0/6 to /3/0/9 and /3/0/20 */
        bool queue_mode;       /* of /3/0/16 */
} DeviceSettings;

/* The source's userdata. */
typedef struct Device {
        const Clock *clock; /* borrowed */
        sd_event *event;    /* borrowed */
        DeviceSettings settings;
        DeviceTexts texts;
        DeviceReboot reboot;
        DeviceTime time;
        DevicePower power;
} Device;

/* What comes of what the Device was asked for. */
typedef struct DeviceHandler {
        void (*not_rebooted)(void *userdata); /* device_reboot_now() has come to nothing */
        void (*reread)(void *userdata);       /* device_texts_reread() has been done; NULL: nobody asks */
} DeviceHandler;

/* Makes the Device, without back ends at first. event, clock, store, reader (NULL: no file is read) and
 * handler are borrowed. 0 or negative errno. */
int device_init(Device *device, sd_event *event, const Clock *clock, Store *store, FileReader *reader,
        const DeviceHandler *handler, void *userdata);
void device_done(Device *device);

/* What the configuration says from now on; files in its strings are read anew. */
void device_configure(Device *device, const DeviceSettings *settings);

/* Where logind and timedated are; NULL: nowhere. Borrowed until the next one. */
void device_set_bus(Device *device, Bus *bus);

/* Has a warning written for each of the two that the configuration names and the bus does not know; without
 * a bus nothing. device_configure() does it for one that it turns on. */
void device_look_for_services(const Device *device);

/* What is without a back end is 4.05. */
extern const Source device_source;
