/* SPDX-License-Identifier: Apache-2.0 */
/* LwM2M Object 5, Firmware Update (Core TS, Appendix E.6): what client/firmware_machine decides is carried
 * out here, by parts that know nothing of each other (design.md 14). */
#pragma once

#include "bus/bus.h"
#include "daemon/firmware_settings.h"
#include "daemon/state_vault.h"

/* Without settings and back end. All are borrowed. 0 or negative errno. */
int firmware_new(sd_event *event, const Clock *clock, Store *store, const StateVault *vault,
        const FirmwareHandler *handler, void *userdata, Firmware **ret);
/* Behind the client, whose connections may be in the middle of a push. */
Firmware *firmware_free(Firmware *firmware);
DEFINE_CLEANUP(Firmware *, firmware_free)

/* Takes over what was kept, once the state directory can be read; as firmware_configure(). */
int firmware_load(Firmware *firmware);

/* What the configuration says from now on; an installation under way goes on by the back end of before.
 * -EEXIST: another program publishes an Object 5, which firmware_configure() looks for anew. 0 or negative
 * errno. */
int firmware_configure(Firmware *firmware, const FirmwareSettings *settings);

/* Whether the configuration names a back end whose Object is not there. */
bool firmware_is_missing(const Firmware *firmware);

/* Where back end and logind are; NULL: nowhere. Borrowed until the next one. */
void firmware_set_bus(Firmware *firmware, Bus *bus);

/* What was under way at the end of the last run goes on, an installation by the back end that has begun it.
 * Behind the others, once. */
void firmware_start(Firmware *firmware);

/* Everything is to be as it was at first, an installation under way excepted (design.md 14.1). */
void firmware_reset(Firmware *firmware);

/* CLOCK_REALTIME or the time zone was set. */
void firmware_clock_was_set(Firmware *firmware);

/* The network has changed: a download that waits for its next attempt does not. */
void firmware_network_changed(Firmware *firmware);

/* /3/0/3 was read anew. */
void firmware_version_changed(Firmware *firmware);

/* Whether it waits for the machine to be rebooted. */
bool firmware_wants_reboot(const Firmware *firmware);
