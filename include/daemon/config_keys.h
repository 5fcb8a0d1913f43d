/* SPDX-License-Identifier: Apache-2.0 */
/* Every key of the configuration file in static tables (interface.md section 2). */
#pragma once

#include "daemon/config.h"
#include "daemon/config_key.h"

/* Sets the defaults of every key that has a fixed one. */
void config_set_defaults(Config *config);

/* Reads every key that the tree holds, records what is wrong, checks each account on its own. 0 (whatever
 * was recorded) or a negative errno. */
int config_read_keys(ConfigContext *context, const YamlNode *root, Config *config);
