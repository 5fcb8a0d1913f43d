/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for what a DTLS session asks of the server beside keys. */
#pragma once

#include "daemon/config_key.h"

/* char *, owned by the field: a name for Server Name Indication (RFC 6066, 3). */
int config_read_server_name(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* The suites of a Credential: a list of IANA's names and numbers. */
int config_read_cipher_suites(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* char *, owned by the field: a place for trust_store_open(). */
int config_read_trust_store(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);
