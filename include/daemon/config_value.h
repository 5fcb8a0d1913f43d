/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for the values of keys: one per type. minimum and maximum of the key are in the unit named here.
 */
#pragma once

#include "daemon/config_key.h"

/* uint64_t, microseconds: "30", "0.5", "500ms", "1h". */
int config_read_duration(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* int64_t, whole seconds, written as a duration: the Resource that it becomes is an Integer. */
int config_read_seconds(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* uint64_t, a decimal number. */
int config_read_count(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* uint16_t, a decimal number. */
int config_read_id(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* uint64_t, bytes: "1024", "64KiB". */
int config_read_size(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* uint64_t, bytes, a power of two. */
int config_read_block_size(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* double, a decimal fraction. */
int config_read_fraction(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* double, 0.0..1.0, written as "20%" or "0". */
int config_read_percentage(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* bool, "true" or "false". */
int config_read_boolean(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* An enum of the size of int, by the key's words. */
int config_read_word(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* char *, owned by the field: printable UTF-8 of minimum..maximum bytes. */
int config_read_text(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* char *, owned by the field: a LwM2M Server URI. */
int config_read_uri(ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* The scalar's text, or NULL with an error recorded when the value is a sequence or mapping. */
const char *config_scalar(ConfigContext *context, const ConfigKey *key, const YamlNode *value);

/* Whether the value is a list of entries, each on lines of its own; an error is recorded where it is not. */
bool config_is_list(ConfigContext *context, const ConfigKey *key, const YamlNode *value);

/* Replaces the field of a text by a copy. 0 or -ENOMEM, then it is as before. */
int config_set_text(char **field, const char *text);
