/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for what proves who we are: PSK identity and key, from the file itself, key files and credentials.
 */
#pragma once

#include "daemon/config_key.h"

#define CONFIG_KEY_FILE_MAX 4096 /* bytes; 64 bytes of key as hexadecimal text with much white space */

/* Each fills a Secret. No message holds any of it. */
int config_read_identity(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
int config_read_identity_hex(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
int config_read_key_hex(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
int config_read_key_base64(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* A file or systemd credential of hexadecimal text, white space ignored. */
int config_read_key_source(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
