/* SPDX-License-Identifier: Apache-2.0 */
/* What a key's value names: the bytes of a file, or of a systemd credential. */
#pragma once

#include "daemon/config_key.h"

/* Who may see a file. */
typedef enum ConfigSecrecy {
        CONFIG_PUBLIC, /* a certificate, unless a private key stands beside it */
        CONFIG_SECRET,
} ConfigSecrecy;

/* Reads at most maximum bytes from where key->source says, once. noun: "the key file", for a warning about
 * its mode. 0 with the content, never empty, in *ret; 1 with what is wrong recorded, or left to
 * config_kept_settle(); or a negative errno. */
int config_source_read(ConfigContext *context, const ConfigKey *key, const YamlNode *value, size_t maximum,
        ConfigSecrecy secrecy, const char *noun, Secret *ret);
