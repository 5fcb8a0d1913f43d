/* SPDX-License-Identifier: Apache-2.0 */
/* What client, Device and Firmware Update take out of the configuration; the accounts aside, which are
 * factory_accounts.h's.
 */
#pragma once

#include "daemon/config_fingerprint.h"
#include "daemon/device.h"
#include "daemon/firmware.h"

CoapSettings settings_for_coap(const Config *config);

/* All borrow from the configuration. */
ClientSettings settings_for_client(const Config *config);
DeviceSettings settings_for_device(const Config *config);
FirmwareSettings settings_for_firmware(const Config *config);

/* What a Reload from the old to the new configuration changes: flags of ClientReload. */
unsigned settings_changes(const Config *old, const ConfigFingerprint *old_fingerprint, const Config *new,
        const ConfigFingerprint *new_fingerprint);
