/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that join several keys. What is absent or out of range on its own was reported by the readers. */
#pragma once

#include "daemon/config.h"
#include "daemon/config_key.h"

/* One account: what is missing, what excludes what, whether the URI's scheme fits the mode. node: a mapping.
 * name: its own for messages. */
void config_check_account(
        ConfigContext *context, const YamlNode *node, const char *name, const ConfigAccount *account);

/* The keys of its credential alone. mode: _SECURITY_MODE_MAX, none that is one. */
void config_check_credential(
        ConfigContext *context, const YamlNode *node, const char *name, SecurityMode mode);

/* The whole: an account there, Short Server IDs unique, delays in order, nothing that LwM2M 1.0 lacks. root:
 * NULL for an empty file. */
void config_check(ConfigContext *context, const YamlNode *root, const Config *config);
