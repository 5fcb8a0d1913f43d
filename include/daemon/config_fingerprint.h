/* SPDX-License-Identifier: Apache-2.0 */
/* What tells accounts of one configuration from those of another. */
#pragma once

#include "daemon/config.h"
#include "util/crypto.h"

/* Digests of what decides whether stored accounts are still those of this file (design.md section 6): the
 * values as resolved, key files and credentials included. */
typedef struct ConfigFingerprint {
        uint8_t bootstrap_server[SHA256_SIZE]; /* changed: replaces only the stored Bootstrap-Server Account
                                                */
        uint8_t servers[SHA256_SIZE];          /* servers and endpoint; changed: as after Reset */
        /* The same without the credentials (identity, key, certificates): where these are equal, only a
         * credential has been renewed. */
        uint8_t bare_bootstrap_server[SHA256_SIZE];
        uint8_t bare_servers[SHA256_SIZE];
} ConfigFingerprint;

/* 0, -ENOMEM or -EIO. */
int config_fingerprint(const Config *config, ConfigFingerprint *ret);
