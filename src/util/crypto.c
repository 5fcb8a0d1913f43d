/* SPDX-License-Identifier: Apache-2.0 */
/* Digest, random bytes and authenticated encryption over OpenSSL. */
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

static int make_digest(const EVP_MD *kind, const void *data, size_t size, uint8_t *ret, size_t ret_size)
{
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        bool good;

        good = EVP_Digest(size > 0 ? data : "", size, digest, &length, kind, NULL) == 1 &&
               length == ret_size;
        if (good)
                memcpy(ret, digest, ret_size);
        return finish(good);
}

int crypto_sha256(const void *data, size_t size, uint8_t ret[SHA256_SIZE])
{
        return make_digest(EVP_sha256(), data, size, ret, SHA256_SIZE);
}

int crypto_sha384(const void *data, size_t size, uint8_t ret[SHA384_SIZE])
{
        return make_digest(EVP_sha384(), data, size, ret, SHA384_SIZE);
}

int crypto_sha512(const void *data, size_t size, uint8_t ret[SHA512_SIZE])
{
        return make_digest(EVP_sha512(), data, size, ret, SHA512_SIZE);
}

int crypto_random(void *ret, size_t size)
{
        return finish(size <= INT_MAX && RAND_bytes(ret, (int)size) == 1);
}

typedef enum Direction {
        DECRYPT,
        ENCRYPT,
} Direction;

static EVP_CIPHER_CTX *begin(Direction direction, const uint8_t *key, const uint8_t *nonce,
        const void *header, size_t header_size)
{
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int length;

        if (context && header_size <= INT_MAX &&
                EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, direction) == 1 &&
                EVP_CipherUpdate(context, NULL, &length, header, (int)header_size) == 1)
                return context;
        EVP_CIPHER_CTX_free(context);
        return NULL;
}

int crypto_seal(const uint8_t key[AES_KEY_SIZE], const uint8_t nonce[AES_NONCE_SIZE], const void *header,
        size_t header_size, const void *data, size_t size, uint8_t *ret)
{
        EVP_CIPHER_CTX *context = begin(ENCRYPT, key, nonce, header, header_size);
        int length = 0;
        bool good;

        good = context && size <= INT_MAX &&
               EVP_CipherUpdate(context, ret, &length, size > 0 ? data : "", (int)size) == 1 &&
               EVP_CipherFinal_ex(context, ret + size, &length) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AES_TAG_SIZE, ret + size) == 1;
        EVP_CIPHER_CTX_free(context);
        return finish(good);
}

int crypto_open(const uint8_t key[AES_KEY_SIZE], const uint8_t nonce[AES_NONCE_SIZE], const void *header,
        size_t header_size, const uint8_t *data, size_t size, uint8_t *ret)
{
        EVP_CIPHER_CTX *context;
        uint8_t tag[AES_TAG_SIZE];
        int length = 0, r = CRYPTO_E_FORGED;
        bool good;

        if (size < AES_TAG_SIZE)
                return CRYPTO_E_FORGED;
        size -= AES_TAG_SIZE;
        memcpy(tag, data + size, AES_TAG_SIZE);
        context = begin(DECRYPT, key, nonce, header, header_size);
        good = context && size <= INT_MAX && EVP_CipherUpdate(context, ret, &length, data, (int)size) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AES_TAG_SIZE, tag) == 1;
        if (good && EVP_CipherFinal_ex(context, tag, &length) == 1)
                r = 0;
        EVP_CIPHER_CTX_free(context);
        return finish(good) < 0 ? -EIO : r;
}

void crypto_forget_errors(void)
{
        ERR_clear_error();
}
