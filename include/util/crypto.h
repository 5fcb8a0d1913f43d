/* SPDX-License-Identifier: Apache-2.0 */
/* Digest and random bytes; the only user of OpenSSL outside src/coap. Clears OpenSSL's error queue itself.
 */
#pragma once

#include "util/macro.h"

#define SHA256_SIZE 32

/* 0, or -EIO when OpenSSL fails. */
int crypto_sha256(const void *data, size_t size, uint8_t ret[SHA256_SIZE]);
int crypto_random(void *ret, size_t size);
