/* SPDX-License-Identifier: Apache-2.0 */
/* What Firmware Update has to do with the rest of the daemon. */
#pragma once

#include "daemon/manager_inside.h"

/* Behind client and Device. locked: manager_firmware_load() follows. 0 or negative errno. */
int manager_firmware_new(Manager *manager, bool locked);

/* The state directory can be read by now. */
void manager_firmware_load(Manager *manager);

/* What a configuration says of it is in force. Borrows it until the next call has returned. */
void manager_firmware_configure(Manager *manager, const Config *config);
