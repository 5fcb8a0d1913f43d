/* SPDX-License-Identifier: Apache-2.0 */
/* What client and Device take out of the configuration; the accounts aside, which are factory_accounts.h's.
 */
#pragma once

#include "daemon/config.h"
#include "daemon/device.h"

CoapSettings settings_for_coap(const Config *config);

/* Both borrow from the configuration. */
ClientSettings settings_for_client(const Config *config);
DeviceStrings settings_for_device(const Config *config);

/* True when two configurations give the Device the same strings. */
bool settings_same_device(const Config *config, const Config *other);
