/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "dtls_records.h"

#define HEADER            13 /* RFC 6347 4.1: type 1, version 2, epoch 2, number 6, length 2 */
#define HANDSHAKE_HEADER  12 /* 4.2.2: type 1, length 3, sequence 2, offset 3, length of the fragment 3 */
#define CONTENT_ALERT     21
#define CONTENT_HANDSHAKE 22
#define CLIENT_HELLO      1
#define HELLO_FIXED       34 /* version and random */
#define NUMBER_SIZE       8  /* epoch and number */
#define SALT_SIZE         4  /* RFC 5288 3, RFC 6655 3 */
#define KEY_MAX           32
#define TAG_MAX           16

bool record_is_client_hello(const unsigned char *data, size_t size)
{
        return size > HEADER && data[0] == CONTENT_HANDSHAKE && data[HEADER] == CLIENT_HELLO;
}

void record_print_client_hello(FILE *stream, const unsigned char *data, size_t size)
{
        size_t at = HEADER + HANDSHAKE_HEADER + HELLO_FIXED;
        bool session = at < size && data[at] > 0;

        at += at < size ? 1 + (size_t)data[at] : 0;

        bool cookie = at < size && data[at] > 0;

        at += at < size ? 1 + (size_t)data[at] : 0;

        size_t end = at + 2 <= size ? at + 2 + ((size_t)data[at] << 8 | data[at + 1]) : size + 1;

        if (end > size)
                fprintf(stream, "?");
        for (size_t i = at + 2; i + 2 <= end && end <= size; i += 2)
                fprintf(stream, "%s%02x%02x", i > at + 2 ? "," : "", data[i], data[i + 1]);
        fprintf(stream, " %s %s", cookie ? "cookie" : "-", session ? "session" : "-");
}

size_t record_plain_alert(int level, int code, unsigned char *ret)
{
        static unsigned char number;
        /* far from the numbers of OpenSSL's records, and each another */
        const unsigned char record[] = {CONTENT_ALERT, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 1, number++, 0, 2,
                (unsigned char)level, (unsigned char)code};

        memcpy(ret, record, sizeof record);
        return sizeof record;
}

/* The server's key and salt (RFC 5246 6.3); both keys come before both salts. */
static bool derive(SSL *ssl, const EVP_CIPHER *cipher, unsigned char *ret_key, unsigned char *ret_salt)
{
        unsigned char secret[SSL_MAX_MASTER_KEY_LENGTH], block[2 * (KEY_MAX + SALT_SIZE)];
        unsigned char seed[2 * SSL3_RANDOM_SIZE];
        size_t key_size = (size_t)EVP_CIPHER_get_key_length(cipher);
        size_t secret_size = SSL_SESSION_get_master_key(SSL_get_session(ssl), secret, sizeof secret);
        const EVP_MD *digest = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl));

        SSL_get_server_random(ssl, seed, SSL3_RANDOM_SIZE);
        SSL_get_client_random(ssl, seed + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);

        OSSL_PARAM parameters[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)EVP_MD_get0_name(digest), 0),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret, secret_size),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (char *)"key expansion", 13),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof seed),
                OSSL_PARAM_construct_end(),
        };
        EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
        EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
        bool done = EVP_KDF_derive(context, block, 2 * (key_size + SALT_SIZE), parameters) == 1;

        memcpy(ret_key, block + key_size, key_size);
        memcpy(ret_salt, block + 2 * key_size + SALT_SIZE, SALT_SIZE);
        EVP_KDF_CTX_free(context);
        EVP_KDF_free(kdf);
        return done;
}

/* The alert's two bytes, encrypted, and the tag behind them (RFC 5246 6.2.3.3). */
static bool seal(const EVP_CIPHER *cipher, const unsigned char *key, const unsigned char *nonce,
        int tag_size, const unsigned char *header, const unsigned char alert[2], unsigned char *ret)
{
        unsigned char aad[HEADER];
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int length;

        memcpy(aad, header + 3, NUMBER_SIZE);
        memcpy(aad + NUMBER_SIZE, header, 3);
        aad[HEADER - 2] = 0;
        aad[HEADER - 1] = 2;

        bool is_ccm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;
        bool done =
                EVP_EncryptInit_ex(context, cipher, NULL, NULL, NULL) == 1 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, SALT_SIZE + NUMBER_SIZE, NULL) == 1 &&
                (!is_ccm || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, NULL) == 1) &&
                EVP_EncryptInit_ex(context, NULL, NULL, key, nonce) == 1 &&
                (!is_ccm || EVP_EncryptUpdate(context, NULL, &length, NULL, 2) == 1) &&
                EVP_EncryptUpdate(context, NULL, &length, aad, sizeof aad) == 1 &&
                EVP_EncryptUpdate(context, ret, &length, alert, 2) == 1 &&
                (is_ccm || EVP_EncryptFinal_ex(context, ret + 2, &length) == 1) &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size, ret + 2) == 1;

        EVP_CIPHER_CTX_free(context);
        return done;
}

size_t record_sealed_alert(SSL *ssl, const unsigned char *replaced, int level, int code, unsigned char *ret)
{
        const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
        const EVP_CIPHER *cipher = EVP_get_cipherbynid(SSL_CIPHER_get_cipher_nid(suite));
        int mode = cipher ? EVP_CIPHER_get_mode(cipher) : 0;
        int tag_size = strstr(SSL_CIPHER_get_name(suite), "CCM8") ? 8 : TAG_MAX;
        unsigned char key[KEY_MAX], nonce[SALT_SIZE + NUMBER_SIZE];
        const unsigned char alert[] = {(unsigned char)level, (unsigned char)code};

        if ((mode != EVP_CIPH_GCM_MODE && mode != EVP_CIPH_CCM_MODE) || !derive(ssl, cipher, key, nonce))
                return 0;

        memcpy(ret, replaced, HEADER);
        ret[0] = CONTENT_ALERT;
        ret[HEADER - 2] = 0;
        ret[HEADER - 1] = (unsigned char)(NUMBER_SIZE + sizeof alert + (size_t)tag_size);
        memcpy(ret + HEADER, ret + 3, NUMBER_SIZE);
        memcpy(nonce + SALT_SIZE, ret + HEADER, NUMBER_SIZE);
        if (!seal(cipher, key, nonce, tag_size, ret, alert, ret + HEADER + NUMBER_SIZE))
                return 0;
        return HEADER + NUMBER_SIZE + sizeof alert + (size_t)tag_size;
}
