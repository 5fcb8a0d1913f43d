/* SPDX-License-Identifier: Apache-2.0 */
/* `metrics_file`. */
#pragma once

#include "daemon/config_key.h"

/* char *, owned by the field: the path of a file, which need not be there. */
int config_read_metrics_file(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
