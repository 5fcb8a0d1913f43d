/* SPDX-License-Identifier: Apache-2.0 */
/* A text of `device:` with {file:/path} in it, which is read while the daemon runs (daemon/device_texts). */
#pragma once

#include "daemon/config_key.h"

/* char *, owned by the field: printable UTF-8, as daemon/template takes it apart, with paths as
 * the daemon opens them;
 * minimum..maximum bytes beside these. */
int config_read_template(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
