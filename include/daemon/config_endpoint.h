/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint Client Name with its templates: {machine-id}, {hostname}, {file:/path}; {{ is a brace. */
#pragma once

#include "daemon/config_key.h"

#define CONFIG_ENDPOINT_DEFAULT "urn:uuid:{machine-id}"

/* Fills the templates in. value: the key's, or NULL for the default. *ret is the
 * caller's; 1..LIMIT_ENDPOINT_SIZE bytes of printable UTF-8. 0, 1 with an error recorded at the value (or
 * 1:1), or a negative errno when we are broken. */
int config_endpoint_resolve(ConfigContext *context, const YamlNode *value, char **ret);
