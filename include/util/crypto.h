/* SPDX-License-Identifier: Apache-2.0 */
/* Digest, random bytes and authenticated encryption; beside util/certificate and util/certificate_facts the
 * only user of OpenSSL outside src/coap. Clears OpenSSL's error queue itself. */
#pragma once

#include "util/macro.h"

#define SHA256_SIZE 32
#define SHA384_SIZE 48
#define SHA512_SIZE 64

/* 0, or -EIO when OpenSSL fails. */
int crypto_sha256(const void *data, size_t size, uint8_t ret[SHA256_SIZE]);
int crypto_sha384(const void *data, size_t size, uint8_t ret[SHA384_SIZE]);
int crypto_sha512(const void *data, size_t size, uint8_t ret[SHA512_SIZE]);
int crypto_random(void *ret, size_t size);

/* AES-256-GCM (NIST SP 800-38D) */
#define AES_KEY_SIZE   32
#define AES_NONCE_SIZE 12
#define AES_TAG_SIZE   16

#define CRYPTO_E_FORGED 1 /* another key, or not a byte-exact copy of what was sealed */

/* Encrypts size bytes, at most 2^31 - 1, and authenticates them together with header, which stays clear.
 * nonce: never used before with this key. ret: room for size + AES_TAG_SIZE. 0, or -EIO when OpenSSL fails.
 */
int crypto_seal(const uint8_t key[AES_KEY_SIZE], const uint8_t nonce[AES_NONCE_SIZE], const void *header,
        size_t header_size, const void *data, size_t size, uint8_t *ret);

/* The inverse, of size bytes with the tag at their end. ret: room for size - AES_TAG_SIZE, without meaning
 * unless 0 is returned. 0, CRYPTO_E_FORGED (also when size is smaller than a tag), or -EIO. */
int crypto_open(const uint8_t key[AES_KEY_SIZE], const uint8_t nonce[AES_NONCE_SIZE], const void *header,
        size_t header_size, const uint8_t *data, size_t size, uint8_t *ret);

/* What a library of ours has left in OpenSSL's queue of errors would end a DTLS session of another one. */
void crypto_forget_errors(void);
