/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of `state_encryption`: where the key of the state directory's files comes from, and the key. */
#pragma once

#include "daemon/config_key.h"

/* Fills a StateKey. A key that cannot be read is an error for --check-config (a warning where only the
 * service may read it) and for a reload, unless it is the one in force, which then stays; at a start the
 * StateKey says why, and the daemon waits for it. */
int config_read_state_encryption(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
