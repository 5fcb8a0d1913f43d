/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates and keys say, and whether it goes together: what would fail in the handshake is told
 * with line and column before. */
#pragma once

#include "daemon/config.h"
#include "daemon/config_key.h"

/* One account of security mode certificate, its server certificate not yet made a digest. An error: the key
 * is not the certificate's. Warnings: what the peer may refuse, or not before a date. node: the account's. 0
 * (whatever was recorded) or -ENOMEM. */
int config_check_certificates(ConfigContext *context, const YamlNode *node, const Credential *credential);

/* The suites of an account of any mode: warnings for those that the mode has no use for, an error where none
 * is left. */
void config_check_suites(ConfigContext *context, const YamlNode *node, const Credential *credential);

/* The whole, its endpoint known: warnings where a certificate's common name is another one. */
int config_check_names(ConfigContext *context, const YamlNode *root, const Config *config);
