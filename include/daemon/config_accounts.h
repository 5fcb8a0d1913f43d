/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for the accounts of the configuration: bootstrap.server and servers. */
#pragma once

#include "daemon/config_key.h"

/* The Bootstrap-Server Account, into the ConfigBootstrap of a Config: an account whose keys are all empty is
 * none. */
int config_read_bootstrap_server(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* firmware_update.credentials, into the ConfigFirmware that the field is of: the keys of an account from
 * security_mode on. Without that, by its other keys, psk or certificate. */
int config_read_repository(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* The list of LwM2M Server accounts, into Config.servers: LIMIT_SERVER_ACCOUNTS at most. */
int config_read_servers(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
