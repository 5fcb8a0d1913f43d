/* SPDX-License-Identifier: Apache-2.0 */
/* What a key's value names: the bytes of a file, or of a systemd credential. */
#pragma once

#include "daemon/config_key.h"

/* Who may see a file. */
typedef enum ConfigSecrecy {
        CONFIG_PUBLIC, /* a certificate, unless a private key stands beside it */
        CONFIG_SECRET,
} ConfigSecrecy;

/* "file" or "credential", for sentences about what a key's value names. */
const char *config_source_noun(const ConfigKey *key);

/* Whether a name can be a credential's; an error is recorded where it is a path. */
bool config_source_check_name(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, const char *name);

/* Whether a credential is out of reach because this is --check-config in an operator's shell; a warning is
 * recorded then. */
bool config_source_outside_service(ConfigContext *context, const ConfigKey *key, const YamlNode *value);

/* Reads at most maximum bytes from where key->source says, once. noun: "the key file", for a warning about
 * its mode. 0 with the content, never empty, in *ret; 1 with what is wrong recorded, or left to
 * config_kept_settle(); or a negative errno. */
int config_source_read(ConfigContext *context, const ConfigKey *key, const YamlNode *value, size_t maximum,
        ConfigSecrecy secrecy, const char *noun, Secret *ret);
