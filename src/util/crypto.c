/* SPDX-License-Identifier: Apache-2.0 */
/* Digest and random bytes over OpenSSL. */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "util/crypto.h"

/* An error left in the thread's queue would be taken for one of libcoap's own handshake. */
static int finish(bool good)
{
        ERR_clear_error();
        return good ? 0 : -EIO;
}

int crypto_sha256(const void *data, size_t size, uint8_t ret[SHA256_SIZE])
{
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        bool good;

        good = EVP_Digest(size > 0 ? data : "", size, digest, &length, EVP_sha256(), NULL) == 1 &&
               length == SHA256_SIZE;
        if (good)
                memcpy(ret, digest, SHA256_SIZE);
        return finish(good);
}

int crypto_random(void *ret, size_t size)
{
        return finish(size <= INT_MAX && RAND_bytes(ret, (int)size) == 1);
}
