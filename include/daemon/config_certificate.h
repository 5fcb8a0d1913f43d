/* SPDX-License-Identifier: Apache-2.0 */
/* Readers for security mode certificate: certificates and keys out of files. */
#pragma once

#include "daemon/config_key.h"

/* Each fills a Secret from a file or a systemd credential, PEM or DER; no message holds any of it. */

/* The client's certificate with its chain, leaf first: DER. */
int config_read_certificate(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* Its private key: DER. */
int config_read_private_key(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* One certificate: DER; or its digest, as bytes or as hexadecimal text. */
int config_read_server_certificate(
        ConfigContext *context, const ConfigKey *key, const YamlNode *value, void *field);

/* Once an account's keys are read: its server certificate becomes what the Matching Type asks for, or an
 * error says why it cannot. node: the account's. 0 (whatever was recorded) or a negative errno. */
int config_match_server_certificate(ConfigContext *context, const YamlNode *node, Credential *credential);

/* The value, file or credential, of one of an account's keys ("certificate", "private_key",
 * "server_certificate"), or NULL where there is neither. */
const YamlNode *config_certificate_place(const YamlNode *account, const char *stem);
