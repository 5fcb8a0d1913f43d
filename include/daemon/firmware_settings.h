/* SPDX-License-Identifier: Apache-2.0 */
/* What Firmware Update is told by the configuration, and whom it tells. */
#pragma once

#include "client/firmware.h"
#include "coap/settings.h"
#include "daemon/install_window.h"
#include "lwm2m/credential.h"

typedef struct Firmware Firmware;

/* What the configuration says. */
typedef struct FirmwareSettings {
        const char *backend;          /* "rauc" or a bus name; NULL: none, and no Object 5 */
        uint64_t max_size;            /* bytes of a package */
        const Credential *repository; /* NULL: none */
        const char *trust_store;
        CoapSettings coap;
        InstallWindow window;
        bool logind; /* device.reboot */
} FirmwareSettings;

/* All are called from the loop, or from inside what a server or an operator asks for; none may free it. */
typedef struct FirmwareHandler {
        /* What the face shows is another thing. */
        void (*changed)(void *userdata);
        /* The machine is to be rebooted once every server has been De-registered from. */
        void (*reboot)(void *userdata);
        /* /3/0/3; "": there is none. Borrowed for the call. */
        const char *(*version)(void *userdata);
        /* Device's strings are to be read anew; firmware_version_changed() tells that they have been. */
        void (*reread)(void *userdata);
} FirmwareHandler;

/* Copies all of it; the old content is freed. 0 or -ENOMEM (as it was). */
int firmware_settings_copy(FirmwareSettings *settings, const FirmwareSettings *from);
void firmware_settings_done(FirmwareSettings *settings);
