/* SPDX-License-Identifier: Apache-2.0 */
/* The values of an entry of `objects:`: constants and files, of the type and range of their Resource. */
#pragma once

#include "daemon/config_key.h"
#include "model/definition.h"

/* Reads a mapping from Resource ID to value into object, whose own IDs are set. 0 (whatever was recorded) or
 * -ENOMEM. */
int config_read_object_values(
        ConfigContext *context, const YamlNode *node, const ObjectDef *def, ConfigObject *object);

/* Whether a Resource has a value. */
bool config_object_has(const ConfigObject *object, uint16_t resource);
