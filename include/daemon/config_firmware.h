/* SPDX-License-Identifier: Apache-2.0 */
/* `firmware_update`. */
#pragma once

#include "daemon/config_key.h"

#define CONFIG_FIRMWARE_SIZE_DEFAULT (1024ULL * 1024 * 1024)        /* interface.md section 7 */
#define CONFIG_FIRMWARE_SIZE_MIN     (1024ULL * 1024)               /* below it nothing can be installed */
#define CONFIG_FIRMWARE_SIZE_MAX     (1024ULL * 1024 * 1024 * 1024) /* no gateway has room for it */

/* Reader of the key, into a ConfigFirmware. */
int config_read_firmware_update(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
