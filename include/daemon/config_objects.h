/* SPDX-License-Identifier: Apache-2.0 */
/* `objects:`, Object Instances that live as long as the configuration names them, checked by their
 * definitions. */
#pragma once

#include "daemon/config_key.h"

/* A reader of the list; field: Config's objects. Of the configuration accepted last what is wrong by now is
 * left out, with a warning: the definition of an Object that is gone keeps no device offline. */
int config_read_objects(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* Records an error for each Object that the daemon serves itself as the other keys have it. root: may be
 * NULL. */
void config_check_objects(ConfigContext *context, const YamlNode *root, const Config *config);

/* Frees what an Object Instance owns. */
void config_object_done(ConfigObject *object);
